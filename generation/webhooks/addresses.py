"""Where webhooks may go: to public addresses, and into the networks of `WEBHOOK_ALLOWED_NETWORKS`.

A URL comes from a user and is called by us: without these rules it would reach what only we can reach (SSRF).
"""

import ipaddress
import re
import socket
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from django.conf import settings

from generation.webhooks.errors import WrongAddress

Address = IPv4Address | IPv6Address

LONGEST_URL = 2000
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
# Of IPv6, what IANA gives out to the public. Everything else has a special purpose, or none yet.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Networks with special purposes (RFC 6890, RFC 7526, RFC 9637) that some versions of Python take for public.
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
# Gateways from IPv6 to IPv4 (RFC 6052): the last four bytes are where it really goes.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def check_url(url: str) -> None:
    """Raise `WrongAddress` for a URL that no webhook can have. Names are looked up when it is sent, not here."""
    if len(url) > LONGEST_URL:
        raise WrongAddress(f"'webhook' must have at most {LONGEST_URL} characters.")
    if not _URL.fullmatch(url):
        raise WrongAddress("'webhook' must be an http or https address, in ASCII and without spaces.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise WrongAddress("'webhook' must be an address with a valid host and port.") from error
    if parts.username is not None or parts.password is not None:
        raise WrongAddress("'webhook' must not hold a user name or password: the signature says who sends it.")
    if not _HOST.fullmatch(host) or port == 0:
        raise WrongAddress("'webhook' must be an address with a valid host and port.")
    if parts.fragment:
        raise WrongAddress("'webhook' must not have a fragment (#): it would not be sent.")
    address = _literal(host)
    if address is not None and not is_allowed(address):
        raise WrongAddress(
            "'webhook' must lead to a public address, unless WEBHOOK_ALLOWED_NETWORKS names its network."
        )


def is_allowed(address: Address) -> bool:
    """Whether a connection to `address` may be opened."""
    real = _real(address)
    return _is_public(real) or any(real in network for network in settings.WEBHOOK_ALLOWED_NETWORKS)


def resolve(host: str) -> list[Address]:
    """All addresses of `host`, in the order in which they are to be tried. Raises OSError or UnicodeError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    # A scope ("%eth0") belongs to link-local addresses alone.
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


def _literal(host: str) -> Address | None:
    """The address that `host` writes down, in any of the forms that the C library reads (127.1, 0x7f000001)."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _real(address: Address) -> Address:
    """Where packets to `address` end: of an IPv6 address that stands for an IPv4 one, that one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    # 6to4 and Teredo tunnels (the latter are not public at all).
    return address.sixtofour or address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
