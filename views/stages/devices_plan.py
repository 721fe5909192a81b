"""What a step costs where devices share the rows of a batch: counted from the graph, before any machine is rented.

Each device takes its rows through the whole graph. Where a node sums over rows, in the reverse pass that of every
param's gradient, the parts are put together by an all-reduce, in which each of D devices sends 2 (D - 1) / D of the
result's bytes (a ring; Patarasuk and Yuan, Bandwidth optimal all-reduce algorithms, 2009).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple

from ...compiler.graph.graph import Graph, Node
from ...compiler.graph.spec import Precision, Spec
from ...compiler.lower.computation import Computation
from ...compiler.ops.facts import elements
from ...compiler.passes.pipeline import optimised
from ...compiler.shape import Linear, Type, bind_shape
from ..text.costs import batch_dims, costs
from ..text.json_values import Json
from ..text.terminal import count_text, table
from .generated import training_subject


@dataclass(frozen=True)
class Rates:
    """What a device and the network between two can do. The defaults are round numbers of an accelerator of 2023 in
    float32, and of a network of 200 Gbit/s."""

    flops: float = 2e13
    """Floating-point operations a second."""
    memory: float = 1e12
    """Bytes a second between a device and its memory."""
    network: float = 2.5e10
    """Bytes a second that a device sends."""
    latency: float = 2e-5
    """Seconds until a first byte arrives."""
    collective: float = 0.0
    """Seconds that each sum over rows takes beside the first, however small: 0 where a library sends all of them as
    one, as NCCL does what XLA groups. Of XLA on processors, over gloo, each took as
    long as one by itself (docs/scale.md)."""

    @classmethod
    def of(cls, text: str) -> "Rates":
        """From `flops=2e13, network=1e9`; those that are left out keep their defaults. Raises ValueError."""
        names, given = [field.name for field in fields(cls)], dict[str, float]()
        for each in text.split(","):
            name, sign, number = (part.strip() for part in each.partition("="))
            if not sign or name not in names:
                raise ValueError(f"{each.strip()!r} is none of {', '.join(f'{name}=NUMBER' for name in names)}")
            try:
                given[name] = float(number)
            except ValueError:
                raise ValueError(f"{number!r} is no number") from None
            if not 0 < given[name] < float("inf"):
                raise ValueError(f"{name} is {number}; it is more than 0")
        return cls(**given)


class Collective(NamedTuple):
    """A sum over the rows of all devices: the node, and the bytes of its value."""

    node: str
    bytes: int


@dataclass(frozen=True)
class DevicesPlan:
    """A step on so many devices, of a batch of `rows` in all.

    `flops` and `bytes` are those of one device, `kept` the bytes of parameters and states that lie on each, `largest`
    those of the values of its forward pass, which the reverse pass reads. `computing` are the seconds of its nodes,
    each the longer one of its arithmetic and its memory traffic.
    """

    devices: int
    rows: int
    flops: int
    bytes: int
    kept: int
    largest: int
    computing: float
    collectives: tuple[Collective, ...]
    rates: Rates

    @property
    def summed(self) -> int:
        """Bytes of what is summed over all devices."""
        return sum(each.bytes for each in self.collectives)

    @property
    def sent(self) -> float:
        """Bytes that a device sends."""
        return 2 * (self.devices - 1) / self.devices * self.summed

    @property
    def sending(self) -> float:
        """Seconds of the network. The latency is counted once for each way round the ring; what every further sum takes
        beside that is a rate of its own."""
        if self.devices == 1:
            return 0.0
        further = max(len(self.collectives) - 1, 0) * self.rates.collective
        return self.sent / self.rates.network + 2 * (self.devices - 1) * self.rates.latency + further

    @property
    def seconds(self) -> float:
        """Of a step, where nothing is sent while something is computed."""
        return self.computing + self.sending

    def text(self) -> str:
        """The plan for people."""
        own = -(-self.rows // self.devices)
        largest = sorted(self.collectives, key=lambda each: -each.bytes)[:5]
        late = f"{self.rates.latency:.3g} s late"
        late += f", {self.rates.collective:.3g} s a further sum" if self.rates.collective else ""
        rows = [
            ("rows", f"{own:,} of {self.rows:,}", "of a batch"),
            ("FLOPs", count_text(self.flops), "a step"),
            ("memory traffic", count_text(self.bytes), "bytes a step, each operand and value once"),
            ("parameters, states", count_text(self.kept), "bytes, whole on each device"),
            ("values kept", count_text(self.largest), "bytes of the forward pass, at most"),
            ("sent", count_text(round(self.sent)), f"bytes, for {len(self.collectives)} sums over rows"),
            ("computing", _time(self.computing), f"at {self.rates.flops:.3g} FLOP/s, {self.rates.memory:.3g} bytes/s"),
            ("sending", _time(self.sending), f"at {self.rates.network:.3g} bytes/s, {late}"),
            ("a step", _time(self.seconds), f"{self.rows / self.seconds:,.0f} rows/s in all"),
        ]  # fmt: skip
        sums = [(each.node, count_text(each.bytes)) for each in largest] if self.devices > 1 else []
        parts = [table((f"each of {self.devices}", "", ""), rows, left=1)]
        if sums:
            parts += ["", table(("largest sums over rows", "bytes"), sums, left=1)]
        return "\n".join(parts)

    def document(self) -> dict[str, Json]:
        """The plan as JSON."""
        return {
            "devices": self.devices,
            "rows": self.rows,
            "flops": self.flops,
            "bytes": self.bytes,
            "kept": self.kept,
            "values": self.largest,
            "sent": self.sent,
            "sums": [{"node": each.node, "bytes": each.bytes} for each in self.collectives],
            "rates": {field.name: getattr(self.rates, field.name) for field in fields(self.rates)},
            "computing": self.computing,
            "sending": self.sending,
            "seconds": self.seconds,
        }


def devices_plan(
    spec: Spec, devices: int, rates: Rates, known: Mapping[str, int], precision: Precision | None = None
) -> DevicesPlan | None:
    """The plan of a training step; None for a spec that does not train.

    Raises ValueError where no dim counts rows, as where one was given a size: nothing tells then what can be shared.
    """
    subject = training_subject(spec, precision)
    if subject is None or subject.training is None:
        return None
    itemsize = 4 if subject.precision == "float32" else 8
    counting = _counting_rows(spec)
    if not counting:
        raise ValueError("no dim counts the rows of an input; leave it free, its size is that of train.batch")
    whole = batch_dims(spec, known)
    rows = max([whole[name] for name in counting if name in whole], default=1)
    own = {name: -(-size // devices) if name in counting else size for name, size in whole.items()}
    gradients = {path: each.gradient for path, each in subject.training.parameters.items()}
    targets = (*subject.training.targets, *gradients.values())
    made = optimised(Computation(subject.graph.nodes, targets, subject.precision), symbols=True)
    graph = Graph(made.nodes, {}, {}, (), frozenset(), {}, {})
    each = costs(graph, own, itemsize)
    shapes = [Type(node.type.kind, bind_shape(node.type.shape, own)) for node in made.nodes]
    sizes = [elements(shape) * itemsize for shape in shapes]
    named = {number: f"d_{path}" for path, number in zip(gradients, made.targets[-len(gradients) :], strict=True)}
    held = {*spec.graph.held, *subject.training.states, *subject.training.sums}
    first = next((number for number, node in enumerate(made.nodes) if number > made.targets[0]), len(made.nodes))
    return DevicesPlan(
        devices,
        rows,
        sum(cost.flops for cost in each),
        sum(cost.bytes for cost in each),
        sum(sizes[number] for number, node in enumerate(made.nodes) if node.path in held),
        sum(sizes[number] for number in range(first) if each[number].bytes),
        sum(max(cost.flops / rates.flops, cost.bytes / rates.memory) for cost in each),
        tuple(Collective(named.get(number, name), sizes[number]) for number, name in _sums(made.nodes, counting)),
        rates,
    )


def _counting_rows(spec: Spec) -> frozenset[str]:
    """The dims that count rows of the data, or of what a script feeds: those of the first axes of inputs alone."""
    graph = spec.graph
    firsts, others = set[str](), set[str]()
    for declaration in graph.inputs.values():
        shape = graph.nodes[declaration.index].type.shape
        firsts |= set(_names(shape[:1]))
        others |= set(_names(shape[1:]))
    for held in graph.held.values():
        others |= set(_names(graph.nodes[held.index].type.shape))
    return frozenset(firsts - others)


def _names(shape: tuple[int | Linear, ...]) -> Iterator[str]:
    return (name for size in shape if isinstance(size, Linear) for name, _ in size.terms)


def _sums(nodes: tuple[Node, ...], counting: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Nodes that have operands with rows, and no rows themselves; each with a name."""
    by_rows = [not counting.isdisjoint(_names(node.type.shape)) for node in nodes]
    for number, node in enumerate(nodes):
        if not by_rows[number] and any(by_rows[operand] for operand in node.inputs):
            yield number, node.path or node.operation.called


def _time(seconds: float) -> str:
    unit, factor = next(((u, f) for u, f in (("s", 1.0), ("ms", 1e3), ("us", 1e6)) if seconds * f >= 1), ("us", 1e6))
    return f"{seconds * factor:.3g} {unit}"
