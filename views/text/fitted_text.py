"""What the fitted columns of a model hold: as a table, and as differences between two models."""

from collections.abc import Iterator
from typing import cast

from ...compiler.graph.diff_sections import NOTHING, Change
from ...grammar.diagnostic import shown
from ...runtime.data.fitted.held import Held, same, text_of, values_text
from .json_values import Json
from .terminal import table

HEADER = ("column", "fitted by", "holds, of the rows trained on")


def fitted_text(held: Held) -> str:
    """A line for each fitted step of each column."""
    rows = [(shown(name), each.how, values_text(each)) for name, steps in held.items() for each in steps]
    return table(HEADER, rows, left=3)


def fitted_changes(before: Held, after: Held) -> Iterator[Change]:
    """Columns that hold something else in the second model; nothing where one of them holds nothing at all."""
    if not (before and after):
        return
    for name in dict.fromkeys((*before, *after)):
        one, other = before.get(name, ()), after.get(name, ())
        if same(one, other):
            continue
        texts = [text_of(steps) or NOTHING.text for steps in (one, other)]
        if texts[0] == texts[1]:
            texts = [text_of(steps, exact=True) for steps in (one, other)]
        yield Change(f"fitted {name}", *texts)


def fitted_document(held: Held) -> dict[str, Json]:
    """What columns hold as JSON: a list of steps for each."""
    return {name: [cast("Json", each.as_json()) for each in steps] for name, steps in held.items()}
