"""Helpers that only update rules use: clipping, the correction of running means that start from zero, rows put back."""

import math

from .arithmetic import quotient
from .arrangement.rows_taken import PUT_ROWS
from .attribute import Attribute
from .elementwise import same_type
from .facts import EACH, Array
from .forms import elements
from .forms.c import elements as c_elements
from .forms.c.form import Each
from .forms.numpy_form import NumpyForm
from .forms.onnx import elements as onnx_elements
from .operation import Namespace, Operation, Trial


def _clip_scalar(x: float, limit: float) -> float:
    return x if math.isnan(x) else min(max(x, -limit), limit)


def _factor(xp: Namespace, norm: Array, limit: float) -> Array:
    return xp.where(xp.isinf(norm), xp.nan * norm, xp.minimum(1, limit / norm))


def _factor_scalar(norm: float, limit: float) -> float:
    if math.isinf(norm) or math.isnan(norm):
        return math.nan
    return min(1.0, quotient(limit, norm))


def _correction(xp: Namespace, step: Array, decay: float) -> Array:
    # 1 - decay ** step loses its digits in float32 where decay is near 1.
    return -xp.expm1(step * math.log(decay)) if decay else xp.ones_like(step)


def _correction_scalar(step: float, decay: float) -> float:
    return -math.expm1(step * math.log(decay)) if decay else 1.0


CLIP_SYMMETRIC = Operation(
    "clip-symmetric",
    ("x",),
    "min(max(x, -limit), limit)",
    "Each element kept between -limit and limit; any shape, NaN passes through.",
    infer=same_type,
    forward=lambda xp, x, limit: xp.clip(x, -limit, limit),
    kernel=lambda emit, out, x, limit: emit.call("clip", x, emit.full(-limit, ()), emit.full(limit, ()), out),
    in_place=(0,),
    scalar=_clip_scalar,
    javascript="Math.min(Math.max(x, -limit), limit)",
    c=Each("{0} < -{limit} ? -{limit} : {0} > {limit} ? {limit} : {0}"),
    onnx=onnx_elements.CLIP_SYMMETRIC,
    numpy=NumpyForm("np.clip({0}, -{limit}, {limit})"),
    rows=EACH,
    attributes=(Attribute("limit", "number", required=True),),
    role="helper",
    trials=(Trial(((),), (1.0,)), Trial(((2, 3),), (0.5,))),
)
CLIP_FACTOR = Operation(
    "clip-factor",
    ("norm",),
    "min(1, limit / norm)",
    "What shortens a vector of that norm to the limit. An infinite norm gives NaN, so that training stops there.",
    infer=same_type,
    forward=_factor,
    scalar=_factor_scalar,
    javascript="Number.isFinite(norm) ? Math.min(1, limit / norm) : NaN",
    c=Each("clip_factor({0}, {limit})", (c_elements.CLIP_FACTOR,)),
    onnx=onnx_elements.CLIP_FACTOR,
    numpy=NumpyForm("clip_factor({0}, {limit})", (elements.CLIP_FACTOR,)),
    attributes=(Attribute("limit", "number", required=True),),
    role="helper",
    trials=(Trial(((),), (1.0,), low=0.0, high=4.0),),
)
BIAS_CORRECTION = Operation(
    "bias-correction",
    ("step",),
    "1 - decay ** step",
    "The weight that a running mean with that decay has gathered after so many steps; a scalar, from step 1 on.",
    infer=same_type,
    forward=_correction,
    scalar=_correction_scalar,
    javascript="decay ? -Math.expm1(step * Math.log(decay)) : 1",
    c=Each("gathered({0}, {log_decay})", (c_elements.GATHERED,)),
    onnx=onnx_elements.BIAS_CORRECTION,
    numpy=NumpyForm("gathered({0}, {decay})", (elements.GATHERED,)),
    attributes=(Attribute("decay", "number", required=True),),
    role="helper",
    trials=(Trial(((),), (0.9,), low=1.0, high=50.0), Trial(((),), (0.0,), low=1.0, high=50.0)),
)

UPDATING = (CLIP_SYMMETRIC, CLIP_FACTOR, BIAS_CORRECTION, PUT_ROWS)
