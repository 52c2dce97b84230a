"""What the composer offers beyond its fields: presets, surprises, settings taken over; and before and after."""

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.person import PATIENCE_SECONDS, Person, wait_ended_well, wait_succeeded
from tests.support.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def preset(page: Page, name: str) -> Locator:
    return page.locator(".preset", has_text=name)


def in_force(page: Page) -> list[str]:
    return page.locator(".preset[aria-pressed=true] .preset-name").all_inner_texts()


def png(mode: str, colour: Any, size: tuple[int, int] = (256, 256)) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, "PNG")
    return file.getvalue()


def data_url(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def submit(person: Person, kind: str, params: dict[str, Any]) -> tuple[dict[str, Any], Locator]:
    """A job of a program; it and its card once it has succeeded."""
    person.wait_live()
    headers = {"Authorization": f"Bearer {person.create_key()}"}
    answer = person.page.request.post("/api/v1/jobs", data={"kind": kind, "params": params}, headers=headers)
    assert answer.status == 202, answer.text()
    card = person.page.locator(f"#job-{answer.json()['id']}")
    wait_ended_well(card)
    return answer.json(), card


def params_of(person: Person, card: Locator) -> dict[str, Any]:
    answer = person.page.request.get(f"/api/v1/jobs/{card.get_attribute('data-job')}")
    params: dict[str, Any] = answer.json()["params"]
    return params


# ---- Presets --------------------------------------------------------------------------------------------------------


def test_preset_fills_its_fields_and_a_changed_field_leaves_it(person: Person) -> None:
    page = person.page
    page.locator("[name=prompt]").fill("a red star")
    assert in_force(page) == ["Standard", "Square"]
    page.evaluate("window.same = true")

    preset(page, "Fine").click()
    preset(page, "Portrait").focus()
    page.keyboard.press("Enter")

    assert in_force(page) == ["Fine", "Portrait"]
    assert page.evaluate("window.same")
    page.reload()
    expect(page.locator("[name=num_inference_steps]")).to_have_value("60")
    expect(page.locator("[name=height]")).to_have_value("768")
    expect(page.locator("[name=prompt]")).to_have_value("a red star")
    assert in_force(page) == ["Fine", "Portrait"]
    person.set_more(num_inference_steps="10", width="513")
    assert in_force(page) == ["Quick"]
    person.set_more(num_inference_steps="")
    assert in_force(page) == []
    expect(page.locator("li.job")).to_have_count(0)
    preset(page, "Quick").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("li.job")).to_have_count(1)
    assert params_of(person, page.locator("li.job"))["num_inference_steps"] == 10


@pytest.mark.parametrize("script", [True, False])
def test_enter_sends_the_form_and_presses_no_preset(sign_up: Callable[..., Person], script: bool) -> None:
    page = sign_up(java_script_enabled=script).page
    page.get_by_role("navigation", name="What to make").get_by_role("link", name="Music").click()
    page.locator("[name=description]").fill("church bells")
    page.locator("[name=duration]").fill("1")
    page.locator("[name=duration]").press("Enter")

    expect(page.locator("li.job")).to_have_count(1)
    expect(page.locator("li.job")).to_contain_text("church bells")


# ---- Surprises ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [True, False])
def test_surprises_differ_and_lead_back_to_what_was_written(sign_up: Callable[..., Person], script: bool) -> None:
    page = sign_up(java_script_enabled=script).page
    prompt, seed = page.locator("[name=prompt]"), page.locator("[name=seed]")
    back = page.get_by_role("button", name="Back to what I wrote")
    expect(back).to_be_hidden()
    prompt.fill("what I wrote")

    found = ["what I wrote"]
    for _ in range(3):
        page.get_by_role("button", name="Surprise me").click()
        expect(prompt).not_to_have_value(found[-1])
        found.append(prompt.input_value())
        assert seed.input_value().isdecimal()
    assert len(set(found)) >= 3
    page.get_by_role("button", name="the ocean at sunset").click()
    expect(prompt).to_have_value("the ocean at sunset")

    if script:
        page.reload()
        expect(prompt).to_have_value("the ocean at sunset")
    back.click()

    expect(prompt).to_have_value("what I wrote")
    expect(seed).to_have_value("")
    expect(back).to_be_hidden()
    expect(page.locator("li.job")).to_have_count(0)


def test_surprise_while_atelier_is_away_says_so_and_loses_nothing(person: Person) -> None:
    page = person.page
    page.locator("[name=prompt]").fill("what I wrote")
    page.context.set_offline(True)

    page.get_by_role("button", name="Surprise me").click()

    expect(page.get_by_role("alert")).to_contain_text("Atelier cannot be reached.")
    expect(page.locator("[name=prompt]")).to_have_value("what I wrote")
    page.context.set_offline(False)


