"""Blocks checked by themselves, called or not: names, arguments, circles of calls."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from ...grammar.diagnostic import Note
from ...grammar.syntax import Block, Dots, Name
from .. import faults
from ..elaborate.budget import Limits
from ..elaborate.circles import circles
from ..elaborate.draft import Draft
from ..elaborate.expressions.evaluate import argument_of, value_of
from ..elaborate.expressions.literals import DOTS
from ..elaborate.order import circle_text, functions_in, names_in
from ..elaborate.reporter import Reporter, span_of
from ..elaborate.scope import FAILED, UNKNOWN, BlockValue, Scope, Site, Unit, Value
from ..elaborate.settings import Settings
from ..library.shipped import as_shipped
from ..ops.table import find
from .block_arguments import unknown_of
from .call_sizes import Lookup, block_size, expressions_of, varies
from .expand import Expander


def check_blocks(unit: Unit, reporter: Reporter, limits: Limits) -> None:
    """Reports what is wrong with the blocks of a file whatever they are called with, and takes their sizes down.

    Blocks on a circle of calls count as broken from here on: calls of them stay quiet. The bodies of blocks that come
    with chainrule hold for all specs (tests/compiler/library looks at them) and are passed over.
    """
    blocks = {name: value.block for name, value in unit.blocks.items() if value.unit is unit}
    for name in _by_use(blocks, unit, reporter):
        callee = _callees(blocks[name], unit)
        unit.block_sizes[name] = block_size(blocks[name], callee)
        if varies(blocks[name], callee):
            unit.varying_blocks.add(name)
    if as_shipped(unit.source):
        return
    for name, block in blocks.items():
        if name not in unit.broken_blocks:
            _check_body(BlockValue(block, unit), reporter, limits)


def _check_body(value: BlockValue, reporter: Reporter, limits: Limits) -> None:
    """Elaborates a block with arguments of which nothing is known, so that only what is always wrong is found."""
    block, unit, path = value.block, value.unit, value.block.name.name
    scope = Scope(unit, path)
    site, expander = Site(scope, unit.source, reporter), Expander(expands=False)
    draft = Draft(reporter, Settings(), limits, expander)
    for parameter in block.parameters:
        sizes = parameter.type.sizes or () if parameter.type else ()
        dots = [pattern for pattern in sizes if isinstance(pattern, Dots)]
        if dots:
            scope.values[DOTS] = FAILED
        for second in dots[1:]:
            site.tell(faults.DOTS_TWICE, second)
            unit.broken_blocks.add(block.name.name)
        for pattern in sizes:
            unknown_of(pattern, site)
            for name in names_in(pattern):
                scope.values[name] = FAILED
                scope.places.setdefault(name, site.span(pattern))
        if parameter.default is not None:
            argument_of(draft, site, parameter.default, path)
        draft.define(parameter.name, UNKNOWN, site)
    expander.body(draft, value, site)
    for expression in block.result.values if block.result else ():
        value_of(draft, site, expression, path)


def _callees(block: Block, unit: Unit) -> Lookup:
    """What the names of a block's calls stand for; of what is passed in nothing is known."""
    passed = {parameter.name.name for parameter in block.parameters}

    def callee(name: Name) -> Value | None:
        if name.name in passed:
            return None
        alias, _, inner = name.name.rpartition(".")
        owner = unit.aliases.get(alias) if alias else unit
        return (owner.blocks.get(inner) if owner else None) or find(name.name)

    return callee


# --- circles ----------------------------------------------------------------------------------------------------


def _by_use(blocks: Mapping[str, Block], unit: Unit, reporter: Reporter) -> list[str]:
    """The blocks so that each stands after those that it calls; none where some call themselves, which is reported."""
    calls = {name: _calls(block, blocks) for name, block in blocks.items()}
    try:
        return list(TopologicalSorter(calls).static_order())
    except CycleError:
        names = list(blocks)
        numbers = {name: number for number, name in enumerate(names)}
        edges = [(numbers[used], numbers[user]) for user, found in calls.items() for used in found]
        for circle, knot in circles(range(len(names)), edges):
            _report([names[number] for number in circle], blocks, calls, unit, reporter)
            unit.broken_blocks |= {names[number] for number in knot}
        return []


def _calls(block: Block, blocks: Mapping[str, Block]) -> dict[str, Name]:
    """The blocks that a block calls, and where it first does."""
    passed = {parameter.name.name for parameter in block.parameters}
    found: dict[str, Name] = {}
    for expression in expressions_of(block):
        for function in functions_in(expression):
            if function.name in blocks and function.name not in passed:
                found.setdefault(function.name, function)
    return found


def _report(
    circle: list[str],
    blocks: Mapping[str, Block],
    calls: Mapping[str, Mapping[str, Name]],
    unit: Unit,
    reporter: Reporter,
) -> None:
    notes = [
        Note(f"`{user}` calls it here", span_of(unit.source, calls[user][used]))
        for user, used in zip(circle, [*circle[1:], circle[0]], strict=True)
    ]
    place = span_of(unit.source, blocks[circle[0]].name)
    reporter.report(faults.BLOCK_CIRCLE, place, name=circle[0], circle=circle_text(circle), notes=notes[:5])
