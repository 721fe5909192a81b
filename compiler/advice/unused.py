"""What nothing needs: params that learn nothing, nodes and names that nobody asks for."""

from collections.abc import Iterator

from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Span
from ...grammar.syntax import Block, Const, Dim, Expect, Module, Name, Node, Output, Section, Statement
from ..elaborate.order import first_name, names_in, paths_in, used_names, used_paths
from ..library.shipped import is_shipped
from . import faults
from .adviser import Adviser


def unreached_params(adviser: Adviser) -> Iterator[Diagnostic]:
    """Params whose gradient is always 0, because no real value leads from them to what is minimised."""
    train, nodes = adviser.spec.train, adviser.nodes
    if train is None:
        return
    reached = [False] * len(nodes)
    reached[train.minimize] = True
    for number in range(train.minimize, -1, -1):
        node = nodes[number]
        if reached[number] and node.operation.vjp is not None:
            for operand in node.inputs:
                reached[operand] = reached[operand] or nodes[operand].type.kind == "real"
    for path, declaration in adviser.graph.params.items():
        if not reached[declaration.index]:
            yield adviser.at(faults.UNREACHED_PARAM, declaration.index, name=path)


def unused_nodes(adviser: Adviser) -> Iterator[Diagnostic]:
    """Nodes, inputs and (without `train`) params that feed nothing and are asked for by nobody."""
    spec, graph = adviser.spec, adviser.graph
    used = {operand for node in adviser.nodes for operand in node.inputs}
    used.update(graph.outputs)
    used.update(number for claim in spec.claims for number in (claim.left, claim.right))
    used.update(_claimed(adviser))
    train = spec.train
    if train is not None:
        used |= {train.minimize, *train.metrics.values(), *train.matrices.values()}
    without = [
        (number, node) for number, node in enumerate(graph.nodes) if number not in used and node.path in graph.named
    ]
    of_file, of_blocks = _owners(adviser.module) if without else (set[str](), set[str]())
    for number, node in without:
        _, dot, last = node.path.rpartition(".")
        if last in (of_blocks if dot else of_file):
            continue
        if node.span is not None and is_shipped(node.span.source.name):
            continue  # a block has more values than a call needs: the cells of an LSTM
        if train is None or node.path not in graph.params:
            yield adviser.at(faults.UNUSED_NODE, number, name=node.path)


def _owners(module: Module) -> tuple[set[str], set[str]]:
    """Names of which something else is used than the value: a param by its path, a copy, the call that one is like.

    Those of the file, and those of its blocks.
    """
    of_file = {first_name(path) for each in module.statements for path in used_paths(each)}
    sections = (each for each in module.statements if isinstance(each, Section))
    of_file |= {first_name(path) for each in sections for entry in each.entries for path in paths_in(entry.value)}
    blocks = [each for each in module.statements if isinstance(each, Block)]
    of_blocks = {first_name(path) for block in blocks for each in block.body for path in used_paths(each)}
    returned = (value for block in blocks if block.result for value in block.result.values)
    return of_file, of_blocks | {first_name(path) for value in returned for path in paths_in(value)}


def _claimed(adviser: Adviser) -> Iterator[int]:
    """Nodes that the text of a claim names: of `d(L)/d(a)` no node needs to be left that reads `L`."""
    index = adviser.spec.full.index if adviser.spec.claims else {}
    for statement in adviser.module.statements:
        if isinstance(statement, Expect):
            paths = (path for side in (statement.left, statement.right) for path in paths_in(side))
            yield from (index[path] for path in paths if path in index)


# --- names ------------------------------------------------------------------------------------------------------


def unused_names(adviser: Adviser) -> Iterator[Diagnostic]:
    """Dims and consts that stand nowhere else in a file; one without nodes has its consts for those that use it."""
    module = adviser.module
    declared = [each for each in module.statements if isinstance(each, Dim | Const)]
    if not declared or not any(isinstance(each, Node | Output) for each in module.statements):
        return
    unseen = _unmentioned({name.name for each in declared for name in _names_of(each)}, module)
    if not unseen:
        return
    inside = _mentioned_in_blocks(module)
    for statement in declared:
        what = "dim" if isinstance(statement, Dim) else "const"
        for name in _names_of(statement):
            seen_in_blocks = what == "const" and name.name in inside  # blocks don't see dims: `N` there is another
            if name.name in unseen and not seen_in_blocks:
                span = Span(module.source, name.start, name.stop)
                hint = faults.advised(faults.UNUSED_NAME)
                yield faults.UNUSED_NAME.at(span, hint=hint, what=what, name=name.name)


def _names_of(statement: Dim | Const) -> tuple[Name, ...]:
    return statement.names if isinstance(statement, Dim) else (statement.name,)


def _unmentioned(names: set[str], module: Module) -> set[str]:
    """Those of some names that stand nowhere outside of blocks."""
    unseen = set(names)
    for statement in module.statements:
        unseen.difference_update(_mentioned(statement))
        if not unseen:
            break
    return unseen


def _mentioned(statement: Statement) -> Iterator[str]:
    """Names of values that a statement uses, sections and claims among them, blocks not."""
    yield from used_names(statement)
    if isinstance(statement, Section):
        for entry in statement.entries:
            yield from names_in(entry.value)
    if isinstance(statement, Expect):
        for side in (statement.left, statement.right, statement.within):
            if side is not None:
                yield from names_in(side)


def _mentioned_in_blocks(module: Module) -> set[str]:
    blocks = (statement for statement in module.statements if isinstance(statement, Block))
    return {name for block in blocks for name in _mentioned_inside(block)}


def _mentioned_inside(block: Block) -> Iterator[str]:
    """Names that the text of a block uses."""
    for parameter in block.parameters:
        sizes = (parameter.type and parameter.type.sizes) or ()
        for expression in (*sizes, parameter.default):
            if expression is not None:
                yield from names_in(expression)
    for statement in block.body:
        yield from used_names(statement)
    for value in block.result.values if block.result else ():
        yield from names_in(value)
