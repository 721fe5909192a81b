"""A program as a model of ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ..compiler.faults import NO_TRAIN_SECTION
from ..compiler.ops.forms.onnx.nodes import DOUBLE, FLOAT
from ..compiler.targets.onnx.files import Subject, prediction, state_apart, train_step
from ..compiler.targets.onnx.model import OnnxModel
from ..compiler.targets.onnx.raw_rows import of_raw_rows
from ..compiler.targets.preparation import Preparation
from ..grammar.source import Span
from ..grammar.spec_error import SpecError
from ..runtime.exchange.onnx_file import encoded
from ..runtime.runs.machine_record import versions
from .export_faults import NO_STATE, RAW_COLUMN
from .exported import Exported, Given, Options
from .preparing import prepared


def onnx_export(given: Given, path: Path | None, options: Options) -> Exported:
    """The outputs, or with `train_step` a step of the training in their place. Raises SpecError.

    Reals have 32 bits unless the program runs with 64: some operators have no other form where models are run.
    """
    spec = given.spec
    real: Literal[1, 11] = DOUBLE if given.precision == "float64" else FLOAT
    subject = Subject(spec, given.held, given.classes, real)
    if options.state_apart and not options.train_step:
        raise SpecError([NO_STATE.at(None)])
    if options.raw and options.train_step:
        raise SpecError([RAW_COLUMN.at(None, reason="a step of training takes the inputs themselves")])
    if not options.train_step:
        model = prediction(subject)
        if options.raw:
            model = of_raw_rows(model, _preparation(given, model))
    elif spec.train is not None:
        model = train_step(subject, spec.train)
    else:
        raise SpecError([NO_TRAIN_SECTION.at(Span(spec.source, 0, 0))])
    others: dict[str, str | bytes] = {}
    version = versions()["chainrule"]
    if options.state_apart:
        model, first = state_apart(model)
        others[f"{path.stem if path else 'step'}.start.onnx"] = encoded(first, version)
    return Exported("", others=others, content=encoded(model, version))


def _preparation(given: Given, model: OnnxModel) -> Preparation:
    """How columns become what the model must be given. Raises SpecError where they are no columns of a table, or one
    of them can't be said."""
    needed = [each.name for each in model.inputs if each.name not in model.constants]
    found = prepared(given, needed)
    if isinstance(found, Preparation):
        return found
    if found is None:
        raise SpecError([RAW_COLUMN.at(None, reason="its inputs are not made of the columns of a CSV file")])
    reason = f"column `{found.column.name}` can't be written, {found.reason}"
    raise SpecError([RAW_COLUMN.at(found.column.span, reason=reason)])
