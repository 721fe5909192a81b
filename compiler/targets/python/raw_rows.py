"""Functions of a file that take raw rows, as a table has them: columns by name, to the inputs and to answers."""

from ...graph.graph import Node
from ..preparation import Preparation, RawColumn
from .body import Leaf, Request, body_of
from .dialect import COLUMNS, NUMPY, QUIET
from .functions import RESERVED, Functions, called_by
from .names import Names, in_docstring, quoted

OWN = ("columns", "inputs", "answer", "numbers", "coded", "complete")
"""Names of these functions."""

HELPERS = (
    '''
def numbers(values: Any) -> Array:
    """A column of raw rows as numbers; where one is missing (None, an empty text), NaN."""
    return np.array([np.nan if value is None or value == "" else float(value) for value in values], np.float64)
''',
    '''
def coded(values: Any, name: str, classes: list[Any], missing: Any = None, other: int | None = None) -> Array:
    """A column of raw rows as the numbers of its classes."""
    places = {each: number for number, each in enumerate(classes)}
    found = []
    for row, value in enumerate(values, 1):
        lacks = value is None or value == "" or (isinstance(value, float) and np.isnan(value))
        value = missing if lacks else value
        place = places.get(value.strip() if isinstance(value, str) else value, other)
        if place is None or value is None:
            raise ValueError(f"row {row} of {name}: {value!r} is none of {classes}")
        found.append(place)
    return np.array(found, np.int64)
''',
    '''
def complete(values: Array, name: str) -> Array:
    """The values of an input, all of which are there."""
    wrong = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
    if len(wrong):
        raise ValueError(f"row {wrong[0] + 1} lacks a value of {name}")
    return values
''',
)
"""Sources of what they call."""


def raw_functions(functions: Functions, prepared: Preparation, held: str) -> list[list[str]]:
    """`inputs(columns)` and `answer(weights, columns)`; `held` is the argument with the weights, if there is one."""
    dialect = NUMPY if functions.dialect is NUMPY else COLUMNS
    names = Names([*RESERVED, *called_by(dialect), *OWN])
    targets = dict(prepared.inputs)
    leaf: Leaf = lambda node, name: _column(prepared, node)  # noqa: E731  # a name for its type
    body = body_of(Request(prepared.graph, targets, leaf, {}, {}, {}, dialect), names)
    functions.called |= dict.fromkeys((*HELPERS, *body.functions))
    given = {path: f"complete({text}, {quoted(path)})" for path, text in body.results.items()}
    results = ", ".join(f"{quoted(functions.names.of(path))}: {text}" for path, text in given.items())
    known = ", ".join(f"`{each.source}`" for each in {each.source: each for each in prepared.columns.values()}.values())
    head = [
        QUIET,
        "def inputs(columns: Any) -> dict[str, Array]:",
        '    """The inputs of `predict` from raw rows: columns by name, as a CSV file or a data frame has them.',
        "",
        *_wrapped(in_docstring(f"The columns are {known}.")),
        '    """',
    ]
    first, typed = (f"{held.partition(':')[0]}, ", f"{held}, ") if held else ("", "")
    return [
        [*head, *(f"    {line}" for line in body.lines), f"    return {{{results}}}"],
        [
            f"def answer({typed}columns: Any) -> dict[str, Array]:",
            '    """The outputs for raw rows."""',
            f"    return predict({first}**inputs(columns))",
        ],
    ]


def _column(prepared: Preparation, node: Node) -> str:
    """How a column of raw rows is had."""
    column = prepared.columns[node.path]
    values = f"columns[{quoted(column.source)}]"
    if column.classes is None:
        return f"numbers({values})"
    if column.classes and isinstance(column.classes[0], int):
        values = f"numbers({values})"
    return f"coded({values}, {quoted(column.source)}, {_listed(column)})"


def _listed(column: RawColumn) -> str:
    classes = ", ".join(quoted(each) if isinstance(each, str) else str(each) for each in column.classes or ())
    missing = "" if column.missing is None else f", missing={quoted(column.missing)}"
    other = "" if column.other is None else f", other={column.other}"
    return f"[{classes}]{missing}{other}"


def _wrapped(text: str) -> list[str]:
    lines, line = [], "   "
    for word in text.split(" "):
        if len(line) + len(word) > 100:
            lines.append(line)
            line = "   "
        line += f" {word}"
    return [*lines, line]
