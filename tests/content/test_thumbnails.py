"""Thumbnails: what they weigh, who may see them, when they are made, and what becomes of them."""

import io
import os
import random
import wave
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.models import User
from content import previews, services
from content.models import Content, Kind, Visibility
from content.storage import collector
from content.storage.blocks import block_store
from content.storage.cids import parse
from content.thumbnails import LARGEST_BYTES, LONGEST_SIDE, of_picture, of_sound, thumbnail_size
from content.waveforms import heights, peaks
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.clients import KeyClient


def png(width: int = 640, height: int = 480, mode: str = "RGB") -> bytes:
    image = Image.new(mode, (width, height), (20, 40, 220) if mode == "RGB" else 0)
    ImageDraw.Draw(image).ellipse(
        (width // 4, height // 4, width // 2, height // 2), fill="red" if mode == "RGB" else 9
    )
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def noise(side: int, seed: int = 0) -> bytes:
    """What compresses worst."""
    image = Image.frombytes("RGB", (side, side), random.Random(seed).randbytes(side * side * 3))
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def wav(samples: list[int], *, width: int = 2, channels: int = 1) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((channels, width, 8000, 0, "NONE", ""))
        for sample in samples:
            level = sample >> (16 - 8 * width) if width <= 2 else sample << (8 * width - 16)
            sound.writeframesraw(bytes([level + 128]) if width == 1 else level.to_bytes(width, "little", signed=True))
    return out.getvalue()


def path_of(cid: str) -> Path:
    name = parse(cid).digest.hex()
    return Path(settings.BLOCKS_DIR) / name[:2] / name


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


@pytest.fixture
def client(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def picture_of(user: User, data: bytes, **values: object) -> Content:
    return ContentFactory(owner=user, data=data, kind=Kind.IMAGE, media_type="image/png", **values)


# ---- drawing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (4, 3), (1, 1), (5000, 1), (320, 320)])
def test_thumbnail_has_the_size_that_pages_say(width: int, height: int) -> None:
    with Image.open(io.BytesIO(of_picture(png(width, height)))) as small:
        assert small.format == "WEBP"
        assert small.size == thumbnail_size(width, height)
        assert max(small.size) == min(LONGEST_SIDE, max(width, height))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_thumbnail_of_every_kind_of_picture(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (700, 500)).save(out, "PNG")

    with Image.open(io.BytesIO(of_picture(out.getvalue()))) as small:
        assert small.size == (320, 229)


def test_fifty_thumbnails_of_the_worst_pictures_weigh_less_than_a_megabyte() -> None:
    weights = [len(of_picture(noise(side))) for side in (512, 320, 319, 100)]

    assert max(weights) <= LARGEST_BYTES
    assert 50 * LARGEST_BYTES < 1_000_000


def test_same_picture_gives_the_same_thumbnail() -> None:
    assert of_picture(png()) == of_picture(png())


@pytest.mark.parametrize("data", [b"", b"text", png()[:500], b"\x89PNG\r\n\x1a\n" + bytes(60)])
def test_what_is_no_picture_has_no_thumbnail(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"picture|pixels"):
        of_picture(data)


def test_more_pixels_than_pictures_may_have_are_not_decoded(settings: object) -> None:
    settings.IMAGE_PIXELS = 1000  # type: ignore[attr-defined]

    with pytest.raises(ValueError, match="too many pixels"):
        of_picture(png(40, 40))


# ---- waveforms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_peaks_are_those_of_the_samples(width: int) -> None:
    samples = [0, 0, 0, 0, 16384, 0, -16384, 0, 0, -32768, 0, 0, 256, -256, 0, 0]

    assert peaks(wav(samples, width=width), 4) == [0.0, 0.5, 1.0, 256 / 32768]


def test_peaks_of_two_channels_are_the_louder_ones() -> None:
    assert peaks(wav([0, 8192, 16384, 0], channels=2), 2) == [0.25, 0.5]


def test_fewer_samples_than_bars_give_fewer_bars() -> None:
    assert peaks(wav([8192, 16384]), 100) == [0.25, 0.5]


@pytest.mark.parametrize("loudest", [32767, 3000, 400])
def test_bars_are_as_tall_as_the_loudest_allows(loudest: int) -> None:
    assert heights(wav([0, loudest // 2, -loudest, 0]), 4) == pytest.approx([0, 0.5, 1, 0], abs=1e-4)


def test_what_is_nearly_silent_stays_flat() -> None:
    assert max(heights(wav([0, 30, -30]), 3)) < 0.1
    assert heights(wav([0, 0]), 2) == [0, 0]


@pytest.mark.parametrize("data", [b"", b"RIFF", wav([]), wav([1, 2, 3])[:20], b"RIFF\0\0\0\0WAVEfmt "])
def test_what_is_no_sound_has_no_peaks(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"no PCM WAV|no length"):
        peaks(data, 10)


def test_loud_parts_are_drawn_higher() -> None:
    with Image.open(io.BytesIO(of_sound([0.1, 1.0]))) as drawn:
        alpha = drawn.convert("RGBA").getchannel("A")
        columns = [alpha.crop((x, 0, x + 1, alpha.height)).tobytes() for x in (80, 240)]
    low, high = (sum(value > 128 for value in column) for column in columns)
    assert low < 30 < 140 < high


# ---- views ----------------------------------------------------------------------------------------------------------


def test_first_view_makes_the_thumbnail_and_the_next_ones_read_it(client: Client, user: User) -> None:
    content = picture_of(user, png())

    first = client.get(f"/content/{content.cid}/thumbnail")
    content.refresh_from_db()
    path_of(content.cid).unlink()
    second = client.get(f"/content/{content.cid}/thumbnail")

    assert first.status_code == second.status_code == 200
    assert first["Content-Type"] == "image/webp"
    assert first["ETag"] == second["ETag"] == f'"{content.thumbnail}"'
    assert first["Cache-Control"] == "private, no-store"
    assert first["Content-Security-Policy"] == "sandbox"
    assert b"".join(first) == b"".join(second) == of_picture(png())


def test_public_thumbnail_is_asked_about_again_before_it_is_shown(client: Client, user: User) -> None:
    content = picture_of(user, png(), visibility=Visibility.PUBLIC)

    first = Client().get(f"/content/{content.cid}/thumbnail")
    again = Client().get(f"/content/{content.cid}/thumbnail", headers={"If-None-Match": first["ETag"]})

    assert first["Cache-Control"] == "public, no-cache"
    assert again.status_code == 304


def test_thumbnail_is_as_private_as_its_content(client: Client, user: User) -> None:
    content = picture_of(user, png())
    client.get(f"/content/{content.cid}/thumbnail")
    content.refresh_from_db()
    unknown = Client().get(f"/content/{'b' + 'a' * 58}/thumbnail")

    for other in (Client(), KeyClient(UserFactory())):
        answer = other.get(f"/content/{content.cid}/thumbnail")
        assert (answer.status_code, answer.content) == (404, unknown.content)
    # The block of a thumbnail is nobody's content: its CID opens nothing, for its owner either.
    for path in (f"/ipfs/{content.thumbnail}", f"/ipfs/{content.thumbnail}?format=raw"):
        assert Client().get(path).status_code == client.get(path).status_code == 404


def test_thumbnail_of_public_content_is_no_public_block(client: Client, user: User) -> None:
    content = picture_of(user, png(), visibility=Visibility.PUBLIC)
    client.get(f"/content/{content.cid}/thumbnail")
    content.refresh_from_db()

    assert Client().get(f"/ipfs/{content.thumbnail}?format=raw").status_code == 404


def test_damaged_thumbnail_is_made_again(client: Client, user: User) -> None:
    content = picture_of(user, png())
    client.get(f"/content/{content.cid}/thumbnail")
    content.refresh_from_db()
    path_of(content.thumbnail).write_bytes(b"rotten")

    answer = client.get(f"/content/{content.cid}/thumbnail")

    assert answer.status_code == 200
    assert block_store().get(parse(content.thumbnail)) == of_picture(png())


@pytest.mark.parametrize("fault", ["missing", "damaged", "no picture"])
def test_unreadable_source_gives_a_drawing_instead(client: Client, user: User, fault: str) -> None:
    content = picture_of(user, b"no picture" if fault == "no picture" else png())
    if fault == "missing":
        path_of(content.cid).unlink()
    if fault == "damaged":
        path_of(content.cid).write_bytes(b"rotten")

    answer = client.get(f"/content/{content.cid}/thumbnail")

    assert answer.status_code == 500
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"<svg")
    content.refresh_from_db()
    assert content.thumbnail == ""


def test_thumbnail_is_shown_though_there_is_no_room_for_it(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture_of(user, png())
    monkeypatch.setattr(os, "replace", _no_room)

    assert client.get(f"/content/{content.cid}/thumbnail").status_code == 200
    content.refresh_from_db()
    assert content.thumbnail == ""


def _no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_sound_has_a_thumbnail_and_text_has_none(client: Client, user: User) -> None:
    sound = ContentFactory(owner=user, data=wav([0, 9000] * 400), kind=Kind.AUDIO, media_type="audio/wav")
    text = ContentFactory(owner=user)

    assert client.get(f"/content/{sound.cid}/thumbnail")["Content-Type"] == "image/webp"
    assert client.get(f"/content/{text.cid}/thumbnail").status_code == 404


# ---- what the worker keeps, and what the collector removes -----------------------------------------------------------


def test_worker_keeps_thumbnail_and_excerpt_and_never_fails(user: User) -> None:
    picture, broken = picture_of(user, png()), picture_of(user, b"none")
    text = ContentFactory(owner=user, data="Ein  Wort\n<b>é</b>".encode() * 100)

    for content in (picture, broken, text):
        previews.keep(content=content, data=services.read_bytes(content=content))
        content.refresh_from_db()

    assert picture.thumbnail
    assert not broken.thumbnail
    assert text.excerpt.startswith("Ein Wort <b>é</b>Ein Wort")
    assert len(text.excerpt) == previews.LONGEST_EXCERPT


def test_collector_keeps_thumbnails_of_rows_and_removes_the_others(user: User) -> None:
    kept, gone = picture_of(user, png()), picture_of(user, png(200, 100))
    names = [previews.thumbnail_of(content=content)[0] for content in (kept, gone)]
    services.delete(content=gone)

    collector.collect(now=timezone.now() + timedelta(days=1))

    assert path_of(names[0]).exists()
    assert not path_of(names[1]).exists()
    assert not path_of(gone.cid).exists()
