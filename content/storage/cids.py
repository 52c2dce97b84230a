"""Content identifiers: CIDv1 (https://github.com/multiformats/cid), written in base32."""

import base64
import hashlib
from dataclasses import dataclass

from multiformats import CID, varint

from content.errors import MalformedCid

# Codes of the multicodec table.
RAW = 0x55
DAG_PB = 0x70
IDENTITY = 0x00
SHA2_256 = 0x12

# The longest text of a SHA-256 CID is in base2 (289 characters); an identity CID of 128 bytes takes 213 in base32.
_LONGEST_TEXT = 512
_LONGEST_IDENTITY = 128
_V0_HEAD = bytes((SHA2_256, 32))
_SHA2_256_HEADS = {codec: bytes((1, codec, SHA2_256, 32)) for codec in (RAW, DAG_PB)}


@dataclass(frozen=True, slots=True)
class Cid:
    """A CIDv1: which codec reads the block, which hash function made `digest`."""

    codec: int
    hash_code: int
    digest: bytes

    @property
    def binary(self) -> bytes:
        """The bytes of this CID, as links hold them."""
        numbers = (1, self.codec, self.hash_code, len(self.digest))
        return b"".join(varint.encode(number) for number in numbers) + self.digest

    @property
    def is_identity(self) -> bool:
        """Whether the digest is the data itself, so that no block is stored."""
        return self.hash_code == IDENTITY

    def __str__(self) -> str:
        return "b" + base64.b32encode(self.binary).decode("ascii").rstrip("=").lower()


def of_block(data: bytes | memoryview, codec: int) -> Cid:
    """The SHA-256 CID of a block."""
    return Cid(codec, SHA2_256, hashlib.sha256(data).digest())


def from_binary(data: bytes) -> Cid:
    """Read a CIDv1 from the bytes of a link. Raises ValueError."""
    for codec, head in _SHA2_256_HEADS.items():  # nearly every link; the library takes 0.1 ms a CID
        if data.startswith(head) and len(data) == len(head) + 32:
            return Cid(codec, SHA2_256, data[len(head) :])
    return _checked(CID.decode(data))


def from_beginning(data: bytes) -> tuple[Cid, int]:
    """The CID with which `data` begins (a CIDv0 as the CIDv1 with the same multihash), and its length in bytes.

    Raises ValueError.
    """
    if data.startswith(_V0_HEAD):
        position, codec, hash_code, length = len(_V0_HEAD), DAG_PB, SHA2_256, 32
    else:
        numbers, position = [], 0
        for _ in range(4):
            number, read, _rest = varint.decode_raw(data[position : position + 9])
            numbers.append(number)
            position += read
        version, codec, hash_code, length = numbers
        if version != 1:
            raise ValueError("not a CID of version 0 or 1")
    digest = data[position : position + length]
    if len(digest) < length or (hash_code == SHA2_256 and length != 32):
        raise ValueError("a digest of the wrong length")
    if hash_code == IDENTITY and length > _LONGEST_IDENTITY:
        raise ValueError("an identity CID may hold 128 bytes")
    return Cid(codec, hash_code, digest), position + length


def parse(text: str) -> Cid:
    """Read a CID in any multibase, or a CIDv0, as the CIDv1 with the same multihash. Raises `MalformedCid`."""
    if not 1 < len(text) <= _LONGEST_TEXT or not text.isascii():
        raise MalformedCid
    try:
        return _checked(CID.decode(text))
    except (ValueError, KeyError, IndexError) as error:
        raise MalformedCid from error


def _checked(decoded: CID) -> Cid:
    hash_code, digest = decoded.hashfun.code, decoded.raw_digest
    if hash_code == IDENTITY and len(digest) > _LONGEST_IDENTITY:
        raise ValueError("an identity CID may hold 128 bytes")
    return Cid(decoded.codec.code, hash_code, digest)
