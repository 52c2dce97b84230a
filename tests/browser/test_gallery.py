"""The gallery and the page of a piece in a real browser: filters, choosing several, publishing, sounds."""

import io
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from demo_models.scenes.compose import draw
from demo_models.scenes.sampling import random_view
from tests.browser.person import PATIENCE_SECONDS, Person, wait_ended_well, wait_succeeded
from tests.support.paint import MOST_LAYOUT_SHIFT, tell_layout_shift
from tests.support.samples import picture

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# As long as a tag may be.
PAYLOADS = [
    "<script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1">',
]
ROOT = Path(__file__).resolve().parents[2]
# What the pages of the gallery may load of ours, in bytes.
MOST_SCRIPT = 40_000
WIDTHS = [360, 768, 1440]


def upload(person: Person, data: bytes) -> str:
    """The CID of a picture that is in the person's gallery from now on."""
    answer = person.page.request.post(
        "/api/v1/contents",
        multipart={"image": {"name": "picture.png", "mimeType": "image/png", "buffer": data}},
        headers={"X-CSRFToken": token(person.page)},
    )
    assert answer.status == 201, answer.text()
    cid: str = answer.json()["cid"]
    return cid


def token(page: Page) -> str:
    value: str = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    return value


def change(person: Person, cid: str, body: dict[str, object]) -> None:
    headers = {"X-CSRFToken": token(person.page)}
    answer = person.page.request.patch(f"/api/v1/contents/{cid}", data=body, headers=headers)
    assert answer.status == 200, answer.text()


def tiles(page: Page) -> Locator:
    return page.locator(".tile")


def choose(page: Page, *cids: str) -> None:
    for cid in cids:
        page.locator(f".tile-pick[value={cid}]").check()


def test_empty_gallery_leads_to_the_studio(person: Person) -> None:
    page = person.page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Gallery").click()

    expect(page.get_by_text("Your gallery is empty.")).to_be_visible()
    page.get_by_role("link", name="Make a picture").click()
    expect(page.get_by_role("heading", name="New picture")).to_be_visible()


def test_filter_search_and_tags(person: Person) -> None:
    page = person.page
    red, blue = upload(person, picture("red", 1)), upload(person, picture("blue", 2))
    change(person, red, {"tags": ["warm & cosy"]})
    page.goto("/gallery")
    expect(tiles(page)).to_have_count(2)

    page.get_by_role("link", name="warm & cosy").click()
    expect(tiles(page)).to_have_count(1)
    expect(page.get_by_label("Tag")).to_have_value("warm & cosy")
    page.get_by_role("link", name="Clear search and filters").click()
    expect(tiles(page)).to_have_count(2)
    page.get_by_role("link", name="Sounds").click()
    expect(page.get_by_text("Nothing here fits this search.")).to_be_visible()
    page.get_by_role("link", name="Pictures").click()
    expect(tiles(page)).to_have_count(2)
    page.get_by_role("searchbox", name="Search in prompts").fill("nothing like this")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing here fits this search.")).to_be_visible()
    assert "q=nothing+like+this" in page.url
    assert page.request.get(f"/content/{blue}/thumbnail").headers["content-type"] == "image/webp"


