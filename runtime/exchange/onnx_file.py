"""Models of ONNX as files: written from plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...compiler.ops.forms.onnx.nodes import OnnxNode
from ...compiler.targets.onnx.model import IR, OPSET, OnnxModel, Value
from .onnx_package import onnx_package

if TYPE_CHECKING:
    import onnx

PRODUCER = "chainrule"


def encoded(model: OnnxModel, version: str) -> bytes:
    """The bytes of a file, the same for the same model. Raises SpecError without the package onnx."""
    onnx_package()
    return bytes(as_proto(model, version).SerializeToString(deterministic=True))


def as_proto(model: OnnxModel, version: str) -> onnx.ModelProto:
    """The model as `onnx` has it, checked by it."""
    import onnx
    from onnx import helper, numpy_helper

    graph = helper.make_graph(
        [_node(helper, each, model.docs.get(each.outputs[0], "")) for each in model.nodes],
        PRODUCER,
        [_value(helper, each) for each in model.inputs],
        [_value(helper, each) for each in model.outputs],
        [_constant(numpy_helper, np.asarray(value), name) for name, value in model.constants.items()],
    )  # fmt: skip
    made = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR, producer_name=PRODUCER,
        producer_version=version,
    )  # fmt: skip
    helper.set_model_props(made, dict(model.notes))
    onnx.checker.check_model(made, full_check=True)
    return made


def _constant(numpy_helper: Any, value: Any, name: str) -> Any:
    if value.dtype.kind == "U":
        value = value.astype(object)  # as the package takes texts
    return numpy_helper.from_array(np.ascontiguousarray(value) if value.ndim else value, name)


def _value(helper: Any, value: Value) -> Any:
    return helper.make_tensor_value_info(value.name, value.elements, list(value.shape))


def _node(helper: Any, node: OnnxNode, doc: str) -> Any:
    attributes = {name: list(value) if isinstance(value, tuple) else value for name, value in node.attributes.items()}
    return helper.make_node(
        node.operator, list(node.inputs), list(node.outputs), name=node.outputs[0], doc_string=doc or None, **attributes
    )
