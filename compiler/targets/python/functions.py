"""Functions of a file that compute nodes of a spec: its outputs, and a value with its derivatives."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ...derive.gradients import gradient_graph, paths_with_gradients
from ...graph.form import form_of
from ...graph.graph import Graph, Node
from ...graph.spec import Spec
from ...ops.leaves import FED
from ...ops.table import OPERATIONS
from .body import Body, Request, body_of
from .dialect import NUMPY, Dialect
from .names import Names, comment, in_docstring, quoted
from .values import attribute_text

RESERVED = tuple(
    """
    np Any TypeAlias Path math Array Weights initial gradients train_step train update clipped fresh rows held_out order
    factor weights memory step steps d after value name upstream chosen file rest trained
    """.split()  # noqa: SIM905  # a list of names
)
"""Names of the file's own."""

CALLED = ("predict", "loss", "metrics", "line")
"""Functions that are called where inputs have names; nodes may be called so."""


def called_by(dialect: Dialect) -> tuple[str, ...]:
    """The names of functions that forms of operations call."""
    forms = [form for each in OPERATIONS.values() if (form := dialect.form(each)) is not None]
    return tuple(re.findall(r"^def (\w+)", "".join(sorted({each for form in forms for each in form.functions})), re.M))


FUNCTIONS = called_by(NUMPY)
"""What forms of numpy call."""

WIDEST = 116
"""Characters of a line with all arguments."""