def test_several_are_chosen_tagged_published_and_deleted(person: Person) -> None:
    page = person.page
    cids = [upload(person, picture("green", number)) for number in range(4)]
    page.goto("/gallery")
    actions = page.get_by_role("group", name="With the chosen pieces")
    expect(actions).to_be_hidden()

    choose(page, *cids[:2])
    expect(page.get_by_text("2 chosen", exact=True).first).to_be_visible()
    actions.get_by_role("button", name="Tag").click()
    page.get_by_role("dialog").get_by_label("Add").fill("one, TWO")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="two")).to_have_count(2)

    choose(page, *cids[:2])
    actions.get_by_role("button", name="Publish").click()
    question = page.get_by_role("dialog")
    expect(question.get_by_role("heading", name="Publish these 2 pieces?")).to_be_visible()
    expect(question.locator(".seen-piece")).to_have_count(2)
    expect(question).to_contain_text(person.name)
    question.get_by_role("link", name="Cancel").click()
    expect(question).to_be_hidden()
    expect(page.get_by_text("Public", exact=True).and_(page.locator(".badge"))).to_have_count(0)
    actions.get_by_role("button", name="Publish").click()
    question.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("2 pieces are public now.")).to_be_visible()
    expect(page.locator(".tile .badge-good")).to_have_count(2)

    # By the keyboard alone: a range, the question, yes.
    page.locator(".tile-pick").first.focus()
    page.keyboard.press("Space")
    page.locator(".tile-pick").nth(2).click(modifiers=["Shift"])
    expect(page.get_by_text("3 chosen", exact=True).first).to_be_visible()
    page.keyboard.press("Delete")
    expect(question.get_by_role("heading", name="Delete these 3 pieces?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    page.keyboard.press("Escape")
    expect(actions).to_be_hidden()
    page.get_by_role("button", name="Choose all").click()
    page.keyboard.press("Delete")
    question.get_by_role("button", name="Delete").press("Enter")
    expect(page.get_by_text("4 pieces are deleted.")).to_be_visible()
    expect(page.get_by_text("Your gallery is empty.")).to_be_visible()


def test_chosen_pieces_are_exported(person: Person) -> None:
    page = person.page
    cids = [upload(person, picture("navy", number)) for number in range(2)]
    page.goto("/gallery")
    choose(page, cids[0])

    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()

    assert download.value.suggested_filename == "atelier-selection.car"
    assert Path(download.value.path()).stat().st_size > 500


def test_older_pieces_come_as_one_scrolls(person: Person) -> None:
    page = person.page
    for number in range(53):
        upload(person, picture("teal", number))
    page.goto("/gallery")
    assert tiles(page).count() == 50

    page.get_by_role("link", name="Older").scroll_into_view_if_needed()

    expect(tiles(page)).to_have_count(53)
    expect(page.get_by_role("link", name="Older")).to_have_count(0)


def test_published_picture_is_seen_in_a_private_window_until_it_is_private_again(
    person: Person, open_context: Callable[..., BrowserContext]
) -> None:
    page = person.page
    cid = upload(person, picture("orange", 7))
    stranger = open_context().new_page()
    assert stranger.goto(f"/content/{cid}").status == 404  # type: ignore[union-attr]
    page.goto(f"/content/{cid}")

    page.get_by_role("button", name="Publish").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Everybody who can reach this Atelier")
    expect(question).to_contain_text(cid)
    question.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Everybody can see it now.")).to_be_visible()

    stranger.goto("/")
    stranger.get_by_role("navigation", name="Main").get_by_role("link", name="Gallery").click()
    stranger.locator(f"a[href='/content/{cid}']").click()
    expect(stranger.get_by_text(f"by {person.name}")).to_be_visible()
    expect(stranger.get_by_role("button", name="Delete")).to_have_count(0)
    shown = stranger.locator(".content-picture img")
    stranger.wait_for_function("image => image.complete && image.naturalWidth === 320", arg=shown.element_handle())

    page.get_by_role("button", name="Make private").click()
    expect(question).to_contain_text("Copies elsewhere may remain.")
    question.get_by_role("button", name="Make private").click()
    expect(page.get_by_text("Only you can see this")).to_be_visible()
    assert stranger.reload().status == 404  # type: ignore[union-attr]


def test_verify_vary_and_the_python_program(person: Person, tmp_path: Path) -> None:
    page = person.page
    card = person.ask("a red circle on a blue background", num_inference_steps="4", seed="7")
    wait_succeeded(card)
    address = card.locator("img[data-picture]").get_attribute("src") or ""
    card.locator(".job-picture a").click()

    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("Every byte is what the CID names")).to_be_visible()

    program = page.locator("#python-content-0").text_content() or ""
    page.goto("/")
    environment = {"PATH": os.environ["PATH"], "ATELIER_KEY": person.create_key()}
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path, timeout=PATIENCE_SECONDS, env=environment)
    assert (tmp_path / "picture.png").read_bytes() == page.request.get(address).body()

    page.goto("/gallery")
    page.locator(".tile-link").first.click()
    page.get_by_role("button", name="Vary").click()
    expect(page.locator("li.job").first.get_by_role("heading")).to_have_text("a red circle on a blue background")
    wait_ended_well(page.locator("li.job").first)
    seeds = page.locator("li.job .facts div", has_text="Seed").locator("dd").all_inner_texts()
    assert len(set(seeds)) > 1


