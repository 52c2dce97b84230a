"""What `manage.py doctor` says of the IPFS node."""

import re
from typing import Any

import pytest

from content.models import Pin, PinState
from operations.doctor_ipfs import examine_ipfs
from operations.findings import Finding, Verdict
from tests.support.ipfs_node import PrivateIpfsNode
from tests.support.processes import free_port
from tests.support.proxies import Proxy, answer

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]


def findings(settings: Any, port: int) -> dict[str, Finding]:
    settings.IPFS_API, settings.IPFS_API_PATH = f"/ip4/127.0.0.1/tcp/{port}/http", "api/v0"
    return {finding.check: finding for finding in examine_ipfs()}


def test_no_node() -> None:
    (found,) = examine_ipfs()

    assert found.verdict is Verdict.OFF
    assert "IPFS_API" in found.fix


def test_a_node_that_is_away(settings: Any) -> None:
    found = findings(settings, free_port())["ipfs"]

    assert found.verdict is Verdict.FAIL
    assert found.detail == "The IPFS node does not answer."
    assert settings.IPFS_API in found.fix


def test_a_node_that_refuses_the_login(settings: Any) -> None:
    with Proxy(free_port(), look=lambda _head: answer("401 Unauthorized")) as proxy:
        found = findings(settings, proxy.port)["ipfs"]

    assert found.verdict is Verdict.FAIL
    assert "IPFS_AUTH" in found.detail


def test_a_node_with_other_links_is_no_use_for_large_files(settings: Any, ipfs_server: PrivateIpfsNode) -> None:
    before = ipfs_server.blocks()

    found = findings(settings, ipfs_server.port)["ipfs"]

    # js-ipfs has 174 links a node, whatever it is told.
    assert (found.verdict, found.detail) == (
        Verdict.WARN,
        "js-ipfs 0.18.1 computes other CIDs for files over 174 MiB",
    )
    assert ipfs_server.blocks() == before


def test_a_node_that_does_not_follow_the_parameters(settings: Any, ipfs_server: PrivateIpfsNode) -> None:
    def look(head: bytes) -> bytes:
        return re.sub(rb"chunker=[^& ]*", b"chunker=size-1000", head)

    with Proxy(ipfs_server.port, look=look) as proxy:
        found = findings(settings, proxy.port)["ipfs"]

    assert found.verdict is Verdict.FAIL
    assert "computes other CIDs" in found.detail


def test_what_is_pinned_waits_and_failed_is_counted(settings: Any) -> None:
    Pin.objects.bulk_create(
        Pin(cid=f"{state}-{number}", state=state)
        for state, count in ((PinState.PINNED, 3), (PinState.PINNING, 2), (PinState.FAILED, 1))
        for number in range(count)
    )

    found = findings(settings, free_port())["pins"]

    assert (found.verdict, found.detail) == (Verdict.WARN, "3 files pinned, 2 wait, 1 failed")
    assert "/admin/content/pin/?state__exact=failed" in found.fix
