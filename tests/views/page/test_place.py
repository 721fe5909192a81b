"""Frames in a real browser: they open and fold in place, by mouse and keyboard, and nothing ever overlaps."""

import random
from collections.abc import Callable
from typing import TypeAlias

import pytest
from playwright.sync_api import Locator, Page, expect

import chainrule
from chainrule.program.program import Program
from chainrule.views.walk.walk import walk

OpenText: TypeAlias = Callable[..., tuple[Page, Program]]

NET = """block dense(x: [N, I], units) {
  param W: [I, units] = he()
  param b: [units] = zeros()
  return affine(x, W, b)
}
input x = [[1, 2, 3]]
output y = sum(x -> repeat 20 { dense(3) -> sigmoid } as tail -> dense(1))
"""

OVERLAPS = """() => {
  const seen = (each) => each.getClientRects().length;
  const things = [...document.querySelectorAll('#drawing g.box, #drawing g.edge')].filter(seen).flatMap((group) =>
    [...group.children].filter((each) => seen(each) && each.matches('text, .body')).map((each) => {
      const place = each.getBoundingClientRect();
      return { group, text: each.textContent, body: each.matches('.body'), left: place.left, right: place.right,
        top: place.top + place.height * 0.15, bottom: place.bottom - place.height * 0.15 };
    }));
  const found = [];
  things.forEach((a, n) => { for (const b of things.slice(n + 1)) {
    if (a.group === b.group && (a.body || b.body)) continue;
    if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5) {
      found.push([a.group.id + ' ' + a.text, b.group.id + ' ' + b.text]);
    }
  } });
  return found;
}"""
"""Pairs of texts and boxes that lie on each other as the browser has them; letters leave the edge of a line free."""

FRAMES = """() => {
  const outside = [];
  for (const frame of chainrule.visible()) {
    const around = document.getElementById(frame.prefix + 'frame');
    if (!around) continue;
    const room = around.querySelector('rect').getBoundingClientRect();
    for (const group of document.getElementById(frame.prefix + 'inside').querySelectorAll('g.box, g.edge')) {
      if (!group.getClientRects().length) continue;
      const place = group.getBoundingClientRect();
      const fits = place.left > room.left - 2 && place.right < room.right + 2 && place.top > room.top;
      if (!fits || place.bottom > room.bottom) outside.push(group.id);
    }
  }
  return outside;
}"""
"""What sticks out of its frame."""


def boxes(page: Page) -> list[str]:
    """The boxes that can be seen."""
    return keys(page.locator("#drawing .box:visible"))


def folded(page: Page) -> int:
    """How many of them stand for a frame."""
    return page.locator("#drawing .box.folded:visible").count()


def keys(found: Locator) -> list[str]:
    made: list[str] = found.evaluate_all("found => found.map(each => each.id)")
    return made


def press(page: Page, key: str) -> None:
    """Clicks a box or a frame where nothing lies on it: at its upper left."""
    page.evaluate("key => chainrule.looking.reveal(document.getElementById(key))", key)
    page.locator(f"#{key} > .body").last.click(position={"x": 8, "y": 8})


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def at_step(page: Page, number: int) -> None:
    assert (page.locator("#count").text_content() or "").startswith(f"{number} /")


def test_folded_layers_open_in_place(open_text: OpenText) -> None:
    page, program = open_text(NET, "#30")
    assert folded(page) == 1
    press(page, "v0-c1")
    at_step(page, 30)
    assert focused(page) == "v1-frame"
    assert folded(page) == 20
    press(page, "v1-c5")
    assert page.evaluate("document.getElementById('depth').selectedIndex") == -1
    node = program.spec.graph.index["tail[2].dense.W"]
    assert not any(key.endswith(f"-n{node}") for key in boxes(page))
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate(FRAMES) == []
    press(page, "v1-frame")
    assert folded(page) == 1
    assert focused(page) == "v0-c1"
    press(page, "v0-c1")
    assert page.locator("#v4-inside .box:visible").count() > 0  # what was open inside is so again


def test_what_is_in_folded_frames_is_not_laid_out(open_text: OpenText) -> None:
    page, _ = open_text(NET)
    inner = "[...document.querySelectorAll('#v1-inside *')]"
    assert page.evaluate(f"{inner}.length") > 20
    assert page.evaluate(f"{inner}.filter((each) => each.checkVisibility()).length") == 0
    press(page, "v0-c1")
    assert page.evaluate(f"{inner}.filter((each) => each.checkVisibility()).length") > 20


