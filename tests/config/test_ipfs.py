"""Where the IPFS node is, as operators write it."""

from collections.abc import Callable

import environ
import pytest

from config.environment import WrongSetting
from config.ipfs import ipfs_api, ipfs_authorization

Env = Callable[..., environ.Env]
LOCAL = "/ip4/127.0.0.1/tcp/5001"


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Env:
    """The environment with these variables."""

    def make(**variables: str) -> environ.Env:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return environ.Env()

    return make


@pytest.mark.parametrize(
    ("written", "address", "path"),
    [
        ("", "", ""),
        (LOCAL, f"{LOCAL}/http", "api/v0"),
        (f" {LOCAL}/ ", f"{LOCAL}/http", "api/v0"),
        ("/ip6/::1/tcp/5001/http", "/ip6/::1/tcp/5001/http", "api/v0"),
        ("/dns/ipfs/tcp/5001", "/dns/ipfs/tcp/5001/http", "api/v0"),
        ("/dns4/ipfs.example.org/tcp/443/https", "/dns4/ipfs.example.org/tcp/443/https", "api/v0"),
        ("http://127.0.0.1:5001", f"{LOCAL}/http", "api/v0"),
        ("http://[::1]:5001/", "/ip6/::1/tcp/5001/http", "api/v0"),
        ("http://localhost", "/dns/localhost/tcp/80/http", "api/v0"),
        ("https://ipfs.example.org", "/dns/ipfs.example.org/tcp/443/https", "api/v0"),
        ("https://ipfs.example.org/node-7/", "/dns/ipfs.example.org/tcp/443/https", "node-7/api/v0"),
        ("https://ipfs.example.org/node-7/api/v0", "/dns/ipfs.example.org/tcp/443/https", "node-7/api/v0"),
    ],
)
def test_a_node_is_a_multiaddr_or_a_url(env: Env, written: str, address: str, path: str) -> None:
    assert ipfs_api(env(IPFS_API=written)) == (address, path)


@pytest.mark.parametrize(
    "written",
    [
        "127.0.0.1:5001",
        "/ip4/127.0.0.1",
        "/ip4/127.0.0.1/udp/5001",
        "/ip4/300.0.0.1/tcp/5001",
        "/ip4/::1/tcp/5001",
        "/ip6/127.0.0.1/tcp/5001",
        "/dns/a b/tcp/5001",
        "/dns/a..b/tcp/5001",
        "/dns/an_ipfs/tcp/5001",
        "/ip4/127.0.0.1/tcp/0",
        "/ip4/127.0.0.1/tcp/65536",
        "/ip4/127.0.0.1/tcp/5001/ws",
        "/unix/run/ipfs.sock",
        "ftp://127.0.0.1",
        "http://",
        "http://:5001",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://127.0.0.1:5001/?a=b",
        "http://127.0.0.1:5001/a b",
        "http://ada:secret@127.0.0.1:5001",
    ],
)
def test_what_names_no_node_stops_the_start_with_the_remedy(env: Env, written: str) -> None:
    with pytest.raises(WrongSetting, match=r"IPFS_API is .*write the node's RPC as /ip4/127.0.0.1/tcp/5001") as caught:
        ipfs_api(env(IPFS_API=written))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", None),
        ("ada:pass:word", ("ada", "pass:word")),
        ("basic:ada:pässword", ("ada", "pässword")),
        ("Basic:ada:password", ("ada", "password")),
        ("a-token", "a-token"),
        ("bearer:a:token", "a:token"),
    ],
)
def test_a_login_is_a_password_or_a_token(env: Env, written: str, expected: object) -> None:
    found = ipfs_authorization(env(IPFS_API=LOCAL, IPFS_AUTH=written))

    assert found == expected
    assert "pass" not in repr(found)
    assert "token" not in repr(found)


@pytest.mark.parametrize("written", ["ada:", ":secret", "basic:secret", "bearer:", "bearer:täken", "a\tb"])
def test_what_is_no_login_stops_the_start(env: Env, written: str) -> None:
    with pytest.raises(WrongSetting, match="IPFS_AUTH is no login") as caught:
        ipfs_authorization(env(IPFS_API=LOCAL, IPFS_AUTH=written))
    assert "secret" not in str(caught.value)


def test_a_login_without_a_node_stops_the_start(env: Env) -> None:
    with pytest.raises(WrongSetting, match="without IPFS_API"):
        ipfs_authorization(env(IPFS_API="", IPFS_AUTH="ada:password"))
