"""What a spec is compiled to, as text: of every spec, and read back where that can be."""

import re
from pathlib import Path

import pytest

import chainrule
from chainrule.views.stages.generated import gradient_subject, optimised_text, plan_text, python_text, training_subject
from chainrule.views.text.costs import batch_dims

SPECS = sorted((Path(__file__).parents[3] / "specs").glob("*.graph"))

SCALARS = [
    "input a = 2\ninput b = -3\noutput y = exp(a - b) / -a * (b + log(a)) - (a - (b - 1))\n",
    "input a = 2\ninput b = 3\nc = a * b\noutput y = (a * b * 1 - 0) * (c + (2 - 2.5)) / exp(a * b)\n",
    "input a = 2\nparam b = 4\nunread = a * 9\noutput y = a + b + 0 * sqrt(b)\n",
]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_that_is_trained(path: Path) -> None:
    spec = chainrule.load(path).written
    subject = training_subject(spec)
    if subject is None:
        return
    assert spec.train is not None
    assert f"{spec.train.loss}" in optimised_text(subject).splitlines()[-1]
    if subject.scalar:
        return
    plan, python = plan_text(subject, batch_dims(spec)), python_text(subject, batch_dims(spec))
    assert "def step(" in python
    found = re.match(r"# (\d+) lines; arena ([\d,]+) bytes", plan)
    assert found is not None
    assert len(plan.rstrip("\n").rsplit("\n\n", 1)[1].splitlines()) == int(found[1]) + 1
    arena = int(found[2].replace(",", ""))
    for row in re.findall(r"^b\d+ +arena +([\d,]+) +([\d,]+) .* (\d+)-(\d+)$", plan, re.MULTILINE):
        offset, size, first, last = (int(each.replace(",", "")) for each in row)
        assert offset + size <= arena
        assert 1 <= first <= last <= int(found[1])


def test_scalars_in_float64_are_trained_on_floats() -> None:
    spec = chainrule.compile(
        "param w = 3\ny = w * w\ntrain { minimize = y ; optimizer = adam(lr = 0.1) ; steps = 1 }"
    ).spec
    subject = training_subject(spec, "float64")
    assert subject is not None
    assert "others[" in python_text(subject, {})
    assert "on Python floats" in plan_text(subject, {})
    subject = training_subject(spec)
    assert subject is not None
    assert "def step(" in python_text(subject, {})
    assert "memory[w]" in plan_text(subject, {})


@pytest.mark.parametrize("text", SCALARS)
def test_the_optimised_graph_reads_back(text: str) -> None:
    program = chainrule.compile(text)
    left = optimised_text(gradient_subject(program.spec, program.node("y")))
    values = chainrule.compile(left).run()
    assert values["y"] == program.run()["y"]
    for path, gradient in program.grad("y").items():
        assert values[f"d_{path}"] == gradient


def test_what_the_passes_leave() -> None:
    program = chainrule.compile(SCALARS[1])
    text = optimised_text(gradient_subject(program.spec, program.node("y")))
    assert text.count("a * b") == 1
    assert "- 0" not in text
    assert "-0.5" in text
