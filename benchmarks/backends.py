"""Whether JAX and numpy compute and train the same, for every spec; and what a step costs beside hand-written JAX.

    python benchmarks/backends.py                      # every spec of specs/, in float64 and in float32: half an hour
    python benchmarks/backends.py --precision float64 iris lenet
    python benchmarks/backends.py --race               # a step of a net beside JAX by hand: a minute

Each node by itself, of the same operands; then training steps from one state: the first, and fifty. Needs the extra
`jax`.
"""

import argparse
import statistics
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import nets
import numpy as np

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.arrays import Array
from chainrule.runtime.checks.backends import BackendDifference
from chainrule.runtime.training.train import Training

SPECS = Path(__file__).parent.parent / "specs"
STEPS = 50
LOSS = "the loss"
ROUNDS, TAKEN = 9, 100


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--precision", choices=["float64", "float32"], action="append")
    parser.add_argument("--race", action="store_true")
    given = parser.parse_args()
    if given.race:
        race()
        return
    names = given.names or sorted(path.stem for path in SPECS.glob("*.graph"))
    for precision in given.precision or ["float64", "float32"]:
        print(f"{precision}: apart, as a share of the largest number of the same array", flush=True)
        for name in names:
            print(f"  {name:20}{told(name, precision)}", flush=True)


def told(name: str, precision: str) -> str:
    """What is found of a spec."""
    program = chainrule.load(SPECS / f"{name}.graph", precision)
    try:
        found = program.compare_backends()
    except SpecError as error:
        found = given_inputs(program)
        if found is None:
            return f"not computed: {error.diagnostics[0].message}"
    apart = found.largest.apart if found.largest is not None else 0.0
    nodes = f"{found.nodes:5} nodes {apart:.0e}{'' if found.first is None else ' MORE THAN ROUNDING'}"
    return nodes + (steps(program, precision) if program.spec.train is not None else "")


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


def steps(program: chainrule.Program, precision: str) -> str:
    """How far apart two trainings are after a step, and after fifty or all that there are; and the furthest of all
    those steps, if JAX takes each from where numpy's training stands."""
    ours = begun(program, precision, "numpy")
    count = min(STEPS, ours.steps)
    before, after = [], []
    for _ in range(count):
        before.append(held(ours))
        ours._take_steps(1)
        after.append(held(ours) | {LOSS: np.array(ours.loss)})
    theirs = begun(program, precision, "jax")
    texts = []
    for number in range(count):
        theirs._take_steps(1)
        if number in (0, count - 1):
            reached = held(theirs) | {LOSS: np.array(theirs.loss)}
            texts.append(f"{('1 step', f'{count} steps')[number > 0]} {apart(after[number], reached)}")
    found: dict[int, tuple[float, str]] = {}
    for number in range(count):
        theirs.trainer.write(before[number])
        theirs.resume(number, 0, (0, 0))
        theirs._take_steps(1)
        found[number] = furthest(after[number], held(theirs) | {LOSS: np.array(theirs.loss)}, before[number])
    worst = max(found, key=lambda number: found[number][0])
    share, path = found[worst]
    texts.append(f"each by itself {share:.0e} ({path}, step {worst + 1})" if share else "each by itself the same bits")
    return "".join(f"; {text}" for text in texts)


def begun(program: chainrule.Program, precision: str, backend: str) -> Training:
    """A training that has taken no step."""
    job = program._trainings.job(precision, None, backend)
    return Training(replace(job, section=replace(job.section, exact=True)))


def held(training: Training) -> dict[str, Array]:
    """Copies of what a training changes."""
    both = {**training.trainer.held, **training.trainer.states}
    return {path: np.array(value) for path, value in both.items()}


def apart(one: Mapping[str, Array], other: Mapping[str, Array]) -> str:
    """The furthest of some arrays, in words."""
    share, path = furthest(one, other)
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


# --- a step beside JAX by hand ----------------------------------------------------------------------------------


def race() -> None:
    """Processor time of a step of our graph, lowered, over that of `nets.jax`, the same net by hand."""
    import jax

    for rows in (100, 1000):
        random = np.random.default_rng(0)
        x, t = random.normal(size=(rows, 784)).astype("float32"), random.integers(10, size=rows)
        program = chainrule.compile(NET)
        trainer = program.trainer(rows, data={"x": x, "t": t}, optimise=True)
        weights = [np.array(trainer.params[f"W{number}"]) for number in (1, 2)]
        step, wait, _ = nets.jax(Task(weights, x, t))
        ways = {"ours": partial(trainer.step, x=x, t=t), "theirs": lambda step=step: float(step())}
        times = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, take in ways.items():
                take()
                begun = time.process_time()
                for _ in range(TAKEN):
                    take()
                wait()
                times[name].append((time.process_time() - begun) / TAKEN)
        ratios = [one / other for one, other in zip(times["ours"], times["theirs"], strict=True)]
        print(f"batch {rows}: {statistics.median(ratios):.2f} of the time of JAX by hand ({jax.__version__}), "
              f"{min(times['ours']) * 1e6:.0f} us a step of processor time, least of {ROUNDS}")  # fmt: skip


NET = """
dim N
input x: [N, 784]
input t: int[N]
param W1: [784, 100] = he()
param b1: [100] = zeros()
param W2: [100, 10] = he()
param b2: [10] = zeros()
loss = softmax-loss(affine(relu(affine(x, W1, b1)), W2, b2), t)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 ; backend = jax }
"""


class Task:
    """What `nets.jax` asks of a task: one batch, all the time."""

    adam = False
    batches = 1

    def __init__(self, weights: list[Array], x: Array, t: Array) -> None:
        self.weights, self.x, self.t, self.rows = weights, x, t.astype("int32"), len(x)

    def batch(self) -> slice:
        return slice(0, self.rows)


if __name__ == "__main__":
    main()
