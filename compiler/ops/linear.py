"""Matrix products: matmul, affine, and the outer product that their gradients need.

Over 300 lines: records, each with all that is known of an operation.
"""

import math
from collections.abc import Sequence

from ..shape import Clash, Shape, Size, Type, broadcast, product, shape_text
from .arrangement.moved_axes import as_planned, in_order
from .arrangement.shaping import flat
from .attribute import Attribute, Attributes
from .builder import Builder
from .elementwise import summed_back
from .emitter import Buffer, Emitter, spreading
from .facts import Advice, Algebra, Array, Axes, Rows, Share, Types, Words, elements
from .forms.arrangement import affine_text
from .forms.c import sums as c_sums
from .forms.numpy_form import NumpyForm
from .forms.onnx import arrangement as onnx_arrangement
from .forms.onnx.nodes import onnx_operator
from .forms.torch import arrangement as torch_arrangement
from .operation import Namespace, Operation, Reference, Trial

Pair = tuple[Reference, Reference]

_add_into = spreading("add")
_multiply_into = spreading("multiply")


def _matmul_type(types: tuple[Type, ...]) -> Type:
    a, b = types[0].shape, types[1].shape
    for position, shape in enumerate((a, b)):
        if not shape:
            raise Clash(
                f"matmul: {'ab'[position]} is a scalar", operands=(position,), hint="a product with a scalar is `a * b`"
            )
    rows_axis = -2 if len(b) > 1 else -1
    if a[-1] != b[rows_axis]:
        mended = len(b) == 2 and a[-1] == b[-1]
        raise Clash(
            f"matmul: a, {shape_text(a)}, has rows of {a[-1]} but b, {shape_text(b)}, has {b[rows_axis]} rows",
            operands=(0, 1),
            hint="`transpose(b)` has as many rows" if mended else None,
        )
    if min(len(a), len(b)) == 1:
        if max(len(a), len(b)) > 2:
            raise Clash(
                f"matmul: a is {shape_text(a)} and b is {shape_text(b)}; a batch of matrices needs a matrix beside it",
                operands=(0, 1),
            )
        return Type("real", (*a[:-1], *b[1:]))
    try:
        batch = broadcast(a[:-2], b[:-2])
    except Clash as clash:
        raise Clash(f"matmul: the batches of a and b differ: {clash.message}", operands=(0, 1)) from None
    return Type("real", (*batch, a[-2], b[-1]))


def _matmul_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> Pair:
    ranks = len(builder.type(a).shape), len(builder.type(b).shape)
    if ranks == (1, 1):
        return builder.mul(g, b), builder.mul(g, a)
    if ranks == (1, 2):
        return builder.matmul(g, builder.transpose(b)), builder.outer(a, g)
    if ranks == (2, 1):
        return builder.outer(g, b), builder.matmul(builder.transpose(a), g)
    return (
        summed_back(builder, builder.matmul(g, builder.transpose(b)), a),
        summed_back(builder, builder.matmul(builder.transpose(a), g), b),
    )


def _matmul_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """The axis along which it sums is gone; where that runs over rows, they are put together."""
    left, right = over
    vector = len(types[1].shape) == 1
    summed = -1 if vector else -2
    mixes = -1 in left or summed in right
    from_left = frozenset(each + vector for each in left if each != -1)
    from_right = frozenset(each for each in right if each != summed)
    found = from_left | from_right
    return found, mixes or len(found) > max(len(from_left), len(from_right))


def _matmul_shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    match [len(each.shape) for each in types]:
        case [1, 1]:
            return Share("g * b"), Share("g * a")
        case [1, 2]:
            return Share("g @ transpose(b)"), Share("outer(a, g)")
        case [2, 1]:
            return Share("outer(g, b)"), Share("transpose(a) @ g")
    a, b = ((*result.shape[:-2], *each.shape[-2:]) for each in types)
    return Share("g @ transpose(b)", shape=a), Share("transpose(a) @ g", shape=b)


def _matmul_flops(types: Types, result: Type, attributes: Attributes) -> int:
    """A product and a sum for each element of the result and of the inner axis."""
    return 2 * elements(result) * elements(Type("real", types[0].shape[-1:]))


def _affine_complete(types: Types, attributes: Attributes) -> Attributes:
    """Of one row, or of one in each line, nothing is flattened either way."""
    return attributes if len(types[0].shape) > 2 else (True,)


