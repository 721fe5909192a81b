"""Pages for everybody: axe-core finds nothing on them, in whatever state, colours and width they are seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page

from chainrule.cli.main import group

Open: TypeAlias = Callable[..., Page]
Barriers: TypeAlias = Callable[[Page], str]

APPLE = """chainrule 1 "Buying apples"
## won
input price = 100
input count = 2
output total = price * count
"""

NET = """input x = [[1, 2, 3]]
block dense(x: [N, I], units) {
  param W: [I, units] = he()
  return relu(x @ W)
}
output y = sum(x -> repeat 8 { dense(3) } as tail)
"""

CHAIN = "\n".join(("input x0 = 0.5", *(f"x{n + 1} = sigmoid(x{n} * x0)" for n in range(12)), "output y = x12 * 1"))
"""Wider than a screen, with nothing in it that is a button."""

WRONG = "input x = 1\noutput y = x * nothing\n"

looks = pytest.mark.parametrize(
    "look",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"color_scheme": "light", "viewport": {"width": 400, "height": 700}},
    ],
    ids=["light", "dark", "narrow"],
)


@pytest.fixture
def draw(open_page: Open, tmp_path: Path) -> Open:
    """The page that `draw` makes of a spec, opened."""

    def drawn(spec: str, **look: Any) -> Page:
        (tmp_path / "spec.graph").write_text(spec, encoding="utf-8")
        answer = CliRunner().invoke(group, ["draw", str(tmp_path / "spec.graph"), "--out", str(tmp_path / "page.html")])
        assert answer.exit_code == (spec == WRONG), answer.output
        return open_page((tmp_path / "page.html").as_uri(), **look)

    return drawn


@looks
def test_steps_questions_and_what_is_wrong(draw: Open, barriers: Barriers, look: dict[str, Any]) -> None:
    page = draw(APPLE, **look)
    assert barriers(page) == ""
    page.click("#last")
    assert barriers(page) == ""
    page.check("#quiz")
    page.fill("#answer", "3")
    page.press("#answer", "Enter")
    field = page.locator("#fields input").first
    field.fill("many")
    field.press("Tab")
    assert "" not in page.locator("#verdict, #trouble").all_text_contents()
    assert barriers(page) == ""


@looks
@pytest.mark.parametrize("spec", [NET, CHAIN], ids=["net", "chain"])
def test_pictures_larger_than_the_screen(draw: Open, barriers: Barriers, look: dict[str, Any], spec: str) -> None:
    page = draw(spec, **look)
    assert barriers(page) == ""
    if page.locator("#depth").is_visible():
        page.select_option("#depth", "all open")
    page.click("#last")
    page.locator("#pictures").press("+")
    assert barriers(page) == ""


@looks
def test_a_page_without_steps_has_no_controls(draw: Open, barriers: Barriers, look: dict[str, Any]) -> None:
    page = draw(WRONG, **look)
    assert "nothing here is called `nothing`" in (page.locator(".graph").text_content() or "")
    assert page.locator(":is(button, input, select, aside):visible").count() == 0
    assert barriers(page) == ""
