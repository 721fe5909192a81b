"""A training step as a graph: the loss, the reverse pass and the update of every parameter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..graph.form import chosen, has_forms
from ..graph.graph import Graph, GraphBuilder
from ..graph.groups import Group, grouped
from ..graph.signatures import Invocation
from ..ops.leaves import FED
from ..ops.operation import Reference
from ..shape import SCALAR, Shape, Type
from .clipping import Clipping
from .optimisers import OPTIMISERS, Update
from .reverse import differentiate
from .taken_rows import TakenRows, changes_rows_alone, lazy, taken_rows

LEARNING_RATE = "learning rate"
STEP_COUNT = "step count"
UPDATE_COUNT = "update count"
GATHERED = "gathered gradients"
SUM = "gradient sum"


class ParameterUpdate(NamedTuple):
    """Indices of a parameter's leaf, of its gradient (before clipping and decay) and of its value after the step.

    `direction` is the gradient after clipping. `settings` are those of the optimiser for this parameter, `rate` is the
    path of the leaf that holds its learning rate. `rows` are those that change, where these are known to be some.
    """

    leaf: int
    gradient: int
    value: int
    direction: int
    settings: Invocation
    rate: str
    rows: TakenRows | None = None


class StateUpdate(NamedTuple):
    """Indices of a state's leaf and of its value after the step, and the path of its parameter. States begin as 0."""

    leaf: int
    value: int
    parameter: str


class GradientSum(NamedTuple):
    """Indices of the leaf that holds the sum of a parameter's gradients since the last update, and of the sum with this
    step's; the path of the parameter. Sums begin as 0."""

    leaf: int
    value: int
    parameter: str


class NextValue(NamedTuple):
    """Indices of the leaf of one of the spec's states and of its value after the step."""

    leaf: int
    value: int


@dataclass(frozen=True)
class TrainingGraph:
    """A graph with its reverse pass and its update appended.

    `parameters` and `states` are by path, `W` and `W velocity`; a parameter that the loss does not reach, and one that
    is `frozen`, is not among them and keeps its value. Further leaves are fed at each step: STEP_COUNT, from 1 on, and
    the learning rates. `rates` has these as they are written, before any schedule: LEARNING_RATE, and one for each
    other rate of a group.
    """

    graph: Graph
    loss: int
    parameters: Mapping[str, ParameterUpdate]
    states: Mapping[str, StateUpdate]
    rates: Mapping[str, float]
    frozen: tuple[str, ...]
    next: Mapping[str, NextValue] = field(default_factory=dict)
    """The states of the spec that a step changes, by path."""
    sums: Mapping[str, GradientSum] = field(default_factory=dict)
    """Where several steps make one update: their gradients' sums by path, `W gradient sum`."""
    zero: int | None = None
    """What an update leaves of the sums; None where each step makes one."""
    gathers: bool = False
    """Whether this is a step before the last of those that make one update: it changes sums, and the spec's states."""

    @property
    def targets(self) -> tuple[int, ...]:
        """What a step must compute: the loss and all new values."""
        return (self.loss, *self.changed.values())

    @property
    def changed(self) -> dict[str, int]:
        """The new values that a step makes, by path."""
        if self.gathers:
            return {path: each.value for table in (self.sums, self.next) for path, each in table.items()}
        tables = (self.parameters, self.states, self.next)
        made = {path: each.value for table in tables for path, each in table.items()}
        return made if self.zero is None else made | dict.fromkeys(self.sums, self.zero)

    @property
    def counts(self) -> tuple[str, ...]:
        """Leaves that a step is fed beside the rates and STEP_COUNT: the number of the update, from 1, and how many
        gradients it takes, where several steps make one update."""
        return () if self.zero is None else (UPDATE_COUNT, GATHERED)

    @property
    def gathering(self) -> "TrainingGraph":
        """The same for a step that only adds its gradients to the sums."""
        return replace(self, gathers=True)


