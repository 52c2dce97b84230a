"""Safetensors files, looked at before any library reads them: names, shapes and numbers. No torch.

The format (https://huggingface.co/docs/safetensors): eight bytes with the header's length, little-endian; the header,
a JSON object of tensors by name; the tensors' bytes, one after the other without gaps.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

# The format allows 100 MB. A header takes some 150 bytes for each tensor; trainers add a few hundred kB of their own.
LONGEST_HEADER = 2 * 2**20
_LENGTH_BYTES = 8
_ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
# The highest byte of a number with the largest exponent: infinite, not a number, or (BF16, F32) beyond 2¹²⁷.
_OUT_OF_RANGE = {
    dtype: bytes(high for high in range(256) if high & mask == mask)
    for dtype, mask in {"F16": 0x7C, "BF16": 0x7F, "F32": 0x7F}.items()
}
_READ_BYTES = 2**20


class WrongFile(ValueError):
    """A file that is no sound safetensors file; the text completes the sentence "The file …"."""


@dataclass(frozen=True)
class Tensor:
    """Where one tensor lies: bytes `start` to `end` of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """The tensors of a file by name, and the texts that its maker left in it."""

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: tensor.shape for name, tensor in self.tensors.items()}


def read_header(path: Path) -> Header:
    """The header of a file, of which every byte must belong to a tensor. Raises `WrongFile`, and `OSError`."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if size < _LENGTH_BYTES or length > size - _LENGTH_BYTES:
            raise WrongFile("is no safetensors file, or not all of one.")
        if length > LONGEST_HEADER:
            raise WrongFile(f"has a header of more than {LONGEST_HEADER} bytes.")
        described = _parse(file.read(length))
    metadata = described.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise WrongFile("has damaged metadata.")
    start = _LENGTH_BYTES + length
    tensors = {name: _read_tensor(name, value, start) for name, value in described.items()}
    end = start
    for tensor in sorted(tensors.values(), key=lambda tensor: (tensor.start, tensor.end)):
        if tensor.start != end:
            raise WrongFile("has tensors that overlap, or bytes that belong to none.")
        end = tensor.end
    if end != size:
        raise WrongFile(f"has {size} bytes, and its header says {end}.")
    return Header(tensors, metadata)


def find_out_of_range(path: Path, header: Header) -> str | None:
    """The name of a tensor with a number that is infinite, not a number or beyond 2¹²⁷; None where there is none.

    Reads the whole file, in pieces: about half a second for each gigabyte.
    """
    with path.open("rb") as file:
        for name, tensor in header.tensors.items():
            high_bytes = _OUT_OF_RANGE.get(tensor.dtype)
            if high_bytes is not None and _has_high_byte(file, tensor, high_bytes):
                return name
    return None


def _has_high_byte(file: BinaryIO, tensor: Tensor, wanted: bytes) -> bool:
    unwanted = bytes(set(range(256)) - set(wanted))
    width = _ITEM_BYTES[tensor.dtype]
    file.seek(tensor.start)
    left = tensor.end - tensor.start
    while left:
        piece = file.read(min(left, _READ_BYTES))
        if not piece:
            raise WrongFile("became shorter while it was read.")
        left -= len(piece)
        # Little-endian: the last byte of each number is its highest.
        if piece[width - 1 :: width].translate(None, delete=unwanted):
            return True
    return False


def _parse(text: bytes) -> dict[str, Any]:
    def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise WrongFile("names a tensor twice.")
        return found

    try:
        described = json.loads(text.decode("utf-8"), object_pairs_hook=without_twins)
    except WrongFile:
        raise
    except (ValueError, RecursionError):
        raise WrongFile("is no safetensors file: its header is not JSON.") from None
    if not isinstance(described, dict):
        raise WrongFile("is no safetensors file: its header is no JSON object.")
    return described


def _read_tensor(name: str, value: Any, start: int) -> Tensor:
    try:
        dtype, shape, (first, last) = value["dtype"], value["shape"], value["data_offsets"]
        item_bytes = _ITEM_BYTES[dtype]
    except (KeyError, TypeError, ValueError):
        raise WrongFile(f"describes the tensor {name[:100]!r} in a way that is not known here.") from None
    numbers = [first, last, *shape] if isinstance(shape, list) else [None]
    if not all(type(number) is int and 0 <= number < 2**48 for number in numbers):
        raise WrongFile(f"gives the tensor {name[:100]!r} no valid shape or place.")
    if last - first != prod(shape) * item_bytes:
        raise WrongFile(f"gives the tensor {name[:100]!r} another size than its shape needs.")
    return Tensor(dtype, tuple(shape), start + first, start + last)
