"""A spec as one file of Python that needs numpy alone: forward, gradients and update, as one writes them by hand."""

import re
from collections.abc import Iterator, Sequence

from .arrays import initial_function, rows_function
from .body import Body
from .functions import Functions
from .names import in_docstring
from .raw_rows import raw_functions
from .subject import Subject
from .training import TrainingText

IMPORTS = (
    ("import math\n", "math."),
    ("from pathlib import Path\n", "Path("),
    ("from typing import Any, TypeAlias\n", ""),
)
"""What a file imports where a word stands in it."""


def python_file(subject: Subject) -> str:
    """The whole file; the same one for the same subject."""
    functions = Functions(subject.spec)
    code = "\n\n\n".join(["\n".join(part) for part in _parts(subject, functions)])
    imports = "".join(line for line, word in IMPORTS if word in code)
    aliases = ["Array: TypeAlias = Any  # of numpy, or one of its numbers"]
    if "Weights" in code:
        aliases.append("Weights: TypeAlias = dict[str, Any]  # arrays by name")
    head = "\n".join([*_preface(subject), "", f"{imports}\nimport numpy as np\n", *aliases])
    return "\n\n\n".join([head, *_called_in(code, list(functions.called)), code]) + "\n"


def _preface(subject: Subject) -> Iterator[str]:
    spec = subject.spec
    yield f'"""{in_docstring(spec.title or subject.origin)}'
    yield ""
    yield f"Written by chainrule from {in_docstring(subject.origin)}. It needs numpy alone; numbers are float64."
    if subject.stored:
        yield f"{in_docstring(subject.beside)} has arrays of it, and belongs beside it."
    if subject.loop is not None:
        yield "Run by itself it trains: `train` changes the weights that `initial` gives, and `predict` uses them."
        yield "Rows go into its steps, and random numbers are drawn, as chainrule does it."
    if subject.loop is not None and spec.train is not None and spec.train.stop is not None:
        yield "It takes all steps: the rule by which the spec may stop before is left out."
    yield '"""'


def _parts(subject: Subject, functions: Functions) -> Iterator[list[str]]:
    if functions.held:
        yield list(initial_function(subject))
    lines, predicted = functions.predict()
    yield lines
    inputs = subject.spec.graph.inputs
    needed = [node.path for node in predicted.leaves if node.path in inputs and inputs[node.path].default is None]
    if (prepared := subject.prepared(needed)) is not None:
        yield from raw_functions(functions, prepared, functions.arguments(predicted)[2])
    if subject.spec.train is None:
        if gradients := functions.untrained_gradients():
            yield gradients
        main = _main(functions, predicted)
    else:
        training = TrainingText(functions, subject, subject.spec.train)
        yield from training.parts
        if rows := training.rows(subject.data):
            yield list(rows_function(subject, functions.names, "rows", "The rows of the spec's data", rows))
        if rows := training.rows(subject.held_out, judged=True):
            yield list(rows_function(subject, functions.names, "held_out", "Rows that are not trained on", rows))
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


def _called_in(code: str, sources: Sequence[str]) -> list[str]:
    """Of some functions those that the code calls, or one of them does, each behind those that it calls."""
    kept: list[str] = []
    words = set(re.findall(r"\w+(?=\()", code))
    for source in map(str.strip, reversed(sources)):
        if source.removeprefix("def ").partition("(")[0] in words:
            kept.append(source)
            words |= set(re.findall(r"\w+(?=\()", source))
    return kept[::-1]
