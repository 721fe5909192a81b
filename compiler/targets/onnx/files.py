"""What a spec becomes in ONNX: a model that predicts, or one that takes a step of its training."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ....grammar.spec_error import SpecError
from ...derive.training import STEP_COUNT, TrainingGraph, training_graph
from ...graph.bind_dims import bind_dims
from ...graph.form import form_of
from ...graph.graph import Graph
from ...graph.spec import Spec, TrainSection
from ...ops.chance import DRAWS
from ...ops.forms.onnx.nodes import FLOAT, OnnxNode, zeros_like
from .body import Request, onnx_model
from .faults import ONNX_GATHERS
from .model import OnnxModel


@dataclass(frozen=True)
class Subject:
    """A spec, the values of its params and states, names of classes by input, the type of real numbers."""

    spec: Spec
    held: Mapping[str, Any]
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    real: Literal[1, 11] = FLOAT


def prediction(subject: Subject) -> OnnxModel:
    """The spec's outputs; those that are trained to be small, or come of that, only where there are no others.

    Raises SpecError.
    """
    graph = form_of(subject.spec, training=False).graph
    return onnx_model(_request(subject, graph, predicted(subject.spec, graph), _notes(subject, graph)))


def predicted(spec: Spec, graph: Graph) -> dict[str, int]:
    """What a model predicts, by name."""
    train = spec.train
    wanted = dict(zip(graph.output_names, graph.outputs, strict=True)) or _ends(graph)
    if train is not None and train.minimize < len(graph.nodes):
        behind = graph.dependents([train.minimize])
        wanted = {name: number for name, number in wanted.items() if not behind[number]} or wanted
    return wanted


def _ends(graph: Graph) -> dict[str, int]:
    """The nodes that no other reads."""
    read = {operand for node in graph.nodes for operand in node.inputs}
    numbered = enumerate(graph.nodes)
    return {each.path: at for at, each in numbered if each.path and at not in read and at not in graph.idle}


def train_step(subject: Subject, section: TrainSection) -> OnnxModel:
    """A step of the training: of weights, memory, rates, the number of the step and rows the loss before it, the
    gradients `d_W`, and all that changes after it, `next W`. Weights and memory have the values that a training begins
    with where they are not given. Raises SpecError.
    """
    if section.accumulate > 1:
        raise SpecError([ONNX_GATHERS.at(section.spans.get("accumulate"), count=section.accumulate)])
    spec = subject.spec
    training = training_graph(spec.full, section.minimize, section.optimizer, section.groups)
    targets = _step_targets(training, section.loss)
    memory = {path: zeros_like(subject.held[each.parameter]) for path, each in training.states.items()}
    held = {**subject.held, **memory, **training.rates}
    called = {each.gradient: f"d_{path}" for path, each in training.parameters.items()}
    whole = replace(subject, held=held)
    graph = replace(training.graph, idle=frozenset())
    notes = {**_notes(subject, graph), "optimizer": section.optimizer.name}
    made = _request(whole, graph, targets, notes)
    fed = made.fed | {*training.changed, *training.rates}
    return onnx_model(replace(made, fed=fed, counts=frozenset({STEP_COUNT}), called=called))


def state_apart(model: OnnxModel) -> tuple[OnnxModel, OnnxModel]:
    """A step that must be given all it may be given, and a model without inputs whose outputs are what it begins with.

    Some runtimes, that of browsers among them, take no value for an input that has one already.
    """
    optional = [each for each in model.inputs if each.name in model.constants]
    names = {each.name: f"first {each.name}" for each in optional}
    first = OnnxModel(
        tuple([OnnxNode("Identity", (names[each.name],), (each.name,), {}) for each in optional]),
        (),
        tuple(optional),
        {names[each.name]: model.constants[each.name] for each in optional},
        {},
        model.notes,
    )
    constants = {name: value for name, value in model.constants.items() if name not in names}
    return replace(model, constants=constants), first


def _step_targets(training: TrainingGraph, loss: str) -> dict[str, int]:
    paths = training.graph.index
    gradients = {f"d_{path}": each.gradient for path, each in training.parameters.items()}
    unlike = {f"gradient {name[2:]}" if name in paths else name: number for name, number in gradients.items()}
    return {loss: training.loss, **unlike, **{f"next {path}": number for path, number in training.changed.items()}}


def _request(subject: Subject, graph: Graph, targets: Mapping[str, int], notes: Mapping[str, str]) -> Request:
    shapes = {path: subject.held[path].shape for path in graph.held}
    dims = bind_dims(graph, shapes, subject.spec.known_dims)
    defaults = {path: each.default for path, each in graph.inputs.items() if each.default is not None}
    held = {**defaults, **subject.held}
    return Request(graph, targets, held, frozenset(defaults), dims, notes, subject.real)


def _notes(subject: Subject, graph: Graph) -> dict[str, str]:
    """What the file says of itself."""
    spec = subject.spec
    draws = {
        node.path or node.operation.called: node.operation.called
        for node, needed in zip(graph.nodes, graph.ancestors(graph.outputs), strict=True)
        if node.operation.fed_as in DRAWS and needed
    }
    notes = {
        "title": spec.title or "",
        "spec": spec.source.name.rpartition("/")[2].rpartition("\\")[2],
        "draws": json.dumps(draws, ensure_ascii=False) if draws else "",
        **{f"classes {path}": json.dumps(list(names), ensure_ascii=False) for path, names in subject.classes.items()},
    }
    return {key: text for key, text in notes.items() if text}
