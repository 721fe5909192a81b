"""A table of errors in units in the last place: `python -m tests.proof accuracy`.

    python -m tests.proof accuracy                     # every float32: hours; goes on where it was stopped
    python -m tests.proof accuracy --who chainrule     # ours alone
    python -m tests.proof accuracy --stride 4099       # one in 4,099, of every exponent: minutes
    python -m tests.proof accuracy --double            # float64 against mpmath, on points of every size

Each operation of one operand, and its slope, on float32 inputs beside the same in float64, rounded once. "wrong" counts
where one is NaN or infinite and the other is not: a special value is that of float64, rounded.
"""

import argparse
import json
import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import chainrule

from .operations import MEASURED, Function, Measured
from .others import others_of

Array = Any
CHUNK = 1 << 16
"""Numbers at a time: all that is computed of them fits into a core's own memory."""

ALL = 1 << 32
WHO = ("chainrule", "numpy", "torch", "jax")
KEPT_EVERY = 20.0
"""Seconds after which the table is written."""

COUNTED = np.arange(CHUNK, dtype=np.uint32)


def inputs(start: int, stride: int) -> Array:
    """A chunk of float32 numbers, by their bits."""
    count = min(CHUNK, -(-(ALL - start) // stride))
    return (COUNTED[:count] * np.uint32(stride) + np.uint32(start)).view("float32")


def errors(found: Array, exact: Array) -> tuple[float, int, int]:
    """The worst error in units in the last place, where it is, as an index, and how many are wrongly not finite."""
    rounded = exact.astype(found.dtype)
    places = np.flatnonzero((found != rounded) & ((found == found) | (rounded == rounded)))  # most are the same
    if not places.size:
        return 0.0, 0, 0
    found, rounded, exact = found[places], rounded[places], exact[places]
    finite = np.isfinite(found) & np.isfinite(rounded)
    wrong = int(np.sum(~finite))
    # An exact value that lies half a unit above the largest number may be rounded either way.
    unit = np.spacing(np.abs(np.where(finite, rounded, 1))).astype(exact.dtype)
    off = np.where(finite, np.abs(found.astype(exact.dtype) - exact) / unit, 0.0)
    place = int(np.argmax(off))
    return float(off[place]), int(places[place]), wrong


def ours(measured: Measured) -> tuple[Function, Function]:
    """The value and the slope as chainrule computes them in float32, as a spec."""
    program = chainrule.compile(f"dim N\ninput x: [N]\ny = {measured.text}\nloss = sum(y)\noutput y\n", "float32")

    def value(x: Array) -> Array:
        return program.run(x=x)["y"]

    def slope(x: Array) -> Array:
        return program.grad("loss", x=x)["x"]

    return value, slope


def rows(names: Sequence[str], who: Sequence[str]) -> Iterator[tuple[str, Function, Mapping[str, Function]]]:
    """What is measured, how it should be, and how it is computed by each that has it."""
    for name in names:
        measured = MEASURED[name]
        own, *others = [("chainrule", *ours(measured)), *others_of(measured)]
        values = {each: value for each, value, _ in (own, *others) if each in who}
        slopes = {each: slope for each, _, slope in (own, *others) if each in who and slope is not None}
        yield name, measured.value, values
        yield f"{name}, slope", measured.slope, slopes


def measure(state: Path, stride: int, names: Sequence[str], who: Sequence[str] = WHO) -> dict[str, Any]:
    """Fills the table in a file, chunk by chunk, and gives it."""
    table: dict[str, Any] = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    kept = time.monotonic()
    for what, exact, functions in rows(names, who):
        held = {each: table.setdefault(f"{what}|{each}|{stride}", dict(NOTHING)) for each in functions}
        while (start := min((each["next"] for each in held.values()), default=ALL)) < ALL:
            x = inputs(start, stride)
            began = time.process_time()
            with np.errstate(all="ignore"):
                right = exact(x.astype("float64"))
            for each, function in functions.items():
                if held[each]["next"] == start:
                    with np.errstate(all="ignore"):
                        _note(held[each], x, *errors(np.asarray(function(x)), right))
                    held[each]["next"] += CHUNK * stride
                    held[each]["seconds"] = held[each].get("seconds", 0.0) + time.process_time() - began
                    began = time.process_time()
            if time.monotonic() - kept > KEPT_EVERY:
                _keep(state, table)
                kept = time.monotonic()
        _keep(state, table)
    return table


NOTHING: Mapping[str, float] = {"next": 0, "worst": 0.0, "at": 0.0, "wrong": 0, "seconds": 0.0}
"""What is known of a row before its first chunk."""


def _note(held: dict[str, Any], x: Array, worst: float, place: int, wrong: int) -> None:
    if worst > held["worst"]:
        held["worst"], held["at"] = worst, float(x[place])
    held["wrong"] += wrong


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
    parser.add_argument("--who", nargs="+", choices=WHO, default=WHO, help="without it all that are installed")
    parser.add_argument("--state", type=Path, default=Path("build/proof/accuracy.json"))
    parser.add_argument("--double", action="store_true")
    parser.add_argument("--points", type=int, default=2000, help="of each operation, with --double")
    parser.add_argument("names", nargs="*", metavar="NAME", help="operations; without any, all")
    options = parser.parse_args(arguments)
    names = options.names or list(MEASURED)
    warnings.simplefilter("ignore")  # of what is not finite: it is fed
    if options.double:
        for name, worst, at in double(names, options.points):
            print(f"| `{name}` | {worst:.2f} | {at:.9g} |")
        return 0
    options.state.parent.mkdir(parents=True, exist_ok=True)
    table = measure(options.state, options.stride, names, options.who)
    failed = False
    for what in dict.fromkeys(key.split("|")[0] for key in table):
        cells = [table.get(f"{what}|{who}|{options.stride}") for who in WHO]
        if cells[0] is None:
            continue
        failed = failed or cells[0]["wrong"] > 0
        texts = [
            "" if each is None else f"{each['worst']:.2f}" + f" ({each['wrong']} wrong)" * bool(each["wrong"])
            for each in cells
        ]
        print(f"| `{what}` | {' | '.join(texts)} | {cells[0]['at']:.9g} |")
    return 1 if failed else 0
