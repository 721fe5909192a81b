"""Random trainings: planned steps are those of the plain executor, and a program's other forms have its numbers.

`python -m tests.proof hunt` tries as many as one likes, and holds them against PyTorch and JAX (docs/proof.md).
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from planned import commit_seed, hold_seed, hold_way
from random_programs import RandomProgram, random_program
from random_programs.maker import Maker
from random_programs.rules.elementwise import BINARY, UNARY, unnamed
from random_programs.terms import Term

from chainrule.compiler.compile import compiled
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.targets.numpy_step import step_source
from chainrule.grammar.source import Source
from chainrule.runtime.steps import numpy_step

ROOT = Path(__file__).parent.parent
PARTS, EACH = 2, 10
WAYS_PARTS, WAYS_EACH = 10, 300
JAX_PARTS, JAX_EACH = 2, 800
PROGRAMS = 300
TRAINED = "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 }\n"


@pytest.mark.parametrize("part", range(PARTS))
def test_the_same_programs_every_time(part: int) -> None:
    for seed in range(part * EACH, (part + 1) * EACH):
        hold_seed(seed)


@pytest.mark.parametrize("part", range(PARTS))
def test_others_with_each_commit(part: int) -> None:
    base = commit_seed() + part * EACH
    print(f"programs from number {base} on")
    for seed in range(base, base + EACH):
        hold_seed(seed)


@pytest.mark.parametrize("part", range(WAYS_PARTS))
def test_3000_with_each_commit_in_one_way_each(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_step, "step_source", step_source)  # to prove each step takes as long as all else
    base = commit_seed() + part * WAYS_EACH
    print(f"programs from number {base} on")
    for number in range(base, base + WAYS_EACH):
        hold_way(number)


@pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed")
@pytest.mark.parametrize("part", range(JAX_PARTS))
def test_jax_has_the_same_values_and_gradients(part: int, tmp_path: Path) -> None:
    """What it traces is computed in NumPy, so that nothing is compiled."""
    base = commit_seed() + part * JAX_EACH
    print(f"programs from number {base} on")
    said = hunt(tmp_path, "--against", "jax", "--from", str(base), "--count", str(JAX_EACH))
    assert said.startswith(f"against jax: {JAX_EACH} programs")


def test_operations_element_by_element_come_by_their_records() -> None:
    """No template need name them: `tanh` would come so if none did."""
    assert unnamed(OPERATIONS.values(), (*UNARY, *BINARY)) == ()
    others = [each for each in UNARY if "tanh" not in each]
    assert unnamed([OPERATIONS["tanh"], OPERATIONS["add"], OPERATIONS["sum"]], others) == ("tanh(clip(X, -2.0, 2.0))",)


def test_every_operation_comes_up() -> None:
    """A new operation gets its rule in tests/support/random_programs/rules, but for what comes by its record."""
    seen: Counter[str] = Counter()
    sizes = []
    for seed in range(PROGRAMS):
        spec = compiled(Source("random.graph", random_program(Random(seed)).text), Path()).spec
        seen.update({node.operation.called for node in spec.full.nodes})
        sizes.append(len(spec.full.nodes))
    assert {operation.name for operation in OPERATIONS.values() if operation.written} - seen.keys() == set()
    assert max(sizes) >= 60


def test_a_program_is_a_function_of_its_number() -> None:
    assert random_program(Random(7)) == random_program(Random(7))
    assert len({random_program(Random(seed)).text for seed in range(50)}) == 50


def test_values_by_rows_and_rows_are_weighted_by_values() -> None:
    """A batch has no input of shape [N, 2, N], as pairs of rows are: a weight of it is computed, or there is none."""
    maker = Maker(Random(0))
    assert {maker.weight(("N", 2, "N")) for _ in range(50)} == {""}
    maker.terms.append(Term("pairs", ("N", 2, "N")))
    assert ", weight = sigmoid(pairs)" in {maker.weight(("N", 2, "N")) for _ in range(50)}
    assert set(maker.inputs) <= {"x", "u"}
    assert ", weight = t2x3" in {maker.weight(("N", 3)) for _ in range(50)}


def judged(text: str, feeds: Mapping[str, Any]) -> Any:
    """What a judge is given of a program."""
    subject_of = import_module("tests.proof.judges.subject").subject_of
    return subject_of(RandomProgram(text, {}, (2,), "float64"), feeds, training=False)


def test_a_loss_that_hangs_on_nothing_is_judged_without_gradients() -> None:
    subject = judged("param p: real = ones()\nstate s: real = 0.5\nnext s = tanh(p)\nloss = s * 2\n" + TRAINED, {})
    assert subject.values[subject.loss] == 1.0
    assert (subject.first, subject.second) == ({}, {})
    import_module("tests.proof.judges.verdict").compare_gradients(subject, lambda factor: ([], []))


def test_judges_tell_what_rounding_did_from_a_wrong_term() -> None:
    """A judge that adds 1e9 and takes it away again is off by 1e-7; one that adds 1e-8 to the gradient is wrong."""
    verdict = import_module("tests.proof.judges.verdict")
    subject = judged("param p: [2] = ones()\nloss = sum(p ** 3) / 7\n" + TRAINED, {})
    assert np.allclose(subject.first["p"], 3 / 7, rtol=1e-15)
    assert np.allclose(subject.second["p"], 18 / 49, rtol=1e-15)

    def by_large_numbers(factor: float) -> list[list[Any]]:
        first, second = subject.scaled(factor)
        return [[first["p"] + 1e9 * factor - 1e9 * factor], [second["p"]]]

    def wrong(factor: float) -> list[list[Any]]:
        first, second = subject.scaled(factor)
        return [[first["p"] + 1e-8 * factor], [second["p"]]]

    off = np.abs(by_large_numbers(1.0)[0][0] - subject.first["p"])
    assert np.all(off > verdict.GRADIENT)
    verdict.compare_gradients(subject, by_large_numbers)
    with pytest.raises(verdict.Mismatch, match=r"^gradient of `p`"):
        verdict.compare_gradients(subject, wrong)


def hunt(folder: Path, *arguments: str) -> str:
    """What the command says, which finds nothing."""
    command = [sys.executable, "-m", "tests.proof", "hunt", *arguments, "--state", str(folder / "state.json")]
    environment = os.environ | {"PYTHONPATH": ""}
    command += ["--finds", str(folder)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_other_forms_have_the_same_numbers(tmp_path: Path) -> None:
    said = hunt(tmp_path, "--against", "itself", "--from", str(commit_seed()), "--count", "16")
    assert said.startswith("against itself: 16 programs")


def test_a_hunt_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    hunt(tmp_path, "--against", "itself", "--from", "1", "--count", "2")
    assert hunt(tmp_path, "--against", "itself", "--from", "1", "--count", "3").startswith("against itself: 3 programs")
    assert (tmp_path / "state.json").read_text(encoding="utf-8").startswith('{"start": 1, "next": 4, "found": []')


@pytest.mark.proof
@pytest.mark.parametrize(("judge", "count"), [("torch", 200), ("jax-eager", 3)])
def test_other_systems_compute_the_same(judge: str, count: int, tmp_path: Path) -> None:
    pytest.importorskip(judge.partition("-")[0])
    hunt(tmp_path, "--against", judge, "--from", str(commit_seed()), "--count", str(count))


@pytest.mark.proof
def test_primitives_in_numpy_are_those_of_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them a few times, with the parameters and operands that it has in programs."""
    pytest.importorskip("jax")
    traced, primitives, subject, rules, judge = (
        import_module(f"tests.proof.judges.{name}")
        for name in ("traced", "numpy_primitives", "subject", "jax_rules", "jax_judge")
    )
    tried: Counter[str] = Counter()
    seen: set[str] = set()

    def held(equation: Any) -> Any:
        name, own, theirs = equation.primitive.name, carried_out(equation), traced.by_jax(equation)
        assert name in primitives.PRIMITIVES, name
        parameters = f"{name} {equation.params}"

        def computed(*operands: Any) -> Any:
            found = own(*operands)
            kind = parameters + str([np.shape(each) for each in operands])
            if not any(
                each.aval.shape for each in (*equation.invars, *equation.outvars)
            ):  # traced for single numbers, where NumPy broadcasts arrays
                operands = tuple(np.broadcast_arrays(*operands))
            if tried[name] < 12 and kind not in seen and (name != "broadcast_in_dim" or equation.params["shape"]):
                seen.add(kind)
                tried[name] += 1
                wanted = theirs(*operands)
                pairs = zip(found, wanted, strict=True) if isinstance(wanted, list) else [(found, wanted)]
                for one, other in pairs:
                    assert np.asarray(one).dtype == other.dtype, kind
                    whole = np.broadcast_to(one, other.shape)
                    np.testing.assert_allclose(whole, other, rtol=1e-13, atol=1e-13, err_msg=kind)
            return found

        return computed

    carried_out = traced.carried_out
    monkeypatch.setattr(traced, "carried_out", held)
    monkeypatch.setattr(judge, "RULES", rules.Rules())
    for number in range(80):
        program = random_program(Random(number))
        judge.judge(subject.subject_of(program, program.batch(program.rows[0], number), training=number % 2 == 1))
    assert set(tried) == set(primitives.PRIMITIVES)


