"""What a spec is compiled to: the graph that the passes see, and the code that is generated for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...compiler.derive.gradients import gradient_graph, paths_with_gradients
from ...compiler.derive.training import TrainingGraph, training_graph
from ...compiler.graph.form import form_of
from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Precision, Spec
from ...compiler.lower.computation import Computation, bound
from ...compiler.lower.packing import Packing, packing
from ...compiler.lower.plan import plan
from ...compiler.passes.pipeline import optimised
from ...compiler.shape import bind_shape
from ...compiler.targets.numpy_step import StepRequest, StepSource, step_source
from ...compiler.targets.scalar_python import ScalarSource, scalar_source
from ...compiler.targets.writer import Options
from ...runtime.steps.blas import fusing
from .graph_text import graph_text
from .memory_text import memory_text
from .stages import steps_text

WIDEST = 120
"""Characters of a comment."""


@dataclass(frozen=True)
class Subject:
    """A graph with what is wanted of it, by name: the first is what all others are gradients or updates for.

    `training` is the step of a training, None where it is the gradients of a node.
    """

    spec: Spec
    graph: Graph
    outputs: Mapping[str, int]
    precision: Precision
    training: TrainingGraph | None = None

    @property
    def scalar(self) -> bool:
        """Whether it is computed on Python's floats."""
        return self.graph.scalar and self.precision == "float64"


def training_subject(spec: Spec, precision: Precision | None = None) -> Subject | None:
    """The step of the training that a spec asks for, in the form of training; None without one.

    The spec is as it was written, with both values of each `in_training`.
    """
    if (section := spec.train) is None:
        return None
    spec = form_of(spec, training=True)
    training = training_graph(
        spec.full, section.minimize, section.optimizer, section.groups, accumulate=section.accumulate
    )
    outputs = {section.loss: training.loss}
    outputs |= {f"d_{path}": update.gradient for path, update in training.parameters.items()}
    outputs |= {f"new_{path}": number for path, number in training.changed.items()}
    return Subject(spec, training.graph, outputs, precision or section.precision, training)


def gradient_subject(spec: Spec, of: int) -> Subject:
    """A node's value, and the gradients that `grad` gives."""
    graph = spec.differentiable
    paths = paths_with_gradients(graph, of)
    made = gradient_graph(graph, of, paths, upstream=bool(graph.nodes[of].type.shape))
    outputs = {graph.nodes[of].path: of, **{f"d_{path}": number for path, number in made.gradients.items()}}
    return Subject(spec, made.graph, outputs, "float64")


def optimised_text(subject: Subject) -> str:
    """The nodes that the passes leave, as flat text; sizes are still symbols."""
    graph = subject.graph
    whole = Computation(graph.nodes, tuple(subject.outputs.values()), subject.precision, subject.scalar)
    made = optimised(whole, symbols=True)
    places = {node.path: number for number, node in enumerate(made.nodes) if node.operation.role == "leaf"}
    inputs = {path: replace(each, index=places[path]) for path, each in graph.inputs.items() if path in places}
    params = {path: replace(each, index=places[path]) for path, each in graph.params.items() if path in places}
    wanted = dict(zip(subject.outputs, made.targets, strict=True))
    states = {
        path: replace(each, index=places[path], next=wanted.get(f"new_{path}"))
        for path, each in graph.states.items()
        if path in places
    }
    left = Graph(made.nodes, inputs, params, (), frozenset(), {}, {}, states=states)
    return graph_text(left, wanted)


def step_of(subject: Subject, dims: Mapping[str, int]) -> tuple[StepSource, Packing] | None:
    """The generated numpy of a training step, and where its parameters lie; None for what is no such step."""
    section, training = subject.spec.train, subject.training
    if section is None or training is None or subject.scalar:
        return None
    shapes = {path: _shape(subject.graph, each.index, dims) for path, each in subject.graph.held.items()}
    fuse = not section.exact and fusing(subject.precision)
    packed = packing(training, section.optimizer, shapes, fuse=fuse)
    request = StepRequest(training, section.optimizer, packed, dims, subject.precision, Options())
    return step_source(request), packed


def _shape(graph: Graph, number: int, dims: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(size for size in bind_shape(graph.nodes[number].type.shape, dims) if isinstance(size, int))


def scalar_function_of(subject: Subject, dims: Mapping[str, int]) -> ScalarSource | None:
    """The generated Python of a graph of scalars; None where numpy carries the graph."""
    if not subject.scalar:
        return None
    targets = subject.training.targets if subject.training else tuple(subject.outputs.values())
    names = [name for name in subject.outputs if subject.training is None or not name.startswith("d_")]
    computation = bound(subject.graph, targets, dims, "float64", scalar=True)
    leaves = [node.path for node in computation.nodes if node.operation.role == "leaf" and node.path]
    return scalar_source(optimised(computation), leaves, names[1:])


def plan_text(subject: Subject, dims: Mapping[str, int]) -> str:
    """The memory of a generated step, place by place; the steps of the plain plan where none is generated."""
    if (step := step_of(subject, dims)) is not None:
        return memory_text(*step, subject.precision)
    targets = tuple(subject.outputs.values())
    return steps_text(plan(subject.graph, targets, dims, subject.precision, scalar=subject.scalar), subject.graph)


def python_text(subject: Subject, dims: Mapping[str, int]) -> str:
    """The generated code, after a comment for each object that it names."""
    step = step_of(subject, dims)
    source = step[0] if step else scalar_function_of(subject, dims)
    if source is None:
        return "# nothing is generated: without a train section, tensors are computed node by node\n"
    lines = []
    for name, kind, arguments in source.bindings:
        text = f"# {name}: {kind} {', '.join(map(repr, arguments))}"
        lines.append(text if len(text) <= WIDEST else f"{text[: WIDEST - 4]} ...")
    return "\n".join([*lines, source.text])
