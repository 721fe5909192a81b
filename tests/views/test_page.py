"""The page in a real browser: each control, keys, deep links, editing, folding; the console stays empty."""

import itertools
import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import chainrule
from chainrule.cli.main import group
from chainrule.program import Program
from chainrule.views.json_values import array_of_json
from chainrule.views.numerals import gradient_label, short, value_label
from chainrule.views.player import page
from chainrule.views.walk import walk

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")

PATIENCE = 20.0

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.graph"))


class Tab:
    """One page in a headless browser, spoken to through pipes."""

    def __init__(self, folder: Path) -> None:
        read, self._out = os.pipe()
        self._in, write = os.pipe()
        flags = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --remote-debugging-pipe"
        command = f'exec "$0" {flags} --user-data-dir="$1" about:blank 3<&{read} 4>&{write}'
        self._process = subprocess.Popen(
            ["bash", "-c", command, str(BROWSER), str(folder)],
            pass_fds=(read, write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read)
        os.close(write)
        self._stream = os.fdopen(self._in, "rb")
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        (target,) = (each["targetId"] for each in targets if each["type"] == "page")
        self.session: str | None = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Page", "Log"):
            self.call(f"{domain}.enable")

    session: str | None = None

    def call(self, method: str, **parameters: Any) -> Any:
        """Sends a command and waits for its answer; notes what the console says meanwhile."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self) -> Any:
        parts = bytearray()
        while (byte := self._stream.read(1)) != b"\0":
            assert byte, "the browser went away"
            parts += byte
        event = json.loads(bytes(parts))
        if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"):
            self.complaints.append(json.dumps(event["params"])[:500])
        return event

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, path: Path, fragment: str = "") -> None:
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=path.as_uri() + fragment)
        self.wait("document.readyState === 'complete' && document.getElementById('count')?.textContent !== ''")

    def wait(self, condition: str) -> None:
        end = time.monotonic() + PATIENCE
        while not self.run(condition):
            assert time.monotonic() < end, f"never came true: {condition}"
            time.sleep(0.02)

    def key(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code="Space" if key == " " else key)

    def click(self, selector: str) -> None:
        self.run(f"document.querySelector({selector!r}).dispatchEvent(new MouseEvent('click', {{bubbles: true}}))")

    @property
    def step(self) -> int:
        return int(self.run("document.getElementById('count').textContent.split(' ')[0]"))

    def text(self, selector: str) -> str:
        return str(self.run(f"document.querySelector({selector!r}).textContent"))

    def shown(self, style: str) -> list[str]:
        """The numbers that can be seen."""
        found: list[str] = self.run(
            f"[...document.querySelectorAll('#drawing g:not(.legend) > text.{style}')]"
            ".filter(each => getComputedStyle(each).visibility === 'visible' && each.getClientRects().length)"
            ".map(each => each.textContent)"
        )
        return found

    def close(self) -> None:
        os.close(self._out)
        self._process.kill()
        self._process.wait(PATIENCE)
        self._stream.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    tab = Tab(tmp_path_factory.mktemp("browser"))
    yield tab
    tab.close()


@pytest.fixture
def tab(browser: Tab) -> Iterator[Tab]:
    browser.complaints.clear()
    yield browser
    assert browser.complaints == []


APPLE = """chainrule 1 "Buying apples"
## won
input price = 100
input count = 2
input tax = 1.1
subtotal = price * count
output total = subtotal * tax
"""

NET = """block dense(x: [N, I], units) {
  param W: [I, units] = he()
  param b: [units] = zeros()
  return affine(x, W, b)
}
input x = [[1, 2, 3]]
output y = sum(x -> repeat 20 { dense(3) -> sigmoid } as tail -> dense(1))
"""


def written(folder: Path, text: str) -> tuple[Path, Program]:
    program = chainrule.compile(text)
    of = program.spec.graph.index[program.default_of]
    path = folder / "page.html"
    path.write_text(page(program.spec, walk(program.spec, of, {}, program.params)), encoding="utf-8")
    return path, program


def test_every_control(tab: Tab, tmp_path: Path) -> None:
    path, _ = written(tmp_path, APPLE)
    tab.open(path)
    assert tab.step == 1
    assert tab.shown("value") == ["100"]
    assert tab.shown("gradient") == []
    tab.click("#next")
    assert tab.step == 2
    tab.click("#previous")
    assert tab.step == 1
    tab.click("#last")
    assert tab.step == 10
    tab.click("#first")
    assert tab.step == 1
    tab.run(
        "(() => { const s = document.getElementById('slider'); s.value = 6; s.dispatchEvent(new Event('input')) })()"
    )
    assert tab.step == 7
    assert tab.text("#name") == "d total/d subtotal"
    assert tab.text("#equation li") == "1 (arriving) × tax"
    assert tab.text("#rule") == "d mul/d a = b"
    assert tab.text("#source") == "7: output total = subtotal * tax"
    assert tab.run("location.hash") == "#7"


def test_keys_and_play(tab: Tab, tmp_path: Path) -> None:
    path, _ = written(tmp_path, APPLE)
    tab.open(path)
    for key, step in (("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", 10), ("Home", 1)):
        tab.key(key)
        assert tab.step == step
    tab.key(" ")
    assert tab.run("document.getElementById('play').getAttribute('aria-label')") == "pause"
    tab.wait("document.getElementById('count').textContent.startsWith('2 ')")
    tab.key(" ")
    assert tab.run("document.getElementById('play').getAttribute('aria-label')") == "play"


def test_deep_links(tab: Tab, tmp_path: Path) -> None:
    path, _ = written(tmp_path, APPLE)
    tab.open(path, "#9")
    assert tab.step == 9
    tab.run("location.hash = '#3'")
    tab.wait("document.getElementById('count').textContent.startsWith('3 ')")
    tab.open(path, "#nonsense")
    assert tab.step == 1


def test_after_the_last_step_every_number_is_that_of_grad(tab: Tab, tmp_path: Path) -> None:
    path, program = written(tmp_path, APPLE)
    tab.open(path, "#10")
    gradients = program.grad()
    assert sorted(map(float, tab.shown("gradient"))) == pytest.approx(sorted(float(g) for g in gradients.values()))
    assert sorted(map(float, tab.shown("value"))) == pytest.approx([1.1, 2, 100, 200, 220])


def test_a_click_leads_to_a_node(tab: Tab, tmp_path: Path) -> None:
    path, _ = written(tmp_path, APPLE)
    tab.open(path)
    tab.click("#v0-n3 rect")
    assert (tab.step, tab.text("#name")) == (4, "subtotal")
    tab.click("#last")
    tab.click("#v0-n3 rect")
    assert tab.text("#name") == "d total/d subtotal"
    assert tab.run("document.getElementById('v0-n3').classList.contains('current')") is False
    assert tab.run("document.querySelectorAll('.edge.current').length") == 1


def edit(tab: Tab, place: int, text: str) -> None:
    tab.run(
        f"(() => {{ const f = document.querySelectorAll('#fields input')[{place}]; f.value = {text!r};"
        " f.dispatchEvent(new Event('change')) })()"
    )


MIXED = """input a = 0.7
input b = -1.3
c = a * b + exp(a) / b
d = sigmoid(c) - tanh(a) ** 2
e = relu(d) + softplus(b) + log(a) * sqrt(a)
output f = mse(e, b) + quadratic-loss(a, c) + sum(a) * mean(b) - (-c)
"""


def test_editing_computes_all_again(tab: Tab, tmp_path: Path) -> None:
    path, program = written(tmp_path, MIXED)
    tab.open(path)
    told = tab.run("JSON.stringify(chainrule.data.steps.map(s => s.parts))")
    tab.click("#reset")
    assert tab.run("JSON.stringify(chainrule.data.steps.map(s => s.parts))") == told, "the page tells it otherwise"
    edit(tab, 0, "1.9")
    edit(tab, 1, "2.5e-1")
    index = program.spec.graph.index
    values, gradients = program.run(a=1.9, b=0.25), program.grad("f", a=1.9, b=0.25)
    now = tab.run("({v: chainrule.data.last.values, g: [...chainrule.data.last.gradients]})")
    for name, value in values.items():
        assert now["v"][index[name]] == pytest.approx(float(value), rel=1e-12)
    back = dict(map(tuple, now["g"]))
    for name, gradient in gradients.items():
        assert back[index[name]] == pytest.approx(float(gradient), rel=1e-12)
    edit(tab, 0, "<b>")
    assert tab.text("#trouble") == "<b> is not a number"
    tab.click("#reset")
    assert tab.run("chainrule.data.last.values[0]") == 0.7


def test_numbers_are_written_alike(tab: Tab, tmp_path: Path) -> None:
    path, _ = written(tmp_path, APPLE)
    tab.open(path)
    numbers = [
        0.0,
        1.0,
        -2.5,
        1e6,
        1234567.5,
        1e9,
        123456.7,
        1e-4,
        1.5e-5,
        -3.25e-300,
        1e300,
        0.1 + 0.2,
        999999.6,
        1e22,
    ]
    said = tab.run(f"{json.dumps(numbers)}.map(chainrule.short)")
    assert said == [short(number) for number in numbers]


BOXES = "[...document.querySelectorAll('#drawing .box')].filter(each => each.getClientRects().length)"

OVERLAPS = """(() => {
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
})()"""
"""Pairs of texts and boxes that lie on each other as the browser has them; letters leave the edge of a line free."""

FRAMES = """(() => {
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
})()"""
"""What sticks out of its frame."""


def test_folded_layers_open_in_place(tab: Tab, tmp_path: Path) -> None:
    path, program = written(tmp_path, NET)
    tab.open(path, "#30")
    assert tab.run(f"{BOXES}.filter(each => each.matches('.folded')).length") == 1
    tab.click("#v0-c1 rect")
    assert tab.step == 30
    assert tab.run("document.activeElement.id") == "v1-frame"
    assert tab.run(f"{BOXES}.filter(each => each.matches('.folded')).length") == 20
    tab.click("#v1-c5 rect")
    assert tab.run("document.getElementById('depth').selectedIndex") == -1
    node = program.spec.graph.index["tail[2].dense.W"]
    assert tab.run(f"{BOXES}.some(each => each.id.endsWith('-n{node}'))") is False
    assert tab.run(OVERLAPS) == []
    assert tab.run(FRAMES) == []
    tab.click("#v1-frame rect")
    assert tab.run(f"{BOXES}.filter(each => each.matches('.folded')).length") == 1
    assert tab.run("document.activeElement.id") == "v0-c1"
    tab.click("#v0-c1 rect")
    assert tab.run(f"{BOXES}.some(each => each.closest('#v4-inside'))") is True  # what was open inside is so again


def test_frames_are_buttons_for_the_keyboard(tab: Tab, tmp_path: Path) -> None:
    path, _ = written(tmp_path, NET)
    tab.open(path)
    tab.run("document.getElementById('v0-c1').focus()")
    assert tab.run("document.activeElement.getAttribute('aria-expanded')") == "false"
    tab.key("Enter")
    assert tab.run("document.activeElement.id") == "v1-frame"
    assert tab.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    assert tab.run("document.activeElement.getAttribute('aria-label')") == "fold tail × 20"
    tab.key(" ")
    assert tab.run("document.activeElement.id") == "v0-c1"
    assert tab.run("document.getElementById('play').getAttribute('aria-label')") == "play"
    tab.key("ArrowRight")
    assert tab.step == 2


def test_a_step_marks_what_can_be_seen_of_it(tab: Tab, tmp_path: Path) -> None:
    path, program = written(tmp_path, NET)
    taken = walk(program.spec, program.spec.graph.index["y"], {}, program.params)
    user = program.spec.graph.index["tail[7].dense"]
    number = next(
        n for n, step in enumerate(taken.steps) if step.kind == "product" and (step.user, step.slot) == (user, 1)
    )
    current = (
        "[...document.querySelectorAll('#drawing .current')].filter(e => e.getClientRects().length).map(e => e.id)"
    )
    tab.open(path, f"#{number + 1}")
    assert tab.run(current) == ["v0-c1"]
    tab.run("(() => { const d = document.getElementById('depth'); d.selectedIndex = d.options.length - 1;"
            " d.dispatchEvent(new Event('change')) })()")  # fmt: skip
    marked = tab.run(current)
    assert len(marked) == 2
    assert marked[1].endswith(f"-n{user}") or marked[0].endswith(f"-n{user}")
    assert tab.run("document.querySelector('#drawing .edge.current text.gradient').textContent").startswith("‖")


def test_nothing_overlaps_however_it_is_folded(tab: Tab, tmp_path: Path) -> None:
    path, _ = written(
        tmp_path, NET.replace("repeat 20", "repeat 4").replace("tail -> dense(1)", "tail -> relu -> dense(1)")
    )
    tab.open(path)
    tab.click("#last")
    chance = random.Random(5)
    for _ in range(25):
        buttons = tab.run(
            "[...document.querySelectorAll('#drawing [role=button]')].filter(e => e.getClientRects().length)"
            ".map(e => e.id)"
        )
        tab.click(f"#{chance.choice(buttons)} rect")
        assert tab.run(OVERLAPS) == []
        assert tab.run(FRAMES) == []


def test_ways_to_look_at_it(tab: Tab, tmp_path: Path) -> None:
    path, _ = written(tmp_path, NET)
    tab.open(path)
    labels = tab.run("[...document.querySelectorAll('#depth option')].map(each => each.textContent)")
    assert labels == ["at first", "all folded", "depth 1", "depth 2", "all open"]
    counts = []
    for place in range(1, 5):
        tab.run(
            f"(() => {{ const d = document.getElementById('depth'); d.selectedIndex = {place};"
            " d.dispatchEvent(new Event('change')) })()"
        )
        counts.append(tab.run(f"{BOXES}.length"))
        assert tab.run(OVERLAPS) == []
    assert counts == sorted(set(counts))
    before = tab.run("document.getElementById('fit').checked")
    tab.click("#fit")
    assert tab.run("document.getElementById('pictures').classList.contains('fit')") is not before


def test_a_long_graph_opens_run_by_run(tab: Tab, tmp_path: Path) -> None:
    lines = ["input x0 = 0.5", *(f"x{n + 1} = sigmoid(x{n} * x{n // 2})" for n in range(150)), "output y = x150 * 1"]
    path, _ = written(tmp_path, "\n".join(lines))
    tab.open(path)
    tab.click("#last")
    few = tab.run(f"{BOXES}.length")
    tab.click(".box.folded rect")
    assert tab.run(f"{BOXES}.length") > few
    assert tab.run(OVERLAPS) == []
    assert tab.run("document.querySelectorAll('#drawing .frame').length") > 10


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_after_the_last_step_every_spec_shows_the_numbers_of_grad_json(tab: Tab, tmp_path: Path, path: Path) -> None:
    """Each gradient that `grad --json` prints stands at its node's edge, or where several come back, as their sum."""
    answer = CliRunner().invoke(group, ["grad", str(path), "--json"])
    document = json.loads(answer.stdout)
    if answer.exit_code and any(each["code"].startswith("G4") for each in document["diagnostics"]):
        pytest.skip("its data can't be had")
    page_path = tmp_path / "page.html"
    assert CliRunner().invoke(group, ["draw", str(path), "--out", str(page_path), "--depth", "99"]).exit_code == 0
    tab.open(page_path)
    tab.click("#last")
    graph = chainrule.load(path).spec.graph
    at_wires = tab.run(TEXTS)
    for name, value in document["gradients"].items():
        if name != document["of"]:
            wanted = list(gradient_label(array_of_json(value)))
            shown = at_wires[str(graph.index[name])]
            assert wanted in shown or [f"Σ {wanted[0]}", *wanted[1:]] in shown, name
    for name, value in document["outputs"].items():
        assert value_label(array_of_json(value))[0] in tab.shown("value"), name


TEXTS = """(() => {
  const found = {};
  const note = (node, group, texts) => {
    const lines = [...document.getElementById(group).querySelectorAll('text.gradient')]
      .filter((each) => getComputedStyle(each).visibility === 'visible' && each.getClientRects().length)
      .map((each) => each.textContent);
    if (lines.length) (found[node] = found[node] || []).push(lines);
  };
  for (const frame of chainrule.visible()) {
    for (const [key, wire] of Object.entries(frame.wires)) if (wire.node >= 0) note(wire.node, frame.prefix + key);
    for (const key of Object.keys(frame.boxes)) if (/^n\\d+$/.test(key)) note(key.slice(1), frame.prefix + key);
  }
  return found;
})()"""
"""The gradients that can be seen, by node: a list of lines for each edge of it, and for the sum below its box."""


def test_two_hundred_nodes_stay_fluid(tab: Tab, tmp_path: Path) -> None:
    lines = ["input x0 = 0.5", *(f"x{n + 1} = sigmoid(x{n} * x{n // 2})" for n in range(100)), "output y = x100 * 1"]
    path, _ = written(tmp_path, "\n".join(lines))
    tab.open(path)
    tab.click("#last")
    count = tab.step
    assert count > 400
    spent = tab.run(
        "(() => { const start = performance.now(); for (let n = 0; n < 100; n++) chainrule.show(n * 4);"
        " return (performance.now() - start) / 100 })()"
    )
    assert spent < 200  # milliseconds a step: fluid even where the machine is busy


def test_questions(tab: Tab, tmp_path: Path) -> None:
    path, _ = written(tmp_path, APPLE)
    tab.open(path, "#9")
    tab.click("#quiz")
    assert "2.2" not in tab.shown("gradient")
    answer = (
        "(() => {{ document.getElementById('answer').value = '{}';"
        " document.getElementById('question').requestSubmit() }})()"
    )
    tab.run(answer.format("3"))
    assert "not yet" in tab.text("#verdict")
    assert "1.1 (arriving) × count" in tab.text("#verdict")
    tab.run(answer.format("2.2"))
    assert tab.run("document.getElementById('question').hidden") is True
    assert "2.2" in tab.shown("gradient")


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "]]>", "{{data}}"]
)
def test_hostile_texts_are_text(tab: Tab, tmp_path: Path, text: str) -> None:
    path, _ = written(tmp_path, f'chainrule 1 "{text}"\n## {text}\ninput x = 2 # {text}\noutput y = x * x\n')
    tab.open(path, "#1")
    assert tab.text("h1") == text
    assert tab.text("#doc") == text
    assert tab.run("document.querySelectorAll('img, h1 *, #doc *').length") == 0
    assert tab.run("document.scripts.length") == 2