def training_graph(
    graph: Graph, minimize: int, optimizer: Invocation, groups: Sequence[Group] = (), *, accumulate: int = 1
) -> TrainingGraph:
    """The graph of one step of an optimiser that minimises a scalar node. Raises shape.Clash for a tensor.

    It is in the form of training. Of more than one step to `accumulate`, an update takes the mean of their gradients.
    """
    if has_forms(graph.nodes):
        graph = replace(graph, nodes=chosen(graph.nodes, training=True))
    builder = GraphBuilder(graph.nodes)
    needed = graph.ancestors([minimize])
    members = grouped(groups, graph.params)
    frozen = tuple(path for path, number in members.items() if groups[number].frozen)
    resting = frozenset(frozen)
    leaves = {path: param.index for path, param in graph.params.items() if needed[param.index] and path not in resting}
    own = [group.of(optimizer) for group in groups]
    settings = {path: own[members[path]] if path in members else optimizer for path in leaves}
    by_leaf = differentiate(builder, minimize, tuple(leaves.values()))
    gradients = {path: by_leaf[leaf] for path, leaf in leaves.items()}
    sums, means = _gathered(builder, gradients, leaves) if accumulate > 1 else ({}, gradients)
    taken = {} if accumulate > 1 else _taken(builder, gradients, settings)
    clipping = Clipping(builder, means, optimizer, settings)
    directions = {path: clipping.of(path, gradient) for path, gradient in means.items()}
    rates = {LEARNING_RATE: optimizer.number("lr")}
    rate_leaves = {LEARNING_RATE: builder.leaf(FED, SCALAR, LEARNING_RATE, None)}
    step = builder.leaf(FED, SCALAR, STEP_COUNT, None)
    if accumulate > 1:
        step = builder.leaf(FED, SCALAR, UPDATE_COUNT, None)
    parameters: dict[str, ParameterUpdate] = {}
    states: dict[str, StateUpdate] = {}
    for path, leaf in leaves.items():
        rate = _rate_path(settings[path].number("lr"), rates)
        if rate not in rate_leaves:
            rate_leaves[rate] = builder.leaf(FED, SCALAR, rate, None)
        builder.span = builder.nodes[leaf].span
        update = Update(builder, settings[path], rate_leaves[rate], step)
        rows = taken.get(path)
        if rows is not None:
            rows = rows._replace(direction=clipping.of(path, rows.direction))
        if rows is not None and rows.alone:
            value, kept = _rows_updated(update, path, leaf, rows.numbers, rows.direction)
        else:
            value, kept = _updated(update, path, leaf, directions[path])
        parameters[path] = ParameterUpdate(leaf, gradients[path], value, directions[path], settings[path], rate, rows)
        states |= kept
    following = {path: NextValue(each.index, each.next) for path, each in graph.states.items() if each.next is not None}
    zero = builder.constant(0.0) if accumulate > 1 else None
    extended = graph.extended(builder.nodes[len(graph.nodes) :])
    return TrainingGraph(extended, minimize, parameters, states, rates, frozen, following, sums, zero)


def _gathered(
    builder: GraphBuilder, gradients: Mapping[str, Reference], leaves: Mapping[str, int]
) -> tuple[dict[str, GradientSum], dict[str, Reference]]:
    """The sums of gradients by their paths, and the means by the parameters'."""
    count = builder.leaf(FED, SCALAR, GATHERED, None)
    sums: dict[str, GradientSum] = {}
    means: dict[str, Reference] = {}
    for path, gradient in gradients.items():
        name = f"{path} {SUM}"
        held = builder.leaf(FED, builder.type(leaves[path]), name, None)
        total = builder.add(held, gradient)
        sums[name] = GradientSum(held, total, path)
        means[path] = builder.div(total, count)
    return sums, means


def _taken(
    builder: GraphBuilder, gradients: Mapping[str, Reference], settings: Mapping[str, Invocation]
) -> dict[str, TakenRows]:
    """The rows of parameters that change, before clipping, where that is not all of them."""
    found: dict[str, TakenRows] = {}
    for path, gradient in gradients.items():
        if changes_rows_alone(settings[path]):
            taken = taken_rows(builder, gradient, builder.type(gradient).shape)
            if taken is not None:
                found[path] = TakenRows(*taken, alone=lazy(settings[path]))
    return found


def _rate_path(rate: float, rates: dict[str, float]) -> str:
    """The path of the leaf of a learning rate, which is entered among the `rates` that are known."""
    path = LEARNING_RATE if rate == rates[LEARNING_RATE] else f"{LEARNING_RATE} {rate!r}"
    rates.setdefault(path, rate)
    return path


