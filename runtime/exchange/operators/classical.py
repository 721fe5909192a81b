"""Operators of ai.onnx.ml as scikit-learn's models are exported with them, as nodes of a graph."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ....compiler.ops.operation import Reference
from ....compiler.shape import Type
from ..site import Known, Names, Site, Unsayable, Value
from .elements import Rule


def _numbers(site: Site, name: str) -> Reference:
    return site.as_node(Known(np.asarray(site.attribute(name, ()), np.float32), f"{site.node.outputs[0]} {name}"))


def _scaler(site: Site) -> Value:
    builder, x = site.builder, site.reference(0)
    centred = builder.sub(x, _numbers(site, "offset")) if site.attribute("offset") else x
    return builder.mul(centred, _numbers(site, "scale")) if site.attribute("scale") else centred


def _extractor(site: Site) -> Value:
    """Columns of a value; of texts those whose numbers are given."""
    value = site.value(0)
    if isinstance(value, Names):
        if not isinstance(site.value(1), int):
            raise Unsayable("texts that are known")
        return Names(value.texts, site.reference(1))
    builder, index = site.builder, site.value(1)
    if isinstance(value, Known) and isinstance(index, int):
        classes = np.reshape(value.array, -1)
        if np.array_equal(classes, np.arange(classes.size)):  # a class number is the class
            return index
        return builder.take(builder.literal(tuple(map(float, classes)), _row(classes)), site.as_int(index), axis=0)
    x = site.reference(0)
    axis = len(builder.type(x).shape) - 1
    if isinstance(index, int):
        return builder.take(x, site.as_int(index), axis=axis)
    numbers = tuple([int(each) for each in np.reshape(index.array, -1)] if isinstance(index, Known) else site.whole(1))
    return builder.take(x, builder.literal(numbers, _whole_row(numbers)), axis=axis)


def _row(classes: np.ndarray) -> Type:
    return Type("real", (classes.size,))


def _whole_row(numbers: tuple[int, ...]) -> Type:
    return Type("int", (len(numbers),))


def _normalizer(site: Site) -> Value:
    builder, x = site.builder, site.reference(0)
    norm = site.attribute("norm", "MAX")
    if norm == "L1":
        whole = builder.sum(builder.abs(x), axis=-1, keepdims=True)
    elif norm == "L2":
        whole = builder.sqrt(builder.sum(builder.mul(x, x), axis=-1, keepdims=True))
    else:
        whole = builder.max(x, axis=-1, keepdims=True)
    return builder.div(x, whole)


def _transformed(site: Site, scores: Reference) -> Reference:
    kind, builder = site.attribute("post_transform", "NONE"), site.builder
    if kind == "NONE":
        return scores
    if kind in ("SOFTMAX", "LOGISTIC"):
        return builder.softmax(scores) if kind == "SOFTMAX" else builder.sigmoid(scores)
    raise Unsayable(f"scores that go through `{kind}`")


def _linear(site: Site, rows: int) -> Reference:
    """x @ W + b, where the coefficients of each target are a row."""
    x, name = site.reference(0), site.node.outputs[-1]
    weights = np.asarray(site.attribute("coefficients", ()), np.float32).reshape(rows, -1).T
    found = site.as_node(Known(np.ascontiguousarray(weights), f"{name} W"))
    shift = np.asarray(site.attribute("intercepts", (0.0,) * rows), np.float32)
    return site.builder.affine(x, found, site.as_node(Known(shift, f"{name} b")))


def _regressor(site: Site) -> Value:
    return _transformed(site, _linear(site, site.attribute("targets", 1)))


def _classifier(site: Site) -> tuple[Value, ...]:
    texts, numbers = site.attribute("classlabels_strings", ()), site.attribute("classlabels_ints", ())
    classes = texts or numbers
    many = len(site.attribute("intercepts", ())) or len(classes)
    if many != len(classes):
        raise Unsayable(f"{many} rows of coefficients for {len(classes)} classes")
    scores = _linear(site, many)
    chosen = site.builder.argmax(scores, axis=1)
    if texts:
        label: Value = Names(texts, chosen)
    elif numbers == tuple(range(many)):
        label = chosen
    else:
        row = site.builder.literal(tuple(map(float, numbers)), Type("real", (many,)))
        label = site.builder.take(row, chosen, axis=0)
    return label, _transformed(site, scores)


def _binarizer(site: Site) -> Value:
    above = site.builder.less(site.constant(site.attribute("threshold", 0.0)), site.reference(0))
    return site.builder.real(above)


def _imputer(site: Site) -> Value:
    wanted = site.attribute("replaced_value_float", float("nan"))
    if wanted == wanted:
        raise Unsayable("numbers in the place of numbers")
    builder, x = site.builder, site.reference(0)
    return builder.where(builder.equal(x, x), x, _numbers(site, "imputed_value_floats"))


def _zip_map(site: Site) -> Value:
    """A row of numbers in place of a mapping for each row."""
    return site.value(0)


CLASSICAL: Mapping[str, Rule] = MappingProxyType(
    {
        "Scaler": _scaler, "ArrayFeatureExtractor": _extractor, "Normalizer": _normalizer,
        "LinearRegressor": _regressor, "LinearClassifier": _classifier, "Binarizer": _binarizer, "Imputer": _imputer,
        "ZipMap": _zip_map,
    }
)  # fmt: skip
"""By name."""
