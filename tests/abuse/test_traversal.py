"""Abuse 5: names that would leave their folder, in every spelling, wherever a name is taken. Nothing else is touched.

Every file that the process opens, makes, moves or removes meanwhile is looked at, and the files beside the root stay.
"""

import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client
from PIL import Image

from accounts.models import Scope, User
from content.errors import MalformedCid
from content.library.importing import import_archive
from content.models import Content
from content.storage import cids
from generation.models import PersonalModel
from tests.factories.accounts import UserFactory
from tests.generation.personal.test_aliases import TRAVERSALS
from tests.support.archives import Blocks, packed
from tests.support.clients import KeyClient, post_json
from tests.support.watched_files import outside, watched_files

pytestmark = pytest.mark.django_db

CANARY = b"nobody may read this, nobody may change it"
REPOSITORY = Path(__file__).resolve().parents[2]
_UPS = ("../", "..%2f", "%2e%2e/", "..\\", "..%5c", "%252e%252e%252f", "....//", "..;/", "．．/")


def forms(canary: Path) -> list[str]:
    """More than two hundred: some for any target, and those that would reach the canary from each folder below it."""
    to_canary = [up * depth + "canary" for up in _UPS for depth in range(1, 8)]
    absolute = [str(canary), f"//{canary}", f"file://{canary}", f"{canary}\0.png", quote(str(canary), safe="")]
    return [*dict.fromkeys([*to_canary, *absolute, *TRAVERSALS[::3]])]


@pytest.fixture
def user() -> User:
    return UserFactory(is_staff=True)


@pytest.fixture
def client(user: User) -> KeyClient:
    return KeyClient(user, *Scope)


@pytest.fixture
def canary(root: Path, tmp_path: Path) -> Iterator[Path]:
    """A file beside each folder above the root; no test may touch one of them, or anything else beside the root."""
    for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "b"):
        (folder / "canary").write_bytes(CANARY)
    (root / "weights").mkdir()
    (root / "files").mkdir()
    _warm_up()
    before = beside(root, tmp_path)
    with watched_files() as touched:
        yield tmp_path / "a" / "b" / "canary"
    allowed = [root, REPOSITORY, Path(sys.prefix), Path(sys.base_prefix), Path("/dev"), Path("/usr/share")]
    found = {name for name in outside(touched, allowed) if not _is_temporary(name, tmp_path)}
    assert found == set()
    assert beside(root, tmp_path) == before


def _warm_up() -> None:
    """What is imported and read once comes before the watch."""
    Image.init()
    Client().get("/ipfs/x")


def _is_temporary(name: str, tmp_path: Path) -> bool:
    """Whether it is a temporary file of this process's own, such as Django spools uploads to."""
    path = Path(name).resolve()
    return Path(tempfile.gettempdir()).resolve() in (path, *path.parents) and tmp_path.resolve() not in path.parents


def beside(root: Path, tmp_path: Path) -> dict[str, bytes]:
    """Every file under `tmp_path` that is not under `root`, and what is in it."""
    return {
        str(path): path.read_bytes() if path.is_file() else b""
        for path in tmp_path.rglob("*")
        if path != root and root not in path.parents
    }


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(file, "PNG")
    return file.getvalue()


def test_there_are_two_hundred_forms(tmp_path: Path) -> None:
    assert len(set(forms(tmp_path / "canary"))) >= 200


def test_a_cid_that_is_a_path_names_nothing(canary: Path) -> None:
    for form in forms(canary):
        with pytest.raises(MalformedCid):
            cids.parse(form)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/ipfs/{}"),
        ("get", "/ipfs/{}?format=raw"),
        ("get", "/ipfs/{}?format=car"),
        ("get", "/view-image/{}"),
        ("get", "/view-text/{}"),
        ("get", "/content/{}"),
        ("get", "/api/v1/contents/{}"),
        ("get", "/api/v1/contents/{}/raw"),
        ("post", "/api/v1/contents/{}/verify"),
        ("patch", "/api/v1/contents/{}"),
        ("delete", "/api/v1/contents/{}"),
        ("get", "/api/v1/models/{}"),
        ("delete", "/api/v1/models/{}"),
        ("get", "/api/v1/models/somebody/{}"),
        ("get", "/v1/models/{}"),
        ("get", "/output/generated_image/{}.png"),
        ("get", "/static/{}"),
        ("get", "/static/common/{}"),
    ],
)
def test_an_address_that_is_a_path_is_answered_like_an_unknown_one(
    client: KeyClient, canary: Path, method: str, path: str
) -> None:
    for number, form in enumerate(forms(canary)):
        # As it stands in the address, or with everything in it escaped.
        name = quote(form, safe="") if number % 2 else form.replace("?", "%3f").replace("#", "%23")
        answer: Any = getattr(client, method)(path.format(name))
        body = answer.getvalue() if answer.streaming else answer.content
        assert 400 <= answer.status_code < 500 or _is_elsewhere(answer), (name, answer.status_code)
        assert CANARY not in body
        assert b"root:x:0" not in body
    cache.clear()


