"""A model of ONNX as a graph of the language's operations, with the weights that it holds."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...compiler.graph.graph import Graph, GraphBuilder, InputDeclaration, ParamDeclaration
from ...compiler.graph.signatures import INITIALISERS, Invocation
from ...compiler.shape import Clash, Size, Type, add_sizes, dimension, multiply_sizes
from ...grammar.diagnostic import shown
from ...grammar.spec_error import SpecError
from ...grammar.unicode.characters import is_name
from ...grammar.unicode.mixing import mixed, spelt_out
from ..arrays import Array
from .faults import NOT_ONNX, UNKNOWN_OPERATOR, UNSAYABLE
from .foreign import Foreign, ForeignNode, read_model
from .operators.sizes import sizes_computed
from .operators.table import FOLDED, MOST_FOLDED, OPERATORS
from .site import Known, Names, Site, Unsayable, Value, Weights, tuples

LONGEST_NAME = 60


@dataclass(frozen=True)
class Imported:
    """A graph, its outputs by name, what its params are, names of classes by output, and what wrote the file.

    `called` is what the file calls nodes, by number.
    """

    graph: Graph
    outputs: Mapping[str, int]
    values: Mapping[str, Array]
    classes: Mapping[str, tuple[str, ...]]
    title: str
    producer: str
    called: Mapping[int, str]


def imported(path: Path, *, plain: bool = False) -> Imported:
    """The model in a file; `plain` gives names of ASCII letters alone. Raises SpecError, OSError."""
    return _Importer(path, read_model(path), plain=plain).imported()


class _Importer:
    def __init__(self, path: Path, foreign: Foreign, *, plain: bool) -> None:
        self.path, self.foreign, self.plain = path, foreign, plain
        self.taken: set[str] = set()
        self.called: dict[str, str] = {}
        """What the file calls things, by their names in the language."""
        self.counters: dict[str, int] = {}
        self.dims: dict[str, str] = {}
        self.builder = GraphBuilder()
        self.weights = Weights(self.builder, self._name)
        self.known: dict[str, Value | None] = {"": None}
        self.inputs: dict[str, InputDeclaration] = {}

    def imported(self) -> Imported:
        for given in self.foreign.inputs:
            shape = tuple([self._size(size) for size in given.shape])
            path = self._name(given.name)
            type = Type("real" if given.kind.startswith("float") else "int", shape)
            index = self.builder.input(path, type, None)
            self.inputs[path] = InputDeclaration(
                index, None if given.default is None or not given.default.size else _default(given.default)
            )
            self._set(given.name, index)
        for name, held in self.foreign.constants.items():
            self._set(name, Names(held) if isinstance(held, tuple) else Known(held, name))
        wanted = {*self.foreign.outputs}
        for node in self.foreign.nodes:
            self._read(node, wanted)
        return self._whole()

    def _refuse(self, reason: str) -> SpecError:
        return SpecError([NOT_ONNX.at(None, path=shown(str(self.path)), reason=reason)])

    def _set(self, name: str, value: Value) -> None:
        if name in self.known:
            raise self._refuse(f"`{shown(name)}` is made twice")
        self.known[name] = value

    # --- operators ----------------------------------------------------------------------------------------------

    def _read(self, node: ForeignNode, wanted: set[str]) -> None:
        for name in node.inputs:
            if name not in self.known:
                raise self._refuse(f"{node.place} reads `{shown(name)}`, which nothing before it makes")
        operands = [self.known[name] for name in node.inputs]
        while operands and operands[-1] is None:
            operands.pop()
        site = Site(node, self.foreign.versions.get(node.domain, 1), operands, self.weights)
        rule = OPERATORS.get(node.domain, {}).get(node.operator)
        operator = shown(f"{node.domain}.{node.operator}" if node.domain else node.operator)
        if rule is None:
            raise SpecError([UNKNOWN_OPERATOR.at(None, place=node.place, operator=operator)])
        before = len(self.builder)
        try:
            found = _folded(site) or sizes_computed(site) or rule(site)
        except (Unsayable, Clash) as problem:
            reason = problem.message if isinstance(problem, Clash) else str(problem)
            raise SpecError([UNSAYABLE.at(None, place=node.place, operator=operator, reason=reason)]) from None
        except (ValueError, TypeError, IndexError, KeyError, OverflowError, ArithmeticError) as problem:
            # What attributes and operands hold that no such operator has: a text for a number, axes that aren't there.
            raise SpecError([UNSAYABLE.at(None, place=node.place, operator=operator, reason=_brief(problem))]) from None
        results = found if isinstance(found, tuple) else (found,)
        for name, value in zip(node.outputs, results, strict=False):
            if name:
                self._set(name, value)
                self._named(name, node.operator.lower(), value, before)

    def _named(self, name: str, operator: str, value: Value, before: int) -> None:
        """Gives a node that was made for a result its name; the operator stands before a mere number."""
        if isinstance(value, Names) and value.chosen is not None:
            value = value.chosen
        if not isinstance(value, int) or value < before or self.builder.nodes[value].path:
            return
        node = self.builder.nodes[value]
        if node.operation.role != "leaf" and not node.operation.implicit:
            told = f"{operator}_{name}" if name.isdigit() else name
            self.builder.nodes[value] = node._replace(path=self._name(told))

    def _whole(self) -> Imported:
        outputs: dict[str, int] = {}
        classes: dict[str, tuple[str, ...]] = {}
        for name in self.foreign.outputs:
            if name not in self.known:
                raise self._refuse(f"nothing makes the output `{shown(name)}`")
            value = self.known[name]
            if isinstance(value, Names):
                if value.chosen is None:
                    raise self._refuse(f"the output `{shown(name)}` is a text")
                texts, value = value.texts, value.chosen
                classes[legal(name, plain=self.plain)] = texts
            assert value is not None
            reference = self._as_output(name, value)
            path, wanted = self.builder.nodes[reference].path, legal(name, plain=self.plain)
            outputs[path if path == wanted and path not in outputs else self._name(wanted)] = reference
        if not outputs:
            raise self._refuse("it has no outputs")
        nodes = self.builder.nodes
        params = {node.path: ParamDeclaration(number, _initial(node.type, self.weights.values[node.path]))
                  for number, node in enumerate(nodes) if node.path in self.weights.values}  # fmt: skip
        named = frozenset(node.path for node in nodes if node.path)
        graph = Graph(tuple(nodes), self.inputs, params, (), named, {}, {})
        title = self.foreign.notes.get("title", "")
        called = {number: self.called[node.path] for number, node in enumerate(nodes) if node.path in self.called}
        return Imported(graph, outputs, self.weights.values, classes, title, self.foreign.producer, called)

    def _as_output(self, name: str, value: Value) -> int:
        site = Site(ForeignNode("Identity", "", (name,), (name,), {}, ""), 1, [value], self.weights)
        reference = site.reference(0)
        node = self.builder.nodes[reference]
        if node.operation.role == "leaf" or node.operation.implicit or not node.path:
            made = self.builder.identity(reference)
            self.builder.nodes[made] = self.builder.nodes[made]._replace(path=self._name(name))
            return made
        return reference

    # --- names --------------------------------------------------------------------------------------------------

    def _name(self, wanted: str) -> str:
        """A name of the language for one of the file's, which nothing else has."""
        foreign = without_counters(wanted)
        if self.plain:
            foreign = "".join(letter if letter.isascii() else "_" for letter in foreign)
        wanted = legal(wanted, plain=self.plain)
        name = wanted
        while name in self.taken:
            self.counters[wanted] = self.counters.get(wanted, 1) + 1
            name = f"{wanted}_{self.counters[wanted]}"
        self.taken.add(name)
        self.called[name] = foreign
        return name

    def _size(self, size: int | str) -> Size:
        if isinstance(size, int) and size > 0:
            return size
        text = str(size) if isinstance(size, str) else ""
        found: Size = 0
        for term in _terms(text):
            found = add_sizes(found, self._term(*term))
        return found

    def _term(self, factor: int, name: str) -> Size:
        if not name:
            return factor
        if name not in self.dims:
            self.dims[name] = self._name(name)
        return multiply_sizes(dimension(self.dims[name]), factor)


