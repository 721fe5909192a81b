"""Columns by name, of whatever a script has: a mapping, a data frame of any library, an array of records."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ....compiler.graph.graph import Graph
from ....grammar.spec_error import SpecError
from ....grammar.suggestion import suggestion
from ...training_faults import UNKNOWN_INPUT


def columns_of(given: object) -> dict[str, Any] | None:
    """The columns of a mapping or a table, by name; None for what has no names.

    Of a table of another library it asks what it calls its columns, and takes each by its name: an array, or what
    NumPy makes one of.
    """
    if isinstance(given, Mapping) or hasattr(given, "keys"):
        return {**given}  # type: ignore[dict-item]  # what has keys can be unpacked
    names = _names(given)
    return None if names is None else {name: given[name] for name in names}  # type: ignore[index]  # a table


def check_names(named: Mapping[str, object], graph: Graph) -> None:
    """Raises SpecError at a name that no input has."""
    for name in named:
        if name not in graph.inputs:
            raise SpecError([UNKNOWN_INPUT.at(None, name=name, hint=suggestion(name, graph.inputs, what="inputs"))])


def _names(given: Any) -> list[str] | None:
    """What a table calls its columns; None for what is none."""
    if isinstance(given, np.ndarray):
        return None if given.dtype.names is None else list(given.dtype.names)
    for names in (getattr(given, "columns", None), getattr(given, "column_names", None)):
        if isinstance(names, Iterable) and all(isinstance(name, str) for name in names):
            return list(names)
    if hasattr(given, "__dataframe__"):
        return list(given.__dataframe__().column_names())
    return None
