"""Each content test has a block store of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from content.storage.blocks import BlockStore, DiskStore, block_store
from tests.support.object_storage import ObjectStorage, set_up


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
def blocks(blocks_dir: Path) -> DiskStore:
    """This test's block store."""
    return DiskStore(blocks_dir)


@pytest.fixture
def s3(object_storage: ObjectStorage, settings: Settings) -> ObjectStorage:
    """The settings name a bucket that is empty."""
    set_up(settings, object_storage.url)
    return object_storage


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest) -> BlockStore:
    """The store that the settings name: in the data folder, and in a bucket."""
    if request.param == "s3":
        request.getfixturevalue("s3")
    return block_store()
