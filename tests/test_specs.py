"""Every spec is a lesson that compiles, teaches, holds what it claims, and is listed with something to try."""

import json
import re
import shlex
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.grammar.parse import parse
from chainrule.grammar.read import read_source
from chainrule.grammar.spec_error import SpecError
from chainrule.grammar.write import write
from chainrule.program.front_door import load
from chainrule.program.program import Program
from chainrule.runtime.data.faults import UNKNOWN_DATASET

FOLDER = Path(__file__).parent.parent / "specs"
SPECS = sorted(FOLDER.glob("*.graph"))
LONG = sorted(FOLDER.glob("long/*.graph"))
"""Lessons that need minutes, or data that are fetched first."""
LISTED = (FOLDER / "README.md").read_text(encoding="utf-8")
TRIED = re.findall(r"`chainrule (\w+) (specs/[\w/-]+\.graph)(.*?)` \|$", LISTED, re.MULTILINE)

LESSONS = (
    "apple fruits product-of-sums sigmoid-by-hand affine-batch linear-regression xor iris mnist division affine-vector "
    "layer-111 activations delta-rule descent local-minima quadratic-cost numerical-gradient vanishing two-layer "
    "overfit mnist-sigmoid mnist-one-hot"
)

HINTS = {"sigmoid-by-hand": {"G611"}, "vanishing": {"G624"}}
"""What the compiler remarks on where that is the lesson."""


def spec(name: str, **settings: object) -> Program:
    """A spec with settings; `__` stands for the dot of a section's key."""
    replaced = {key.replace("__", "."): value for key, value in settings.items()}
    return load(FOLDER / f"{name}.graph", set=replaced)


def failed(program: Program) -> list[str]:
    """The text of the claims that do not hold."""
    return [result.claim.text for result in program.test() if not result.holds]


def by_name(path: Path) -> str:
    return path.stem


def test_no_lesson_is_missing() -> None:
    assert {path.stem for path in SPECS} >= set(LESSONS.split())


