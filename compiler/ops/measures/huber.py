"""The Huber loss: squares near the target, and straight on from there."""

from ...shape import Clash
from ..attribute import Attribute, attribute_text
from ..builder import Builder
from ..facts import Advice, Rows, Share, Words, shares
from ..operation import Operation, Reference, Trial
from .class_targets import same_shape


def huber_losses(builder: Builder, y: Reference, t: Reference, delta: float) -> Reference:
    """The loss of each element. Raises Clash."""
    same_shape("huber", ("y", "t"), (builder.type(y), builder.type(t)))
    if not delta > 0:
        raise Clash(f"huber: delta is {attribute_text(delta)}; it must be above 0")
    difference, half = builder.sub(y, t), builder.constant(0.5)
    near = builder.clip(difference, builder.constant(-delta), builder.constant(delta))
    return builder.mul(near, builder.sub(difference, builder.mul(half, near)))


DELTA = Attribute("delta", "number", 1.0)

HUBER = Operation(
    "huber",
    ("y", "t"),
    "mean(d ** 2 / 2 where |d| < delta, else delta * (|d| - delta / 2)), d = y - t",
    "Half the squared difference up to `delta`, and straight on from there, so that a value far off pulls no harder; "
    "the mean over all elements. y, t and `weight` of one shape.",
    define=lambda builder, y, t, delta: builder.mean(huber_losses(builder, y, t, delta)),
    attributes=(DELTA,),
    weighted="weighted-huber",
    rows=Rows(averages=True),
    words=Words(
        local=(
            "delta where y - t > delta, -delta where y - t < -delta, else y - t",
            "-delta where y - t > delta, delta where y - t < -delta, else t - y",
        ),
        shares=shares(Share("g * clip(y - t, -delta, delta) / n"), Share("-g * clip(y - t, -delta, delta) / n")),
    ),
    advice=Advice(other_names="huber_loss smooth_l1 smooth_l1_loss"),
    trials=(
        Trial(((), ()), (1.0,)),
        Trial(((), ()), (0.25,)),
        Trial(((3,), (3,)), (1.0,)),
        Trial(((2, 3), (2, 3)), (0.5,)),
    ),
)

HUBERS = (HUBER,)
