"""Which addresses and URLs a webhook may have."""

import ipaddress
from typing import Any

import pytest

from generation.webhooks.addresses import check_url, is_allowed
from generation.webhooks.errors import WrongAddress

# Loopback, private networks, link-local and metadata services, shared and benchmark networks, documentation,
# multicast, reserved; and each way of writing an IPv4 address as an IPv6 one.
FORBIDDEN = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
PUBLIC = [
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]


@pytest.mark.parametrize("text", FORBIDDEN)
def test_address_that_is_not_public(text: str) -> None:
    assert not is_allowed(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_address_that_is_public(text: str) -> None:
    assert is_allowed(ipaddress.ip_address(text))


def test_allowed_network_opens_itself_alone(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8")]

    allowed = ["10.1.255.255", "::ffff:10.1.0.1", "64:ff9b::10.1.0.1", "fd00::7", "8.8.8.8"]
    forbidden = ["10.2.0.1", "127.0.0.1", "fe80::1", "::1"]

    assert [text for text in allowed + forbidden if is_allowed(ipaddress.ip_address(text))] == allowed


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https://example.org/hook?token=a%20b&x=%C3%A9",
        "HTTPS://Example.ORG:8443/",
        "http://xn--bcher-kva.example/",
        "http://under_score.example/",
        "http://8.8.8.8/",
        "http://[2606:4700:4700::1111]:8080/",
        "http://localhost/",  # a name: it is looked up when the message is sent
    ],
)
def test_url_that_can_be(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize("text", [text for text in FORBIDDEN if "%" not in text])
def test_url_of_an_address_that_is_not_public(text: str) -> None:
    host = f"[{text}]" if ":" in text else text

    with pytest.raises(WrongAddress, match="public address"):
        check_url(f"https://{host}:8000/")


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "0X7F.1", "017700000001", "0", "0x0", "10.65536"]
)
def test_url_of_an_address_in_another_form(host: str) -> None:
    with pytest.raises(WrongAddress, match="public address"):
        check_url(f"http://{host}/")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://example.org/", "must be an http or https address"),
        ("file:///etc/passwd", "must be an http or https address"),
        ("gopher://example.org/", "must be an http or https address"),
        ("javascript:alert(1)", "must be an http or https address"),
        ("//example.org/", "must be an http or https address"),
        ("example.org", "must be an http or https address"),
        ("http://", "must be an http or https address"),
        (" http://example.org/", "must be an http or https address"),
        ("http://example.org/a b", "must be an http or https address"),
        ("http://example.org/\r\nHost: a", "must be an http or https address"),
        ("http://bücher.example/", "must be an http or https address"),
        ("http://example.org/é", "must be an http or https address"),
        ("http:///path", "valid host and port"),
        ("http://:80/", "valid host and port"),
        ("http://example.org:0/", "valid host and port"),
        ("http://example.org:65536/", "valid host and port"),
        ("http://example.org:http/", "valid host and port"),
        ("http://[::1/", "valid host and port"),
        ("http://[nonsense]/", "valid host and port"),
        ("http://exa%6dple.org/", "valid host and port"),
        ("http://example.org\\.evil.example/", "valid host and port"),
        ("http://[fe80::1%25eth0]/", "valid host and port"),
        ("http://ada@example.org/", "user name or password"),
        ("http://ada:secret@example.org/", "user name or password"),
        ("http://@example.org/", "user name or password"),
        ("http://example.org\\@127.0.0.1/", "user name or password"),
        ("http://example.org/#part", "fragment"),
        ("http://example.org/" + "x" * 2000, "at most 2000 characters"),
    ],
)
def test_url_that_cannot_be(url: str, sentence: str) -> None:
    with pytest.raises(WrongAddress, match=sentence) as refused:
        check_url(url)

    assert list(refused.value.errors) == ["webhook"]
    assert "secret@" not in refused.value.message