def _is_elsewhere(answer: Any) -> bool:
    """An empty name or one that is a dot can be the address of something else: a redirect, or another view."""
    match = answer.resolver_match
    return answer.status_code in (200, 301, 302) and (match is None or not set(match.kwargs) & {"cid", "path"})


def test_a_picture_of_the_registry_is_named_by_no_path(client: KeyClient, canary: Path) -> None:
    for form in forms(canary):
        params = {"prompt": "a cat", "image": form, "strength": 0.5}
        answer = post_json(client, "/api/v1/jobs", {"kind": "image_to_image", "params": params})
        assert answer.status_code in (400, 404), (form, answer.content)


def test_a_file_name_of_an_upload_goes_nowhere(client: KeyClient, canary: Path, user: User) -> None:
    data = picture()
    for form in forms(canary):
        answer = post_form(client, "/api/v1/contents", [("image", form, data)])
        # A name of which nothing is left once Django has cleaned it is no file to it.
        assert answer.status_code in (201, 400), (form, answer.content)

    assert Content.objects.get().provenance == {"source": "upload"}


def test_names_of_models_and_of_their_files_go_nowhere(client: KeyClient, canary: Path) -> None:
    for form in forms(canary):
        for parts in (
            [("alias", None, b"face"), ("file", form, b"no LoRA")],
            [("alias", None, form.encode()), ("file", "x.safetensors", b"no LoRA")],
        ):
            assert post_form(client, "/api/v1/models", parts).status_code == 400, form
    assert not PersonalModel.objects.exists()


def test_sources_of_models_go_nowhere(client: KeyClient, canary: Path) -> None:
    common = {"alias": "face", "revision": "a" * 40}
    for form in forms(canary):
        for body in (
            {"alias": "face", "type": "pipeline", "source": f"folder:{form}"},
            {"alias": "face", "type": "pipeline", "source": f"folder:a/{form}"},
            {**common, "type": "pipeline", "source": form},
            {**common, "type": "lora", "source": "a/b", "file": form},
            {**common, "type": "lora", "source": "a/b", "revision": form},
            {**common, "type": "lora", "source": "a/b", "alias": form},
        ):
            answer = post_json(client, "/api/v1/models", body)
            assert answer.status_code in (201, 400, 404), (body, answer.content)
            model = PersonalModel.objects.first()
            if model is not None:
                # Some spellings are names on the hub and nothing worse: there is no way out in them.
                named = f"{model.source}/{model.file_name}/{model.alias}/{model.revision}"
                assert not {"", ".", ".."} & set(named.removesuffix("/").replace("//", "/").split("/")), body
                assert not set(named) & set("\\%~\0"), body
                model.delete()
        cache.clear()


def post_form(client: Client, path: str, parts: list[tuple[str, str | None, bytes]]) -> Any:
    """A form as a hostile client writes it: Django's own would clean the names of files."""
    body = b""
    for name, file_name, data in parts:
        body += f'--edge\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if file_name is not None:
            escaped = file_name.replace("\\", "\\\\").replace('"', '\\"')
            body += f'; filename="{escaped}"\r\nContent-Type: image/png'.encode()
        body += b"\r\n\r\n" + data + b"\r\n"
    answer: Any = client.generic(
        "POST", path, body + b"--edge--\r\n", content_type="multipart/form-data; boundary=edge"
    )
    return answer


def test_names_in_an_archive_go_nowhere(root: Path, canary: Path, user: User) -> None:
    blocks = Blocks()
    links = []
    for number, form in enumerate(forms(canary)):
        links.append((form, blocks.file(f"text {number}".encode()).cid))
    archive = root / "files" / "names.car"
    archive.write_bytes(packed([blocks.directory(links)], blocks))

    done = import_archive(path=archive, owner=user)

    assert done.new == len(links) == Content.objects.count()
    assert not [path for path in root.rglob("*") if path.name == "canary"]
