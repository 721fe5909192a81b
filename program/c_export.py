"""A program as a file of C, and the program that tests it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..compiler.derive.training import STEP_COUNT
from ..compiler.graph.bind_dims import bind_dims
from ..compiler.graph.spec import Precision
from ..compiler.lower.computation import UnboundSize
from ..compiler.lower.plan import steps_of
from ..compiler.ops.draws import drawn
from ..compiler.targets.c.file import CFile, c_file
from ..compiler.targets.c.functions import Array, Function
from ..compiler.targets.c.names import identifier
from ..compiler.targets.c.subject import Subject
from ..compiler.targets.c.task import bounds_of
from ..compiler.targets.preparation import Preparation
from ..grammar.diagnostic import shown
from ..grammar.spec_error import SpecError
from ..runtime.evaluate.execute import execute
from ..runtime.evaluate.planner import unbound_error
from ..runtime.training.job import Job
from .c_self_test import Case, self_test
from .export_faults import GATHERS_IN_C, NO_RAW_ROWS, NOT_A_PREFIX, NOTHING_TO_TRAIN
from .exported import Exported, Given, Options
from .preparing import Unsaid, prepared

CASES = 3
"""Batches that a test has."""


def c_export(given: Given, path: Path | None, options: Options) -> Exported:
    """The file, its declarations and its test. Raises SpecError."""
    spec = given.spec
    train = spec.train
    if options.train_step and train is not None and train.accumulate > 1:
        raise SpecError([GATHERS_IN_C.at(train.spans.get("accumulate"), count=train.accumulate)])
    origin = Path(spec.source.name).name
    prefix = options.prefix or identifier((path.stem if path is not None else Path(origin).stem) or "net")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", prefix):
        raise SpecError([NOT_A_PREFIX.at(None, prefix=shown(prefix))])
    sizes, job = _sizes(given, options)
    header = f"{path.stem}.h" if path is not None else ""
    weights = {name: np.asarray(value) for name, value in given.held.items()}
    precision = given.precision or "float32"
    subject = Subject(
        spec,
        origin,
        weights,
        given.classes,
        sizes,
        precision,
        options.train_step,
        prefix,
        header,
        partial(_prepared, given),
    )
    try:
        made = c_file(subject)
    except UnboundSize as unbound:
        raise unbound_error(spec.full, unbound) from None
    if options.train_step and len(made.made) == 1:
        raise SpecError([NOTHING_TO_TRAIN.at(None)])
    others = {header: made.declarations} if header else {}
    text = made.text
    if options.main:
        test = self_test(subject, made, list(_cases(subject, made, job)))
        if path is None:
            text = f"{text}\n{test}"
        else:
            others = {f"{path.stem}_main.c": test, **others}
    return Exported(text, others=others)


def _prepared(given: Given, paths: Sequence[str]) -> Preparation | None:
    """How raw rows become the inputs of these paths. Where they are columns of a table, and one of them can't be said,
    that is told."""
    found = prepared(given, paths)
    if isinstance(found, Unsaid):
        column = found.column
        given.tell(NO_RAW_ROWS.at(column.span, column=column.name, reason=found.reason))
        return None
    return found


def _sizes(given: Given, options: Options) -> tuple[dict[str, int], Job | None]:
    """The sizes of all dims that have one; those that count rows of inputs are the batch's."""
    graph = given.spec.full
    counting = {
        size.terms[0][0]
        for each in graph.inputs.values()
        for size in graph.nodes[each.index].type.shape[:1]
        if not isinstance(size, int)
    } - {*given.spec.known_dims}
    shapes = {path: np.shape(each.default) for path, each in graph.inputs.items() if each.default is not None}
    own = bind_dims(graph, shapes, given.spec.known_dims) if shapes else {}
    known = {name: size for name, size in given.dims.items() if name not in counting}
    job = None
    unknown = {name for name, size in given.spec.dims.items() if size is None and name not in known} - counting
    if given.spec.train is not None and (options.main or unknown):
        try:
            job = given.job()
            known |= {name: size for name, size in job.dims.items() if name not in counting}
        except SpecError:
            if unknown:
                raise
    rows = {name: options.batch or own.get(name, 1) for name in counting}
    return known | rows, job


