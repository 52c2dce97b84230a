"""The network is closed in tests: only loopback addresses and unix sockets can be reached."""

import ipaddress
import socket
from typing import Any

_real_connect = socket.socket.connect
_real_connect_ex = socket.socket.connect_ex
_real_getaddrinfo = socket.getaddrinfo
_LOCAL_NAMES = {"localhost", "", None}


class NetworkClosed(OSError):
    """A test tried to reach something beyond this machine. An OSError, so that clients close what they opened."""


def _is_local(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            socket.inet_aton(host)  # 127.1, 0x7f000001
        except (OSError, UnicodeError):
            return False
    return True


def _check(sock: socket.socket, address: Any) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
        raise NetworkClosed(f"a test tried to reach {address!r}")


def _connect(self: socket.socket, address: Any) -> None:
    _check(self, address)
    return _real_connect(self, address)


def _connect_ex(self: socket.socket, address: Any) -> int:
    _check(self, address)
    return _real_connect_ex(self, address)


def _getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    # Numeric addresses are not looked up anywhere; what is done with them is checked at connect.
    name = (host.decode() if isinstance(host, bytes) else host or "").partition("%")[0]
    if not _is_numeric(name) and not _is_local(host):
        raise NetworkClosed(f"a test tried to look up {host!r}")
    return _real_getaddrinfo(host, *args, **kwargs)


def close_network() -> None:
    """Let sockets of this process reach loopback only, from now on."""
    socket.socket.connect = _connect  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = _connect_ex  # type: ignore[method-assign, assignment]
    socket.getaddrinfo = _getaddrinfo
