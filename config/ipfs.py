"""Where the IPFS node is, and what it is shown to let us in."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

import environ

from common.secret import Secret
from config.environment import WrongSetting, without_login

# What nodes serve their RPC under.
_RPC_PATH = "api/v0"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_MULTIADDR = re.compile(r"/(ip4|ip6|dns|dns4|dns6)/([^/]+)/tcp/(\d{1,5})(?:/(http|https))?/?")
_REMEDY = "write the node's RPC as /ip4/127.0.0.1/tcp/5001 or http://127.0.0.1:5001."
_LARGEST_PORT = 65_535


def ipfs_api(env: environ.Env) -> tuple[str, str]:
    """The node's address as a multiaddr, and the path of its RPC without slashes around it; two empty strings for none.

    `IPFS_API` is a multiaddr, or an http(s) URL, whose path stands before `/api/v0`.
    """
    value: str = env.str("IPFS_API", default="").strip()
    if not value:
        return "", ""
    found = _of_multiaddr(value) if value.startswith("/") else _of_url(value)
    if found is None:
        raise WrongSetting("IPFS_API", f"is {without_login(value)!r}", _REMEDY)
    return found


def ipfs_authorization(env: environ.Env) -> tuple[Secret, Secret] | Secret | None:
    """A user's name and password, or a bearer token; None where the node asks for neither.

    `IPFS_AUTH` is `USER:PASSWORD` or a token, or either as Kubo's `AuthSecret` has it: `basic:…`, `bearer:…`.
    """
    value: str = env.str("IPFS_AUTH", default="").strip()
    if not value:
        return None
    if not env.str("IPFS_API", default="").strip():
        raise WrongSetting("IPFS_AUTH", "is set without IPFS_API", "set both, or neither.")
    kind, separator, rest = value.partition(":")
    if separator and kind.lower() in ("bearer", "basic"):
        kind, value = kind.lower(), rest
    else:
        kind = "basic" if separator else "bearer"
    user, separator, password = value.partition(":")
    complete = user and separator and password if kind == "basic" else value
    if not complete or not value.isprintable() or (kind == "bearer" and not value.isascii()):
        raise WrongSetting("IPFS_AUTH", "is no login", "write USER:PASSWORD, or the bearer token alone.")
    return (Secret(user), Secret(password)) if kind == "basic" else Secret(value)


def _of_multiaddr(value: str) -> tuple[str, str] | None:
    match = _MULTIADDR.fullmatch(value)
    if match is None or not _is_host(match[2], match[1]) or not 1 <= int(match[3]) <= _LARGEST_PORT:
        return None
    return f"/{match[1]}/{match[2]}/tcp/{int(match[3])}/{match[4] or 'http'}", _RPC_PATH


def _of_url(value: str) -> tuple[str, str] | None:
    try:
        url = urlsplit(value)
        host, port = url.hostname or "", url.port
    except ValueError:
        return None
    if url.scheme not in ("http", "https") or url.username is not None or url.query or url.fragment or port == 0:
        return None
    kind = _kind_of(host)
    path = url.path.strip("/")
    if not _is_host(host, kind) or not re.fullmatch(r"[A-Za-z0-9._~/-]*", path):
        return None
    base = path if path.endswith(_RPC_PATH) else f"{path}/{_RPC_PATH}".strip("/")
    return f"/{kind}/{host}/tcp/{port or (443 if url.scheme == 'https' else 80)}/{url.scheme}", base


def _kind_of(host: str) -> str:
    try:
        return f"ip{ip_address(host).version}"
    except ValueError:
        return "dns"


def _is_host(host: str, kind: str) -> bool:
    if kind.startswith("ip"):
        return _kind_of(host) == kind and "%" not in host
    return _HOST_NAME.fullmatch(host) is not None
