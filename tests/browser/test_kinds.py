"""The composer's other kinds of work in a real browser: sound, words, and looking at pictures."""

import base64
import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.person import PATIENCE_SECONDS, Person, wait_ended_well
from tests.support.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(1200), pytest.mark.xdist_group("browser")]

PAYLOAD = "<img src=x onerror='window.hit = 1'>"


def picture() -> bytes:
    """A red disc on blue."""
    image = Image.new("RGB", (320, 240), (20, 40, 220))
    ImageDraw.Draw(image).ellipse((90, 50, 230, 190), fill=(230, 20, 20))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def drop(page: Page, data: bytes) -> None:
    """Drop a file on the composer, as from a folder's window."""
    page.locator("[data-drop]").evaluate(
        """(place, data) => {
            const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "disc.png", { type: "image/png" }));
            for (const name of ["dragover", "drop"]) {
                place.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: transfer }));
            }
        }""",
        base64.b64encode(data).decode(),
    )


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


def test_dropped_picture_is_analysed_and_its_segments_are_singled_out(person: Person) -> None:
    page = person.page
    person.open_tab("Analyse")
    drop(page, picture())
    expect(page.get_by_alt_text("The picture to start from")).to_be_visible()
    page.locator("[name=labels]").fill(f"circle, ocean, {PAYLOAD}")

    card = person.send("Analyse")
    wait_ended_well(card)
    expect(card.locator(".labels dt").first).to_have_text("circle")
    card.get_by_role("link", name="Open the analysis").click()

    segments = page.locator(".segment")
    expect(segments.first).to_be_attached()
    opacity = "segment => getComputedStyle(segment.querySelector('path')).fillOpacity"
    assert float(segments.first.evaluate(opacity)) == 0.5
    page.get_by_label("Opacity of the segments").fill("0.9")
    assert float(segments.first.evaluate(opacity)) == 0.9
    if segments.count() > 1:
        page.locator("[data-segment=segment-2]").focus()
        assert float(segments.first.evaluate(opacity)) < 0.1
        assert float(segments.nth(1).evaluate(opacity)) == 0.9
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