# --- the test ---------------------------------------------------------------------------------------------------


def _cases(subject: Subject, file: CFile, job: Job | None) -> Iterable[Case]:
    """Calls of the functions, and what they give: in float64, of the weights in the precision of the file."""
    held = {path: value.astype(subject.precision).astype(np.float64) for path, value in subject.weights.items()}
    training = file.functions.training
    memory: dict[str, Any] = {}
    if training is not None:
        memory = {path: np.zeros_like(held[each.parameter]) for path, each in training.states.items()}
        memory |= training.rates
    rough = {path: np.array(value, subject.precision) for path, value in held.items()}
    for number in range(CASES):
        for function in file.made:
            given = {each.path: _given(subject, function, each, job, number) for each in function.inputs}
            fed = {**memory, STEP_COUNT: number + 1.0, **given}
            found = _computed(function, "float64", subject.precision, {**fed, **held}, number)
            roughly = _computed(function, subject.precision, subject.precision, {**fed, **rough}, number)
            unsure = [
                float(np.max(np.abs(one - other), initial=0.0)) for one, other in zip(found, roughly, strict=True)
            ]
            returns = float(found[0]) if function.returns == "result" else None
            first = 0 if returns is None else 1
            arrays = [each.path for each in (*function.outputs, *function.derivatives)]
            written = dict(zip(arrays, found[first:], strict=False))
            apart = {"": unsure[0], **dict(zip(arrays, unsure[first:], strict=False))}
            params: dict[str, Any] = {}
            if function.name == "train_step" and training is not None:
                for path, value, more, less in zip(training.changed, found[1:], unsure[1:], roughly[1:], strict=True):
                    if path not in held:
                        memory[path] = value
                        continue
                    held[path], rough[path] = value, less
                    text = f"{'' if np.ndim(value) else '&'}{subject.prefix}_params.{file.functions.fields.of(path)}"
                    params[text], apart[text] = value, more
            yield Case(function, given, returns, written, params, apart)


def _given(subject: Subject, function: Function, each: Array, job: Job | None, number: int) -> Any:
    """The rows of a batch: those of the data, the input's default, or drawn."""
    default = subject.spec.graph.inputs[each.path].default
    if job is not None and job.data is not None and each.path in job.data.inputs:
        rows = job.data.inputs[each.path]
        count = each.shape[0] if each.shape else 1
        # Rows that lie together may be of one class, which is learnt in a few steps: then gradients are rounding alone.
        order = np.random.default_rng(subject.spec.seed).permutation(len(rows))
        chosen = order[np.arange(number * count, (number + 1) * count) % len(rows)]
        value = np.asarray(rows[chosen])
        if value.shape == each.shape:
            return value if each.kind == "int" else value.astype(subject.precision).astype(np.float64)
    if default is not None:
        value = np.asarray(default, "int64" if each.kind == "int" else "float64")
        return value if value.shape == each.shape else value[np.arange(each.shape[0]) % len(value)]
    generator = np.random.default_rng([subject.spec.seed, number, len(each.path)])
    if each.kind == "int":
        numbers = enumerate(function.computation.nodes)
        leaf = next(at for at, node in numbers if node.path == each.path and node.operation.role == "leaf")
        most = min([count for at, count in bounds_of(function.computation) if at == leaf], default=2)
        return generator.integers(0, most, each.shape)
    return generator.normal(size=each.shape).astype(subject.precision).astype(np.float64)


def _computed(
    function: Function, precision: Precision, drawing: Precision, feeds: Mapping[str, Any], step: int
) -> list[Any]:
    """What a function computes in a precision, of what is drawn in another, that of the file."""
    plan = steps_of(replace(function.computation, precision=precision, scalar=False))
    moment = 0 if function.name == "predict" else step
    own = {
        draw.path: drawn(draw.leaf, draw.seed, draw.path, draw.shape, drawing, moment, 0).astype(precision)
        for draw in plan.draws
    }
    for path, value in feeds.items():
        whole = np.asarray(value).dtype.kind == "i"
        own[path] = np.asarray(value, "int64" if whole else precision)
    values = execute(plan, own)
    return [values[target] for target in plan.targets]
