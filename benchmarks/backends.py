"""Whether JAX and numpy compute and train the same, for every spec.

    python benchmarks/backends.py                      # every spec of specs/, in float64 and in float32: half an hour
    python benchmarks/backends.py --precision float64 iris lenet
    python benchmarks/backends.py --steps              # without the nodes: a quarter of the time
    python benchmarks/backends.py --causes lenet       # where float32 is more than rounding apart, and why
    python benchmarks/backends.py --rounding lenet     # how far rounding alone takes numpy's steps from numpy's

Each node by itself, of the same operands; then training steps from one state: the first, and fifty. With `--rounding`
it is numpy that is held beside numpy: each step begins with every weight and every state moved by at most one unit in
its last place, in five trainings of which the furthest is told. Where JAX is no further, rounding is reason enough.
Needs the extra `jax`.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

import chainrule
from chainrule.compiler.derive.training import STEP_COUNT
from chainrule.compiler.lower.computation import bound, needed
from chainrule.compiler.lower.plan import Draw, plan
from chainrule.compiler.targets.jax import Lowered
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.arrays import Array, rounded
from chainrule.runtime.checks.backends import BackendDifference
from chainrule.runtime.evaluate.execute import Moment, execute
from chainrule.runtime.evaluate.planner import Planner
from chainrule.runtime.steps.draws import Draws
from chainrule.runtime.training.train import Training

SPECS = Path(__file__).parent.parent / "specs"
STEPS = 50
DRAWS = 5
"""Trainings that are moved by rounding."""
LOSS = "the loss"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--precision", choices=["float64", "float32"], action="append")
    parser.add_argument("--steps", action="store_true", help="training steps alone, not each node by itself")
    parser.add_argument("--causes", action="store_true", help="in float32, nodes whose operands agree and they do not")
    parser.add_argument("--rounding", action="store_true", help="numpy's steps beside numpy's whose weights are moved")
    given = parser.parse_args()
    if given.causes:
        for name in given.names:
            print(name, flush=True)
            causes(name)
        return
    names = given.names or sorted(path.stem for path in SPECS.glob("*.graph"))
    for precision in given.precision or ["float64", "float32"]:
        print(f"{precision}: apart, as a share of the largest number of the same array", flush=True)
        for name in names:
            print(f"  {name:20}{told(name, precision, given)}", flush=True)


def told(name: str, precision: str, given: argparse.Namespace) -> str:
    """What is found of a spec."""
    program = chainrule.load(SPECS / f"{name}.graph", precision)
    trains = program.spec.train is not None
    texts = [each(program)] if not (given.steps or given.rounding) else []
    if trains:
        draws = range(DRAWS) if given.rounding else ()
        others = [Moved(program, precision, draw) for draw in draws] or [begun(program, precision, "jax")]
        texts.append(steps(Course(program, precision), *others))
    return "; ".join(texts)


def each(program: chainrule.Program) -> str:
    """How far apart the values of each node are, of the same operands."""
    try:
        found = program.compare_backends()
    except SpecError as error:
        found = given_inputs(program)
        if found is None:
            return f"not computed: {error.diagnostics[0].message}"
    apart = found.largest.apart if found.largest is not None else 0.0
    return f"{found.nodes:5} nodes {apart:.0e}{'' if found.first is None else ' MORE THAN ROUNDING'}"


def given_inputs(program: chainrule.Program) -> BackendDifference | None:
    """The same on numbers that are drawn, where a spec has no values for its inputs."""
    graph, random = program.spec.graph, np.random.default_rng(0)
    shapes = {path: graph.nodes[each.index].type for path, each in graph.inputs.items()}
    drawn = {
        path: random.normal(size=[size if isinstance(size, int) else 4 for size in type_.shape])
        for path, type_ in shapes.items()
        if type_.kind == "real"
    }
    try:
        return program.compare_backends(**drawn)
    except SpecError:
        return None


class Course:
    """A training of numpy: what it held before each step, and after."""

    def __init__(self, program: chainrule.Program, precision: str) -> None:
        ours = begun(program, precision, "numpy")
        self.steps = min(STEPS, ours.steps)
        self.before, self.after = [], []
        for _ in range(self.steps):
            self.before.append(held(ours))
            ours._take_steps(1)
            self.after.append(reached(ours))


class Moved:
    """A training of numpy that begins each step where it stands, but for rounding."""

    def __init__(self, program: chainrule.Program, precision: str, draw: int) -> None:
        self._training = begun(program, precision, "numpy")
        self._random = np.random.default_rng(draw)
        self.trainer, self.resume = self._training.trainer, self._training.resume

    def _take_steps(self, most: int) -> None:
        self.trainer.write({path: self._moved(value) for path, value in held(self._training).items()})
        self._training._take_steps(most)

    @property
    def loss(self) -> float:
        return self._training.loss

    def _moved(self, value: Array) -> Array:
        draw = self._random.integers(-1, 2, value.shape)
        towards = np.where((draw == 0) | (value == 0), value, np.copysign(np.inf, draw))
        return np.nextafter(value, towards.astype(value.dtype))


def steps(course: Course, *others: Any) -> str:
    """How far apart trainings are after a step, and after fifty or all that there are; and the furthest of all those
    steps, if the others take each from where numpy's training stands. Of several others the furthest is told."""
    count = course.steps
    ends: dict[int, list[tuple[float, str]]] = {}
    for other in others:
        for number in range(count):
            other._take_steps(1)
            if number in (0, count - 1):
                ends.setdefault(number, []).append(furthest(course.after[number], reached(other)))
    texts = [f"{('1 step', f'{count} steps')[number > 0]} {apart(*max(found))}" for number, found in ends.items()]
    found: list[tuple[float, str]] = []
    for other in others:
        for number in range(count):
            other.trainer.write(course.before[number])
            other.resume(number, 0, (0, 0))
            other._take_steps(1)
            share, path = furthest(course.after[number], reached(other), course.before[number])
            found.append((share, f"{path}, step {number + 1}"))
    return "; ".join([*texts, f"each by itself {apart(*max(found))}"])