def _affine_type(types: tuple[Type, ...], flatten: bool = True) -> Type:
    x, W, b = (type.shape for type in types)  # noqa: N806  # the matrix keeps its capital letter
    if not x:
        raise Clash("affine: x is a scalar", operands=(0,), hint="give it an axis of features")
    if len(W) != 2:
        raise Clash(f"affine: W is {shape_text(W)} but must be a matrix, [features, units]", operands=(1,))
    features: Size = product(x[1:]) if flatten and len(x) > 1 else x[-1]
    if features != W[0]:
        raise Clash(
            f"affine: x has {features} features but W has {W[0]} rows",
            operands=(0, 1),
            hint=f"`transpose(W)` has {W[1]} rows" if features == W[1] else None,
        )
    shape = (*(x[:1] if flatten and len(x) > 1 else x[:-1]), W[1])
    if b != W[1:] and not _fits(shape, b):
        raise Clash(f"affine: W has {W[1]} columns but b is {shape_text(b)}", operands=(1, 2))
    return Type("real", shape)


def _fits(shape: tuple[Size, ...], operand: tuple[Size, ...]) -> bool:
    """Whether the operand broadcasts to the shape."""
    try:
        return broadcast(shape, operand) == shape
    except Clash:
        return False


def multiplied(xp: Namespace, a: Array, b: Array) -> Array:
    """The matrix product: by `dot`, which numpy calls faster, and by `matmul` where that does without BLAS."""
    return (xp.dot if _by_dot(a, b) else xp.matmul)(as_planned(xp, a), as_planned(xp, b))


def _by_dot(a: Array | Buffer, b: Array | Buffer) -> bool:
    return len(a.shape) == len(b.shape) == 2 and a.shape[1] != 1


def _multiplied_into(emit: Emitter, out: Buffer, a: Buffer, b: Buffer) -> None:
    emit.call("dot" if _by_dot(a, b) else "matmul", a, b, out)


def _affine(
    xp: Namespace,
    x: Array,
    W: Array,  # noqa: N803  # the matrix keeps its capital letter
    b: Array,
    flatten: bool,
) -> Array:
    if len(x.shape) > 2:
        x = in_order(xp, x)
    if flatten:
        return multiplied(xp, flat(xp, x), W) + b
    return xp.reshape(multiplied(xp, xp.reshape(x, _in_rows(x.shape)), W), (*x.shape[:-1], W.shape[1])) + b


def _in_rows(shape: tuple[int, ...]) -> tuple[int, int]:
    """All axes but the last in one."""
    return math.prod(shape[:-1]), shape[-1]


def _affine_into(
    emit: Emitter,
    out: Buffer,
    x: Buffer,
    W: Buffer,  # noqa: N803  # the matrix keeps its capital letter
    b: Buffer,
    flatten: bool,
) -> None:
    rows = out
    if len(x.shape) > 2:
        whole = (x.shape[0], math.prod(x.shape[1:])) if flatten else _in_rows(x.shape)
        x, rows = emit.view(emit.copied(x), "reshape", whole), emit.view(out, "reshape", (whole[0], W.shape[1]))
    _multiplied_into(emit, rows, x, W)
    _add_into(emit, out, out, b)


def _affine_vjp(
    builder: Builder,
    g: Reference,
    x: Reference,
    W: Reference,  # noqa: N803  # the matrix keeps its capital letter
    b: Reference,
    output: Reference,
    flatten: bool,
) -> tuple[Reference, Reference, Reference]:
    shape = builder.type(x).shape
    db = summed_back(builder, g, b)
    if len(shape) < 3:
        dx = builder.matmul(g, builder.transpose(W))
        return dx, builder.outer(x, g) if len(shape) == 1 else builder.matmul(builder.transpose(x), g), db
    if flatten:
        rows = builder.flatten(x)
    elif (lines := _count(shape[:-1])) is not None:
        rows = builder.reshape(x, shape=(lines, shape[-1]))
        g = builder.reshape(g, shape=(lines, builder.type(g).shape[-1]))
    else:  # two dims among the axes, whose product is no size
        dw = summed_back(builder, builder.matmul(builder.transpose(x), g), W)
        return builder.matmul(g, builder.transpose(W)), dw, db
    dx = builder.reshape(builder.matmul(g, builder.transpose(W)), shape=shape)
    return dx, builder.matmul(builder.transpose(rows), g), db


def _count(sizes: Shape) -> Size | None:
    """How many rows axes have, None where that is not linear in one dim."""
    try:
        return product(sizes)
    except Clash:
        return None


def _affine_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """x @ W + b, all axes of x but the first in one, or each as it is."""
    x, weights, shift = over
    rank = len(types[0].shape)
    if not attributes[0]:
        kept = x - {-1}
        found = kept | (weights - {-2}) | shift
        return found, -1 in x or -2 in weights or len(found) > max(len(kept), len(weights), len(shift))
    mixes = bool(x - {-rank}) or (rank == 1 and bool(x)) or -2 in weights
    kept = frozenset({-2}) if -rank in x and rank > 1 else frozenset[int]()
    found = kept | (weights - {-2}) | shift
    return found, mixes or len(found) > 1