def test_frames_are_buttons_for_the_keyboard(open_text: OpenText) -> None:
    page, _ = open_text(NET)
    page.focus("#v0-c1")
    assert page.get_attribute("#v0-c1", "aria-expanded") == "false"
    page.keyboard.press("Enter")
    assert focused(page) == "v1-frame"
    assert page.get_attribute("#v1-frame", "aria-expanded") == "true"
    assert page.get_attribute("#v1-frame", "aria-label") == "fold tail × 20"
    page.keyboard.press("Space")
    assert focused(page) == "v0-c1"
    assert page.get_attribute("#play", "aria-label") == "play"
    page.keyboard.press("ArrowRight")
    at_step(page, 2)


def test_a_step_marks_what_can_be_seen_of_it(open_text: OpenText) -> None:
    program = chainrule.compile(NET)
    taken = walk(program.spec, program.spec.graph.index["y"], {}, program.params)
    user = program.spec.graph.index["tail[7].dense"]
    number = next(
        n for n, step in enumerate(taken.steps) if step.kind == "product" and (step.user, step.slot) == (user, 1)
    )
    page, _ = open_text(NET, f"#{number + 1}")
    current = page.locator("#drawing .current:visible")
    assert keys(current) == ["v0-c1"]
    page.select_option("#depth", "all open")
    marked = keys(current)
    assert len(marked) == 2
    assert marked[1].endswith(f"-n{user}") or marked[0].endswith(f"-n{user}")
    expect(page.locator("#drawing .edge.current text.gradient").first).to_contain_text("‖")


def test_nothing_overlaps_however_it_is_folded(open_text: OpenText) -> None:
    page, _ = open_text(NET.replace("repeat 20", "repeat 4").replace("tail -> dense(1)", "tail -> relu -> dense(1)"))
    page.click("#last")
    chance = random.Random(5)
    for _ in range(25):
        press(page, chance.choice(keys(page.locator("#drawing [role=button]:visible"))))
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate(FRAMES) == []


def test_ways_to_look_at_it(open_text: OpenText) -> None:
    page, _ = open_text(NET)
    labels = page.locator("#depth option").all_text_contents()
    assert labels == ["at first", "all folded", "depth 1", "depth 2", "all open"]
    counts = []
    for label in labels[1:]:
        page.select_option("#depth", label)
        counts.append(len(boxes(page)))
        assert page.evaluate(OVERLAPS) == []
    assert counts == sorted(set(counts))


FITS = """() => {
  const place = document.getElementById('pictures').getBoundingClientRect(), whole = chainrule.looking.view;
  const drawing = document.getElementById('drawing');
  const width = drawing.getAttribute('width') * whole.scale, height = drawing.getAttribute('height') * whole.scale;
  return [width / place.width, height / place.height];
}"""
"""How much of the width and the height the picture takes."""


def test_fit_shows_all_and_enlarges(open_text: OpenText) -> None:
    page, _ = open_text(NET)
    page.select_option("#depth", "all open")
    assert max(page.evaluate(FITS)) > 1
    page.click("#fit")
    assert max(page.evaluate(FITS)) == pytest.approx(1)
    page, _ = open_text("input x = 2\noutput y = x * x\n")
    assert page.evaluate("chainrule.looking.view.scale") > 1.2
    before = page.evaluate("chainrule.looking.view.scale")
    page.click("#zoom-in")
    assert page.evaluate("chainrule.looking.view.scale") > before
    page.locator("#pictures").press("0")
    assert page.evaluate("chainrule.looking.view.scale") == pytest.approx(before)


def test_a_long_graph_opens_run_by_run(open_text: OpenText) -> None:
    lines = ["input x0 = 0.5", *(f"x{n + 1} = sigmoid(x{n} * x{n // 2})" for n in range(150)), "output y = x150 * 1"]
    page, _ = open_text("\n".join(lines))
    page.click("#last")
    few = len(boxes(page))
    press(page, keys(page.locator(".box.folded"))[0])
    assert len(boxes(page)) > few
    assert page.evaluate(OVERLAPS) == []
    assert page.locator("#drawing .frame").count() > 10
