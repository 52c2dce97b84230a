"""Each content test has a block store of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from content.storage.blocks import BlockStore


@pytest.fixture(autouse=True)
def blocks_dir(tmp_path: Path, settings: Settings) -> Path:
    """The folder of this test's block store."""
    folder = tmp_path / "blocks"
    settings.BLOCKS_DIR = folder
    return folder


@pytest.fixture
def block_files(blocks_dir: Path) -> Callable[[], list[Path]]:
    """Call it for the files of all blocks that are stored now."""
    return lambda: sorted(blocks_dir.glob("[0-9a-f][0-9a-f]/*"))


@pytest.fixture
def blocks(blocks_dir: Path) -> BlockStore:
    """This test's block store."""
    return BlockStore(blocks_dir)
