"""Operators of ONNX along axes, products of matrices, and norms, as nodes of a graph."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ....compiler.ops.builder import Builder
from ....compiler.ops.operation import Reference
from ..site import Known, Site, Unsayable, Value
from .elements import Function, Rule


def _matmul(site: Site) -> Value:
    return site.builder.matmul(*site.references())


def _turned(site: Site, slot: int, *, turn: bool) -> Reference:
    """A matrix, or its transpose; a known one is kept as that."""
    value = site.value(slot)
    if not turn:
        return site.reference(slot)
    if isinstance(value, Known):
        return site.as_node(Known(np.ascontiguousarray(value.array.T), value.name))
    return site.builder.transpose(site.reference(slot))


def _gemm(site: Site) -> Value:
    builder = site.builder
    a = _turned(site, 0, turn=bool(site.attribute("transA", 0)))
    b = _turned(site, 1, turn=bool(site.attribute("transB", 0)))
    alpha, beta = site.attribute("alpha", 1.0), site.attribute("beta", 1.0)
    if not site.has(2):
        found = builder.matmul(a, b)
        return found if alpha == 1 else builder.mul(site.constant(alpha), found)
    shift = site.reference(2)
    wide = builder.type(shift).shape == builder.type(b).shape[1:]
    if alpha == beta == 1 and wide and len(builder.type(a).shape) == 2:
        return builder.affine(a, b, shift)
    found = builder.matmul(a, b)
    found = found if alpha == 1 else builder.mul(site.constant(alpha), found)
    return builder.add(found, shift if beta == 1 else builder.mul(site.constant(beta), shift))


def _softmax(operation: Function) -> Rule:
    def rule(site: Site) -> Value:
        builder, x = site.builder, site.reference(0)
        rank = len(builder.type(x).shape)
        axis = site.attribute("axis", -1 if site.version >= 13 else 1)
        axis = axis + rank if axis < 0 else axis
        if site.version < 13 and axis != rank - 1:  # all axes from that one on, as one
            raise Unsayable("several axes together")
        return operation(builder, x, axis=-1 if axis == rank - 1 else axis)

    return rule


# --- reductions -------------------------------------------------------------------------------------------------

Reduced = Callable[[Site, Reference, "tuple[int, ...] | int | None", bool], Reference]


def _along(operation: Function, before: str = "") -> Reduced:
    def reduced(site: Site, x: Reference, axis: tuple[int, ...] | int | None, keepdims: bool) -> Reference:
        builder = site.builder
        if before == "size":
            x = builder.abs(x)
        if before == "square":
            x = builder.mul(x, x)
        return operation(builder, x, axis=axis, keepdims=keepdims)

    return reduced


def _after(function: Function, reduced: Reduced) -> Reduced:
    return lambda site, x, axis, keepdims: function(site.builder, reduced(site, x, axis, keepdims))


def _reduction(reduced: Reduced) -> Rule:
    def rule(site: Site) -> Value:
        x = site.reference(0)
        rank, keepdims = len(site.builder.type(x).shape), bool(site.attribute("keepdims", 1))
        axes = site.axes(1)
        if not axes:
            if site.attribute("noop_with_empty_axes", 0):
                return x
            axes = list(range(rank))
        placed = tuple(sorted({axis % rank for axis in axes})) if rank else ()
        every = len(placed) == rank and not keepdims
        if not placed:
            return site.builder.identity(x)
        return reduced(site, x, None if every else placed[0] if len(placed) == 1 else placed, keepdims)

    return rule


def _place(operation: Function) -> Rule:
    def rule(site: Site) -> Value:
        if site.attribute("select_last_index", 0):
            raise Unsayable("of equal elements the last")
        axis, keepdims = site.attribute("axis", 0), bool(site.attribute("keepdims", 1))
        return operation(site.builder, site.reference(0), axis=axis, keepdims=keepdims)

    return rule


def _cumulated(site: Site) -> Value:
    if site.attribute("exclusive", 0) or site.attribute("reverse", 0):
        raise Unsayable("sums from the end on, or without the element itself")
    return site.builder.cumsum(site.reference(0), axis=site.whole(1)[0])


def _global(operation: Function) -> Rule:
    def rule(site: Site) -> Value:
        x = site.reference(0)
        axes = tuple(range(2, len(site.builder.type(x).shape)))
        return operation(site.builder, x, axis=axes[0] if len(axes) == 1 else axes, keepdims=True)

    return rule


# --- norms ------------------------------------------------------------------------------------------------------


def _by_channel(site: Site, slot: int, rank: int) -> Reference:
    """A number for each channel, in the shape in which it meets [N, C, ...]."""
    value = site.value(slot)
    if isinstance(value, Known):
        return site.as_node(Known(value.array.reshape(-1, *(1,) * (rank - 2)), value.name))
    x = site.reference(slot)
    return site.builder.reshape(x, shape=(site.builder.type(x).shape[0], *(1,) * (rank - 2)))


def _batch_normalization(site: Site) -> Value:
    if site.attribute("training_mode", 0) or not site.attribute("is_test", 1):
        raise Unsayable("statistics of the batch at hand")
    builder, x = site.builder, site.reference(0)
    rank = len(builder.type(x).shape)
    scale, shift, mean, variance = (_by_channel(site, slot, rank) for slot in range(1, 5))
    spread = builder.sqrt(builder.add(variance, site.constant(site.attribute("epsilon", 1e-5))))
    normal = builder.div(builder.sub(x, mean), spread)
    return builder.add(builder.mul(normal, scale), shift)


def _normalised(site: Site, x: Reference, axes: tuple[int, ...], epsilon: float) -> Reference:
    builder = site.builder
    axis = axes[0] if len(axes) == 1 else axes
    centred = builder.sub(x, builder.mean(x, axis=axis, keepdims=True))
    variance = builder.mean(builder.mul(centred, centred), axis=axis, keepdims=True)
    return builder.div(centred, builder.sqrt(builder.add(variance, site.constant(epsilon))))


def _layer_normalization(site: Site) -> Value:
    builder, x = site.builder, site.reference(0)
    rank, axis = len(builder.type(x).shape), site.attribute("axis", -1)
    axes = tuple(range(axis % rank, rank))
    found = builder.mul(_normalised(site, x, axes, site.attribute("epsilon", 1e-5)), site.reference(1))
    return builder.add(found, site.reference(2)) if site.has(2) else found


def _rms_normalization(site: Site) -> Value:
    builder, x = site.builder, site.reference(0)
    rank, axis = len(builder.type(x).shape), site.attribute("axis", -1)
    axes = tuple(range(axis % rank, rank))
    square = builder.mean(builder.mul(x, x), axis=axes[0] if len(axes) == 1 else axes, keepdims=True)
    root = builder.sqrt(builder.add(square, site.constant(site.attribute("epsilon", 1e-5))))
    return builder.mul(builder.div(x, root), site.reference(1))


def _instance_normalization(site: Site) -> Value:
    builder, x = site.builder, site.reference(0)
    rank = len(builder.type(x).shape)
    normal = _normalised(site, x, tuple(range(2, rank)), site.attribute("epsilon", 1e-5))
    return builder.add(builder.mul(normal, _by_channel(site, 1, rank)), _by_channel(site, 2, rank))


def _group_normalization(site: Site) -> Value:
    builder, x = site.builder, site.reference(0)
    rows, channels, *space = builder.type(x).shape
    groups = site.attribute("num_groups")
    each = site.fixed(channels, "the number of channels") // groups
    apart = builder.reshape(x, shape=(rows, groups, each, *space))
    normal = _normalised(site, apart, tuple(range(2, 3 + len(space))), site.attribute("epsilon", 1e-5))
    normal = builder.reshape(normal, shape=(rows, channels, *space))
    rank = 2 + len(space)
    return builder.add(builder.mul(normal, _by_channel(site, 1, rank)), _by_channel(site, 2, rank))


def _lp_normalization(site: Site) -> Value:
    builder, x, axis = site.builder, site.reference(0), site.attribute("axis", -1)
    if site.attribute("p", 2) == 1:
        return builder.div(x, builder.sum(builder.abs(x), axis=axis, keepdims=True))
    return builder.div(x, builder.sqrt(builder.sum(builder.mul(x, x), axis=axis, keepdims=True)))


# --- losses -----------------------------------------------------------------------------------------------------


def _loss(*, of_scores: bool) -> Rule:
    """Scores [N, C, d1, ...] have their classes along axis 1; here they stand last. `ignore_index` is a weight of 0."""

    def rule(site: Site) -> Value:
        builder, scores, t = site.builder, site.reference(0), site.as_int(site.reference(1))
        shape, reduction = builder.type(scores).shape, site.attribute("reduction", "mean")
        rank, classes = len(shape), site.fixed(shape[1], "the number of classes")
        ignored = site.attribute("ignore_index")
        if ignored is not None and not 0 <= ignored < classes:
            raise Unsayable(f"rows of class {ignored}, which is none, that are left out")
        moved = builder.transpose(scores, axes=(0, *range(2, rank), 1)) if rank > 2 else scores
        weight = builder.take(site.reference(2), t, axis=0) if site.has(2) else None
        if ignored is not None:
            counts = site.denied(builder.equal(t, site.constant(float(ignored))))
            weight = builder.real(counts) if weight is None else builder.mul(weight, counts)
        logs = builder.log_softmax(moved) if of_scores else moved
        hot = builder.real(
            builder.one_hot(
                builder.reshape(t, shape=(-1), classes=classes),
            )
        )
        flat = builder.reshape(logs, shape=(-1, classes))
        each = builder.neg(builder.sum(builder.mul(hot, flat), axis=1))
        flat_weight = None if weight is None else builder.reshape(weight, shape=(-1,))
        if flat_weight is not None:
            each = builder.mul(flat_weight, each)
        if reduction == "none":
            return builder.reshape(each, shape=builder.type(t).shape)
        if reduction == "sum":
            return builder.sum(each)
        return builder.mean(each) if flat_weight is None else builder.div(builder.sum(each), builder.sum(flat_weight))

    return rule


ALONG_AXES: Mapping[str, Rule] = MappingProxyType(
    {
        "MatMul": _matmul, "Gemm": _gemm, "Softmax": _softmax(Builder.softmax),
        "LogSoftmax": _softmax(Builder.log_softmax),
        "ReduceSum": _reduction(_along(Builder.sum)), "ReduceMean": _reduction(_along(Builder.mean)),
        "ReduceMax": _reduction(_along(Builder.max)), "ReduceMin": _reduction(_along(Builder.min)),
        "ReduceProd": _reduction(_along(Builder.prod)), "ReduceLogSumExp": _reduction(_along(Builder.logsumexp)),
        "ReduceSumSquare": _reduction(_along(Builder.sum, "square")),
        "ReduceL1": _reduction(_along(Builder.sum, "size")),
        "ReduceL2": _reduction(_after(Builder.sqrt, _along(Builder.sum, "square"))),
        "ReduceLogSum": _reduction(_after(Builder.log, _along(Builder.sum))),
        "ArgMax": _place(Builder.argmax), "ArgMin": _place(Builder.argmin), "CumSum": _cumulated,
        "GlobalAveragePool": _global(Builder.mean), "GlobalMaxPool": _global(Builder.max),
        "BatchNormalization": _batch_normalization, "LayerNormalization": _layer_normalization,
        "InstanceNormalization": _instance_normalization, "GroupNormalization": _group_normalization,
        "RMSNormalization": _rms_normalization, "LpNormalization": _lp_normalization,
        "SoftmaxCrossEntropyLoss": _loss(of_scores=True), "NegativeLogLikelihoodLoss": _loss(of_scores=False),
    }
)  # fmt: skip
"""By name."""