class PackedUpdate(NamedTuple):
    """The update of a row of numbers, as a graph: every rule goes element by element, so it is that of all parameters.

    The leaves are called PARAMETER, GRADIENT, LEARNING_RATE and STEP_COUNT, and the states as the optimiser calls them.
    """

    graph: Graph
    targets: tuple[int, ...]
    """The new parameters, then the new states."""
    states: tuple[str, ...]


PARAMETER = "parameter"
GRADIENT = "gradient"
NUMBERS = "numbers"


def packed_sum(size: int) -> PackedUpdate:
    """The sum of a row of `size` gradients with that of a step: its leaves are called SUM and GRADIENT."""
    builder = GraphBuilder()
    row = Type("real", (size,))
    total = builder.add(builder.leaf(FED, row, SUM, None), builder.leaf(FED, row, GRADIENT, None))
    return PackedUpdate(Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {}), (total,), ())


def rows_update(shape: Shape, count: Shape, settings: Invocation) -> PackedUpdate:
    """The update of those rows of a table that have `count` numbers; a further leaf is called NUMBERS."""
    builder = GraphBuilder()
    leaf = builder.leaf(FED, Type("real", shape), PARAMETER, None)
    numbers = builder.leaf(FED, Type("int", count), NUMBERS, None)
    gradient = builder.leaf(FED, Type("real", (*count, *shape[1:])), GRADIENT, None)
    rate, step = (builder.leaf(FED, SCALAR, name, None) for name in (LEARNING_RATE, STEP_COUNT))
    update = Update(builder, settings, rate, step)
    return _packed(builder, *_rows_updated(update, PARAMETER, leaf, numbers, gradient))


def packed_update(size: int, settings: Invocation) -> PackedUpdate:
    """The update of `size` numbers, whose gradient has been clipped, by an optimiser with these settings."""
    builder = GraphBuilder()
    row = Type("real", (size,))
    leaf = builder.leaf(FED, row, PARAMETER, None)
    gradient = builder.leaf(FED, row, GRADIENT, None)
    update = Update(
        builder,
        settings,
        builder.leaf(FED, SCALAR, LEARNING_RATE, None),
        builder.leaf(FED, SCALAR, STEP_COUNT, None),
    )
    return _packed(builder, *_updated(update, PARAMETER, leaf, gradient))


def _packed(builder: GraphBuilder, value: Reference, kept: Mapping[str, StateUpdate]) -> PackedUpdate:
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    states = tuple(name.removeprefix(f"{PARAMETER} ") for name in kept)
    return PackedUpdate(graph, (value, *(state.value for state in kept.values())), states)


def _updated(
    update: Update, path: str, leaf: Reference, gradient: Reference
) -> tuple[Reference, dict[str, StateUpdate]]:
    """The new value of a parameter, and its states by path."""
    builder = update.builder
    optimiser = OPTIMISERS[update.settings.name]
    names = [f"{path} {state}" for state in optimiser.states]
    held = tuple(builder.leaf(FED, builder.type(leaf), name, None) for name in names)
    if update.settings.number("weight_decay") and not optimiser.decays_weights:
        gradient = builder.add(gradient, builder.mul(update.number("weight_decay"), leaf))
    value, new = optimiser.rule(update, leaf, gradient, held)
    return value, {name: StateUpdate(state, kept, path) for name, state, kept in zip(names, held, new, strict=True)}


def _rows_updated(
    update: Update, path: str, leaf: Reference, numbers: Reference, gradient: Reference
) -> tuple[Reference, dict[str, StateUpdate]]:
    """The same where rows of these numbers change alone, by a gradient of theirs."""
    builder = update.builder
    optimiser = OPTIMISERS[update.settings.name]
    names = [f"{path} {state}" for state in optimiser.states]
    held = tuple(builder.leaf(FED, builder.type(leaf), name, None) for name in names)
    taken = [builder.take(each, numbers, axis=0) for each in (leaf, *held)]
    rows = optimiser.rule(update, taken[0], gradient, tuple(taken[1:]))
    value, *new = (
        builder.put_rows(table, numbers, each) for table, each in zip((leaf, *held), (rows[0], *rows[1]), strict=True)
    )
    return value, {name: StateUpdate(state, kept, path) for name, state, kept in zip(names, held, new, strict=True)}
