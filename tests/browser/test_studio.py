"""The studio in a real browser, against all of Atelier's real processes."""

import io
import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.person import PATIENCE_SECONDS, Person, wait_succeeded
from tests.support.processes import RunningAtelier, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# Steps: enough to look at while they run, and enough to never end while a test lasts.
SOME = "100"
LONG = "150"
CID = re.compile(r"b[a-z2-7]{58}")
PAYLOADS = [
    "<script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1"><svg onload="window.hit = 1">',
    '</textarea></li><iframe srcdoc="<script>parent.hit = 1</script>">',
]


def wait_running(card: Locator) -> None:
    expect(card).to_have_attribute("data-status", "running")
    expect(card.locator("[data-state]")).to_contain_text("Step")


def progress_of(card: Locator) -> float:
    value: float = card.get_by_role("progressbar").evaluate("bar => bar.value")
    return value


def assert_no_sideways_scrolling(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")


def test_prompt_becomes_a_picture_before_ones_eyes(person: Person) -> None:
    card = person.ask("a red circle on a blue background", num_inference_steps=SOME)

    expect(card.locator("[data-state]")).to_contain_text("Step")
    expect(card.locator("[data-state]")).to_contain_text(" left")
    seen = progress_of(card)
    person.page.wait_for_function(
        "([card, seen]) => (card.querySelector('progress')?.value ?? 1) > seen", arg=[card.element_handle(), seen]
    )
    preview = card.locator("[data-preview]")
    expect(preview).to_be_visible()
    assert (preview.get_attribute("src") or "").startswith("data:image/jpeg;base64,")
    person.page.wait_for_function("preview => preview.naturalWidth > 0", arg=preview.element_handle())
    wait_succeeded(card)

    expect(card.get_by_role("heading", name="a red circle on a blue background")).to_be_visible()
    facts = card.locator(".facts")
    for words in ("Seed", "512 × 512", "Steps", SOME, "Guidance scale", "7.5", "demo-stable-diffusion"):
        expect(facts).to_contain_text(words)
    expect(card.locator(".cid")).to_have_text(CID)
    expect(person.page.locator("#announcer")).to_contain_text("Ready: a red circle")
    with person.page.expect_download() as download:
        card.get_by_role("link", name="Download").click()
    with Image.open(download.value.path()) as picture:
        assert picture.size == (512, 512)
        assert "a red circle on a blue background" in str(picture.info)


def test_page_of_the_picture_opens_from_its_card(person: Person) -> None:
    card = person.ask("a green star on a black background", num_inference_steps="1", seed="4294967295")
    wait_succeeded(card)
    cid = card.locator(".cid").inner_text()

    card.locator(".job-picture a").click()

    page = person.page
    expect(page).to_have_url(f"/content/{cid}")
    expect(page.get_by_role("heading", name="a green star on a black background")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("4294967295")
    expect(page.locator(".facts")).to_contain_text("DDIM")
    page.wait_for_function("() => document.querySelector('.content-picture img').naturalWidth === 512")


def test_curl_line_makes_the_same_picture_again(person: Person, tmp_path: Path) -> None:
    prompt = 'it\'s a "yellow triangle" on a $WHITE `background`'
    card = person.ask(prompt, num_inference_steps="2", width="256", height="320")
    wait_succeeded(card)
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    card.get_by_role("button", name="Copy as curl").click()
    expect(person.page.locator("#announcer")).to_have_text("Copied.")
    line = person.page.evaluate("navigator.clipboard.readText()")
    assert line == card.locator(".request pre").text_content()
    subprocess.run(
        ["/bin/sh", "-c", line],
        check=True,
        cwd=tmp_path,
        timeout=PATIENCE_SECONDS,
        env={"PATH": os.environ["PATH"], "ATELIER_KEY": person.create_key()},
    )

    address = card.locator("img[data-picture]").get_attribute("src") or ""
    assert (tmp_path / "picture.png").read_bytes() == person.page.request.get(address).body()


def test_picture_starts_from_an_upload(person: Person) -> None:
    file = io.BytesIO()
    Image.new("RGB", (300, 400), (30, 60, 200)).save(file, "PNG")
    person.open_tab("Image to image")
    person.set_more(strength="0.5", num_inference_steps="4")
    person.page.locator("[name=image]").set_input_files(
        {"name": "sea.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(person.page.get_by_alt_text("The picture to start from")).to_be_visible()

    card = person.ask("the ocean by day")
    wait_succeeded(card)

    expect(card.locator(".facts")).to_contain_text("300 × 400")
    expect(card.locator(".facts")).to_contain_text("Strength")
    card.get_by_role("link", name="Image to image").click()
    expect(person.page.locator("[name=start]")).to_have_value(CID)
    expect(person.page.get_by_alt_text("The picture to start from")).to_be_visible()


def test_several_pictures_of_one_request_have_seeds_of_their_own(person: Person) -> None:
    card = person.ask("a forest at night", num_inference_steps="1", number_of_images="3", seed="10")
    wait_succeeded(card)

    expect(card.locator("img[data-picture]")).to_have_count(3)
    assert [text for text in card.locator(".facts").all_inner_texts() if "Seed\n10" in text or "Seed\n11" in text]
    expect(card.locator(".facts").nth(2)).to_contain_text("12")


def test_cancel_ends_a_running_job_and_the_next_one_runs(person: Person) -> None:
    card = person.ask("mountains at sunset", num_inference_steps=LONG)
    waiting = person.ask("a city at night", num_inference_steps="2")
    wait_running(card)
    expect(waiting.locator("[data-state]")).to_contain_text("place 1 in the queue")

    card.get_by_role("button", name="Cancel").click()

    expect(card).to_have_attribute("data-status", "cancelled")
    expect(card).to_contain_text("Cancelled.")
    wait_succeeded(waiting)
    expect(card).to_have_attribute("data-status", "cancelled")


def test_job_whose_worker_died_says_so_in_a_sentence_and_can_be_tried_again(
    person: Person, atelier: RunningAtelier
) -> None:
    card = person.ask("a white square on a red background", num_inference_steps=LONG)
    wait_running(card)

    for pid in atelier.worker_pids():
        os.kill(pid, signal.SIGKILL)

    expect(card).to_have_attribute("data-status", "failed")
    expect(card).to_contain_text("The worker that ran this job stopped unexpectedly")
    cards = person.page.locator("li.job")
    card.get_by_role("button", name="Try again").click()
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("a white square on a red background")
    cards.first.get_by_role("button", name="Cancel").click()
    expect(cards.first).to_have_attribute("data-status", "cancelled")
    atelier.wait_ready()


def test_form_that_the_server_refuses_shows_the_sentence_and_keeps_what_was_written(person: Person) -> None:
    page = person.page
    person.open_tab("Image to image")
    person.set_more(start="no-such-cid", negative_prompt="people")
    page.locator("[name=prompt]").fill("a forest by day")
    page.get_by_role("button", name="Make picture").click()

    expect(page.get_by_role("alert")).to_contain_text("There is no picture with this CID that you may see.")
    expect(page.locator("[name=prompt]")).to_have_value("a forest by day")
    expect(page.locator("[name=negative_prompt]")).to_have_value("people")
    expect(page.locator("#id_start_error")).to_have_text("There is no picture with this CID that you may see.")
    expect(page.locator("[name=start]")).to_have_attribute("aria-invalid", "true")
    person.open_tab("Image")
    card = person.ask("a forest by day", num_inference_steps="1")
    expect(page.locator("#form-errors")).to_be_hidden()
    wait_succeeded(card)


def test_value_out_of_bounds_is_pointed_at_even_where_it_is_folded_away(person: Person) -> None:
    page = person.page
    person.set_more(num_inference_steps="151")
    page.locator("details.more > summary").click()
    expect(page.locator("[name=num_inference_steps]")).to_be_hidden()
    page.locator("[name=prompt]").fill("a forest by day")

    page.get_by_role("button", name="Make picture").click()

    expect(page.locator("[name=num_inference_steps]")).to_be_focused()
    expect(page.locator("li.job")).to_have_count(0)


def test_reload_in_the_middle_loses_nothing(person: Person) -> None:
    first = person.ask("a purple circle on a white background", num_inference_steps="1")
    wait_succeeded(first)
    running = person.ask("a city at sunset", num_inference_steps=SOME)
    wait_running(running)

    person.page.reload()

    expect(person.page.locator("li.job")).to_have_count(2)
    expect(running).to_contain_text("a city at sunset")
    wait_succeeded(running)
    wait_succeeded(first)


def test_job_of_a_program_appears_by_itself(person: Person) -> None:
    person.wait_live()
    headers = {"Authorization": f"Bearer {person.create_key()}"}
    body = {"kind": "image", "params": {"prompt": "an orange star", "num_inference_steps": 1}}
    answer = person.page.request.post("/api/v1/jobs", data=body, headers=headers)
    assert answer.status == 202

    card = person.page.locator(f"#job-{answer.json()['id']}")

    wait_succeeded(card)
    expect(card).to_contain_text("an orange star")


def test_second_person_neither_sees_nor_hears_of_the_first_ones_jobs(sign_up: Callable[..., Person]) -> None:
    first, second = sign_up(), sign_up()
    heard: list[str] = []
    second.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    second.page.reload()
    second.wait_live()

    card = first.ask("a secret of the first person", num_inference_steps="4")
    wait_succeeded(card)
    job = card.get_attribute("data-job") or ""
    picture = card.locator("img[data-picture]").get_attribute("src") or ""
    cid = card.locator(".cid").inner_text()
    own = second.ask("a forest by day", num_inference_steps="1")
    wait_succeeded(own)

    own_job = own.get_attribute("data-job") or ""
    assert any(own_job in frame for frame in heard)
    assert not any(job in frame for frame in heard)
    expect(second.page.locator("li.job")).to_have_count(1)
    second.page.reload()
    expect(second.page.locator("li.job")).to_have_count(1)
    paths = [f"/studio/jobs/{job}", f"/?again={job}", picture, f"/content/{cid}", f"/ipfs/{cid}"]
    answers = [second.page.request.get(path) for path in paths]
    assert [answer.status for answer in answers] == [404, 200, 404, 404, 404]
    assert not any("a secret of the first person" in answer.text() for answer in answers)


def test_prompts_that_are_code_are_inert(person: Person, open_context: Callable[..., BrowserContext]) -> None:
    page = person.page
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    person.set_more(num_inference_steps="1")
    page.locator("[name=public]").check()
    cids = []
    for payload in PAYLOADS:
        card = person.ask(payload, negative_prompt=payload)
        wait_succeeded(card)
        expect(card.locator(".job-prompt")).to_have_text(payload)
        cids.append(card.locator(".cid").inner_text())

    visitor = open_context().new_page()
    for shown, path in [(page, "/"), (visitor, "/"), *((visitor, f"/content/{cid}") for cid in cids)]:
        shown.goto(path)
        expect(shown.locator("main")).to_contain_text("window.hit" if path == "/" else "hit = 1")
        assert shown.evaluate("window.hit") is None
        expect(shown.locator("main iframe, main script, main svg[onload]")).to_have_count(0)


def test_studio_works_without_javascript(sign_up: Callable[..., Person]) -> None:
    person = sign_up(java_script_enabled=False)
    page = person.page
    page.locator("[name=prompt]").fill("a yellow triangle on a purple background")
    page.get_by_role("button", name="Make picture").click()
    card = page.locator("li.job")
    expect(card).to_have_count(1)
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.get_by_role("button", name="Copy as curl")).to_have_count(0)

    def done() -> bool:
        page.locator("noscript a").click()
        return card.get_attribute("data-status") == "succeeded"

    wait_until(done, seconds=PATIENCE_SECONDS, what="the picture")
    expect(card.locator("img[data-picture]")).to_be_visible()
    expect(card.locator(".cid")).to_have_text(CID)
    card.locator(".request > summary").click()
    expect(card.locator(".request pre")).to_contain_text("curl --fail-with-body")

    page.get_by_role("link", name="Image to image", exact=True).first.click()
    page.locator("[name=prompt]").fill("mountains by day")
    page.locator("[name=start]").fill("no-such-cid")
    page.get_by_role("button", name="Make picture").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no picture with this CID that you may see.")
    expect(page.locator("[name=prompt]")).to_have_value("mountains by day")


def test_narrow_window_needs_no_sideways_scrolling(sign_up: Callable[..., Person]) -> None:
    person = sign_up(viewport={"width": 360, "height": 740})
    page = person.page
    card = person.ask("w" * 300, num_inference_steps=LONG)
    wait_running(card)
    assert_no_sideways_scrolling(page)
    card.get_by_role("button", name="Cancel").click()
    card = person.ask("long" * 100, num_inference_steps="1")
    wait_succeeded(card)
    card.locator(".request > summary").click()
    assert_no_sideways_scrolling(page)
    expect(card.locator("img[data-picture]")).to_be_visible()

    for path in (f"/content/{card.locator('.cid').inner_text()}", "/accounts/password/change/"):
        page.goto(path)
        assert_no_sideways_scrolling(page)
    page.context.clear_cookies()
    for path in ("/", "/accounts/login/", "/accounts/signup/"):
        page.goto(path)
        assert_no_sideways_scrolling(page)


def test_new_card_comes_into_sight_below_a_form_that_fills_the_window(sign_up: Callable[..., Person]) -> None:
    person = sign_up(viewport={"width": 360, "height": 640})

    card = person.ask("a black square on an orange background", num_inference_steps="1")

    expect(card).to_be_in_viewport()


def test_keyboard_alone_makes_a_picture(person: Person) -> None:
    page = person.page
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.locator("[name=prompt]").focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("a blue star on a white background")
    page.keyboard.press("Control+Enter")

    card = page.locator("li.job")
    expect(card).to_have_count(1)
    card.get_by_role("button", name="Cancel").focus()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(card).to_have_attribute("data-status", "cancelled")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "restarted"])
def test_page_reconnects_after_the_web_process_ended(
    person: Person, atelier: RunningAtelier, number: signal.Signals
) -> None:
    card = person.ask("an ocean at night", num_inference_steps=SOME)
    wait_running(card)
    person.wait_live()

    os.kill(atelier.children()["web"], number)

    notice = person.page.locator("#connection")
    expect(notice).to_be_visible()
    expect(notice).to_contain_text("Connection lost")
    expect(notice).to_be_hidden()
    person.wait_live()
    wait_succeeded(card)
    atelier.wait_ready()


def test_reduced_motion_is_respected(sign_up: Callable[..., Person]) -> None:
    person = sign_up(reduced_motion="reduce")
    card = person.ask("a red square", num_inference_steps=LONG)
    expect(card).to_have_attribute("data-status", "running")

    duration = card.locator(".job-picture").evaluate("element => getComputedStyle(element).animationDuration")

    assert float(duration.removesuffix("s")) < 0.001
    card.get_by_role("button", name="Cancel").click()
    expect(card).to_have_attribute("data-status", "cancelled")
