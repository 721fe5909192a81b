"""Blocks checked by themselves, called or not: names, arguments, circles of calls."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from ..grammar.diagnostic import Note
from ..grammar.syntax import Block, Const, Expression, Name, Node, Param
from . import faults
from .circles import circles
from .elaborate import Elaborator
from .evaluation import Evaluation
from .limits import Limits
from .ordering import circle_text, functions_in, names_in
from .patterns import unknown_of
from .reporter import Reporter, span_of
from .settings import Settings
from .values import FAILED, BlockValue, Scope, Unit


def check_blocks(unit: Unit, reporter: Reporter, limits: Limits) -> None:
    """Reports what is wrong with the blocks of a file whatever they are called with.

    Blocks on a circle of calls count as broken from here on: calls of them stay quiet.
    """
    blocks = [value for value in unit.blocks.values() if value.unit is unit]
    _check_circles(blocks, unit, reporter)
    for value in blocks:
        if value.block.name.name not in unit.broken_blocks:
            _check_body(value, Elaborator(reporter, Settings(), limits))


def _check_body(value: BlockValue, elaborator: Elaborator) -> None:
    """Elaborates a block with arguments of which nothing is known, so that only what is always wrong is found."""
    block, unit, reporter = value.block, value.unit, elaborator.reporter
    path = block.name.name
    scope = Scope(unit, path)
    for parameter in block.parameters:
        for pattern in parameter.type.sizes or () if parameter.type else ():
            unknown_of(pattern, scope, unit.source, reporter)
            for name in names_in(pattern):
                scope.values[name] = FAILED
                scope.places.setdefault(name, span_of(unit.source, pattern))
        if parameter.default is not None:
            Evaluation(elaborator, scope, unit.source, path, path).argument(parameter.default)
        elaborator.define(parameter.name, FAILED, scope, unit.source)
    elaborator.blocks.body(value, scope)
    for expression in block.result.values if block.result else ():
        Evaluation(elaborator, scope, unit.source, path, path).value(expression)


# --- circles ----------------------------------------------------------------------------------------------------


def _check_circles(blocks: list[BlockValue], unit: Unit, reporter: Reporter) -> None:
    numbers = {value.block.name.name: number for number, value in enumerate(blocks)}
    calls: dict[tuple[int, int], Name] = {}
    for user, value in enumerate(blocks):
        passed = {parameter.name.name for parameter in value.block.parameters}
        for function in _functions(value.block):
            if function.name in numbers and function.name not in passed:
                calls.setdefault((numbers[function.name], user), function)
    graph: dict[int, list[int]] = {}
    for used, user in calls:
        graph.setdefault(user, []).append(used)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        for circle, knot in circles(range(len(blocks)), list(calls)):
            _report(circle, blocks, calls, unit, reporter)
            unit.broken_blocks |= {blocks[number].block.name.name for number in knot}


def _report(
    circle: list[int],
    blocks: list[BlockValue],
    calls: dict[tuple[int, int], Name],
    unit: Unit,
    reporter: Reporter,
) -> None:
    names = [blocks[number].block.name for number in circle]
    notes = [
        Note(f"`{blocks[user].block.name.name}` calls it here", span_of(unit.source, calls[used, user]))
        for user, used in zip(circle, [*circle[1:], circle[0]], strict=True)
    ]
    text = circle_text([name.name for name in names])
    reporter.report(
        faults.BLOCK_CIRCLE, span_of(unit.source, names[0]), name=names[0].name, circle=text, notes=notes[:5]
    )


def _functions(block: Block) -> Iterator[Name]:
    """What a block calls by name."""
    for expression in _expressions(block):
        yield from functions_in(expression)


def _expressions(block: Block) -> Iterator[Expression]:
    for parameter in block.parameters:
        if parameter.default is not None:
            yield parameter.default
    for statement in block.body:
        if isinstance(statement, Node | Const | Param):
            yield statement.value
    yield from block.result.values if block.result else ()
