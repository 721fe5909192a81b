"""The lines of a generated step as they run, each with the memory that it reads and writes."""

import ast
import math
from collections.abc import Iterator
from typing import NamedTuple

from ..graph.spec import Precision
from .effects import Effects, effects, expression_effects
from .numpy_step import StepSource
from .regions import ITEM_BYTES, Region, region_of

VIEWS = ("reshape", "swapaxes", "transpose", "view")
"""Methods whose result shares an input's memory; such lines stand before all others."""

DERIVED = ("reshape", "transpose", "bits", "rows", "axes", "part", "method", "address")
"""Kinds of objects that share the memory of another, which their first argument names."""


class Location(NamedTuple):
    """Where an array lies, and the name of the one that it is a view of, if it is one."""

    base: str
    region: Region


class Line(NamedTuple):
    number: int
    reads: tuple[Location, ...]
    writes: tuple[Location, ...]


class RunningLines:
    """The lines of a step in the order in which they run; those of a loop come twice, for parts of its rows.

    `locations` are those of arrays by name, at the line given last. Raises Broken for a line that nobody knows.
    """

    def __init__(self, source: StepSource, precision: Precision) -> None:
        self.locations: dict[str, Location] = {}
        self._objects = {binding.name: binding for binding in source.bindings}
        self._item = ITEM_BYTES[precision]
        for name, kind, arguments in source.bindings:
            region = region_of(name, kind, arguments, precision, lambda base: self.locations[base].region)
            if region is not None:
                base = self.locations[str(arguments[0])].base if kind in DERIVED else name
                self.locations[name] = Location(base, region)
        for number, (_, shape, dtype) in enumerate(source.inputs):
            name = f"x{number}"
            self.locations[name] = Location(name, Region(name, 0, math.prod(shape) * ITEM_BYTES[dtype]))
        body = _body(source.text)
        views = [view for view in map(_view, body) if view is not None]
        for name, base in views:
            self.locations[name] = self.locations[base]
        self._body = body[len(views) :]
        self._first = self._body[0].lineno

    def __iter__(self) -> Iterator[Line]:
        for statement in self._body:
            yield from self._run(statement)

    def _run(self, statement: ast.stmt) -> Iterator[Line]:
        match statement:
            case ast.For(target=ast.Tuple(elts=names), iter=ast.Name(id=blocks), body=body):
                rows, size, count = self._objects[blocks].arguments
                assert isinstance(rows, tuple)
                assert isinstance(size, int)
                assert isinstance(count, int)
                half = size * count * self._item // 2
                for time in range(2):
                    for name, (array, start) in zip(map(ast.unparse, names), rows, strict=True):
                        begin = start * self._item + time * half
                        self.locations[name] = Location(name, Region(array, begin, begin + half))
                    for each in body:
                        yield from self._run(each)
            case ast.If(test=test, body=body):
                yield self._line(statement, expression_effects(test, self._objects))
                for each in body:
                    if each.lineno > statement.lineno:
                        yield from self._run(each)
            case ast.Return():
                yield self._line(statement, Effects((), ()))
            case _:
                yield self._line(statement, effects(statement, self._objects))

    def _line(self, statement: ast.stmt, found: Effects) -> Line:
        reads = tuple([self.locations[name] for name in found.reads if name in self.locations])
        writes = tuple([self.locations[name] for name in found.writes])
        return Line(statement.lineno - self._first, reads, writes)


def _body(text: str) -> list[ast.stmt]:
    """The statements of the function that the text makes."""
    (make,) = ast.parse(text).body
    assert isinstance(make, ast.FunctionDef)
    step = make.body[0]
    assert isinstance(step, ast.FunctionDef)
    return step.body


def _view(statement: ast.stmt) -> tuple[str, str] | None:
    """The names of an input's view and of the input, if that is what a line makes."""
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(value=ast.Name(id=base), attr=how))
        ) if how in VIEWS:
            return name, base
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript(value=ast.Name(id=base), slice=index)) if (
            _is_part(index)
        ):
            return name, base
    return None


def _is_part(index: ast.expr) -> bool:
    return isinstance(index, ast.Slice) or (
        isinstance(index, ast.Tuple) and all(isinstance(each, ast.Slice) for each in index.elts)
    )