def test_presets_and_surprises_without_javascript(sign_up: Callable[..., Person]) -> None:
    person = sign_up(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = person.page
    person.open_tab("Text")
    page.get_by_role("button", name="Surprise me").click()
    asked = page.locator("[name=prompt]").input_value()

    preset(page, "Short").click()
    assert in_force(page) == ["Short", "Balanced"]
    expect(page.locator("[name=prompt]")).to_have_value(asked)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    card = person.send("Write text")

    assert params_of(person, card)["max_tokens"] == 32
    expect(card.locator(".job-prompt")).to_have_text(asked)


# ---- Settings taken over --------------------------------------------------------------------------------------------


def test_settings_with_a_mask_repaint_the_same_part_again(person: Person) -> None:
    params = {"prompt": "the ocean by day", "num_inference_steps": 2, "seed": 5, "strength": 0.9}
    pictures = {"image": data_url(png("RGB", "red")), "mask": data_url(png("RGBA", (0, 0, 0, 0)))}
    job, card = submit(person, "image_to_image", {**params, **pictures})

    card.get_by_role("link", name="Use these settings").click()
    expect(person.page.locator("[name=mask]")).to_be_visible()
    expect(person.page.locator("[name=mask]")).to_have_value(job["params"]["mask"])
    person.page.reload()
    expect(person.page.locator("[name=mask]")).to_be_visible()
    again = person.send("Make picture")

    assert params_of(person, again) == job["params"]


def test_settings_of_a_conversation_are_turns_that_can_be_edited(person: Person) -> None:
    messages = [
        {"role": "system", "content": "You are a poet."},
        {"role": "user", "content": "Hello\nUser: <b>"},
        {"role": "assistant", "content": "Good day."},
        {"role": "user", "content": "a lighthouse in a storm"},
    ]
    job, card = submit(person, "text", {"messages": messages, "max_tokens": 16, "seed": 5, "stop": ["END"]})

    card.get_by_role("link", name="Use these settings").click()
    turns = person.page.locator("[name=turns]")
    expect(turns).to_be_visible()
    expect(person.page.locator("[name=prompt]")).to_have_value("a lighthouse in a storm")
    again = person.send("Write text")
    assert params_of(person, again) == job["params"]

    turns.fill(turns.input_value().replace("Good day.", "Well met."))
    person.page.reload()
    expect(turns).to_be_visible()
    edited = person.send("Write text")
    assert params_of(person, edited)["messages"] == [
        *messages[:2],
        {"role": "assistant", "content": "Well met."},
        messages[3],
    ]


def test_own_labels_are_asked_for_and_asked_again_without_javascript(sign_up: Callable[..., Person]) -> None:
    person = sign_up(java_script_enabled=False)
    page = person.page
    person.open_tab("Analyse")
    page.locator("[name=image]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": png("RGB", "red")}
    )
    page.locator("[name=labels]").fill("a red square, the ocean")
    card = person.send("Analyse")

    def done(status: Callable[[], str | None]) -> Callable[[], bool]:
        def look() -> bool:
            page.locator("noscript a").click()
            return status() == "succeeded"

        return look

    wait_until(done(lambda: card.get_attribute("data-status")), seconds=PATIENCE_SECONDS, what="the analysis")
    assert set(card.locator(".labels dt").all_inner_texts()) == {"a red square", "the ocean"}
    card.get_by_role("link", name="Open the analysis").click()
    page.locator("[name=labels]").fill("a green forest, red")
    page.get_by_role("button", name="Analyse again").click()

    expect(page.get_by_role("heading", level=1, name="Analysis for a green forest, red")).to_be_attached()
    labels = page.locator(".content-body .labels dt")

    def shown() -> bool:
        page.reload()
        return labels.count() == 2

    wait_until(shown, seconds=PATIENCE_SECONDS, what="the other labels")
    assert set(labels.all_inner_texts()) == {"a green forest", "red"}


# ---- Before and after -----------------------------------------------------------------------------------------------


def test_before_and_after_share_a_frame_whose_edge_the_keyboard_moves(
    person: Person, open_context: Callable[..., BrowserContext]
) -> None:
    page = person.page
    params = {"image": data_url(png("RGB", "red", (320, 256))), "prompt": "mountains by day", "num_inference_steps": 2}
    _, card = submit(person, "image_to_image", params)
    wait_succeeded(card)
    card.get_by_role("link", name="Before and after").click()

    before, after = page.locator(".compare-before"), page.locator(".compare-after")
    slider = page.get_by_role("slider", name="How much of the picture before is shown")
    page.wait_for_function(
        "pictures => pictures.every((picture) => picture.complete && picture.naturalWidth > 0)",
        arg=[before.element_handle(), after.element_handle()],
    )
    assert before.bounding_box() == after.bounding_box()
    shown = "picture => getComputedStyle(picture).clipPath"
    half = before.evaluate(shown)
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert before.evaluate(shown) != half
    assert "49%" in before.evaluate(shown)
    page.keyboard.press("End")
    assert before.evaluate(shown) in ("inset(0px calc(0%) 0px 0px)", "inset(0px 0% 0px 0px)", "inset(0px)")
    frame = page.locator(".compare-frame").bounding_box()
    assert frame
    page.mouse.click(frame["x"] + frame["width"] / 4, frame["y"] + frame["height"] / 2)
    assert 20 <= int(slider.input_value()) <= 30

    state = page.context.storage_state()
    plain = open_context(
        java_script_enabled=False, storage_state=state, viewport={"width": 360, "height": 740}
    ).new_page()
    plain.goto(page.url)
    boxes = [plain.locator(name).bounding_box() for name in (".compare-before", ".compare-after")]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    expect(plain.get_by_role("slider")).to_be_hidden()
