import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from generation.engines.safetensors_files import LONGEST_HEADER, WrongFile, find_out_of_range, read_header
from tests.support.loras import raw_file

ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


def test_header_of_a_real_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(save({"a": np.zeros((2, 3), np.float32), "b": np.ones(4, np.float16)}, {"made": "here"}))

    header = read_header(path)

    assert header.shapes == {"a": (2, 3), "b": (4,)}
    assert {name: tensor.dtype for name, tensor in header.tensors.items()} == {"a": "F32", "b": "F16"}
    assert header.metadata == {"made": "here"}
    for name, value in (("a", bytes(24)), ("b", np.ones(4, np.float16).tobytes())):
        assert path.read_bytes()[header.tensors[name].start : header.tensors[name].end] == value


BAD: dict[str, bytes] = {
    "empty": b"",
    "short": b"\x01\x00",
    "pickle": pickle.dumps({"a": 1}, protocol=4),
    "pickle with the length of a header": raw_file(pickle.dumps([1])),
    "cut in the header": raw_file({"a": ONE}, b"1234")[:20],
    "cut in the data": raw_file({"a": ONE}, b"123"),
    "more than it says": raw_file({"a": ONE}, b"12345"),
    "header longer than the file": raw_file({"a": ONE}, b"1234", length=2**62),
    "header over the limit": raw_file(b" " * (LONGEST_HEADER + 1)),
    "header no JSON": raw_file(b"{'a': 1}"),
    "header no UTF-8": raw_file(b'{"\xff": 1}'),
    "header nested": raw_file(b"[" * 100_000 + b"]" * 100_000),
    "header a list": raw_file([ONE]),
    "a number": raw_file(b"7"),
    "twice the same name": raw_file(b'{"a": {}, "a": {}}'),
    "metadata no texts": raw_file({"__metadata__": {"a": 1}}),
    "metadata a list": raw_file({"__metadata__": []}),
    "tensor a number": raw_file({"a": 1}),
    "unknown type": raw_file({"a": {**ONE, "dtype": "F7"}}, b"1234"),
    "type a list": raw_file({"a": {**ONE, "dtype": ["F32"]}}, b"1234"),
    "shape a number": raw_file({"a": {**ONE, "shape": 1}}, b"1234"),
    "shape negative": raw_file({"a": {**ONE, "shape": [-1, -1]}}, b"1234"),
    "shape of truths": raw_file({"a": {**ONE, "shape": [True]}}, b"1234"),
    "shape huge": raw_file({"a": {**ONE, "shape": [2**62, 2**62]}}, b"1234"),
    "shape of another size": raw_file({"a": {**ONE, "shape": [2]}}, b"1234"),
    "offsets of one": raw_file({"a": {**ONE, "data_offsets": [0]}}, b"1234"),
    "offsets backwards": raw_file({"a": {**ONE, "data_offsets": [4, 0]}}, b"1234"),
    "offsets outside": raw_file({"a": {**ONE, "data_offsets": [4, 8]}}, b"1234"),
    "overlap": raw_file({"a": ONE, "b": ONE}, b"1234"),
    "gap": raw_file({"a": ONE, "b": {**ONE, "data_offsets": [8, 12]}}, b"1" * 12),
}


@pytest.mark.parametrize("name", BAD)
def test_header_of_a_bad_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(BAD[name])

    with pytest.raises(WrongFile):
        read_header(path)


def _float32_as_bfloat16(values: np.ndarray) -> bytes:
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes()


ENCODERS: dict[str, Callable[[np.ndarray], bytes]] = {
    "F32": lambda values: values.astype(np.float32).tobytes(),
    "F16": lambda values: values.astype(np.float16).tobytes(),
    "BF16": _float32_as_bfloat16,
}


@pytest.mark.parametrize("dtype", ENCODERS)
@pytest.mark.parametrize("bad", [np.nan, -np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 1234, 2047])
def test_numbers_out_of_range_are_found(tmp_path: Path, dtype: str, bad: float, place: int) -> None:
    sound = np.random.default_rng(1).standard_normal(2048) * 1000
    path = tmp_path / "weights.safetensors"
    width = {"F32": 4, "F16": 2, "BF16": 2}[dtype]
    described = {
        name: {"dtype": dtype, "shape": [2048], "data_offsets": [index * 2048 * width, (index + 1) * 2048 * width]}
        for index, name in enumerate(("good", "bad"))
    }
    spoilt = sound.copy()
    spoilt[place] = bad

    path.write_bytes(raw_file(described, ENCODERS[dtype](sound) + ENCODERS[dtype](spoilt)))
    assert find_out_of_range(path, read_header(path)) == "bad"

    path.write_bytes(raw_file(described, ENCODERS[dtype](sound) * 2))
    assert find_out_of_range(path, read_header(path)) is None