@pytest.mark.parametrize("path", [*SPECS, *LONG], ids=by_name)
def test_a_spec_has_a_title_teaches_and_claims(path: Path) -> None:
    program = load(path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith('chainrule 1 "')
    assert re.search(r"^## \w", text, re.MULTILINE)
    assert program.spec.claims
    assert {found.code for found in program.diagnostics} <= HINTS.get(path.stem, set())
    assert program.default_of
    assert all(len(line) <= 120 for line in text.splitlines())


@pytest.mark.parametrize("path", [*SPECS, *LONG], ids=by_name)
def test_a_spec_stands_in_canonical_layout(path: Path) -> None:
    source = read_source(path)
    assert write(parse(source)[0]) == source.text


@pytest.mark.parametrize("path", SPECS, ids=by_name)
def test_every_claim_holds(path: Path) -> None:
    assert failed(load(path)) == []


@pytest.mark.proof
@pytest.mark.parametrize("path", LONG, ids=by_name)
def test_every_claim_of_a_long_lesson_holds(path: Path) -> None:
    """Where their data are: `CHAINRULE_DATA=/usr/share/datasets python -m pytest tests/test_specs.py -m proof`."""
    try:
        found = failed(load(path))
    except SpecError as error:
        if {each.code for each in error.diagnostics} == {UNKNOWN_DATASET.code}:
            pytest.skip("its data are not there")
        raise
    assert found == []


@pytest.mark.parametrize("path", [*SPECS, *LONG], ids=by_name)
def test_a_spec_is_listed(path: Path) -> None:
    assert f"[{path.name}]({path.relative_to(FOLDER).as_posix()})" in LISTED
    assert path.name in {Path(file).name for _, file, _ in TRIED}


@pytest.mark.parametrize(("verb", "file", "rest"), TRIED, ids=[f"{verb} {Path(file).stem}" for verb, file, _ in TRIED])
def test_what_is_to_be_tried_sets_something_that_is_there(verb: str, file: str, rest: str) -> None:
    words = shlex.split(rest)
    settings = dict(word.split("=", 1) for flag, word in pairwise(words) if flag == "--set")
    assert settings or {"--training", "--upstream", "--beside", "--of"} & {*words}
    program = load(FOLDER.parent / file, set=settings, training="--training" in words)
    options = dict(pairwise(words))
    assert {*options.get("--beside", "").split(",")} - {""} <= {*program.states}
    if verb == "run":
        assert program.outputs[0] in program.run()
    if verb == "grad":
        assert program.grad(options.get("--of"), upstream=json.loads(options.get("--upstream", "null")))


# --- the lessons ------------------------------------------------------------------------------------------------


def test_claims_about_gradients_hold_wherever_the_inputs_stand() -> None:
    assert failed(spec("sigmoid-by-hand", x=-3)) == ["expect y == 0.7310585786300049"]
    assert failed(spec("division", x=-0.5)) == ["expect y == 0.5", "expect d(y)/d(x) == -0.25"]
    assert not any("new_" in text and "d(loss)" in text for text in failed(spec("delta-rule", rate=0.1)))


def test_layer_111_has_the_numbers_of_its_seed() -> None:
    random = np.random.RandomState(111)
    X, W, B, dY = random.randn(2, 3), random.randn(3, 2), random.randn(2), random.randn(2, 2)
    program = spec("layer-111")
    values = program.run()
    for name, drawn in {"X": X, "W": W, "B": B, "dY": dY}.items():
        np.testing.assert_array_equal(values[name], drawn)
    gradients = program.grad("L")
    np.testing.assert_allclose(values["Y"], X @ W + B, rtol=1e-12)
    np.testing.assert_allclose(gradients["X"], dY @ W.T, rtol=1e-12)
    np.testing.assert_allclose(gradients["W"], X.T @ dY, rtol=1e-12)
    np.testing.assert_allclose(gradients["B"], dY.sum(axis=0), rtol=1e-12)


def trained(program: Program) -> Mapping[str, Any]:
    """The parameters after the training that a spec asks for."""
    program.train()
    return program.params


def test_descent_with_a_rate_that_is_too_small_hardly_leaves_the_start() -> None:
    program = spec("descent", rate=1e-10)
    assert len(failed(program)) == 3
    parameters = trained(program)
    assert parameters["x0"] == pytest.approx(-2.99999994, abs=1e-8)
    assert parameters["x1"] == pytest.approx(3.99999992, abs=1e-8)


def test_descent_with_a_rate_that_is_too_large_flies_away() -> None:
    program = spec("descent", rate=10)
    assert len(failed(program)) == 3
    parameters = trained(program)
    assert abs(parameters["x0"]) > 1e100
    assert abs(parameters["x1"]) > 1e100


def test_both_walkers_of_local_minima_end_where_they_are_let_go() -> None:
    to_the_left = spec("local-minima", right_x=-2)
    assert trained(to_the_left)["right_x"] == pytest.approx(-1.03557871, abs=1e-6)


def test_too_small_a_step_drowns_a_numerical_gradient_in_rounding() -> None:
    assert failed(spec("numerical-gradient")) == []
    assert "expect slope == d(total)/d(x) within 1e-9" in failed(spec("numerical-gradient", h=1e-13))


def test_300_rows_are_learnt_by_heart_while_the_others_turn() -> None:
    history = spec("overfit", **{"train.stop": "below(loss, 0)"}).train()
    seen, others, loss = history["train.accuracy"], history["test.accuracy"], history["test.loss"]
    assert seen[0] < 0.98 < 0.99 < seen[-1]
    assert others[0] < others.max() > others[-1] + 0.002
    assert others.argmax() < len(others) // 2
    assert loss.argmin() < len(loss) // 2
    assert loss[-1] > 1.05 * loss.min()


def test_training_by_heart_stops_early_and_keeps_the_weights_of_the_turn() -> None:
    program = spec("overfit")
    history = program.train()
    best = history.rows[int(history["test.loss"].argmin())]
    assert history.kept_step == best["step"] < history.steps < 300
    assert program.evaluate()["test.loss"] == pytest.approx(best["test.loss"], rel=1e-6)


def test_one_hidden_unit_is_too_few_for_xor() -> None:
    assert "expect accuracy == 1 after train" in failed(spec("xor", hidden=1))
