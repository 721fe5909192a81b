"""A model of ONNX that takes raw rows: each column of a table is an input, numbers as DOUBLE and texts as they are."""

import json
from collections.abc import Mapping
from dataclasses import replace

from ...ops.forms.onnx.nodes import BOOL, DOUBLE, INT64, STRING, Nodes, OnnxNode, array_of, texts_of
from ..preparation import Preparation, RawColumn
from .body import Request, onnx_model
from .model import OnnxModel, Value

NO_CLASS = 2**31 - 1
"""A class number or an index that nothing has."""


def of_raw_rows(model: OnnxModel, prepared: Preparation) -> OnnxModel:
    """The model with columns in place of the inputs that are prepared, and one output more, `complete`: whether all
    values of a row are there, and known. Answers of rows that are not complete are NaN where they are real."""
    return _Joined(model, prepared).model()


class _Joined:
    def __init__(self, model: OnnxModel, prepared: Preparation) -> None:
        self.prepared = prepared
        outputs = {each.name for each in model.outputs}
        kept = {each.name for each in model.inputs if each.name not in prepared.inputs}
        sources = list(dict.fromkeys(each.source for each in prepared.columns.values()))
        self.inputs = {source: f"{source} column" if source in outputs | kept else source for source in sources}
        """Names of the model's inputs, by column."""
        taken = {*_names_of(model), *self.inputs.values()}
        moved = {name: f"{name} prepared" for name in self.inputs.values() if name in _names_of(model)}
        self.net = _renamed(model, moved)
        self.moved = moved
        self.nodes = Nodes(DOUBLE, lambda dim: dim, {*taken, *moved.values()})
        self.nodes.prefix = "columns"

    def model(self) -> OnnxModel:
        nodes, prepared, net = self.nodes, self.prepared, self.net
        leaves = {path: self._leaf(column) for path, column in prepared.columns.items()}
        known = [nodes("GreaterOrEqual", leaves[path], nodes.whole(0)) for path in leaves if self._coded(path)]
        arithmetic = onnx_model(Request(prepared.graph, dict(prepared.inputs), {}, frozenset(), {}, {}, DOUBLE))
        names = sorted(_names_of(arithmetic))
        own = {name: leaves[name] if name in leaves else nodes.name(f"columns/{name}") for name in names}
        arithmetic = _renamed(arithmetic, own)
        nodes.listed += arithmetic.nodes
        results = dict(zip(prepared.inputs, arithmetic.outputs, strict=True))
        values = {path: self._as_double(each) for path, each in results.items()}
        complete = self._all([*known, *(self._finite(values[path], len(each.shape)) for path, each in results.items())])
        given = {each.name: each for each in net.inputs}
        for path, each in results.items():
            name = self.moved.get(path, path)
            wanted = given.pop(name).elements
            if wanted == INT64:  # what is no number is not at least 0 either
                value = nodes.cast(values[path], INT64)
                there = nodes("GreaterOrEqual", values[path], nodes.number(0.0))
                made = nodes.where(there, value, nodes.whole(NO_CLASS))
            else:
                axes = range(1, len(each.shape))
                there = nodes.add_axis(complete, *axes) if axes else complete
                made = nodes.where(there, values[path], nodes.number(float("nan")))
            if wanted in (INT64, DOUBLE):
                nodes.append("Identity", made, name)
            else:
                nodes.listed.append(OnnxNode("Cast", (made,), (name,), {"to": wanted}))
        told = nodes.name("complete")
        nodes.append("Identity", complete, told)
        rows = next(
            each.shape[0] for each in net.inputs if each.name in {self.moved.get(path, path) for path in results}
        )
        texts = {each.source for each in prepared.columns.values() if each.is_text}
        columns = [Value(name, STRING if source in texts else DOUBLE, (rows,)) for source, name in self.inputs.items()]
        return replace(
            net,
            nodes=(*nodes.listed, *net.nodes),
            inputs=(*columns, *given.values()),
            outputs=(*net.outputs, Value(told, BOOL, (rows,))),
            constants={**net.constants, **nodes.constants, **arithmetic.constants},
            notes={**net.notes, **self._notes()},
        )

    def _coded(self, path: str) -> bool:
        return self.prepared.columns[path].classes is not None

    def _leaf(self, column: RawColumn) -> str:
        """A column as the graph reads it: numbers, or class numbers; of what is no class -1."""
        nodes, raw = self.nodes, self.inputs[column.source]
        if column.classes is None:
            return raw
        texts, lacking = column.is_text, ""
        if texts and column.missing is not None:
            raw = nodes.where(
                nodes("Equal", raw, nodes.array(texts_of(""), "no text")),
                nodes.array(texts_of(column.missing), "missing"),
                raw,
            )
        elif texts:
            lacking = nodes("Equal", raw, nodes.array(texts_of(""), "no text"))
        else:
            lacking = nodes("IsNaN", raw)
        classes = texts_of(column.classes) if texts else array_of(column.classes, "float64")
        same = nodes.cast(
            nodes("Equal", nodes.add_axis(raw, 1), nodes.array(classes, f"classes {column.source}")), INT64
        )
        there = nodes("ReduceMax", same, nodes.integers([1]), keepdims=0)
        number = nodes("ArgMax", same, axis=1, keepdims=0)
        other = nodes.whole(-1)
        if column.other is not None:
            other = nodes.where(lacking, other, nodes.whole(column.other)) if lacking else nodes.whole(column.other)
        return nodes.where(nodes("Equal", there, nodes.whole(1)), number, other)

    def _as_double(self, value: Value) -> str:
        return value.name if value.elements == DOUBLE else self.nodes.cast(value.name, DOUBLE)

    def _finite(self, value: str, rank: int) -> str:
        """Whether all numbers of each row are finite."""
        nodes = self.nodes
        same = nodes("Equal", nodes("Sub", value, value), nodes.number(0.0))
        if rank == 1:
            return same
        axes = nodes.integers(range(1, rank))
        return nodes.cast(nodes("ReduceMin", nodes.cast(same, INT64), axes, keepdims=0), BOOL)

    def _all(self, conditions: list[str]) -> str:
        first, *others = conditions
        for each in others:
            first = self.nodes("And", first, each)
        return first

    def _notes(self) -> dict[str, str]:
        columns = self.prepared.columns.values()
        told = {
            name: list(dict.fromkeys(text for each in columns if each.source == source for text in each.classes or ()))
            for source, name in self.inputs.items()
        }
        return {"columns": json.dumps(told, ensure_ascii=False)}


def _names_of(model: OnnxModel) -> set[str]:
    """All names of values in a model."""
    named = {each.name for each in (*model.inputs, *model.outputs)}
    return {*named, *model.constants, *(name for each in model.nodes for name in (*each.inputs, *each.outputs) if name)}


def _renamed(model: OnnxModel, names: Mapping[str, str]) -> OnnxModel:
    """The model with other names for some values."""

    def name(text: str) -> str:
        return names.get(text, text)

    def values(given: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple([each._replace(name=name(each.name)) for each in given])

    nodes = [
        each._replace(inputs=tuple(map(name, each.inputs)), outputs=tuple(map(name, each.outputs)))
        for each in model.nodes
    ]
    return replace(
        model,
        nodes=tuple(nodes),
        inputs=values(model.inputs),
        outputs=values(model.outputs),
        constants={name(key): value for key, value in model.constants.items()},
        docs={name(key): text for key, text in model.docs.items()},
    )
