"""Single steps of a training, in two halves: the gradients at the program's own weights, and what becomes of weights
with the program's own gradients and memory.

Two whole trainings go apart by rounding, where a relu or the largest of a window is decided by it, or where an
optimiser divides gradients by their own size; they say little then. Each half is right or wrong by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from exported_c import gap, largest

import chainrule
from chainrule.compiler.graph.spec import Precision

Arrays = Mapping[str, Any]
Load = Callable[..., chainrule.Program]
"""load(precision, training=...) is the program in one of its forms."""

EVERY = 7
"""Each step whose number this divides is looked at."""

NOISE = 4.0
"""How many times what rounding was seen to do to an element it may do."""

MOVED = 4.0
"""Units in the last place by which weights and inputs are moved at most to see it."""

TRIES = 8


class PlainSteps:
    """Steps of the plain executor, from any beginning."""

    def __init__(self, load: Load, precision: Precision) -> None:
        self._trainer = load(precision, training=False).trainer(precision=precision, optimise=False)

    def beginning(self) -> dict[str, Arrays]:
        """Weights, with states of the spec, and what the optimiser remembers."""
        held = self._trainer.held
        memory = {path: value for path, value in self._trainer.states.items() if path not in held}
        return {"weights": _copied(held), "memory": _copied(memory)}

    def step(self, number: int, beginning: Mapping[str, Arrays] | None, batch: Arrays) -> dict[str, Arrays]:
        """The step of a number: gradients, params after it, and states of the spec after it."""
        trainer = self._trainer
        if beginning is not None:
            trainer.write({**beginning["weights"], **beginning["memory"]})
        trainer.steps = number
        inputs = trainer._planner.filled(trainer._planner.admitted(batch))
        values = trainer._plain.values(inputs, trainer.rates, number + 1)
        trainer._plain.take(values)
        training = trainer.training
        return {
            "gradients": _copied({path: values[each.gradient] for path, each in training.parameters.items()}),
            "params": _copied({path: values[each.value] for path, each in training.parameters.items()}),
            "states": _copied({path: values[each.value] for path, each in training.next.items()}),
        }


def single_steps(load: Load, precision: Precision, batches: Sequence[Arrays]) -> list[dict[str, Any]]:
    """The steps of the program's own training that are looked at: number, beginning, batch, and what came out."""
    steps, found = PlainSteps(load, precision), []
    for number, batch in enumerate(batches):
        beginning = None if number % EVERY else steps.beginning()
        made = steps.step(number, None, batch)
        if beginning is not None:
            found.append({"number": number, "beginning": beginning, "batch": batch, **made})
    return found


class Halves:
    """How far each half of a step is from the program's, the furthest as a share of the largest of its array.

    Elements of gradients and states that rounding alone takes further are left out, and counted. What it does is seen
    where the program's own step gives others from weights and inputs that are off by a few units in the last place,
    and in float64, from the same and from these; and many roundings take an element of float64 as far as `chance`, a
    share of the largest too. Of updates nothing is left out.
    """

    def __init__(self, load: Load, precision: Precision, limits: Mapping[str, float], chance: float) -> None:
        self.precision: Precision = precision
        self.limits = limits
        self.chance = chance
        self.worst: dict[str, float] = {}
        self.left_out = 0
        self.compared = 0
        self._own, self._finer = PlainSteps(load, precision), PlainSteps(load, "float64")
        self._random = np.random.default_rng(0)

    def compare(self, step: Mapping[str, Any], found: Mapping[str, Arrays]) -> None:
        """Holds `found` gradients, params and states against those of a step."""
        pairs: list[tuple[Mapping[str, Arrays], Mapping[str, Arrays]]] = []
        for what, limit in self.limits.items():
            assert found[what].keys() == step[what].keys(), what
            for path, value in found[what].items():
                own = step[what][path]
                assert np.shape(value) == np.shape(own), path
                size = largest(own) or 1.0
                self.compared += np.size(own)
                off = gap(value, own) / size
                if off > limit and what != "params":
                    pairs = pairs or self._seen(step)
                    seen = np.max([np.abs(np.subtract(one[what][path], other[what][path])) for one, other in pairs], 0)
                    apart = np.abs(np.subtract(value, own))
                    by_chance = np.abs(np.subtract(value, pairs[0][1][what][path])) <= self.chance * size
                    rounding = (apart > limit * size) & ((apart <= NOISE * seen) | by_chance)
                    self.left_out += int(np.sum(rounding))
                    off = float(np.max(np.where(rounding, 0.0, apart))) / size
                self.worst[what] = max(self.worst.get(what, 0.0), off)

    def _seen(self, step: Mapping[str, Any]) -> list[tuple[Mapping[str, Arrays], Mapping[str, Arrays]]]:
        """Steps that differ by rounding alone; the first are its own and that of float64."""
        number, beginning, batch = step["number"], step["beginning"], step["batch"]
        pairs: list[tuple[Mapping[str, Arrays], Mapping[str, Arrays]]]
        pairs = [(step, self._finer.step(number, beginning, batch))]
        for _ in range(TRIES):
            moved, fed = {**beginning, "weights": self._moved(beginning["weights"])}, self._moved(batch)
            elsewhere = self._own.step(number, moved, fed)
            pairs += [(step, elsewhere), (elsewhere, self._finer.step(number, moved, fed))]
        return pairs

    def _moved(self, arrays: Arrays) -> Arrays:
        unit = MOVED * float(np.finfo(self.precision).eps)
        return {
            name: value * (1 + unit * self._random.uniform(-1, 1, np.shape(value))) if _real(value) else value
            for name, value in arrays.items()
        }


def _real(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "f"


def _copied(arrays: Arrays) -> dict[str, Any]:
    return {path: np.array(value) for path, value in arrays.items()}