class Functions:
    """Writes functions of one spec, in which a path has the same name everywhere."""

    def __init__(self, spec: Spec, dialect: Dialect = NUMPY) -> None:
        self.spec = spec
        self.dialect = dialect
        self.plain = form_of(spec, training=False)
        self.names = Names([*RESERVED, *called_by(dialect), *CALLED, *dialect.reserved])
        for path in (*spec.graph.inputs, *spec.graph.held):
            self.names.of(path)
        self.names.free(*CALLED)
        self.held = spec.full.held
        self.called: dict[str, None] = {}
        """Sources of functions that the forms of operations call."""
        self._told: set[str] = set()
        """Paths whose doc lines stand somewhere already."""

    # --- pieces -------------------------------------------------------------------------------------------------

    def body(self, graph: Graph, targets: Mapping[str, int], called: Mapping[int, str] | None = None) -> Body:
        """The lines for some nodes; `called` are names for nodes that have no path."""
        docs = {path: lines for path, lines in graph.docs.items() if path not in self._told}
        request = Request(graph, targets, self._leaf, self.spec.known_dims, docs, called or {}, self.dialect)
        made = body_of(request, self.names)
        self.called |= dict.fromkeys(made.functions)
        return made

    def _leaf(self, node: Node, name: str) -> str:
        if node.path in self.held:
            return f"weights[{quoted(node.path)}]"
        given = "upstream" if node.operation is FED else name
        return self.dialect.taken(given, node.type)

    def arguments(self, body: Body, *, weights: bool = False) -> tuple[list[str], list[str], list[str]]:
        """The arguments of a function: those that must be given, those with a default, and the names of all."""
        inputs = self.spec.graph.inputs
        read = {node.path for node in body.leaves}
        required = ["weights: Weights"] if weights or read & {*self.held} else []
        optional: list[str] = []
        for path in (path for path in inputs if path in read):
            default, name = inputs[path].default, self.names.of(path)
            if default is None:
                required.append(f"{name}: Array")
            else:
                optional.append(f"{name}: Array = {attribute_text(default, self.dialect.module)}")
        required += [f"{size}: int" for size in body.sizes]
        if body.draws:
            (required if self.dialect.first else optional).append(self.dialect.argument)
        return required, optional, [each.partition(":")[0] for each in (*required, *optional)]

    def function(self, name: str, arguments: Sequence[str], result: str, doc: str, lines: Iterable[str]) -> list[str]:
        """A whole function."""
        declaration = f"def {name}({', '.join(arguments)}) -> {result}:"
        if len(declaration) > WIDEST:
            listed = "".join(f"    {each},\n" for each in arguments)
            declaration = f"def {name}(\n{listed}) -> {result}:"
        return [*self.dialect.quiet, declaration, f'    """{in_docstring(doc)}"""', *(f"    {line}" for line in lines)]

    def of_values(self, name: str, body: Body, doc: str, *, weights: bool = False) -> list[str]:
        """A function that gives the values of a body by their names."""
        required, optional, _ = self.arguments(body, weights=weights)
        results = ", ".join(f"{quoted(each)}: {text}" for each, text in body.results.items())
        lines = [*body.lines, f"return {{{results}}}"]
        return self.function(name, [*required, *optional], "dict[str, Array]", doc, lines)

    # --- what a spec computes -----------------------------------------------------------------------------------

    def predict(self) -> tuple[list[str], Body]:
        """The outputs; those that are trained to be small, or come of that, only where there are no others."""
        graph, train = self.plain.graph, self.spec.train
        wanted = dict(zip(graph.output_names, graph.outputs, strict=True)) or _ends(graph)
        if train is not None and train.minimize < len(graph.nodes):
            behind = graph.dependents([train.minimize])
            wanted = {name: number for name, number in wanted.items() if not behind[number]} or wanted
        body = self.body(graph, wanted)
        self._told |= {node.path for node in graph.nodes}
        doc = "The spec's outputs." if graph.outputs else "What the spec computes."
        return self.of_values("predict", body, doc), body

    def gradients(
        self, graph: Graph, of: int, paths: Sequence[str], following: Mapping[str, int], doc: str, *, weights: bool
    ) -> tuple[list[str], Body]:
        """A node and its derivatives by those at some paths; where states follow, what they become."""
        node = graph.nodes[of]
        every = paths_with_gradients(graph, of, unnamed=True)
        made = gradient_graph(graph, of, list(dict.fromkeys([*paths, *every])), upstream=bool(node.type.shape))
        called = {number: f"d_{path}" for path, number in reversed(list(made.gradients.items()))}
        found = {f"d {path}": made.gradients[path] for path in paths}
        after = {f"next {path}": number for path, number in following.items()}
        body = self.body(made.graph, {"value": of, **found, **after}, called)
        required, optional, _ = self.arguments(body, weights=weights)
        required += ["upstream: Array"] if made.upstream else []
        d = ", ".join(f"{quoted(path)}: {body.results[f'd {path}']}" for path in paths)
        states = ", ".join(f"{quoted(path)}: {body.results[f'next {path}']}" for path in following)
        result = f"return {body.results['value']}, {{{d}}}" + (f", {{{states}}}" if following else "")
        kind = f"tuple[Array, dict[str, Array]{', Weights' if following else ''}]"
        return self.function("gradients", [*required, *optional], kind, doc, [*body.lines, result]), body

    def untrained_gradients(self) -> list[str]:
        """Those of a spec that trains nothing: of the only scalar among its outputs, or of its only output."""
        graph = self.plain.graph
        outputs = [number for number in dict.fromkeys(graph.outputs) if graph.nodes[number].type.kind == "real"]
        scalars = [number for number in outputs if not graph.nodes[number].type.shape]
        found = scalars if len(scalars) == 1 else outputs
        if len(found) != 1:
            return []
        (of,) = found
        doc = f"{comment(graph.nodes[of].path)}, and its derivatives by each that it depends on."
        return self.gradients(graph, of, paths_with_gradients(graph, of), {}, doc, weights=False)[0]


def _ends(graph: Graph) -> dict[str, int]:
    """The nodes that no other reads."""
    read = {operand for node in graph.nodes for operand in node.inputs}
    numbered = enumerate(graph.nodes)
    return {each.path: at for at, each in numbered if each.path and at not in read and at not in graph.idle}
