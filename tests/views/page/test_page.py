"""The page in a real browser: each control, keys, deep links, editing, questions; the console stays empty."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from click.testing import CliRunner
from playwright.sync_api import Frame, Page, expect

import chainrule
from chainrule.cli.main import group
from chainrule.compiler.graph.graph import Graph
from chainrule.compiler.ops.attribute import Attribute
from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.program.program import Program
from chainrule.views.picture.wires import MOST_WIRES
from chainrule.views.text.json_values import array_of_json
from chainrule.views.text.numerals import gradient_label, short, value_label

SPECS = sorted((Path(__file__).parents[3] / "specs").glob("*.graph"))

Open: TypeAlias = Callable[..., Page]
OpenText: TypeAlias = Callable[..., tuple[Page, Program]]

APPLE = """chainrule 1 "Buying apples"
## won
input price = 100
input count = 2
input tax = 1.1
subtotal = price * count
output total = subtotal * tax
"""


def text(page: Page | Frame, selector: str) -> str:
    return page.locator(selector).text_content() or ""


def step(page: Page | Frame) -> int:
    return int(text(page, "#count").split(" ")[0])


def shown(page: Page | Frame, style: str) -> list[str]:
    """The numbers that can be seen."""
    return page.locator(f"#drawing g:not(.legend) > text.{style}:visible").all_text_contents()


def test_every_control(open_text: OpenText) -> None:
    page, _ = open_text(APPLE)
    assert step(page) == 1
    assert shown(page, "value") == ["100"]
    assert shown(page, "gradient") == []
    page.click("#next")
    assert step(page) == 2
    page.click("#previous")
    assert step(page) == 1
    page.click("#last")
    assert step(page) == 10
    page.click("#first")
    assert step(page) == 1
    page.fill("#slider", "6")
    assert step(page) == 7
    assert text(page, "#name .spoken") == "d total/d subtotal"
    assert text(page, "#equation li >> nth=0 >> .spoken") == "1 (arriving) × tax"
    assert text(page, "#rule") == "d mul/d a = b"
    assert text(page, "#source") == "7: output total = subtotal * tax"
    assert page.evaluate("location.hash") == "#7"


def test_keys_and_play(open_text: OpenText) -> None:
    page, _ = open_text(APPLE)
    for key, number in (("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", 10), ("Home", 1)):
        page.keyboard.press(key)
        assert step(page) == number
    page.keyboard.press("Space")
    assert page.get_attribute("#play", "aria-label") == "pause"
    expect(page.locator("#count")).to_have_text("2 / 10")
    page.keyboard.press("Space")
    assert page.get_attribute("#play", "aria-label") == "play"


def test_deep_links(open_text: OpenText) -> None:
    page, _ = open_text(APPLE, "#9")
    assert step(page) == 9
    page.evaluate("location.hash = '#3'")
    expect(page.locator("#count")).to_have_text("3 / 10")
    page, _ = open_text(APPLE, "#nonsense")
    assert step(page) == 1


def test_after_the_last_step_every_number_is_that_of_grad(open_text: OpenText) -> None:
    page, program = open_text(APPLE, "#10")
    gradients = program.grad()
    assert sorted(map(float, shown(page, "gradient"))) == pytest.approx(sorted(map(float, gradients.values())))
    assert sorted(map(float, shown(page, "value"))) == pytest.approx([1.1, 2, 100, 200, 220])


def test_a_click_leads_to_a_node(open_text: OpenText) -> None:
    page, _ = open_text(APPLE)
    page.click("#v0-n3")
    assert (step(page), text(page, "#name .spoken")) == (4, "subtotal")
    page.click("#last")
    page.click("#v0-n3")
    assert text(page, "#name .spoken") == "d total/d subtotal"
    expect(page.locator("#v0-n3")).not_to_contain_class("current")
    assert page.locator(".edge.current").count() == 1


def edit(page: Page, place: int, written: str) -> None:
    field = page.locator("#fields input").nth(place)
    field.fill(written)
    field.press("Tab")


MIXED = """input a = 0.7
input b = -1.3
c = a * b + exp(a) / b
d = sigmoid(c) - tanh(a) ** 2
e = relu(d) + softplus(b) + log(a) * sqrt(a)
output f = mse(e, b) + quadratic-loss(a, c) + sum(a) * mean(b) - (-c)
"""


def assert_agrees(page: Page, program: Program, **inputs: float) -> None:
    """The page has computed the values of these inputs, and the gradients of `f`."""
    index = program.spec.graph.index
    values, gradients = program.run(inputs), program.grad("f", inputs)
    now = page.evaluate("({v: chainrule.data.last.values, g: [...chainrule.data.last.gradients]})")
    for name, value in values.items():
        assert now["v"][index[name]] == pytest.approx(float(value), rel=1e-12)
    back = dict(map(tuple, now["g"]))
    for name, gradient in gradients.items():
        assert back[index[name]] == pytest.approx(float(gradient), rel=1e-12)


def test_editing_computes_all_again(open_text: OpenText) -> None:
    page, program = open_text(MIXED)
    told = page.evaluate("chainrule.data.steps.map(s => s.parts)")
    page.click("#reset")
    assert page.evaluate("chainrule.data.steps.map(s => s.parts)") == told, "the page tells it otherwise"
    edit(page, 0, "1.9")
    edit(page, 1, "2.5e-1")
    assert_agrees(page, program, a=1.9, b=0.25)
    edit(page, 0, "<b>")
    assert text(page, "#trouble") == "<b> is not a number"
    page.click("#reset")
    assert page.evaluate("chainrule.data.last.values[0]") == 0.7


MORE = """input a = 0.7
input b = 1.3
c = abs(a - 2 * b) ** b + swish(a, slope = 2) / b
d = thresholded_relu(c * 2, at = 0.5) - mae(a, b)
output f = d ** 2 + tanh(c) - sqrt(b) * accuracy(a, b)
"""


def test_editing_what_is_defined_by_nodes(open_text: OpenText, add_operation: Callable[[Operation], Operation]) -> None:
    scalar = (Trial(((),), (1.0,)),)
    add_operation(
        Operation(
            "thresholded_relu", ("x",), "...", "A trial.", attributes=(Attribute("at", "number", 1.0),), trials=scalar,
            define=lambda b, x, at: b.relu_gradient(x, b.sub(x, b.constant(at))),
        )
    )  # fmt: skip
    add_operation(
        Operation(
            "swish", ("x",), "...", "A trial.", attributes=(Attribute("slope", "number", 1.0),), trials=scalar,
            define=lambda b, x, slope: b.mul(x, b.sigmoid(b.mul(b.constant(slope), x))),
        )
    )  # fmt: skip
    page, program = open_text(MORE)
    edit(page, 0, "-1.9")
    edit(page, 1, "0.25")
    assert_agrees(page, program, a=-1.9, b=0.25)


def test_the_page_computes_on_numbers_what_python_does(open_text: OpenText) -> None:
    page, _ = open_text(APPLE)
    random = np.random.default_rng(3)
    for operation in OPERATIONS.values():
        if operation.javascript is None:
            continue
        assert operation.scalar is not None
        (trial, *_) = (each for each in operation.trials if not any(type_.shape for type_ in each.types))
        count = len(operation.operands)
        cases = random.uniform(trial.low, trial.high, (20, count)).tolist()
        cases += [[each] * count for each in (0.0, 1.0, 0.5, -1.0, trial.high)]
        cases += [[1e-310, -1e-15, 0.5][:count], [-1e-310, -1.0, 1.0][:count]]
        given = [[*operands, *trial.attributes] for operands in cases]
        found = page.evaluate("([name, given]) => given.map((each) => FORWARD[name](...each))", [operation.name, given])
        for operands, number in zip(cases, found, strict=True):
            wanted = operation.scalar(*operands, *trial.attributes)
            if math.isfinite(wanted):
                assert number == pytest.approx(wanted, rel=1e-12, abs=1e-300), (operation.name, operands)


def test_numbers_are_written_alike(open_text: OpenText) -> None:
    page, _ = open_text(APPLE)
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
    said = page.evaluate("numbers => numbers.map(chainrule.short)", numbers)
    assert said == [short(number) for number in numbers]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_after_the_last_step_every_spec_shows_the_numbers_of_grad_json(
    open_page: Open, tmp_path: Path, path: Path
) -> None:
    """Each gradient that `grad --json` prints stands at its node's edge, or where several come back, as their sum."""
    program = chainrule.load(path)
    graph = program.shown.graph
    of = program.default_of
    arriving = ["--upstream", f"{program.run()[of].tolist()}"] if graph.nodes[graph.index[of]].type.shape else []
    answer = CliRunner().invoke(group, ["grad", str(path), "--json", *arriving])
    document = json.loads(answer.stdout)
    if answer.exit_code and any(each["code"].startswith("G4") for each in document["diagnostics"]):
        pytest.skip("its data can't be had")
    page_path = tmp_path / "page.html"
    drawn = ["draw", str(path), "--out", str(page_path), "--depth", "99", *arriving]
    assert CliRunner().invoke(group, drawn).exit_code == 0
    page = open_page(page_path.as_uri())
    page.click("#last")
    at_wires = page.evaluate(TEXTS)
    for name, value in document["gradients"].items():
        if name != document["of"]:
            wanted = list(gradient_label(array_of_json(value)))
            found = at_wires.get(str(graph.index[name]))
            if found is None and goes_in_a_cable(graph, graph.index[name]):
                continue
            assert found is not None, name
            assert wanted in found or [f"Σ {wanted[0]}", *wanted[1:]] in found, name
    for name, value in document["outputs"].items():
        assert value_label(array_of_json(value))[0] in shown(page, "value"), name