def test_nothing_else_may_run(tab: Tab, tmp_path: Path) -> None:
    path, _ = written(tmp_path, APPLE)
    tab.open(path)
    tab.run(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.broken = 1';"
        " document.body.append(s) })()"
    )
    assert tab.run("window.broken === undefined")
    assert any("Content Security Policy" in each for each in tab.complaints)
    tab.complaints.clear()


def test_in_a_notebook_it_plays_inside_its_frame(tab: Tab, tmp_path: Path) -> None:
    """Sandboxed and without an address of its own, it steps all the same."""
    path = tmp_path / "notebook.html"
    frame = chainrule.compile(APPLE).player()._repr_mimebundle_()["text/html"]
    path.write_text(f"<!DOCTYPE html><p id=count>1</p>{frame}", encoding="utf-8")
    tab.open(path)
    outer = tab.session
    tab.session = None
    targets = tab.call("Target.getTargets")["targetInfos"]
    (target,) = (each["targetId"] for each in targets if each["type"] == "iframe")
    tab.session = tab.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    try:
        for domain in ("Runtime", "Log"):
            tab.call(f"{domain}.enable")
        tab.click("#last")
        assert tab.step == 10
        assert "2.2" in tab.shown("gradient")
        assert tab.run("location.hash") == ""
    finally:
        tab.session = outer
