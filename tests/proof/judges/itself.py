"""A program as its own judge: what does not change its meaning does not change its numbers.

To the bit: written and parsed again, exported as a spec, with its blocks in a file of their own, all renamed. But for
rounding: its statements in another order, since gradients of one value are added in the order of the text; its rows
predicted in parts; and, of every twentieth, its export to Python.
"""

import re
import tempfile
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from exported import worst_of
from planned import bits
from random_programs import RandomProgram

import chainrule
from chainrule.compiler.graph.row_dependence import OfRows, dependence_of
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.write import write

from .verdict import GRADIENT, Mismatch, compare, compare_gradient, largest

Numbers = dict[str, Any]
Load = Callable[[str], chainrule.Program]

OWN_NAME = re.compile(r'\b(?:[npsz]\d+\w*|[xu]|t\d+(?:x\d+)*|judged)\b|(?<![-\w])loss\b|(?<=")p(?=\*")')
"""Names that programs give, not those of operations, and where a pattern of a group begins with one."""

SAID = "renamed_"


def judge(program: RandomProgram, number: int) -> None:
    """Raises Mismatch where another form of the program has other numbers."""
    random, training = Random(number), number % 2 == 1
    feeds = program.batch(program.rows[0], number)
    with tempfile.TemporaryDirectory() as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # values that are not finite, rows that hang on one another
        folder = Path(made)
        load = partial(chainrule.compile, precision="float64", folder=folder, training=training)
        first = load(program.text)
        ours = _numbers(first, feeds)
        written = write(parse(Source("random.graph", program.text))[0])
        first.export(folder / "exported.graph")
        exported = (folder / "exported.graph").read_text(encoding="utf-8")
        for form, text in (("written again", written), ("split", _split(program.text, folder))):
            _same(form, ours, _numbers(load(text), feeds))
        if "_like(" not in program.text:  # what is drawn hangs on paths
            flat = _numbers(load(exported), feeds)  # what has a dot in its name has another one there
            shared = ours.keys() & flat.keys()
            _same("exported", {what: ours[what] for what in shared}, {what: flat[what] for what in shared})
            _same("renamed", ours, _renamed(load, program.text, first, feeds))
        _near(
            "in another order", program.text, _shuffled(program.text, random), lambda text: _numbers(load(text), feeds)
        )
        if not training:
            _in_parts(first, feeds, program.rows[0])
        if number % 20 == 0:
            _as_python(program, folder)


def _numbers(program: chainrule.Program, feeds: Mapping[str, Any], loss: str = "loss") -> Numbers:
    """The values that the text names, and the gradients of the loss."""
    found = program.grad(loss, feeds)
    named = program.spec.graph.named
    values = {f"value of `{path}`": value for path, value in found.computed.items() if path in named}
    return values | {f"gradient of `{path}`": found[path] for path in found}


def _same(form: str, ours: Numbers, theirs: Numbers) -> None:
    if ours.keys() != theirs.keys():
        raise Mismatch(f"{form}: other values, {sorted(ours.keys() ^ theirs.keys())}")
    for what, value in ours.items():
        if bits(np.asarray(value)) != bits(np.asarray(theirs[what])):
            raise Mismatch(f"{form}: {what} is {np.asarray(value).tolist()}, then {np.asarray(theirs[what]).tolist()}")


def _near(form: str, text: str, other: str, numbers: Callable[[str], Numbers]) -> None:
    ours, theirs = numbers(text), numbers(other)
    scale = max(map(largest, ours.values()))
    for what, value in ours.items():
        if what.startswith("gradient"):

            def multiple(factor: float, of: str, what: str = what) -> Any:
                return np.asarray(numbers(_multiplied(of, factor))[what]) / factor

            own, found = partial(multiple, of=text), partial(multiple, of=other)
            compare_gradient(f"{form}: {what}", value, theirs[what], scale, own, found)
        elif np.asarray(value).dtype.kind == "f":
            compare(f"{form}: {what}", value, theirs[what], scale, GRADIENT)


def _multiplied(text: str, factor: float) -> str:
    """The text of a program whose loss is that many times the one here."""
    return re.sub(r"^loss = (.*)$", rf"loss = (\1) * {factor}", text, flags=re.MULTILINE)


def _split(text: str, folder: Path) -> str:
    """The text without its blocks, which are put into a file of their own."""
    lines = text.splitlines()
    blocks = [line for line in lines if line.startswith("block ")]
    if not blocks:
        return text
    (folder / "blocks.graph").write_text("dim N\n" + "\n".join(blocks) + "\n", encoding="utf-8")
    return "\n".join(['use "blocks.graph"', *(line for line in lines if line not in blocks)]) + "\n"


def _renamed(load: Load, text: str, first: chainrule.Program, feeds: Mapping[str, Any]) -> Numbers:
    """The numbers of the program with other names, under the old ones."""

    def other(name: str) -> str:
        return OWN_NAME.sub(lambda found: SAID + found[0], name)

    program = load(other(text))
    program.params = {other(path): value for path, value in first.params.items()}
    program.states = {other(path): value for path, value in first.states.items()}
    found = _numbers(program, {other(name): value for name, value in feeds.items()}, SAID + "loss")
    return {what.replace(SAID, ""): value for what, value in found.items()}


def _shuffled(text: str, random: Random) -> str:
    lines = text.splitlines()
    random.shuffle(lines)
    return "\n".join(lines) + "\n"


def _in_parts(program: chainrule.Program, feeds: Mapping[str, Any], rows: int) -> None:
    """Values that are said to hang on one row each, or to be means over rows, are those of parts, put together."""
    graph = program.spec.graph
    fed = {declared.index for path, declared in graph.inputs.items() if graph.nodes[declared.index].type.shape}
    named = {path: graph.index[path] for path in graph.named}
    whole, first = program.run(feeds), (rows + 1) // 2
    if rows == 1 or not fed or any(node.operation.fed_as is not None for node in graph.nodes):
        return
    found = dependence_of(graph, fed, named.values())
    halves = [
        program.run({path: each[part] for path, each in feeds.items()}) for part in (slice(first), slice(first, None))
    ]
    for path, number in named.items():
        if path not in whole or found[number] not in (OfRows.ROWS, OfRows.MEAN):
            continue
        if found[number] is OfRows.ROWS:
            together = np.concatenate([half[path] for half in halves])
        else:
            together = (halves[0][path] * first + halves[1][path] * (rows - first)) / rows
        scale = max(largest(value) for value in whole.values())
        compare(f"in parts: value of `{path}`", whole[path], together, scale, GRADIENT)


def _as_python(program: RandomProgram, folder: Path) -> None:
    """The file of Python computes what the program does. An update of several batches can't be written as one."""
    text = re.sub(r"accumulate = \d ; ", "", program.text)
    text = re.sub(
        r"^output judged.*\n", "", text, flags=re.MULTILINE
    )  # most metrics have no form there (docs/proof.md)
    worst = worst_of(partial(chainrule.compile, text, "float64"), folder, fed=program.batches())
    for what, off in worst.items():
        if off > (1e-13 if what in ("outputs", "gradients") else 1e-6):
            raise Mismatch(f"as a file of Python: {what} are off by {off:.3g}")
