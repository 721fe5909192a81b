"""Takes the pictures of docs/play.md: `python docs/pictures/play/take.py`; needs Chromium."""

import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
SPECS = HERE.parents[2] / "specs"


def write(page: Page, name: str) -> None:
    """Puts a shipped spec in place of what stands there."""
    page.click(".cm-content")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text((SPECS / f"{name}.graph").read_text(encoding="utf-8"))
    page.wait_for_selector("#drawing", state="attached")
    page.wait_for_timeout(1500)


def keep(page: Page, name: str) -> None:
    """As a PNG of few colours, which takes a third of the room."""
    picture = Image.open(BytesIO(page.screenshot(full_page=name == "print"))).convert("RGB").quantize(128)
    picture.save(HERE / f"{name}.png", optimize=True)


def take(address: str) -> None:
    """All of them, from a page that is served."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))

        def opened(width: int = 1280, height: int = 800, **look: str) -> Page:
            page = browser.new_page(viewport={"width": width, "height": height}, **look)  # type: ignore[arg-type]
            page.goto(address)
            page.wait_for_selector("body.ready")
            return page

        page = opened()
        keep(page, "empty")
        write(page, "apple")
        page.click("#last")
        page.click("#previous")
        keep(page, "apple")
        page.emulate_media(media="print")
        keep(page, "print")
        page = opened()
        write(page, "spiral")
        page.click("#tab-training")
        page.click("#train-epoch")
        page.wait_for_timeout(500)
        for _ in range(12):
            page.click("#train-epoch")
            page.wait_for_timeout(300)
        keep(page, "spiral")
        page = opened()
        write(page, "lenet")
        page.select_option("#depth", "all folded")
        keep(page, "lenet")
        page = opened()
        write(page, "apple")
        page.locator(".cm-line", has_text="subtotal = price").click()
        page.keyboard.press("Home")
        for _ in "subtotal = pri":
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Delete")
        page.keyboard.type("s")
        page.keyboard.press("Escape")
        page.wait_for_timeout(1500)
        keep(page, "fault")
        page = opened(color_scheme="dark")
        write(page, "sigmoid-by-hand")
        page.click("#last")
        keep(page, "dark")
        page = opened(390, 780)
        write(page, "apple")
        page.get_by_role("tab", name="Picture").click()
        page.click("#fit")
        keep(page, "phone")
        browser.close()


if __name__ == "__main__":
    command = [sys.executable, "-m", "chainrule", "play", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        try:
            take(found[0])
        finally:
            process.terminate()