@pytest.mark.proof
def test_jax_tells_a_wrong_number_from_rounding() -> None:
    pytest.importorskip("jax")
    judge, verdict = (import_module(f"tests.proof.judges.{name}") for name in ("jax_judge", "verdict"))
    text = "input x: [3, 2]\nparam W: [2, 4] = normal()\nh = tanh(x @ W)\nloss = sum(softmax(h) * h ** 3)\n" + TRAINED
    subject = judged(text, {"x": np.arange(6.0).reshape(3, 2) / 7})
    judge.judge(subject)
    slot = subject.plan.steps[1].slot
    values = [value + 1e-9 if number == slot else value for number, value in enumerate(subject.values)]
    with pytest.raises(verdict.Mismatch, match=r"^value of tanh"):
        judge.judge(replace(subject, values=values))
    for order, said in enumerate(("gradient of `W`", "second derivative of `x`")):

        def wrong(factor: float, order: int = order, said: str = said) -> Any:
            """All multiples of the loss have the same wrong term, as a wrong rule makes it."""
            found = list(subject.scaled(factor))
            found[order] = {path: value * 1.0001 if path in said else value for path, value in found[order].items()}
            return found

        first, second = wrong(1.0)
        with pytest.raises(verdict.Mismatch, match=f"^{said}"):
            judge.judge(replace(subject, first=first, second=second, scaled=wrong))
