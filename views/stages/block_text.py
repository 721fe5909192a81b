"""A graph as text of the language in which what is repeated stands in blocks, with params of its own for each copy."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...compiler.graph.graph import Graph
from ...compiler.graph.repeated import INLINED, Body, Operand, Run, repeated, written
from ...compiler.graph.signatures import INITIALISERS
from ...compiler.ops.table import find
from ...compiler.shape import Linear, Type
from ...grammar.expression_text import expression_text
from .block_names import SharedNames, unique
from .graph_text import FlatWriter, annotation, expression_of, legal_name, name_of, param_text, value_of


def block_text(graph: Graph, outputs: Mapping[str, int], called: Mapping[int, str]) -> tuple[str, dict[str, str]]:
    """The text, as `graph_text` writes it but for what is repeated; and by path of a param what its path is there.

    `called` is what nodes are called in the program that the graph comes from: blocks, copies, and what is in them,
    have names of what those share, `encoder` of `encoder.0.bias` and `encoder.1.bias`.
    """
    writer = _BlockWriter(graph, outputs, called)
    statements = list(writer.statements())
    blocks = [line for block in writer.blocks for line in (*block.lines(block.name), "")]
    return "\n".join([*writer.preface(), *blocks, *statements, *writer.last()]) + "\n", writer.paths


@dataclass
class _Scope:
    """What a body's operands are called in the file or in a block, where some names are taken, and what the program
    that the graph comes from calls nodes, without what all of them share."""

    body: Body
    names: dict[Operand, str]
    taken: set[str]
    called: Mapping[int, str]

    def name(self, wanted: str) -> str:
        """A name that nothing else has."""
        return unique(wanted, self.taken.__contains__, self.taken.add)


@dataclass
class _Block:
    """A block: `order` are the arguments of its body as they are called, `sizes` dims that are given behind them,
    `params` those that it declares itself."""

    name: str
    header: str
    text: tuple[str, ...]
    order: tuple[int, ...]
    sizes: tuple[str, ...]
    params: Mapping[int, str]
    calls: list[tuple[Run, "_Block", list[str]]] = field(default_factory=list)
    """Runs in it, with the paths of their copies."""

    def lines(self, name: str) -> tuple[str, ...]:
        """The whole block under a name."""
        return (f"block {name}({self.header}) {{", *(f"  {line}" for line in self.text), "}")


class _BlockWriter(FlatWriter):
    def __init__(self, graph: Graph, outputs: Mapping[str, int], called: Mapping[int, str]) -> None:
        super().__init__(graph, outputs, {})
        updates = [number for number in self.rules if number not in self.read]
        leaves = {*self.inputs, *self.params, *self.states, *updates}
        plain = [
            number
            for number, node in enumerate(graph.nodes)
            if number in self.names and self.needed[number] and number not in leaves
            and (node.operation.role != "leaf" or node.operation in INLINED)
        ]  # fmt: skip
        asked = {*graph.outputs, *outputs.values(), *self.rules}
        asked |= {written(graph, operand) for number in updates for operand in graph.nodes[number].inputs}
        body = repeated(graph, plain, asked, called)
        self.blocks: list[_Block] = []
        self._known: dict[tuple[str, ...], _Block] = {}
        self._callables: set[str] = set()
        inside = {body.nodes[0][place] for run in body.runs for place in run.places}
        owned = {number for run in body.runs for row in run.body.params for number in row}
        results = {body.nodes[0][place] for run in body.runs for place in _results(run)}
        shown = {number for number in self.names if (number not in inside or number in results) and number not in owned}
        names = {Operand("node", place): self.names[number] for place, number in enumerate(plain) if number in shown}
        names |= {Operand("param", place): self.names[row[0]] for place, row in enumerate(body.params)}
        names |= {Operand("argument", place): self.names[number] for place, number in enumerate(body.arguments)}
        taken = {*graph.dims, *(self.names[number] for number in shown), *map(legal_name, outputs)}
        self.scope = _Scope(body, names, taken, called)
        self.hidden = inside | owned
        self.copies = {body.nodes[0][place]: copy for place, copy in _copies(body).items()}
        self.paths = {node.path: self.names[number] for number, node in enumerate(graph.nodes) if number in self.params}

    def statements(self) -> Iterator[str]:
        made: dict[int, tuple[_Block, list[str]]] = {}
        for number in range(len(self.graph.nodes)):
            if number in self.copies:
                run, copy = self.copies[number]
                if not copy:
                    made[id(run)] = block, paths = self._block(run, self.scope)
                    self._place(run, block, [""], paths)
                yield from self._call(run, copy, *made[id(run)], self.scope)
            elif number not in self.hidden:
                yield from self.statement(number)

    # --- calls --------------------------------------------------------------------------------------------------

    def _call(self, run: Run, copy: int, block: _Block, paths: Sequence[str], scope: _Scope) -> Iterator[str]:
        """The statement that makes a copy; of a chain the first makes them all."""
        if run.carried is not None and copy:
            return
        first, *others = (scope.names[run.arguments[number][copy]] for number in block.order)
        given = [*others, *block.sizes]
        call = f"{block.name}({', '.join(given)})" if given else block.name
        if run.carried is not None:
            (target,) = _targets(run, scope, run.count - 1)
            yield f"{target} = {first} -> repeat {run.count} {{ {call} }} as {paths[0]}"
            return
        targets = _targets(run, scope, copy)
        if len(targets) > 1:
            yield f"{', '.join(targets)} = {block.name}({', '.join([first, *given])})"
        elif targets[0] == paths[copy]:
            yield f"{targets[0]} = {first} -> {call}"
        else:
            yield f"{targets[0]} = {first} -> {call} as {paths[copy]}"

    def _place(self, run: Run, block: _Block, before: Sequence[str], paths: Sequence[str]) -> None:
        """Notes the paths of params in all copies; `before` is what stands before them, for each place of the body
        around."""
        chain = run.carried is not None
        prefixes = [
            f"{prefix}{paths[0]}[{copy + 1}]." if chain else f"{prefix}{paths[copy]}."
            for prefix in before
            for copy in range(run.count)
        ]
        for place, name in block.params.items():
            for prefix, number in zip(prefixes, run.body.params[place], strict=True):
                self.paths[self.graph.nodes[number].path] = prefix + name
        for (_, inner, inner_paths), inner_run in zip(block.calls, run.body.runs, strict=True):
            self._place(inner_run, inner, prefixes, inner_paths)

    # --- blocks -------------------------------------------------------------------------------------------------

    def _block(self, run: Run, around: _Scope) -> tuple[_Block, list[str]]:
        """The block of a run, and what its copies are called (one name, where they are counted)."""
        names = SharedNames(self.graph, run, around.called)
        block = self._written(run, around, names)
        text = block.lines("")
        if text not in self._known:
            block.name = unique(names.block, self._is_callable, self._callables.add)
            self.blocks.append(block)
            self._known[text] = block
        block = self._known[text]
        if run.carried is not None:
            return block, [around.name(names.stem or block.name)]
        targets = [_targets(run, around, copy)[0] for copy in range(run.count)]
        if len(run.body.results) > 1 or not run.body.params:
            # A call with several results is no stage of a chain: the first has the path; without params none is needed.
            return block, targets
        wanted = [each or f"{block.name}_{number}" for number, each in enumerate(names.copies, 1)]
        return block, [
            each if each == target else around.name(each) for each, target in zip(wanted, targets, strict=True)
        ]

    def _is_callable(self, name: str) -> bool:
        return name in self._callables or name in INITIALISERS or find(name) is not None

    def _written(self, run: Run, around: _Scope, names: "SharedNames") -> _Block:
        body = run.body
        scope = _Scope(body, {}, {*self.graph.dims}, names.called)
        varying = [number for number, copies in enumerate(run.arguments) if len({*copies}) > 1]
        first = run.carried if run.carried is not None else [*varying, 0][0]
        order = (first, *(number for number in range(len(body.arguments)) if number != first))
        for number in order:
            same = len({*run.arguments[number]}) == 1
            wanted = around.names[run.arguments[number][0]] if same and number != first else "x"
            scope.names[Operand("argument", number)] = scope.name("x" if self._is_callable(wanted) else wanted)
        inner_params = {number for inner in body.runs for row in inner.body.params for number in row}
        own = [number for number, row in enumerate(body.params) if row[0] not in inner_params]
        for number in own:
            scope.names[Operand("param", number)] = scope.name(names.of(body.params[number][0]))
        inside = {place for inner in body.runs for place in inner.places}
        hidden = inside - {place for inner in body.runs for place in _results(inner)}
        for place, number in enumerate(body.nodes[0]):
            if place not in hidden:
                scope.names[Operand("node", place)] = scope.name(names.of(number))
        header, bound = self._header(order, scope)
        params = {number: scope.names[Operand("param", number)] for number in own}
        rows = [body.params[number] for number in own]
        lines = [self._param(name, row[: run.count]) for name, row in zip(params.values(), rows, strict=True)]
        block = _Block("", header, (), order, (), params)
        needed = dict.fromkeys(dim for row in rows for dim in _dims(self.graph.nodes[row[0]].type.shape))
        copies, made = _copies(body), dict[int, tuple[_Block, list[str]]]()
        last = len(body.operands) - 1
        alone = body.results == (last,) and last not in inside
        for place in range(len(body.operands)):
            if place in copies:
                inner, copy = copies[place]
                if not copy:
                    made[id(inner)] = called, paths = self._block(inner, scope)
                    block.calls.append((inner, called, paths))
                    needed |= dict.fromkeys(called.sizes)
                lines += self._call(inner, copy, *made[id(inner)], scope)
            elif place not in inside:
                text, dims = self._node(place, scope)
                needed |= dict.fromkeys(dims)
                lines.append(f"return {text}" if alone and place == last else f"{_at(scope, place)} = {text}")
        if not alone:
            lines.append(f"return {', '.join(_at(scope, place) for place in body.results)}")
        block.sizes = tuple(dim for dim in needed if dim not in bound)
        block.header = ", ".join([header, *block.sizes])
        block.text = tuple(lines)
        return block

    def _header(self, order: Sequence[int], scope: _Scope) -> tuple[str, set[str]]:
        """Arguments with their shapes, as far as these can be matched, and the dims that are known from them."""
        bound: set[str] = set()
        parts = []
        for number in order:
            type = self.graph.nodes[scope.body.arguments[number]].type
            found = _bound(type, bound)
            name = scope.names[Operand("argument", number)]
            parts.append(name if found is None else f"{name}: {annotation(type)}")
            bound |= found or set()
        return ", ".join(parts), bound

    def _param(self, name: str, numbers: Sequence[int]) -> str:
        """A declaration: what most of the copies begin with."""
        types = [self.graph.nodes[number].type for number in numbers]
        texts = Counter(
            param_text(name, type, self.params[number].initial) for number, type in zip(numbers, types, strict=True)
        )
        return texts.most_common(1)[0][0]

    def _node(self, place: int, scope: _Scope) -> tuple[str, list[str]]:
        """A node over names of its block, and the dims that are written there."""
        node = self.graph.nodes[scope.body.nodes[0][place]]
        dims = list(_dims(node.attributes))
        operands = []
        for number, operand in zip(node.inputs, scope.body.operands[place], strict=True):
            leaf = self.graph.nodes[written(self.graph, number)]
            operands.append(value_of(leaf) if operand is None else name_of(scope.names[operand]))
            dims += _dims(leaf.attributes) if operand is None else ()
        return expression_text(expression_of(node, operands)), dims


def _results(run: Run) -> Iterator[int]:
    """Places of the body around a run that are called by name there."""
    copies = range(run.count) if run.carried is None else (run.count - 1,)
    return (run.starts[copy] + place for copy in copies for place in run.body.results)


def _copies(body: Body) -> dict[int, tuple[Run, int]]:
    """By the place where it begins each copy of each run."""
    return {start: (run, copy) for run in body.runs for copy, start in enumerate(run.starts)}


def _targets(run: Run, scope: _Scope, copy: int) -> list[str]:
    """What a copy's results are called in the body around."""
    return [_at(scope, run.starts[copy] + place) for place in run.body.results]


def _at(scope: _Scope, place: int) -> str:
    return scope.names[Operand("node", place)]


def _dims(values: Sequence[object]) -> Iterator[str]:
    """The dims in sizes, and in rows of sizes."""
    for value in values:
        for size in value if isinstance(value, tuple) else (value,):
            if isinstance(size, Linear):
                yield from (name for name, _ in size.terms)


def _bound(type: Type, bound: set[str]) -> set[str] | None:
    """The dims that a shape says, of which those that are no size of their own must be known before; None where they
    are not."""
    found: set[str] = set()
    for size in type.shape:
        if isinstance(size, Linear):
            names = {name for name, _ in size.terms}
            if size.terms == ((next(iter(names)), 1),) and not size.constant:
                found |= names
            elif not names <= bound | found:
                return None
    return found