def goes_in_a_cable(graph: Graph, number: int) -> bool:
    """Whether a value goes on with many others to one node alone, by one wire that has the numbers of none."""
    users = [each for each in graph.nodes if number in each.inputs and each.type.kind == "real"]
    return bool(users) and all(len(each.inputs) > MOST_WIRES for each in users)


TEXTS = """() => {
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
}"""
"""The gradients that can be seen, by node: a list of lines for each edge of it, and for the sum below its box."""


def test_two_hundred_nodes_stay_fluid(open_text: OpenText) -> None:
    lines = ["input x0 = 0.5", *(f"x{n + 1} = sigmoid(x{n} * x{n // 2})" for n in range(100)), "output y = x100 * 1"]
    page, _ = open_text("\n".join(lines))
    page.click("#last")
    assert step(page) > 400
    spent = page.evaluate(
        "() => { const start = performance.now(); for (let n = 0; n < 100; n++) chainrule.show(n * 4);"
        " return (performance.now() - start) / 100 }"
    )
    assert spent < 200  # milliseconds a step: fluid even where the machine is busy


def test_questions(open_text: OpenText) -> None:
    page, _ = open_text(APPLE, "#9")
    page.check("#quiz")
    assert "2.2" not in shown(page, "gradient")
    page.fill("#answer", "3")
    page.press("#answer", "Enter")
    assert "not yet" in text(page, "#verdict")
    assert "1.1 (arriving) × count" in text(page, "#verdict")
    page.fill("#answer", "2.2")
    page.click("#question button")
    assert page.locator("#question").is_hidden()
    assert "2.2" in shown(page, "gradient")


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "]]>", "{{data}}"]
)
def test_hostile_texts_are_text(open_text: OpenText, hostile: str) -> None:
    page, _ = open_text(f'chainrule 1 "{hostile}"\n## {hostile}\ninput x = 2 # {hostile}\noutput y = x * x\n', "#1")
    assert text(page, "h1") == hostile
    assert text(page, "#doc") == hostile
    assert page.locator("img, h1 *, #doc *").count() == 0
    assert page.evaluate("document.scripts.length") == 2


def test_nothing_else_may_run(open_text: OpenText, complaints: list[str]) -> None:
    page, _ = open_text(APPLE)
    with page.expect_console_message():
        page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.broken = 1';"
            " document.body.append(s) }"
        )
    assert page.evaluate("window.broken === undefined")
    assert any("Content Security Policy" in each for each in complaints)
    complaints.clear()


def test_in_a_notebook_it_plays_inside_its_frame(open_page: Open, tmp_path: Path) -> None:
    """Sandboxed and without an address of its own, it steps all the same."""
    path = tmp_path / "notebook.html"
    bundle = chainrule.compile(APPLE).player()._repr_mimebundle_()["text/html"]
    path.write_text(f"<!DOCTYPE html>{bundle}", encoding="utf-8")
    _, frame = open_page(path.as_uri()).frames
    frame.click("#last")
    assert step(frame) == 10
    assert "2.2" in shown(frame, "gradient")
    assert frame.evaluate("location.hash") == ""
