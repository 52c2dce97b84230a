"""Bytes to store in tests."""

import hashlib


def varied_bytes(size: int, name: str = "atelier") -> bytes:
    """`size` bytes that do not repeat, the same each time for the same `name`."""
    return hashlib.shake_256(name.encode()).digest(size) if size else b""
