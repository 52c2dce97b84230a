"""Signatures of URLs: what they open, and all the ways in which they do not."""

import time
import uuid

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from content.signing import has_valid_signature, signed_path, signed_row, signed_url

PATH = "/output/generated_image/7c9f8a52-16dd-4a54-a1d1-0c35a4f7a9c1.png"
ROW = uuid.UUID("0b6ad1c8-3b60-4f4c-9a43-8f5e0e5b2b0f")
# Later than the test, by less than the seven days and by more.
SOONER, LATER = time.time() + 6.9 * 86_400, time.time() + 7.1 * 86_400

requests = RequestFactory()


def test_a_signed_path_is_valid() -> None:
    assert has_valid_signature(requests.get(signed_path(PATH)))


def test_a_path_without_signature_is_not() -> None:
    assert not has_valid_signature(requests.get(PATH))
    assert signed_row(requests.get(PATH)) is None


def test_a_signature_is_short() -> None:
    assert len(signed_path(PATH, row=ROW)) - len(PATH) < 90


def test_signed_url_is_on_the_requests_host() -> None:
    url = signed_url(PATH, requests.get("/", headers={"host": "studio.example"}))

    assert url.startswith(f"http://studio.example{PATH}?s=")


def test_signed_url_without_a_request_is_on_the_public_url(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://studio.example"

    assert signed_url(PATH).startswith(f"https://studio.example{PATH}?s=")


def test_a_signature_is_for_one_path() -> None:
    _, _, query = signed_path(PATH).partition("?")

    assert not has_valid_signature(requests.get(f"/output/generated_image/{ROW}.png?{query}"))
    assert not has_valid_signature(requests.get(f"{PATH}/?{query}"))


def test_a_signature_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    path = signed_path(PATH)

    monkeypatch.setattr("content.signing.time.time", lambda: SOONER)
    assert has_valid_signature(requests.get(path))
    monkeypatch.setattr("content.signing.time.time", lambda: LATER)
    assert not has_valid_signature(requests.get(path))


def test_a_signature_of_another_key_is_not_valid(settings: Settings) -> None:
    path = signed_path(PATH)
    settings.SECRET_KEY = "another key of fifty characters that nobody knows"

    assert not has_valid_signature(requests.get(path))


@pytest.mark.parametrize("row", [None, ROW])
def test_a_signature_with_any_other_character_is_not_valid(row: uuid.UUID | None) -> None:
    path = signed_path(PATH, row=row)
    start = path.index("?s=") + 3
    for at in range(start, len(path)):
        for other in "0aA-._~":
            if other != path[at]:
                request = requests.get(f"{path[:at]}{other}{path[at + 1 :]}")
                assert not has_valid_signature(request), at
                assert signed_row(request) is None, at


@pytest.mark.parametrize("value", ["", ".", "..", "...", "~", "zzz.~", "1.", "1.x.y.z", "é.é.é", "9" * 5000, "\0"])
def test_garbage_is_no_signature(value: str) -> None:
    request = requests.get(PATH, {"s": value})

    assert not has_valid_signature(request)
    assert signed_row(request) is None


def test_a_signature_for_a_row_names_it_and_opens_nothing_else() -> None:
    request = requests.get(signed_path(PATH, row=ROW))

    assert signed_row(request) == ROW
    assert not has_valid_signature(request)


def test_a_signature_for_no_row_names_none() -> None:
    assert signed_row(requests.get(signed_path(PATH))) is None
