"""A model of ONNX that others wrote, read as plain data: held to its sizes, and to what lies in its folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

import numpy as np

from ...grammar.diagnostic import shown
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..data import budget
from .faults import NOT_ONNX
from .onnx_package import onnx_package

if TYPE_CHECKING:
    import onnx

MOST_BYTES = (1 << 31) - 1
"""Of a file: what protobuf holds."""

MOST_NODES = 100_000

MOST_DEFAULT = 1000
"""Numbers of a default of an input; a larger one is part of the model."""

KINDS: Mapping[int, str] = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "text", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
}  # fmt: skip
"""Types of elements by their numbers; other ones are quantised, or of a few bits."""

Texts: TypeAlias = tuple[str, ...]
Setting: TypeAlias = "float | int | str | tuple[Any, ...] | Array | Texts"


class ForeignNode(NamedTuple):
    """An operator: `domain` is empty for those of ONNX itself; `place` says where it stands."""

    operator: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Setting]
    place: str


class ForeignInput(NamedTuple):
    """What a model is fed: numpy's name of its elements, its sizes, texts where they are free, and what it is where it
    is not given."""

    name: str
    kind: str
    shape: tuple[int | str, ...]
    default: Array | None = None


@dataclass(frozen=True)
class Foreign:
    """A whole model; `versions` are those of its operators by domain."""

    nodes: tuple[ForeignNode, ...]
    inputs: tuple[ForeignInput, ...]
    outputs: tuple[str, ...]
    constants: Mapping[str, Array | Texts]
    versions: Mapping[str, int]
    notes: Mapping[str, str]
    producer: str


def read_model(path: Path) -> Foreign:
    """The model in a file. Raises SpecError, also without the package onnx, OSError."""
    onnx = onnx_package()
    size = path.stat().st_size
    if size > MOST_BYTES:
        _refuse(path, f"it has {size:,} bytes, and {MOST_BYTES:,} are the most")
    try:
        model = onnx.load_from_string(path.read_bytes())
    except Exception:  # of protobuf, whose errors are many and say nothing
        _refuse(path, "it is no protobuf of a model, or is nested too deep")
    return _Reader(path, model).foreign()


def _refuse(path: Path, reason: str) -> NoReturn:
    raise SpecError([NOT_ONNX.at(None, path=shown(str(path)), reason=reason)]) from None


class _Reader:
    def __init__(self, path: Path, model: onnx.ModelProto) -> None:
        self.path, self.model = path, model
        self.held = 0
        """Bytes of tensors so far."""

    def foreign(self) -> Foreign:
        model, graph = self.model, self.model.graph
        if not graph.node and not graph.output:
            self.refuse("it has no graph")
        if len(graph.node) > MOST_NODES:
            self.refuse(f"it has {len(graph.node):,} operators, and {MOST_NODES:,} are the most")
        if graph.sparse_initializer:
            self.refuse("it has sparse tensors")
        constants = {each.name: self.tensor(each, f"tensor `{shown(each.name)}`") for each in graph.initializer}
        nodes = tuple([self._node(number, each) for number, each in enumerate(graph.node)])
        inputs = tuple([self._input(each, constants) for each in graph.input if self._is_fed(each.name, constants)])
        for each in inputs:
            constants.pop(each.name, None)
        return Foreign(
            nodes,
            inputs,
            tuple([each.name for each in graph.output]),
            constants,
            {each.domain if each.domain != "ai.onnx" else "": each.version for each in model.opset_import},
            {each.key: each.value for each in model.metadata_props},
            " ".join(filter(None, (model.producer_name, model.producer_version))),
        )

    def refuse(self, reason: str) -> NoReturn:
        _refuse(self.path, reason)

    # --- pieces -------------------------------------------------------------------------------------------------

    def _node(self, number: int, node: onnx.NodeProto) -> ForeignNode:
        name = f" `{shown(node.name)}`" if node.name else ""
        place = f"{shown(self.path.name)}: node {number + 1}{name}"
        domain = "" if node.domain == "ai.onnx" else node.domain
        attributes = {each.name: self._attribute(each, place) for each in node.attribute}
        return ForeignNode(node.op_type, domain, tuple(node.input), tuple(node.output), attributes, place)

    def _attribute(self, attribute: onnx.AttributeProto, place: str) -> Setting:
        kinds: Any = type(attribute)
        if attribute.type == kinds.TENSOR:
            return self.tensor(attribute.t, f"{place}: `{shown(attribute.name)}`")
        readers: Mapping[Any, Callable[[], Any]] = {
            kinds.FLOAT: lambda: attribute.f,
            kinds.INT: lambda: attribute.i,
            kinds.STRING: lambda: attribute.s.decode("utf-8", "replace"),
            kinds.FLOATS: lambda: tuple(attribute.floats),
            kinds.INTS: lambda: tuple(attribute.ints),
            kinds.STRINGS: lambda: tuple(each.decode("utf-8", "replace") for each in attribute.strings),
        }
        found: Setting = readers.get(attribute.type, tuple)()  # graphs and the like are `()`
        return found

    def _is_fed(self, name: str, constants: Mapping[str, Array | Texts]) -> bool:
        """Whether an input is one: older files name all tensors that they hold among these, newer ones defaults."""
        held = constants.get(name)
        if held is None:
            return True
        return self.model.ir_version >= 4 and not isinstance(held, tuple) and held.size <= MOST_DEFAULT

    def _input(self, value: onnx.ValueInfoProto, constants: Mapping[str, Any]) -> ForeignInput:
        tensor = value.type.tensor_type
        name = shown(value.name)
        if KINDS.get(tensor.elem_type) == "text":
            self.refuse(f"input `{name}` is a text, and a spec takes numbers alone")
        if not value.type.HasField("tensor_type") or tensor.elem_type not in KINDS:
            self.refuse(f"input `{name}` is no tensor of numbers")
        if not tensor.HasField("shape"):
            self.refuse(f"input `{name}` does not say how many axes it has")
        shape = tuple([self._size(each, name) for each in tensor.shape.dim])
        return ForeignInput(value.name, KINDS[tensor.elem_type], shape, constants.get(value.name))

    def _size(self, size: onnx.TensorShapeProto.Dimension, name: str) -> int | str:
        if not size.HasField("dim_value"):
            return str(size.dim_param)
        if size.dim_value < 0:
            self.refuse(f"input `{name}` has a size of {size.dim_value}")
        return int(size.dim_value)

    def tensor(self, tensor: onnx.TensorProto, what: str) -> Array | Texts:
        """The elements of a tensor, whose sizes and bytes agree."""
        kind = KINDS.get(tensor.data_type)
        if kind is None:
            self.refuse(f"{what} has elements of type {tensor.data_type}, which numpy has not")
        sizes = tuple(tensor.dims)
        if any(size < 0 for size in sizes) or len(sizes) > 64:
            self.refuse(f"{what} has sizes that no tensor has")
        count = math.prod(sizes)
        if kind == "text":
            if len(tensor.string_data) != count:
                self.refuse(f"{what} says that it has {count:,} texts, and has {len(tensor.string_data):,}")
            return tuple(each.decode("utf-8", "replace") for each in tensor.string_data)
        self.held += count * np.dtype(kind).itemsize
        if self.held > budget.limit():
            self.refuse(f"its tensors take more than {budget.size_text(budget.limit())}")
        return self._elements(tensor, kind, sizes, count, what)

    def _elements(self, tensor: Any, kind: str, sizes: tuple[int, ...], count: int, what: str) -> Array:
        little = np.dtype(kind).newbyteorder("<")
        if tensor.data_location == type(tensor).EXTERNAL:
            content = self._outside(tensor, count * little.itemsize, what)
        elif tensor.HasField("raw_data"):
            content = tensor.raw_data
        else:
            return self._listed(tensor, kind, sizes, count, what)
        if len(content) != count * little.itemsize:
            self.refuse(f"{what} says that it has {count:,} elements of {kind}, and holds {len(content):,} bytes")
        return np.frombuffer(content, little).astype(kind).reshape(sizes)

    def _listed(self, tensor: Any, kind: str, sizes: tuple[int, ...], count: int, what: str) -> Array:
        field = {"float32": "float_data", "float64": "double_data", "int64": "int64_data", "uint32": "uint64_data",
                 "uint64": "uint64_data"}.get(kind, "int32_data")  # fmt: skip
        given = getattr(tensor, field)
        if len(given) != count:
            self.refuse(f"{what} says that it has {count:,} elements, and has {len(given):,}")
        if kind == "float16":  # as the bits of whole numbers
            return np.asarray(given, np.int64).astype(np.uint16).view(np.float16).reshape(sizes)
        return np.asarray(given).astype(kind).reshape(sizes)

    def _outside(self, tensor: Any, size: int, what: str) -> bytes:
        """Elements that lie in another file of the folder."""
        given = {each.key: each.value for each in tensor.external_data}
        location = given.get("location", "")
        folder = self.path.resolve().parent
        file = (folder / location).resolve()
        if not location or not file.is_relative_to(folder) or "\0" in location:
            self.refuse(f"{what} lies in `{shown(location)}`, outside of the model's folder")
        if not file.is_file():
            self.refuse(f"{what} lies in `{shown(location)}`, which is no file there")
        start, length = (_whole(given.get(key), other) for key, other in (("offset", 0), ("length", size)))
        if length != size or not 0 <= start <= file.stat().st_size - size:
            self.refuse(f"{what} says that it takes {length:,} bytes of `{shown(location)}` from {start:,} on, which "
                        "do not agree with its sizes")  # fmt: skip
        with file.open("rb") as stream:
            stream.seek(start)
            return bytes(stream.read(size))


def _whole(text: str | None, other: int) -> int:
    """A number of bytes; -1, which none is, where it is none."""
    if text is None or not text:
        return other
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
