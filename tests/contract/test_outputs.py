"""`/output/generated_image/<uuid>.png` and `/images/<uuid>.png`: who sees what, and path tricks."""

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import Scope, User
from content.models import Content
from content.services import register, store
from generation.models import JobOutput
from generation.presentation import output_path
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory
from tests.support.clients import KeyClient

pytestmark = pytest.mark.django_db

PATHS = ["/output/generated_image/{id}.png", "/images/{id}.png"]


def output_of(owner: User, png: bytes, visibility: str = "private") -> JobOutput:
    job = JobFactory(owner=owner, succeeded=True, visibility=visibility)
    content = register(
        owner=owner,
        stored=store(png),
        kind="image",
        media_type="image/png",
        visibility=visibility,
        width=320,
        height=256,
    )
    return JobOutput.objects.create(job=job, index=0, content=content)


@pytest.mark.parametrize("path", PATHS)
def test_private_picture(client: KeyClient, user: User, png: bytes, path: str) -> None:
    path = path.format(id=output_of(user, png).id)
    signed_in = Client()
    signed_in.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    for viewer in (client, signed_in):
        response: Any = viewer.get(path)
        assert (response.status_code, response["Content-Type"]) == (200, "image/png")
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert b"".join(response) == png
    for viewer in (Client(), KeyClient(UserFactory()), KeyClient(user, Scope.GENERATE)):
        refused = viewer.get(path)
        assert refused.status_code == 404
        assert refused.json() == Client().get(path.replace(path[-10:-4], "000000")).json()


@pytest.mark.parametrize("path", PATHS)
def test_public_picture(user: User, png: bytes, path: str) -> None:
    output = output_of(user, png, visibility="public")
    anyone = Client()

    response: Any = anyone.get(path.format(id=output.id))
    assert (response.status_code, response["ETag"]) == (200, f'"{output.content.cid}"')
    assert response["Cache-Control"] == "public, no-cache"
    assert anyone.get(path.format(id=output.id), headers={"If-None-Match": response["ETag"]}).status_code == 304
    part: Any = anyone.get(path.format(id=output.id), headers={"Range": "bytes=1-3"})
    assert (part.status_code, b"".join(part)) == (206, b"PNG")
    assert anyone.head(path.format(id=output.id))["Content-Length"] == str(len(png))
    assert anyone.post(path.format(id=output.id)).status_code == 405


def test_signature_is_good_for_its_own_path_until_the_content_goes(user: User, png: bytes) -> None:
    output, other = output_of(user, png), output_of(UserFactory(), png)
    path = output_path(output)
    anyone = Client()

    assert anyone.get(path).status_code == 200
    assert anyone.get(path.replace(str(output.id), str(other.id))).status_code == 404
    assert anyone.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
    Content.objects.filter(owner=user).delete()
    assert anyone.get(path).status_code == 404


@pytest.mark.parametrize("folder", ["/output/generated_image/", "/images/"])
@pytest.mark.parametrize(
    "name",
    [
        "{unknown}.png",
        "../../config/settings.py",
        "..%2f..%2fconfig%2fsettings.py",
        "%2e%2e/%2e%2e/etc/passwd",
        "....//....//etc/passwd",
        "{unknown}.png/../../../etc/passwd",
        "{unknown}.png%00.txt",
        "{unknown}",
        "{unknown}.jpg",
        "x.png",
        ".png",
        "",
        "\\..\\..\\etc\\passwd",
        "{unknown}.png;.txt",
    ],
)
def test_paths_that_name_nothing(folder: str, name: str) -> None:
    response = Client().get(folder + name.format(unknown=uuid.uuid4()))

    assert response.status_code == 404
