"""The texts of docs/operations.md and docs/settings.md, made from the tables that the checker reads."""

import math
from collections.abc import Iterable, Iterator, Mapping

from ...compiler.elaborate.calls.checked_calls import out_of_range, wanted_text
from ...compiler.graph.signatures import (
    ARRANGED,
    FITTED,
    GENERATORS,
    GROUPS,
    INITIALISERS,
    OPTIMISERS,
    READERS,
    REPORTS,
    SCHEDULES,
    SHARES,
    STOPS,
    ArgumentValue,
    Parameter,
    Signature,
    of_a_column,
)
from ...compiler.ops.attribute import Attribute, attribute_text
from ...compiler.ops.operation import Operation
from ...compiler.ops.table import OPERATIONS
from ...runtime.data.readers.datasets import PACKAGED
from ..text.datasets_text import LAYOUT, t_text, x_text

OPERATIONS_HEAD = """# Operations

Made from the table of operations; `chainrule show ops` prints the same on a terminal. Arguments are given by position
or by keyword; those with a default or in brackets may be left out. A hyphen may be written as `_`: `softmax_loss(...)`.

Operands broadcast as NumPy's do, and a gradient is summed back to its operand's own shape. An `int` value among real
ones is converted, and no gradient goes to it.
"""

ROLES = {
    "operation": ("Operations", "Each has a gradient, which is made of operations too."),
    "metric": (
        "Metrics",
        "They have no gradient: they stand in `metrics` of a `train` section, in claims, and in nodes.",
    ),
}

SETTINGS_HEAD = """# Initialisers, optimisers, readers and other settings

Made from the table of signatures that the checker reads. Arguments are given by position or by keyword; those with a
default may be left out, and so may those in brackets, which then have no value. Where all may be left out, the bare
name will do: `schedule = cosine`, `init = he`.
"""

SETS_HEAD = """## Data sets

`dataset("iris", "x")` reads a column of a set that an installed package ships: `pip install 'chainrule[data]'` brings
these. `chainrule show data` says which are there. Rows of `mnist5k`, `iris` and `wine` are sorted by class;
`hold_out` shuffles them before it takes any.
"""

OWN_SETS_HEAD = """One's own sets lie in the folder that the environment variable `CHAINRULE_DATA` names, and go
before those of packages. `chainrule show data` lists them with their columns.
"""

SECTIONS: tuple[tuple[str, str, Mapping[str, Signature]], ...] = (
    (
        "Initialisers",
        "What a `param` starts from. Unless given, `fan` and `fan_in` are the shape's first axis, `fan_out` its last.",
        INITIALISERS,
    ),
    ("Optimisers", "`optimizer` of `train`. `g` is the gradient of the parameter `p`.", OPTIMISERS),
    (
        "Groups",
        "`groups` of `train`: what holds for some params. In a pattern `*` stands for any characters, dots too.",
        GROUPS,
    ),
    ("Schedules", "`schedule` of `train`: what the rate is multiplied by as training goes on.", SCHEDULES),
    ("Stop rules", "`stop` of `train`. Without one, training ends after its epochs or steps.", STOPS),
    ("Rows", "`hold_out`, `validate` and `rows` of `train`, in place of a share that is drawn.", SHARES),
    ("Reports", "`report` of `train`. Without one, the metrics are taken once an epoch.", REPORTS),
    ("Readers", "Columns of `data`. Paths are relative to the spec and may lead anywhere.", READERS),
    (
        "Generators",
        "Columns of `data` that are drawn; calls that differ in `column` alone go together.",
        GENERATORS,
    ),
    (
        "Fitted columns",
        "Columns of `data` whose numbers come from the rows that are trained on, and are kept with the model.",
        {name: of_a_column(each) for name, each in FITTED.items()},
    ),
    (
        "Rows that overlap",
        "Columns of `data` that are made of rows of another.",
        {name: of_a_column(each) for name, each in ARRANGED.items()},
    ),
)


# --- operations -------------------------------------------------------------------------------------------------


def operations_page() -> str:
    """The text of docs/operations.md."""
    parts = [OPERATIONS_HEAD]
    for role, (title, about) in ROLES.items():
        rows = (
            _operation(operation) for operation in OPERATIONS.values() if operation.written and operation.role == role
        )
        parts.append(f"## {title}\n\n{about}\n\n{_table(('call', 'value', 'to know'), rows)}")
    return "\n".join(parts)


def _operation(operation: Operation) -> tuple[str, ...]:
    written = [attribute for attribute in operation.attributes if attribute.written]
    by_name = [f"[{each}]" for each in OPERATIONS[operation.weighted].by_name] if operation.weighted else []
    call = f"{operation.name}({', '.join([*operation.parameters, *map(_attribute, written), *by_name])})"
    return f"`{call}`", f"`{operation.formula}`", operation.doc


def _attribute(attribute: Attribute) -> str:
    if attribute.default is not None:
        return f"{attribute.name} = {attribute_text(attribute.default)}"
    return attribute.name if attribute.required else f"[{attribute.name}]"


# --- settings ---------------------------------------------------------------------------------------------------


def settings_page() -> str:
    """The text of docs/settings.md."""
    return "\n".join([SETTINGS_HEAD, *(_section(*section) for section in SECTIONS), SETS_HEAD, *_sets()])


def _sets() -> Iterator[str]:
    """The tables of data sets."""
    named = ((f"`{name}`", x_text(each), t_text(each), each.package) for name, each in PACKAGED.items())
    yield _table(("name", "x", "t", "package"), named)
    yield OWN_SETS_HEAD
    yield _table(("looked for, in this order", "holds"), ((f"`{file}`", holds) for file, holds in LAYOUT))


def _section(title: str, about: str, table: Mapping[str, Signature]) -> str:
    calls = ((f"`{_call(signature)}`", signature.doc) for signature in table.values())
    parts = [f"## {title}\n\n{about}\n\n{_table(('call', 'meaning'), calls)}"]
    if arguments := list(_arguments(table.values())):
        parts.append(_table(("argument", "takes"), arguments))
    return "\n".join(parts)


def _call(signature: Signature) -> str:
    return f"{signature.name}({', '.join(map(_parameter, signature.parameters))})"


def _parameter(parameter: Parameter) -> str:
    if parameter.required:
        return parameter.name
    return f"[{parameter.name}]" if parameter.default is None else f"{parameter.name} = {_short(parameter.default)}"


def _short(value: ArgumentValue) -> str:
    return f"{value:g}" if isinstance(value, float) else attribute_text(value)


def _arguments(signatures: Iterable[Signature]) -> Iterator[tuple[str, str]]:
    """Each argument once, with the kind and the range of its values."""
    seen = set()
    for parameter in (parameter for signature in signatures for parameter in signature.parameters):
        wanted = out_of_range(math.nan, parameter)  # which lies in no range
        row = f"`{parameter.name}`", wanted_text(parameter) + (f", {wanted}" if wanted else "")
        if row not in seen:
            seen.add(row)
            yield row


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
