"""`check`: the faults of a text, its symbols, and what of it can be moved, fed and trained."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..compiler.derive.training import LEARNING_RATE
from ..compiler.graph.spec import Spec, TrainSection
from ..compiler.shape import shape_text
from ..grammar.spec_error import SpecError
from ..program.program import Program
from ..runtime.arrays import Array
from ..runtime.training.job import training_of
from ..views.editor.symbols import symbols
from .programs import Text
from .values import listed


def checked(made: Text) -> dict[str, Any]:
    """What there is to know of a text before anything is computed."""
    program = made.program
    spec = program.spec if program is not None else None
    header = made.module.header
    return {
        "diagnostics": made.told(made.diagnostics),
        "symbols": [symbol.told(made.offsets) for symbol in symbols(made.module, spec)],
        "inputs": list(_inputs(program)) if program is not None else [],
        "trains": spec is not None and spec.train is not None,
        "columns": bool(spec is not None and spec.data),
        "train": _train(spec, spec.train) if spec is not None and spec.train is not None else None,
        "title": header.title if header else None,
        "about": about(made),
    }


def about(made: Text) -> str:
    """What the text says of itself: the comments under its header."""
    header = made.module.header
    lines: list[str] = []
    end = header.stop if header else 0
    first = made.module.statements[0].start if made.module.statements else len(made.source.text)
    for comment in made.module.comments:
        if comment.alone and end <= comment.start < first and not comment.text.startswith("##"):
            gap = made.source.text[end : comment.start].count("\n") > 1 and lines
            if gap:
                break
            lines.append(comment.text.lstrip("#").strip())
            end = comment.stop
    return " ".join(lines)


def _inputs(program: Program) -> Iterator[dict[str, Any]]:
    """What can be given other values: inputs, params and constants."""
    spec = program.spec
    for path, each in spec.graph.inputs.items():
        yield _movable(path, "input", shape_text(spec.graph.nodes[each.index].type.shape), each.default)
    try:
        params: dict[str, Array] = program.params
    except SpecError:  # their sizes are not known before the data are read
        params = {}
    for path, declared in spec.graph.params.items():
        shape = shape_text(spec.graph.nodes[declared.index].type.shape)
        yield _movable(path, "param", shape, params.get(path))
    for path, value in spec.constants.items():
        if not isinstance(value, str):
            yield _movable(path, "const", "", value)


def _movable(name: str, kind: str, shape: str, value: object) -> dict[str, Any]:
    return {"name": name, "kind": kind, "shape": shape, "value": None if value is None else listed(np.asarray(value))}


def _train(spec: Spec, section: TrainSection) -> dict[str, Any]:
    rate = training_of(spec, section).rates.get(LEARNING_RATE, math.nan)
    return {
        "rate": rate if math.isfinite(rate) else None,
        "batch": section.batch,
        "epochs": section.epochs,
        "steps": section.steps,
        "optimizer": section.optimizer.name,
        "loss": section.loss,
        "metrics": list(section.metrics),
        "data": section.data,
        "seed": section.seed,
    }
