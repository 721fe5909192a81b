"""A spec as one file of Python that needs numpy alone: forward, gradients and update, as one writes them by hand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .arrays import initial_function, rows_function
from .body import Body
from .dialect import NUMPY, Dialect
from .functions import Functions
from .names import in_docstring
from .raw_rows import raw_functions
from .subject import Subject
from .training import TrainingText

IMPORTS = (
    ("import itertools\n", "itertools."),
    ("import math\n", "math."),
    ("import zlib\n", "zlib."),
    ("from pathlib import Path\n", "Path("),
    ("from typing import Any, TypeAlias\n", ""),
)
"""What a file imports where a word stands in it."""


TEXTS = re.compile(r'(?<![f"])"(?:[^"\\\n]|\\.)+"|#.*')
"""Texts and comments, in which words mean nothing."""


@dataclass(frozen=True)
class Layout:
    """How a file is laid out: its library, what its preface says of that, and how a training is written.

    `libraries` are imported where a word stands in the file, `opening` are lines behind the imports.
    """

    needs: str
    repeats: str
    libraries: Sequence[tuple[str, str]]
    opening: Sequence[str]
    dialect: Dialect = NUMPY
    training: type[TrainingText] = TrainingText


NUMPY_LAYOUT = Layout(
    "It needs numpy alone; numbers are float64.",
    "Rows go into its steps, and random numbers are drawn, as chainrule does it.",
    (("import numpy as np\n", ""),),
    ("Array: TypeAlias = Any  # of numpy, or one of its numbers",),
)


def python_file(subject: Subject, layout: Layout = NUMPY_LAYOUT) -> str:
    """The whole file; the same one for the same subject."""
    functions = Functions(subject.spec, layout.dialect)
    code = "\n\n\n".join(["\n".join(part) for part in _parts(subject, functions, layout)])
    return whole_file(subject, layout, functions, code)


def whole_file(subject: Subject, layout: Layout, functions: Functions, code: str) -> str:
    """A file of such code, with what that calls and imports before it."""
    called = called_in(code, list(functions.called))
    text = TEXTS.sub("", "\n".join([*called, code, *layout.opening]))
    imports, libraries = (
        "".join(line for line, word in table if re.search(rf"(?<!\w){re.escape(word)}", text))
        for table in (IMPORTS, layout.libraries)
    )
    aliases = [*layout.opening]
    if "Weights" in code:
        aliases.append("Weights: TypeAlias = dict[str, Any]  # arrays by name")
    head = "\n".join([*_preface(subject, layout), "", f"{imports}\n{libraries}", *aliases])
    return "\n\n\n".join([head, *called, code]) + "\n"


def _preface(subject: Subject, layout: Layout) -> Iterator[str]:
    spec = subject.spec
    yield f'"""{in_docstring(spec.title or subject.origin)}'
    yield ""
    yield f"Written by chainrule from {in_docstring(subject.origin)}. {layout.needs}"
    if subject.stored:
        yield f"{in_docstring(subject.beside)} has arrays of it, and belongs beside it."
    if subject.loop is not None:
        yield "Run by itself it trains: `train` changes the weights that `initial` gives, and `predict` uses them."
        yield layout.repeats
    if subject.loop is not None and spec.train is not None and spec.train.stop is not None:
        yield "It takes all steps: the rule by which the spec may stop before is left out."
    yield '"""'


def _parts(subject: Subject, functions: Functions, layout: Layout) -> Iterator[list[str]]:
    if functions.held:
        yield list(initial_function(subject, functions.dialect))
    lines, predicted = functions.predict()
    yield lines
    inputs = subject.spec.graph.inputs
    needed = [node.path for node in predicted.leaves if node.path in inputs and inputs[node.path].default is None]
    if (prepared := subject.prepared(needed)) is not None:
        held = "weights: Weights"
        yield from raw_functions(functions, prepared, held if held in functions.arguments(predicted)[0] else "")
    if subject.spec.train is None:
        if gradients := functions.untrained_gradients():
            yield gradients
        main = _main(functions, predicted)
    else:
        training = layout.training(functions, subject, subject.spec.train)
        yield from training.parts
        if rows := training.rows(subject.data):
            yield list(rows_function(subject, functions, "rows", "The rows of the spec's data", rows))
        if rows := training.rows(subject.held_out, judged=True):
            yield list(rows_function(subject, functions, "held_out", "Rows that are not trained on", rows))
        main = training.main()
    if main:
        yield main


def _main(functions: Functions, predicted: Body) -> list[str]:
    """What the file does by itself: it prints the outputs, where their inputs have defaults."""
    required, _, _ = functions.arguments(predicted)
    if required not in ([], ["weights: Weights"]):
        return []
    return [
        'if __name__ == "__main__":',
        f"    for name, value in predict({'initial()' if required else ''}).items():",
        '        print(f"{name} = {value}")',
    ]


def called_in(code: str, sources: Sequence[str]) -> list[str]:
    """Of some functions those that the code calls, or one of them does, each behind those that it calls."""
    kept: list[str] = []
    words = set(re.findall(r"\w+(?=\()", code))
    for source in map(str.strip, reversed(sources)):
        if source.removeprefix("def ").partition("(")[0] in words:
            kept.append(source)
            words |= set(re.findall(r"\w+(?=\()", source))
    return kept[::-1]
