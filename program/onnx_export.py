"""A program as a model of ONNX."""

from __future__ import annotations

from typing import Literal

from ..compiler.faults import NO_TRAIN_SECTION
from ..compiler.ops.forms.onnx.nodes import DOUBLE, FLOAT
from ..compiler.targets.onnx.files import Subject, prediction, train_step
from ..grammar.source import Span
from ..grammar.spec_error import SpecError
from ..runtime.exchange.onnx_file import encoded
from ..runtime.runs.machine_record import versions
from .exports import Exported, Given, Options


def onnx_export(given: Given, options: Options) -> Exported:
    """The outputs, or with `train_step` a step of the training in their place. Raises SpecError.

    Reals have 32 bits unless the program runs with 64: some operators have no other form where models are run.
    """
    spec = given.spec
    real: Literal[1, 11] = DOUBLE if given.precision == "float64" else FLOAT
    subject = Subject(spec, given.held, given.classes, real)
    if not options.train_step:
        model = prediction(subject)
    elif spec.train is not None:
        model = train_step(subject, spec.train)
    else:
        raise SpecError([NO_TRAIN_SECTION.at(Span(spec.source, 0, 0))])
    return Exported("", content=encoded(model, versions()["chainrule"]))
