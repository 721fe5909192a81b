"""A table of errors in units in the last place: `python -m tests.proof accuracy`.

    python -m tests.proof accuracy                     # every float32: hours; goes on where it was stopped
    python -m tests.proof accuracy --stride 4099       # one in 4,099, of every exponent: minutes
    python -m tests.proof accuracy --double            # float64 against mpmath, on points of every size

Each operation of one operand, and its slope, on float32 inputs beside the same in float64, rounded once. "wrong" counts
where one is NaN or infinite and the other is not: a special value is that of float64, rounded.
"""

import argparse
import json
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import chainrule

from .operations import MEASURED, Measured
from .others import others_of

Array = Any
CHUNK = 1 << 20
ALL = 1 << 32


def inputs(start: int, stride: int) -> Array:
    """A chunk of float32 numbers, by their bits."""
    return np.arange(start, min(ALL, start + CHUNK * stride), stride, dtype=np.uint64).astype(np.uint32).view("float32")


def errors(found: Array, exact: Array) -> tuple[float, float, int]:
    """The worst error in units in the last place, where it is, as an index, and how many are wrongly not finite."""
    found, rounded = np.asarray(found, found.dtype), exact.astype(found.dtype)
    finite = np.isfinite(found) & np.isfinite(rounded)
    same = (np.isnan(found) & np.isnan(rounded)) | (found == rounded)
    # An exact value that lies half a unit above the largest number may be rounded either way.
    unit = np.spacing(np.abs(np.where(finite, rounded, 1))).astype(exact.dtype)
    off = np.where(finite & ~same, np.abs(found.astype(exact.dtype) - exact) / unit, 0.0)
    place = int(np.argmax(off))
    return float(off[place]), place, int(np.sum(~finite & ~same))


def ours(measured: Measured) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """The value and the slope as chainrule computes them in float32, as a spec."""
    program = chainrule.compile(f"dim N\ninput x: [N]\ny = {measured.text}\nloss = sum(y)\noutput y\n", "float32")

    def value(x: Array) -> Array:
        return program.run(x=x)["y"]

    def slope(x: Array) -> Array:
        return program.grad("loss", x=x)["x"]

    return value, slope


def rows(names: Sequence[str]) -> Iterator[tuple[str, str, Callable[[Array], Array], Callable[[Array], Array]]]:
    """What is measured, who computes it, how, and how it should be."""
    for name in names:
        measured = MEASURED[name]
        value, slope = ours(measured)
        yield name, "chainrule", value, measured.value
        yield f"{name}, slope", "chainrule", slope, measured.slope
        for who, other, other_slope in others_of(measured):
            yield name, who, other, measured.value
            if other_slope is not None:
                yield f"{name}, slope", who, other_slope, measured.slope


def measure(state: Path, stride: int, names: Sequence[str]) -> dict[str, Any]:
    """Fills the table in a file, chunk by chunk, and gives it."""
    table: dict[str, Any] = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    for what, who, function, exact in rows(names):
        held = table.setdefault(f"{what}|{who}|{stride}", {"next": 0, "worst": 0.0, "at": 0.0, "wrong": 0})
        while held["next"] < ALL:
            x = inputs(held["next"], stride)
            with np.errstate(all="ignore"):
                worst, place, wrong = errors(np.asarray(function(x)), exact(x.astype("float64")))
            if worst > held["worst"]:
                held["worst"], held["at"] = worst, float(x[place])
            held["wrong"] += wrong
            held["next"] += CHUNK * stride
            _keep(state, table)
    return table


def _keep(state: Path, table: dict[str, Any]) -> None:
    written = state.with_suffix(".part")
    written.write_text(json.dumps(table) + "\n", encoding="utf-8")
    os.replace(written, state)


def double(names: Sequence[str], points: int) -> list[tuple[str, float, float]]:
    """The worst error of values in float64 against mpmath, and where."""
    import mpmath

    mpmath.mp.dps = 40
    exact = {
        "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
        "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
        "relu": lambda x: max(x, mpmath.mpf(0)),
        "abs": abs,
        "neg": lambda x: -x,
    }
    random, found = np.random.default_rng(0), []
    for name in names:
        x = random.choice((-1, 1), points) * np.exp2(random.uniform(-40, 9, points))
        x = np.abs(x) if name in ("log", "sqrt") else x[x > -1] if name == "log1p" else x
        program = chainrule.compile(f"dim N\ninput x: [N]\noutput y = {MEASURED[name].text}\n", "float64")
        values, worst, at = program.run(x=x)["y"], 0.0, 0.0
        for own, place in zip(values, x, strict=True):
            right = exact.get(name, getattr(mpmath, name, None))(mpmath.mpf(float(place)))  # type: ignore[misc]
            if not np.isfinite(own) or abs(right) < 1e-300:
                continue
            off = float(abs(mpmath.mpf(float(own)) - right) / mpmath.mpf(float(np.spacing(abs(float(right))))))
            worst, at = max((worst, at), (off, float(place)))
        found.append((name, worst, at))
    return found


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        "python -m tests.proof accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stride", type=int, default=1, help="one in so many float32 numbers")
    parser.add_argument("--state", type=Path, default=Path("build/proof/accuracy.json"))
    parser.add_argument("--double", action="store_true")
    parser.add_argument("--points", type=int, default=2000, help="of each operation, with --double")
    parser.add_argument("names", nargs="*", help="operations; without any, all")
    options = parser.parse_args(arguments)
    names = options.names or list(MEASURED)
    warnings.simplefilter("ignore")  # of what is not finite: it is fed
    if options.double:
        for name, worst, at in double(names, options.points):
            print(f"| `{name}` | {worst:.2f} | {at:.9g} |")
        return 0
    options.state.parent.mkdir(parents=True, exist_ok=True)
    table = measure(options.state, options.stride, names)
    whos = ("chainrule", "numpy", "torch", "jax")
    failed = False
    for what in dict.fromkeys(key.split("|")[0] for key in table):
        cells = [table.get(f"{what}|{who}|{options.stride}") for who in whos]
        if cells[0] is None:
            continue
        failed = failed or cells[0]["wrong"] > 0
        texts = [
            "" if each is None else f"{each['worst']:.2f}" + f" ({each['wrong']} wrong)" * bool(each["wrong"])
            for each in cells
        ]
        print(f"| `{what}` | {' | '.join(texts)} | {cells[0]['at']:.9g} |")
    return 1 if failed else 0