TERM = re.compile(r"\s*([+-]?)\s*(?:(\d{1,18})\s*\*\s*)?([^\W\d]\w*)\s*|\s*([+-]?)\s*(\d{1,18})\s*")


def _terms(text: str) -> Iterator[tuple[int, str]]:
    """`2*N + 1` as factors and dims; any other text is the name of one dim."""
    found: list[tuple[int, str]] = []
    at = 0
    while at < len(text):
        match = TERM.match(text, at)
        if match is None or (found and not (match[1] or match[4])):
            break
        sign = -1 if "-" in (match[1] or match[4] or "") else 1
        found.append((sign * int(match[5]), "") if match[5] else (sign * int(match[2] or 1), match[3]))
        at = match.end()
    if not found or at < len(text) or not any(name for _, name in found):
        yield 1, text or "N"
    else:
        yield from found


def without_counters(name: str) -> str:
    """A name without what tools put before and behind all of them."""
    return re.sub(r"^(?:onnx::|/)|(?:_output_0|:0)$", "", name[: 4 * LONGEST_NAME])


def legal(name: str, *, plain: bool = False) -> str:
    """A name of another tool's as one of the language: `/fc1/Gemm_output_0` becomes `fc1_Gemm`."""
    name = without_counters(name)
    name = re.sub(r"\W+", "_", name).strip("_") if not name.isidentifier() else name
    name = name[:LONGEST_NAME]
    if mixed(name):
        name = spelt_out(name)
    if plain or mixed(name):
        name = "".join(letter if letter.isascii() else "_" for letter in name).strip("_")
    return name if name and is_name(name) else f"n_{name}" if is_name(f"n_{name}") else "n"


def _initial(type: Type, value: Array) -> Invocation:
    """What a param begins with where the spec is trained anew."""
    if sum(size != 1 for size in type.shape) >= 2:
        return _invocation("he")
    return _invocation("ones" if value.size and float(np.mean(value)) > 0.5 else "zeros")


def _invocation(name: str) -> Invocation:
    defaults = {parameter.name: parameter.default for parameter in INITIALISERS[name].parameters}
    return Invocation(name, defaults)


def _folded(site: Site) -> Known | None:
    """The result of what goes element by element where all operands are known; None elsewhere."""
    function = FOLDED.get(site.node.operator) if not site.node.domain else None
    operands = site.operands
    if function is None or not operands or not all(isinstance(each, Known) for each in operands):
        return None
    arrays = [site.array(slot) for slot in range(len(operands))]
    if int(np.prod(np.broadcast_shapes(*(each.shape for each in arrays)), dtype=object)) > MOST_FOLDED:
        return None
    with np.errstate(all="ignore"):
        return Known(np.asarray(function(*arrays)))


def _default(array: Array | None) -> Any:
    if array is None or not array.size:
        return None
    listed = array.tolist() if array.dtype.kind in "iu" else tuples(array)
    return _nested(listed)


def _nested(listed: Any) -> Any:
    return tuple(map(_nested, listed)) if isinstance(listed, list) else listed


def _brief(problem: Exception) -> str:
    return shown(" ".join(str(problem).split())[:200]) or type(problem).__name__