def test_music_plays_and_its_waveform_follows(person: Person) -> None:
    page = person.page
    person.open_tab("Music")
    page.locator("[name=description]").fill("church bells")
    page.locator("[name=duration]").fill("2")
    card = person.send("Make music")
    wait_ended_well(card)
    card.get_by_role("link", name="Its page").click()

    player, played = page.locator("[data-player] audio"), page.locator("[data-played]")
    expect(page.get_by_role("img", name="Waveform of the sound")).to_be_visible()
    page.wait_for_function("player => player.duration > 1.9", arg=player.element_handle())
    player.evaluate("player => { player.muted = true; return player.play(); }")
    page.wait_for_function("bar => Number(bar.getAttribute('width')) > 0", arg=played.element_handle())
    player.evaluate("player => player.pause()")
    box = page.locator("[data-waveform]").bounding_box()
    assert box is not None
    page.locator("[data-waveform]").click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    page.wait_for_function("player => Math.abs(player.currentTime - 1) < 0.1", arg=player.element_handle())


def test_gallery_without_javascript_in_a_narrow_window(sign_up: Callable[..., Person]) -> None:
    person = sign_up(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = person.page
    cids = [upload(person, picture("maroon", number)) for number in range(51)]
    page.goto("/gallery")
    page.get_by_role("link", name="Older").click()
    expect(tiles(page)).to_have_count(1)
    page.get_by_role("link", name="Newer").click()
    expect(tiles(page)).to_have_count(50)

    choose(page, cids[50])
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="Publish this?")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Everybody can see it now.")).to_be_visible()
    page.goto(f"/content/{cids[50]}")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("Every byte is what the CID names")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("It is deleted.")).to_be_visible()
    expect(tiles(page)).to_have_count(50)


def test_payloads_run_nowhere(person: Person) -> None:
    page = person.page
    cid = upload(person, picture("purple", 3))
    change(person, cid, {"tags": PAYLOADS, "visibility": "public"})

    for path in ("/gallery", "/gallery/public", f"/content/{cid}", f"/gallery?q={PAYLOADS[1]}&tag={PAYLOADS[0]}"):
        page.goto(path)
        assert page.evaluate("window.hit") is None
    page.goto("/gallery")
    choose(page, cid)
    for action in ("Publish", "Tag", "Delete"):
        page.get_by_role("button", name=action, exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text("?" if action != "Tag" else "Tags of this piece")
        page.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    assert page.evaluate("window.hit") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_and_stand_still(sign_up: Callable[..., Person], width: int, scheme: str) -> None:
    person = sign_up(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = person.page
    cids = [upload(person, picture("olive", number)) for number in range(9)]
    change(person, cids[0], {"tags": ["a tag of several long words", "unbreakable" * 5], "visibility": "public"})

    for path in ("/gallery", "/gallery?q=nothing", "/gallery/public", f"/content/{cids[0]}"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert tell_layout_shift(page) <= MOST_LAYOUT_SHIFT, path


def scenes(count: int) -> list[bytes]:
    """Pictures such as the demo model makes, 512 × 512, without its noise."""
    made = []
    for number in range(count):
        rng = random.Random(number)
        file = io.BytesIO()
        Image.fromarray(draw(random_view(rng), rng, 512).pixels).save(file, "PNG", compress_level=1)
        made.append(file.getvalue())
    return made


def test_gallery_of_fifty_pictures_weighs_less_than_a_megabyte(person: Person) -> None:
    page = person.page
    for data in scenes(50):
        upload(person, data)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))

    page.goto("/gallery")
    expect(tiles(page)).to_have_count(50)
    for shown in page.locator(".tile img").all():
        shown.scroll_into_view_if_needed()
    page.wait_for_function("() => [...document.images].every((image) => image.complete && image.naturalWidth > 0)")
    page.wait_for_load_state("networkidle")

    # The page, its styles and scripts, and a thumbnail for each piece.
    assert len(received) > 50
    assert sum(received) < 1_000_000
    pictures = page.locator(".tile img")
    for name in ("width", "height"):
        assert pictures.evaluate_all(f"images => images.every((image) => image.getAttribute('{name}') > 0)")
    # All but the first one, which is on the screen at once, and likely the largest thing there.
    assert pictures.evaluate_all("images => images.map((image) => image.getAttribute('loading'))") == [None] + 49 * [
        "lazy"
    ]


def test_script_of_ours_stays_small() -> None:
    scripts = list((ROOT / "static").glob("*/*.js"))

    assert scripts
    assert sum(script.stat().st_size for script in scripts) <= MOST_SCRIPT
