"""A model of ONNX as plain data, which runtime/exchange writes as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...ops.forms.onnx.nodes import OnnxNode

OPSET, IR = 21, 10
"""Versions of the operators and of the file."""


class Value(NamedTuple):
    """What goes in or comes out: its name, the number of its type of elements, its sizes, texts where they are free."""

    name: str
    elements: int
    shape: tuple[int | str, ...]


@dataclass(frozen=True)
class OnnxModel:
    """Operators in their order; `constants` are arrays by name, of inputs what they are where they are not given.

    `docs` are texts by the name of a result. `notes` are what a file says of itself, by key.
    """

    nodes: tuple[OnnxNode, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    constants: Mapping[str, Any]
    docs: Mapping[str, str]
    notes: Mapping[str, str]
