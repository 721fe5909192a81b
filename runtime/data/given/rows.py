"""What a script gives to train on: rows by name, and test rows."""

from collections.abc import Iterable, Mapping
from typing import cast

from ....compiler.graph.graph import Graph
from ....grammar.diagnostic import shown
from ....grammar.spec_error import SpecError
from ...training_faults import NOT_BY_NAME
from ..columns import Table
from ..datasets import GIVEN, GIVEN_TEST
from ..foreign import described
from .by_column import check_names, columns_of
from .faults import TEST_ALONE, TEST_VALUES
from .gathered import comes_in_parts, gathered
from .table import given_table


def given_rows(data: object, named: Mapping[str, object], graph: Graph) -> Table | None:
    """Rows of a mapping, a table or an iterator, and of keywords, which win; None where nothing is given.

    Raises SpecError.
    """
    if data is None and not named:
        return None
    return given_table(_by_name(data, named, graph), graph)


def given_tables(data: object, named: Mapping[str, object], test: object, graph: Graph) -> dict[str, Table]:
    """The same, and test rows, by the names that they have among sections. Raises SpecError."""
    if data is None and not named:
        if test is not None:
            raise SpecError([TEST_ALONE.at(None)])
        return {}
    rows = _by_name(data, named, graph)
    tables = {GIVEN: given_table(rows, graph)}
    if test is not None:
        tables[GIVEN_TEST] = given_table(_test_rows(test, rows, graph), graph)
    return tables


def _by_name(data: object, named: Mapping[str, object], graph: Graph) -> dict[str, object]:
    check_names(named, graph)
    if data is None:
        return dict(named)
    columns = columns_of(data)
    if columns is None and comes_in_parts(data):
        columns = cast("dict[str, object]", gathered(cast("Iterable[object]", data), graph))
    if columns is None:
        hint = f"the names are: {', '.join(map(shown, graph.inputs))}"
        raise SpecError([NOT_BY_NAME.at(None, what=described(data), hint=hint)])
    rows = {**columns, **named}
    if not any(name in graph.inputs for name in rows):
        check_names(rows, graph)
    return rows


def _test_rows(test: object, rows: Mapping[str, object], graph: Graph) -> dict[str, object]:
    if not isinstance(test, tuple) or hasattr(test, "_fields"):
        return _by_name(test, {}, graph)
    if len(test) != len(rows):
        names = ", ".join(f"`{shown(name)}`" for name in rows)
        raise SpecError([TEST_VALUES.at(None, count=len(test), names=names)])
    return dict(zip(rows, test, strict=True))
