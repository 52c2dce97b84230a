"""The composer's other kinds of work in a real browser: sound, words, and looking at pictures."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, expect

from tests.browser.person import PATIENCE_SECONDS, Person, wait_ended_well, wait_succeeded
from tests.support.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# Root mean square: silence has 0, the demo model's bells about 0.06.
QUIETEST = 0.001
PAYLOAD = "<img src=x onerror='window.hit = 1'>"


def picture() -> bytes:
    """A red disc on blue."""
    image = Image.new("RGB", (320, 256), (20, 40, 220))
    ImageDraw.Draw(image).ellipse((90, 58, 230, 198), fill=(230, 20, 20))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """A file with a red disc on blue, 320 × 256."""
    file = tmp_path / "disc.png"
    file.write_bytes(picture())
    return file


def tell_loudness(player: Locator) -> float:
    """The root mean square of the samples that the browser decodes of a sound, 0–1."""
    loudness: float = player.evaluate(
        """async (player) => {
            const bytes = await (await fetch(player.src)).arrayBuffer();
            const decoded = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(bytes);
            const samples = decoded.getChannelData(0);
            return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
        }"""
    )
    return loudness


def test_description_becomes_a_sound_that_plays(person: Person) -> None:
    page = person.page
    person.open_tab("Music")
    page.locator("[name=description]").fill("church bells")
    page.locator("[name=duration]").fill("2")

    card = person.send("Make music")
    wait_ended_well(card)

    player = card.locator("audio")
    expect(player).to_be_visible()
    page.wait_for_function("player => player.duration > 1.9 && player.duration < 2.1", arg=player.element_handle())
    player.evaluate("player => { player.muted = true; return player.play(); }")
    page.wait_for_function("player => player.currentTime > 0.2", arg=player.element_handle())
    assert player.evaluate("player => player.error") is None
    assert tell_loudness(player) > QUIETEST
    expect(card.locator(".facts")).to_contain_text("demo-musicgen")
    card.get_by_role("link", name="Its page").click()
    expect(page.get_by_role("heading", name="church bells")).to_be_visible()
    page.get_by_role("link", name="Use these settings").click()
    expect(page.locator("[name=description]")).to_have_value("church bells")
    expect(page.locator("[name=duration]")).to_have_value("2.0")


def test_descriptions_become_tags_that_are_words(person: Person) -> None:
    page = person.page
    person.open_tab("Tags")
    page.locator("[name=image_prompt]").fill(f"the ocean at sunset {PAYLOAD}")
    page.locator("[name=sound_description]").fill("waves")

    card = person.send("Find tags")
    wait_ended_well(card)

    expect(card.get_by_role("list", name="Tags").get_by_role("listitem").first).to_be_visible()
    expect(card.get_by_role("heading")).to_contain_text(PAYLOAD)
    assert page.evaluate("window.hit") is None


def test_dropped_picture_is_where_a_new_one_begins(person: Person, disc: Path) -> None:
    page = person.page
    person.open_tab("Image to image")
    person.drop(disc)
    # Without a change, the picture comes back: it is the dropped one that it began with.
    person.set_more(strength="0", num_inference_steps="4")

    card = person.ask("a red circle on a blue background")
    wait_succeeded(card)

    expect(card.locator(".facts")).to_contain_text("320 × 256")
    address = card.locator("img[data-picture]").get_attribute("src") or ""
    with Image.open(io.BytesIO(page.request.get(address).body())) as made:
        red, green, blue = made.convert("RGB").getpixel((160, 128))  # type: ignore[misc]
        corner = made.convert("RGB").getpixel((5, 5))
    assert red > max(green, blue), (red, green, blue)
    assert corner[2] > max(corner[:2]), corner  # type: ignore[index]
    card.locator(".job-picture a").click()
    expect(page.get_by_role("heading", name="Made from", exact=True)).to_be_visible()


def test_dropped_picture_is_analysed_and_its_segments_are_singled_out(person: Person, disc: Path) -> None:
    page = person.page
    person.open_tab("Analyse")
    person.drop(disc)
    page.locator("[name=labels]").fill(f"circle, ocean, {PAYLOAD}")

    card = person.send("Analyse")
    wait_ended_well(card)
    expect(card.locator(".labels dt").first).to_have_text("circle")
    card.get_by_role("link", name="Open the analysis").click()

    segments = page.locator(".segment")
    expect(segments.first).to_be_attached()
    first = segments.first.locator("path").first
    expect(first).to_have_css("fill-opacity", "0.5")
    page.get_by_label("Opacity of the segments").fill("0.9")
    expect(first).to_have_css("fill-opacity", "0.9")
    if segments.count() > 1:
        page.locator("[data-segment=segment-2]").focus()
        expect(first).to_have_css("fill-opacity", "0.04")
        expect(segments.nth(1).locator("path").first).to_have_css("fill-opacity", "0.9")
    expect(page.locator(".labels")).to_contain_text(PAYLOAD)
    assert page.evaluate("window.hit") is None

    page.locator("[name=labels]").fill("square, circle")
    page.get_by_role("button", name="Analyse again").click()
    expect(page.get_by_role("heading", level=1, name="Analysis for square, circle")).to_be_attached()
    expect(page.locator(".segment").first).to_be_attached()
    expect(page.locator(".labels dt").first).to_have_text("circle")


def test_what_was_written_survives_a_reload_and_other_tabs(person: Person) -> None:
    page = person.page
    person.open_tab("Text")
    page.locator("[name=prompt]").fill("a lighthouse keeper")
    page.locator("[name=max_tokens]").fill("17")
    person.open_tab("Music")
    page.locator("[name=description]").fill("heavy rain")

    page.reload()
    expect(page.locator("[name=description]")).to_have_value("heavy rain")
    person.open_tab("Text")

    expect(page.locator("[name=prompt]")).to_have_value("a lighthouse keeper")
    expect(page.locator("[name=max_tokens]")).to_have_value("17")


def test_text_is_written_without_javascript_in_a_narrow_window(sign_up: Callable[..., Person]) -> None:
    person = sign_up(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = person.page
    person.open_tab("Text")
    page.locator("[name=prompt]").fill("a lighthouse in a storm")
    card = person.send("Write text")

    def done() -> bool:
        page.locator("noscript a").click()
        return card.get_attribute("data-status") == "succeeded"

    wait_until(done, seconds=PATIENCE_SECONDS, what="the text")
    expect(card.locator(".job-text")).not_to_be_empty()
