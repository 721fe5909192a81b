"""The form of one value given to another: reshape_like."""

from ...shape import Clash, Type, shape_text
from ..builder import Builder
from ..operation import Operation, Reference, Trial
from .sizes import reshaped


def _like(builder: Builder, x: Reference, like: Reference) -> Reference:
    own, shape = builder.type(x).shape, builder.type(like).shape
    try:
        reshaped(own, shape)
    except Clash:
        message = f"reshape_like: x, {shape_text(own)}, has not the elements of {shape_text(shape)}"
        raise Clash(message, operands=(0, 1)) from None
    return builder.reshape(x, shape=shape)


RESHAPE_LIKE = Operation(
    "reshape_like",
    ("x", "like"),
    "x in the shape of like",
    "The same elements in the shape of another value, which gets no gradient: a block gives back so the axes `...` of "
    "its pattern.",
    define=_like,
    integers=("like",),
    trials=(
        Trial(((), ())),
        Trial(((6,), (6, 1))),
        Trial(((4, 6), (4, 3, 2))),
        Trial(((4, 6), Type("int", (4, 3, 2)))),
    ),
)
