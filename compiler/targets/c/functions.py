"""Functions of a file of C that compute nodes of a spec: its outputs, its loss, gradients, a step of its training."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from ...derive.gradients import gradient_graph, paths_with_gradients
from ...derive.training import STEP_COUNT, TrainingGraph, training_graph
from ...graph.form import form_of
from ...graph.graph import Graph, Node
from ...lower.computation import Computation, bound
from ...ops.forms.c.value import CValue, in_order
from ...ops.forms.c.views import shape_of
from ...ops.leaves import CONSTANT, FED
from ...passes.pipeline import optimised
from ...shape import Kind
from .body import body_of
from .names import Names
from .numbers import number_text
from .order import updates_early
from .subject import Subject
from .task import Body, Destination, Task, bounds_of

OWN = tuple("predict loss gradients train_step inputs answer params training row_t".split())  # noqa: SIM905  # names
"""What stands behind the prefix of a file: no param has such a name."""


@dataclass(frozen=True)
class Array:
    """An argument or a field: its name, its kind and its shape; one number where that is ()."""

    name: str
    kind: Kind
    shape: tuple[int, ...]
    path: str

    def value(self, room: str = "", *, pointed: bool = False) -> CValue:
        """Its elements; `room` is what its name stands behind. `pointed`: a single one is given by its place."""
        strides = in_order(self.shape)
        if self.shape or pointed:
            return CValue(f"{room}{self.name}", self.kind, self.shape, strides)
        return CValue(f"{room}{self.name}", self.kind, (), (), single=True)


@dataclass(frozen=True)
class Function:
    """A function of a file: what it takes and gives, and its lines.

    `inputs` and `outputs` are its arguments; `derivatives` where it gives them. `returns`: the node that it returns, as
    an expression, or none. `checks` are lines that come first.
    """

    name: str
    doc: str
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    derivatives: tuple[Array, ...]
    returns: str
    checks: tuple[str, ...]
    body: Body
    computation: Computation
    after: tuple[str, ...] = ()


class Functions:
    """Writes the functions of one spec."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.spec = spec = subject.spec
        self.names = Names()
        self.fields = Names([*OWN, *(f"classes_{self.names.of(path)}" for path in subject.classes)])
        self.plain = form_of(spec, training=False)
        self.training = self._training()
        self.held: dict[str, None] = {}
        """Params and states that functions read or change."""

    def _training(self) -> TrainingGraph | None:
        section = self.spec.train
        if section is None or not self.subject.trains:
            return None
        return training_graph(self.spec.full, section.minimize, section.optimizer, section.groups)

    # --- the functions --------------------------------------------------------------------------------------------

    def all(self) -> list[Function]:
        """All functions of the file, in order."""
        made = [self._predict()]
        if not self.subject.trains:
            return made
        training, section = self.training, self.spec.train
        if training is None or section is None:
            return [*made, *self._untrained_gradients()]
        made.append(self._loss(section.minimize))
        paths = list(training.parameters)
        targets = {path: training.parameters[path].gradient for path in paths}
        made.append(self._gradients(training.graph, training.loss, targets))
        made.append(self._train_step(training))
        return made

    def _predict(self) -> Function:
        graph, train = self.plain.graph, self.spec.train
        wanted = dict(zip(graph.output_names, graph.outputs, strict=True)) or _ends(graph)
        if train is not None and train.minimize < len(graph.nodes):
            behind = graph.dependents([train.minimize])
            wanted = {name: number for name, number in wanted.items() if not behind[number]} or wanted
        computation = self._computation(graph, wanted.values())
        names = self.names.copy()
        outputs = [
            self._array(computation.nodes[target], name, names)
            for name, target in zip(wanted, computation.targets, strict=True)
        ]
        destinations = [
            Destination(target, out.value(pointed=True))
            for target, out in zip(computation.targets, outputs, strict=True)
        ]
        given = ("predict", "The outputs.", computation, destinations, names)
        return self._function(*given, outputs=tuple(outputs), failing="1", returns="0")

    def _loss(self, minimize: int) -> Function:
        computation = self._computation(self.plain.full, [minimize])
        return self._function("loss", "What a training makes small.", computation, [], self.names.copy())

    def _gradients(self, graph: Graph, of: int, gradients: Mapping[str, int]) -> Function:
        computation = self._computation(graph, [of, *gradients.values()])
        names = self.names.copy()
        derivatives = tuple(
            [
                Array(self.fields.of(path), "real", shape_of(computation.nodes[target].type), path)
                for path, target in zip(gradients, computation.targets[1:], strict=True)
            ]
        )
        destinations = [
            Destination(target, each.value("d->"))
            for target, each in zip(computation.targets[1:], derivatives, strict=True)
        ]
        doc = "What a step makes small, and its derivatives."
        return self._function("gradients", doc, computation, destinations, names, derivatives=derivatives)

    def _untrained_gradients(self) -> Iterable[Function]:
        """Those of a spec that trains nothing: of the only scalar among its outputs, or of its only output."""
        graph = self.plain.graph
        outputs = [number for number in dict.fromkeys(graph.outputs) if graph.nodes[number].type.kind == "real"]
        scalars = [number for number in outputs if not graph.nodes[number].type.shape]
        found = scalars if len(scalars) == 1 else []
        if len(found) != 1:
            return
        (of,) = found
        paths = paths_with_gradients(graph, of)
        made = gradient_graph(graph, of, paths, upstream=False)
        yield self._gradients(made.graph, of, made.gradients)

    def _train_step(self, training: TrainingGraph) -> Function:
        changed = training.changed
        core = [training.loss, *(each.direction for each in training.parameters.values())]
        core += [each.value for each in training.next.values()]
        whole = self._computation(training.graph, [training.loss, *changed.values(), *core])
        count = len(changed) + 1
        leaf_of = {node.path: number for number, node in enumerate(whole.nodes) if node.operation.role == "leaf"}
        early = {
            target: leaf_of[path]
            for path, target in zip(changed, whole.targets[1:count], strict=True)
            if path in leaf_of
        }
        computation = updates_early(whole, whole.targets[count:], early)
        computation = Computation(computation.nodes, computation.targets[:count], whole.precision, whole.scalar)
        leaf_of = {node.path: number for number, node in enumerate(computation.nodes) if node.operation.role == "leaf"}
        destinations = [
            Destination(target, self._held(path, computation.nodes[target]), leaf_of.get(path))
            for path, target in zip(changed, computation.targets[1:], strict=True)
        ]
        doc = "One step of training: changes params, and returns what it makes small, as it was before."
        after = (f"{self.subject.prefix}_training.step++;",)
        return self._function("train_step", doc, computation, destinations, self.names.copy(), after=after)

    # --- pieces ---------------------------------------------------------------------------------------------------

    def _computation(self, graph: Graph, targets: Iterable[int]) -> Computation:
        made = bound(graph, targets, self.subject.dims, self.subject.precision, scalar=graph.scalar)
        return optimised(made)

    def _array(self, node: Node, path: str, names: Names) -> Array:
        return Array(names.of(path), node.type.kind, shape_of(node.type), path)

    def _held(self, path: str, node: Node) -> CValue:
        """Where a param, a state or what an optimiser remembers lies."""
        self.held[path] = None
        room = "params" if path in self.spec.full.held else "training"
        if path not in self.changed and room == "params":
            return Array(self._constant_name(path), node.type.kind, shape_of(node.type), path).value()
        return Array(self.fields.of(path), node.type.kind, shape_of(node.type), path).value(
            f"{self.subject.prefix}_{room}."
        )

    @property
    def changed(self) -> Mapping[str, int]:
        """What a step changes, by path."""
        return self.training.changed if self.training is not None else {}

    def _constant_name(self, path: str) -> str:
        return f"{self.subject.prefix}_{self.fields.of(path)}"

    def _function(
        self,
        name: str,
        doc: str,
        computation: Computation,
        destinations: Sequence[Destination],
        names: Names,
        *,
        outputs: tuple[Array, ...] = (),
        derivatives: tuple[Array, ...] = (),
        failing: str = "NAN",
        returns: str = "",
        after: tuple[str, ...] = (),
    ) -> Function:
        inputs: list[Array] = []
        leaves: dict[int, CValue] = {}
        checks: list[str] = []
        for number, node in enumerate(computation.nodes):
            if node.operation.role != "leaf" or node.operation is CONSTANT or node.operation.c is not None:
                continue
            if node.path in self.spec.graph.inputs:
                made = self._array(node, node.path, names)
                inputs.append(made)
                leaves[number] = made.value()
            elif node.operation is FED and (text := self._fed(node.path)):
                given = names.another(node.path)
                checks.append(f"    const real {given} = {text};")
                leaves[number] = CValue(given, "real", (), (), single=True)
            else:
                leaves[number] = self._held(node.path, node)
        order = list(self.spec.graph.inputs)
        inputs.sort(key=lambda each: order.index(each.path))
        checks += self._bounds(computation, leaves, failing)
        body_names = names
        step = f"{self.subject.prefix}_training.step" if self.training is not None and name != "predict" else "0"
        returning = -1
        if not returns:
            returning = computation.targets[0]
            out = CValue("result", "real", (), (), single=True)
            body_names.take("result")
            destinations = [*destinations, Destination(returning, out)]
        task = Task(computation, leaves, destinations, self.spec.full.seed, step, self.spec.graph.docs)
        body = body_of(task, body_names)
        shown = returns or "result"
        return Function(name, doc, tuple(inputs), outputs, derivatives, shown, tuple(checks), body, computation, after)

    def _fed(self, path: str) -> str:
        """What a step is fed beside inputs, as an expression; empty for what it remembers."""
        training = self.training
        if path == STEP_COUNT:
            return f"(real)({self.subject.prefix}_training.step + 1)"
        if training is not None and path in training.rates:
            rate = number_text(training.rates[path], self.subject.precision)
            return f"{rate} * {self.subject.prefix}_training.factor"
        return ""

    def _bounds(self, computation: Computation, leaves: Mapping[int, CValue], failing: str) -> Iterable[str]:
        least: dict[int, int] = {}
        for leaf, count in bounds_of(computation):
            if computation.nodes[leaf].path in self.spec.graph.inputs:
                least[leaf] = min(count, least.get(leaf, count))
        for leaf, count in least.items():
            value = leaves[leaf]
            if value.single:
                yield f"    if ({value.name} < 0 || {value.name} >= {count})"
                yield f"        return {failing};"
                continue
            yield f"    for (int i = 0; i < {prod(value.shape)}; i++)"
            yield f"        if ({value.name}[i] < 0 || {value.name}[i] >= {count})"
            yield f"            return {failing};"


def _ends(graph: Graph) -> dict[str, int]:
    """The nodes that no other reads."""
    read = {operand for node in graph.nodes for operand in node.inputs}
    numbered = enumerate(graph.nodes)
    return {each.path: at for at, each in numbered if each.path and at not in read and at not in graph.idle}
