"""What is drawn at random, and what hangs on whether a net is being trained."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..shape import Clash, Shape, Type, shape_text
from .attribute import Attribute
from .builder import Builder
from .draws import drawn
from .emitter import Buffer, Emitter
from .facts import EACH, Advice, Array, Rows, Values, Words, aligned, within
from .forms import jnp_form
from .forms.c import chance as c_chance
from .forms.c.form import CForm, Each
from .forms.elements import NORMAL, UNIFORM
from .forms.numpy_form import NumpyForm
from .forms.onnx import elements as onnx_elements
from .forms.torch import chance as torch_chance
from .leaves import leaf
from .operation import Operation, Reference, Trial

SEED = Attribute("seed", "number", required=True)


def _draw(name: str, doc: str, c: CForm, numpy: NumpyForm, jnp: NumpyForm, torch: NumpyForm) -> Operation:
    """The leaf that stands in an operation's place once its sizes are numbers, fed by whoever computes."""
    return replace(leaf(name, "x", doc, attributes=(SEED,)), c=c, numpy=numpy, jnp=jnp, torch=torch)


UNIFORM_DRAW = _draw(
    "uniform-draw",
    "What is drawn for `uniform_like`, of its operand's shape.",
    c_chance.UNIFORM_FORM,
    NumpyForm("uniform({key}, step, {shape})", (UNIFORM,)),
    jnp_form.UNIFORM_FORM,
    torch_chance.UNIFORM,
)
NORMAL_DRAW = _draw(
    "normal-draw",
    "What is drawn for `normal_like`, of its operand's shape.",
    c_chance.NORMAL_FORM,
    NumpyForm("normal({key}, step, {shape})", (UNIFORM, NORMAL)),
    jnp_form.NORMAL_FORM,
    torch_chance.NORMAL,
)

DRAWS = (UNIFORM_DRAW, NORMAL_DRAW)
"""Leaves that no spec has."""

SHAPES: tuple[tuple[int, ...], ...] = ((), (3,), (2, 3), (4, 2, 3))


def _real(types: tuple[Type, ...]) -> Type:
    return Type("real", types[0].shape)


def _alone(draw: Operation) -> Callable[..., Array]:
    """What an operation draws that no spec holds, so that there is no path and no seed."""
    return lambda xp, x: xp.asarray(drawn(draw.name, 0, "", np.shape(x), np.result_type(x, np.float32).name, 0, 0))


def _nothing(builder: Builder, g: Reference, x: Reference, output: Reference) -> tuple[None]:
    return (None,)


def _drawing(name: str, draw: Operation, formula: str, doc: str, bounds: Values, other_names: str) -> Operation:
    return Operation(
        name,
        ("x",),
        formula,
        f"{doc}, drawn afresh in each step of a training, by seed, path, step, row and element; outside of steps "
        "those of the first one. No gradient flows to x, which gives nothing but its shape.",
        infer=_real,
        forward=_alone(draw),
        scalar=lambda x: float(drawn(draw.name, 0, "", (), "float64", 0, 0)),
        vjp=_nothing,
        fed_as=draw,
        rows=Rows(aligned),
        values=bounds,
        words=Words(local=("0",)),
        advice=Advice(other_names=other_names),
        trials=tuple(Trial((shape,)) for shape in SHAPES),
    )


UNIFORM_LIKE = _drawing(
    "uniform_like",
    UNIFORM_DRAW,
    "u, drawn from [0, 1)",
    "A random number in [0, 1) for each element of x",
    Values(bounds=within(0.0, 1.0), held=True),
    "rand_like random_uniform_like",
)
NORMAL_LIKE = _drawing(
    "normal_like",
    NORMAL_DRAW,
    "z, drawn from N(0, 1)",
    "A random number for each element of x, normally distributed with mean 0 and deviation 1",
    Values(held=True),
    "randn_like random_normal_like",
)


# --- training, or not -------------------------------------------------------------------------------------------


def _of_one_shape(types: tuple[Type, ...]) -> Type:
    a, b = types
    if a.shape != b.shape:
        raise Clash(
            f"in_training: both values must have one shape, but these are {_shown(a.shape)} and {_shown(b.shape)}",
            operands=(0, 1),
            hint="`expand(value, shape)` gives a value the shape of the other",
        )
    return Type("real", a.shape)


def _shown(shape: Shape) -> str:
    return shape_text(shape) if shape else "a scalar"


def _second_into(emit: Emitter, out: Buffer, a: Buffer, b: Buffer) -> None:
    emit.copy(out, b)


def _to_second(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> tuple[None, Reference]:
    return None, g


IN_TRAINING = Operation(
    "in_training",
    ("a", "b"),
    "b, and a in a step of a training",
    "The first value in the steps of a training and in what they minimise, the second one everywhere else; both of one "
    "shape. What only the other one needs is not computed.",
    infer=_of_one_shape,
    forward=lambda xp, a, b: b,
    kernel=_second_into,
    scalar=lambda a, b: b,
    javascript="b",
    c=Each("{1}"),
    onnx=onnx_elements.IN_EVALUATION,
    torch=torch_chance.IN_TRAINING,
    numpy=NumpyForm("{1}"),
    vjp=_to_second,
    rows=EACH,
    words=Words(local=("0", "1")),
    advice=Advice(other_names="in_train_phase"),
    trials=tuple(Trial((shape, shape)) for shape in SHAPES),
)
"""A spec's forms have a plain `identity` in its place (graph/form.py); by itself it is that of no training."""

CHANCES = (UNIFORM_LIKE, NORMAL_LIKE, IN_TRAINING, *DRAWS)
