"""What tests of the page of `chainrule play` do on it, whatever its engine."""

from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
APPLE, SPIRAL, MNIST = (
    (ROOT / "specs" / f"{name}.graph").read_text(encoding="utf-8") for name in ("apple", "spiral", "mnist")
)


def write(page: Page, text: str) -> None:
    """Types a text in place of all that stands there."""
    page.click(".cm-content")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def numbers(page: Page, style: str) -> list[float]:
    """The numbers that are seen in the picture, values or gradients, from the smallest on."""
    return sorted(map(float, page.locator(f"#drawing g:not(.legend) > text.{style}:visible").all_text_contents()))