def begun(program: chainrule.Program, precision: str, backend: str) -> Training:
    """A training that has taken no step."""
    job = program._trainings.job(precision, None, backend)
    return Training(replace(job, section=replace(job.section, exact=True)))


def held(training: Any) -> dict[str, Array]:
    """Copies of what a training changes."""
    return {path: value for path, value in reached(training).items() if path != LOSS}


def reached(training: Any) -> dict[str, Array]:
    """Copies of what a training changes, and the loss of its last step."""
    both = {**training.trainer.held, **training.trainer.states}
    return {path: np.array(value) for path, value in both.items()} | {LOSS: np.array(training.loss)}


def apart(share: float, path: str) -> str:
    """By how much, and what, in words."""
    return f"{share:.0e} ({path})" if share else "the same bits"


def furthest(
    one: Mapping[str, Array], other: Mapping[str, Array], before: Mapping[str, Array] = MappingProxyType({})
) -> tuple[float, str]:
    """By how much arrays differ at most, as a share of the largest number of the same array; and which. What they were
    `before` counts as well: a sum of what cancels is no more exact than its parts."""
    sizes = {path: max(largest(each.get(path, np.zeros(()))) for each in (one, before)) for path in one}
    found = {path: largest(value - other[path]) / max(sizes[path], 1e-30) for path, value in one.items()}
    path = max(found, key=found.__getitem__)
    return found[path], path


def largest(value: Array) -> float:
    return float(np.max(np.abs(value), initial=0))


# --- where they part --------------------------------------------------------------------------------------------

AGREE, PART = 5e-6, 2e-5
"""Shares of a node's largest number: its operands are no further apart than the one, and it is more than the other."""


def causes(name: str) -> None:
    """Each step of numpy's training computed by both as a whole: prints nodes that part where their operands agree.

    A node that depends on which of two numbers is larger, or on what is left where others cancel, does so.
    """
    import jax

    ours = begun(chainrule.load(SPECS / f"{name}.graph", "float32"), "float32", "numpy")
    job, graph = ours.job, ours.job.training.graph
    planner = Planner(graph, job.training.targets, "float32", job.dims)
    numbers = needed(graph, job.training.targets)
    function: Any = None
    seen: dict[str, list[tuple[int, int, float]]] = {}
    for number in range(min(STEPS, ours.steps)):
        state = held(ours)
        rows = {} if job.data is None or job.minibatches is None else job.data.take(job.minibatches.at(number)).inputs
        inputs = planner.filled(planner.admitted(rows))
        dims = planner.dims(inputs, state)
        computation = bound(graph, job.training.targets, dims, "float32")
        lowered = Lowered(computation, jax)
        function = function or jax.jit(lowered.values)
        draws = Draws(
            [Draw(0, n.operation.name, n.path, n.attributes[0], n.type.shape, False) for n in lowered.draws], "float32"
        )
        plain = plan(graph, job.training.targets, dims, "float32", scalar=False)
        fed = {**inputs, **state, **ours.trainer.rates, STEP_COUNT: number + 1.0}
        kinds = {leaf.path: "int64" if leaf.kind == "int" else "float32" for leaf in plain.leaves}
        feeds = {path: rounded(fed[path], kind) for path, kind in kinds.items() if path in fed}
        values = execute(plain, feeds, Moment(number))
        here = [np.asarray(values[each]) for each in numbers]
        with jax.enable_x64(True):
            there = [np.asarray(each) for each in function({**feeds, **draws.at(number)})]
        shares: list[float] = []
        for node, one, other in zip(computation.nodes, here, there, strict=True):
            far = np.abs(one.astype("float64") - other)
            share = largest(far) / max(largest(one), 1e-30)
            shares.append(share)
            if node.inputs and share > PART and all(shares[operand] <= AGREE for operand in node.inputs):
                label = f"{node.operation.name} {node.path}".strip()
                seen.setdefault(label, []).append((number + 1, int((far > PART * largest(one)).sum()), share))
        ours._take_steps(1)
    for label, found in sorted(seen.items(), key=lambda each: -max(share for _, _, share in each[1]))[:12]:
        step, count, share = max(found, key=lambda each: each[2])
        print(f"  {label}: in {len(found)} steps, furthest in step {step}, {share:.0e} in {count} elements", flush=True)


if __name__ == "__main__":
    main()
