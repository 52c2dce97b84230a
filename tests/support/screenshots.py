"""`python -m tests.support.screenshots`: makes the pictures of pages in docs/images anew, from a running Atelier.

It makes some pictures, sounds and texts with the demo models in a data folder of its own, and looks at them as a person
does: 1280 pixels wide, in the light scheme. Takes a minute on two cores.
"""

import time
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.person import PASSWORD, PATIENCE_SECONDS
from tests.support.chromium import launch
from tests.support.processes import ROOT, RunningAtelier

FOLDER = ROOT / "docs" / "images"
MOST_BYTES = 200_000
_WINDOW: Any = {"width": 1280, "height": 800}
_NAME = "ada"
_STEPS = 30
# In this order; seeds are fixed, so that another day shows the same.
_PICTURES = {
    "a red circle on a blue background": [],
    "a village in the snow": ["winter"],
    "a city at night": ["night", "favourites"],
    "a desert by day": [],
    "the ocean at sunset": ["sea", "favourites"],
    "a red car on a road": [],
    "mountains at dawn": ["favourites"],
    "an island by day": ["sea"],
}
_ANALYSED = "an island by day"
_LAST = "a yellow star on a purple background"
_UNDER_WAY = "a boat on a lake at night"


class Maker:
    """What a program with a key of the user does."""

    def __init__(self, atelier: RunningAtelier) -> None:
        key = atelier.create_key(_NAME, "read", "generate")
        self._http = httpx.Client(base_url=atelier.base_url, headers=atelier.headers(key), timeout=PATIENCE_SECONDS)

    def begin(self, kind: str, **params: Any) -> str:
        """A new job's id."""
        answer = self._http.post("/api/v1/jobs", json={"kind": kind, "params": params}).raise_for_status()
        return str(answer.json()["id"])

    def make(self, kind: str, **params: Any) -> dict[str, Any]:
        """A job, once it has succeeded."""
        address = f"/api/v1/jobs/{self.begin(kind, **params)}"
        while (job := self._http.get(address).raise_for_status().json())["status"] in ("queued", "running"):
            time.sleep(0.2)
        assert job["status"] == "succeeded", job
        return dict(job)

    def fill(self) -> str:
        """Something of each kind. Returns the id of the job that analysed a picture."""
        cids = {}
        for seed, (prompt, tags) in enumerate(_PICTURES.items(), start=7):
            job = self.make("image", prompt=prompt, seed=seed, num_inference_steps=_STEPS)
            cids[prompt] = job["outputs"][0]["cid"]
            visibility = "public" if seed % 3 == 0 else "private"
            self._http.patch(f"/api/v1/contents/{cids[prompt]}", json={"tags": tags, "visibility": visibility})
        self.make("text", prompt="a lighthouse in a storm", seed=7, max_tokens=100)
        self.make("music", description="church bells in the rain", seed=7, duration=8)
        night = {"prompt": "mountains at night", "strength": 0.6, "seed": 7, "num_inference_steps": _STEPS}
        self.make("image_to_image", image=cids["mountains at dawn"], **night)
        analysis = self.make("analysis", image=cids[_ANALYSED])
        self.make("image", prompt=_LAST, seed=7, num_inference_steps=_STEPS)
        return str(analysis["id"])


def save(page: Page, name: str) -> None:
    """The window as it stands, as a small PNG in docs/images."""
    target = FOLDER / f"{name}.png"
    page.screenshot(path=target)
    with Image.open(target) as shot:
        shot.convert("RGB").quantize(256).save(target, optimize=True)
    size = target.stat().st_size
    assert size <= MOST_BYTES, f"{name}.png has {size} bytes"
    print(f"{target.relative_to(ROOT)}: {size / 1000:.0f} kB")


def shoot(page: Page, maker: Maker) -> None:
    """All of them, in a browser that nobody has signed in yet."""
    analysis = maker.fill()
    page.goto("/accounts/login/?next=/gallery")
    page.locator("[name=login]").fill(_NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator(".tile")).to_have_count(len(_PICTURES) + 4)
    _wait_for_pictures(page)
    save(page, "gallery")

    page.goto(f"/studio/jobs/{analysis}/analysis")
    _wait_for_pictures(page)
    save(page, "analysis")

    page.goto("/")
    expect(page.locator("[data-tray][data-live]")).to_have_count(1)
    maker.begin("image", prompt=_UNDER_WAY, seed=7, num_inference_steps=150)
    page.locator("[name=prompt]").fill(_UNDER_WAY)
    expect(page.locator("[data-preview]").first).to_be_visible()
    page.wait_for_function("document.querySelector('[data-progress]')?.value > 0.7")
    save(page, "studio")


def _wait_for_pictures(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_function("[...document.images].every((image) => image.complete || image.loading === 'lazy')")


def main() -> None:
    """Make them all."""
    with RunningAtelier() as atelier, sync_playwright() as playwright:
        browser = launch(playwright, timeout_seconds=PATIENCE_SECONDS)
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        # Waiting for an expression evaluates it, which the pages' policy forbids.
        page = browser.new_page(base_url=atelier.base_url, viewport=_WINDOW, color_scheme="light", bypass_csp=True)
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        shoot(page, Maker(atelier))
        browser.close()


if __name__ == "__main__":
    main()
