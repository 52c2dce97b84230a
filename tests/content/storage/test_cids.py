"""CIDs: one canonical form, any encoding understood, everything else refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multiformats import CID

from content.errors import MalformedCid
from content.storage import cids
from content.storage.cids import DAG_PB, IDENTITY, RAW, SHA2_256, Cid

_BASES = [
    "base2",
    "base8",
    "base10",
    "base16",
    "base16upper",
    "base32",
    "base32upper",
    "base32pad",
    "base32hex",
    "base32z",
    "base36",
    "base36upper",
    "base58btc",
    "base58flickr",
    "base64",
    "base64pad",
    "base64url",
    "base64urlpad",
]


def test_str_is_the_cid_that_ipfs_gives_the_empty_file() -> None:
    assert str(cids.of_block(b"", RAW)) == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


@given(digest=st.binary(min_size=32, max_size=32), codec=st.sampled_from([RAW, DAG_PB]))
def test_str_and_binary_are_those_of_the_reference_library(digest: bytes, codec: int) -> None:
    cid = Cid(codec, SHA2_256, digest)
    reference = CID("base32", 1, codec, b"\x12\x20" + digest)

    assert str(cid) == str(reference)
    assert cid.binary == bytes(reference)


@given(digest=st.binary(min_size=32, max_size=32), base=st.sampled_from(_BASES))
def test_parse_understands_every_encoding(digest: bytes, base: str) -> None:
    cid = Cid(RAW, SHA2_256, digest)

    assert cids.parse(CID("base32", 1, "raw", b"\x12\x20" + digest).encode(base)) == cid


@given(digest=st.binary(min_size=32, max_size=32))
def test_parse_reads_a_version_0_cid_as_version_1(digest: bytes) -> None:
    old = CID("base58btc", 0, "dag-pb", b"\x12\x20" + digest)

    assert cids.parse(str(old)) == Cid(DAG_PB, SHA2_256, digest)


@given(cid=st.builds(Cid, st.sampled_from([RAW, DAG_PB]), st.just(SHA2_256), st.binary(min_size=32, max_size=32)))
def test_from_binary_is_the_inverse_of_binary(cid: Cid) -> None:
    assert cids.from_binary(cid.binary) == cid


def test_parse_reads_an_identity_cid() -> None:
    assert cids.parse("bafkqaaa") == Cid(RAW, IDENTITY, b"")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "..",
        "bafkrei",
        "bafkqaa",
        "\0",
        "bafkqaaa\0",
        "bafkqaaa/..",
        "Qm" + "a" * 43,
        "z" * 46,
        "f01551220",
        "b" * 600,
        "🚀" * 20,
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykU" + "a",
        str(Cid(RAW, IDENTITY, bytes(129))),
    ],
)
def test_parse_refuses_what_is_no_cid(text: str) -> None:
    with pytest.raises(MalformedCid):
        cids.parse(text)


@given(text=st.text(max_size=80))
def test_parse_raises_nothing_else(text: str) -> None:
    with suppress(MalformedCid):
        assert isinstance(cids.parse(text), Cid)
