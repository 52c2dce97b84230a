"""`manage.py content`: importing archives, and whether rows and blocks agree."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from content import services
from content.models import Content, Part
from content.storage import cids, unixfs
from content.storage.blocks import block_store
from content.storage.cids import DAG_PB, RAW
from tests.content.test_gateway import DATA, leaf, registered
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.archives import archive

pytestmark = pytest.mark.django_db

BlockFiles = Callable[[], list[Path]]


def content(*arguments: str) -> str:
    output = io.StringIO()
    call_command("content", *arguments, stdout=output)
    return output.getvalue()


def failing(*arguments: str) -> str:
    output = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("content", *arguments, stdout=output)
    assert ended.value.code == 1
    return output.getvalue()


def _age(path: Path) -> None:
    os.utime(path, (1000, 1000))


# ---- import ---------------------------------------------------------------------------------------------------------


def test_import_says_what_came(tmp_path: Path) -> None:
    path = tmp_path / "some.car"
    path.write_bytes(archive("own-directory"))
    UserFactory(username="ada")

    assert content("import", str(path), "--owner", "ada") == "2 new in the library of ada, 0 there already\n"
    assert content("import", str(path), "--owner", "ada") == "0 new in the library of ada, 2 there already\n"


def test_import_fails_with_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "some.car"
    path.write_bytes(archive("own-directory")[:-1])
    UserFactory(username="ada")

    for arguments, sentence in [
        ((str(path), "--owner", "ada"), "The archive is cut short."),
        ((str(path), "--owner", "eve"), "There is no account named 'eve'."),
        ((str(tmp_path / "absent.car"), "--owner", "ada"), "cannot be read: No such file or directory."),
    ]:
        with pytest.raises(CommandError, match=sentence):
            content("import", *arguments)
    assert not Content.objects.exists()


# ---- check ----------------------------------------------------------------------------------------------------------


def test_check_of_what_is_sound(block_files: BlockFiles) -> None:
    registered(DATA)
    ContentFactory()
    for path in block_files():
        _age(path)

    assert content("check") == "sound\n"


def test_check_finds_what_is_missing_and_damaged(block_files: BlockFiles) -> None:
    lost, rotten = registered(DATA), registered(b"rotten")
    by_name = {path.name: path for path in block_files()}
    by_name[leaf(2).digest.hex()].unlink()
    (path,) = (path for path in by_name.values() if path.exists() and path.read_bytes() == b"rotten")
    path.write_bytes(b"rotted")

    for arguments in (["check"], ["check", "--repair"]):
        lines = failing(*arguments).splitlines()
        assert len(lines) == 3
        assert any(line.startswith(f"missing  block {leaf(2)} of {lost.cid}") for line in lines)
        assert any(line.startswith(f"damaged  block {rotten.cid} of {rotten.cid}") for line in lines)
        assert lines[-1] == "2 found, 2 left"
    # Nothing that could still be saved was removed.
    assert Content.objects.count() == 2
    services.store(DATA)
    services.store(b"rotten")
    assert content("check") == "sound\n"


def test_check_finds_a_root_that_is_wrong_about_its_blocks() -> None:
    part = cids.of_block(b"ten bytes.", RAW)
    node = unixfs.encode([unixfs.Link(part, 11, 10)])
    root = cids.of_block(node, DAG_PB)
    for cid, data in ((part, b"ten bytes."), (root, node)):
        block_store().put(cid, data)
    ContentFactory(cid=str(root), size_bytes=11)

    assert failing("check").startswith(f"damaged  block {root} of {root}")


def test_check_finds_blocks_without_rows_and_repairs(block_files: BlockFiles) -> None:
    gone, kept = registered(DATA), registered(DATA[: 2**20])
    services.delete(content=gone)
    for path in block_files():
        _age(path)

    assert failing("check").splitlines()[-1] == "4 found, 4 left"
    assert len(block_files()) == 5

    assert content("check", "--repair").splitlines()[-1] == "4 found, 0 left"
    assert len(block_files()) == 1
    assert services.read_bytes(content=kept) == DATA[: 2**20]
    assert content("check") == "sound\n"


def test_block_that_was_just_written_is_no_orphan(block_files: BlockFiles) -> None:
    services.store(DATA)  # its row is on its way

    assert content("check", "--repair") == "sound\n"
    assert len(block_files()) == 5


def test_check_finds_rows_whose_blocks_are_not_listed() -> None:
    row = registered(DATA)
    listed = set(Part.objects.values_list("cid", flat=True))
    Part.objects.first().delete()  # type: ignore[union-attr]

    assert row.cid in failing("check")
    assert content("check", "--repair").splitlines()[-1] == "1 found, 0 left"

    assert set(Part.objects.values_list("cid", flat=True)) == listed
    assert content("check") == "sound\n"


def test_content_that_is_deleted_while_it_is_looked_at_is_no_fault(
    block_files: BlockFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    from content.storage import dag

    row, examine = registered(b"short-lived"), dag.examine

    def deleted_meanwhile(*arguments: object) -> dag.Tree:
        services.delete(content=row)
        for path in block_files():
            path.unlink()
        return examine(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("content.checking.dag.examine", deleted_meanwhile)

    assert content("check") == "sound\n"
    assert not Content.objects.exists()