def _affine_shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    shift = Share("g", shape=result.shape)
    match len(types[0].shape):
        case 1:
            return Share("g @ transpose(W)"), Share("outer(x, g)"), shift
        case 2:
            return Share("g @ transpose(W)"), Share("transpose(x) @ g"), shift
    if not attributes[0]:
        rows = f"reshape(x, [-1, {types[0].shape[-1]}])"
        back = f"reshape(g, [-1, {result.shape[-1]}])"
        return Share("g @ transpose(W)"), Share(f"transpose({rows}) @ {back}"), shift
    return Share("g @ transpose(W)", "in the shape of {x}"), Share("transpose(flatten(x)) @ g"), shift


def _affine_flops(types: Types, result: Type, attributes: Attributes) -> int:
    return (2 * elements(Type("real", types[1].shape[:1])) + 1) * elements(result)


def _outer_type(types: tuple[Type, ...]) -> Type:
    (a,), (b,) = types[0].shape, types[1].shape
    return Type("real", (a, b))


def _outer_into(emit: Emitter, out: Buffer, a: Buffer, b: Buffer) -> None:
    _multiply_into(emit, out, emit.view(a, "reshape", (*a.shape, 1)), b)


def _outer_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> Pair:
    return builder.matmul(g, b), builder.matmul(builder.transpose(g), a)


MATMUL = Operation(
    "matmul",
    ("a", "b"),
    "a @ b",
    "Matrix product: [R, K] and [K, C] give [R, C]; either may be one row [K], or both batches of matrices.",
    infer=_matmul_type,
    forward=multiplied,
    kernel=_multiplied_into,
    c=c_sums.MATMUL,
    onnx=onnx_operator("MatMul"),
    torch=torch_arrangement.MATMUL,
    multiplied=(0, 1),
    numpy=NumpyForm("{0} @ {1}"),
    strided=True,
    vjp=_matmul_vjp,
    flops=_matmul_flops,
    rows=Rows(_matmul_rows),
    algebra=Algebra(weighs=1),
    words=Words(sign="@", shares=_matmul_shares),
    advice=Advice(other_names="dot mm bmm mv dot_product inner vdot matrix_multiply tensordot einsum gemm"),
    trials=(
        Trial(((3,), (3,))),
        Trial(((3,), (3, 2))),
        Trial(((2, 3), (3,))),
        Trial(((2, 3), (3, 4))),
        Trial(((1, 3), (3, 1))),
        Trial(((2, 2, 3), (2, 3, 2))),
        Trial(((2, 3), (4, 3, 2))),
        Trial(((2, 1, 2, 3), (3, 3, 2))),
    ),
)
AFFINE = Operation(
    "affine",
    ("x", "W", "b"),
    "x @ W + b",
    "A layer's weighted sums: x [N, I] or one row [I], W [I, O], b [O] give [N, O] or [O]; rows of more axes are "
    "flattened, or with `flatten = false` x [..., I] gives [..., O].",
    infer=_affine_type,
    complete=_affine_complete,
    forward=_affine,
    kernel=_affine_into,
    c=c_sums.AFFINE,
    onnx=onnx_arrangement.AFFINE,
    torch=torch_arrangement.AFFINE,
    multiplied=(0, 1),
    numpy=NumpyForm(affine_text),
    strided=True,
    vjp=_affine_vjp,
    flops=_affine_flops,
    rows=Rows(_affine_rows),
    attributes=(Attribute("flatten", "boolean", True),),
    algebra=Algebra(weighs=1),
    words=Words(shares=_affine_shares),
    trials=(
        Trial(((3,), (3, 2), (2,)), (True,)),
        Trial(((4, 3), (3, 2), (2,)), (True,)),
        Trial(((1, 3), (3, 2), (2,)), (True,)),
        Trial(((4, 3), (3, 2), ()), (True,)),
        Trial(((4, 3), (3, 2), (1,)), (True,)),
        Trial(((5, 3, 2), (6, 3), (3,)), (True,)),
        Trial(((5, 3, 2), (2, 4), (4,)), (False,)),
        Trial(((2, 1, 3, 2), (2, 1), (1,)), (False,)),
    ),
)
OUTER = Operation(
    "outer",
    ("a", "b"),
    "a transposed times b",
    "Outer product of two rows: [R] and [C] give [R, C].",
    infer=_outer_type,
    forward=lambda xp, a, b: xp.expand_dims(a, 1) * xp.expand_dims(b, 0),
    kernel=_outer_into,
    c=c_sums.OUTER,
    onnx=onnx_arrangement.OUTER,
    numpy=NumpyForm("np.outer({0}, {1})"),
    vjp=_outer_vjp,
    role="helper",
    trials=(Trial(((3,), (2,))), Trial(((1,), (4,)))),
)

LINEAR = (MATMUL, AFFINE, OUTER)
