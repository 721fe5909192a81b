"""The plan of a training step as text: what lies where in memory and for how long, and the order of the work."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...compiler.lower.packing import Packing
from ...compiler.targets.numpy_step import StepSource
from ...compiler.targets.regions import ITEM_BYTES
from ...compiler.targets.writer import Binding
from ..text.terminal import table

NAME = re.compile(r"\b[bx]\d+\b")

FORMS = {
    "reshape": "{0}",
    "bits": "{0}",
    "transpose": "{0}.T",
    "rows": "{0}[{1}:{2}]",
    "method": "{0}.{1}",
    "address": "{0}",
}
"""Forms of the listing for objects that are made of others, with places for their arguments."""

PLAIN = {"function": "{0}", "forward": "{0}", "blas": "{0}", "int": "{0}", "long": "{0}", "real": "{0}", "value": "{0}"}
PLAIN |= {"full": "{0}", "arange": "arange({0}, {1})", "constant": "constant", "descent": "-{0}"}


class Region(NamedTuple):
    """A part of an array: the array, offset and size in bytes, and what it holds."""

    array: str
    offset: int
    size: int
    holds: str


def memory_text(source: StepSource, packed: Packing, precision: str) -> str:
    """Regions by offset, with the first and last line that use them; then the lines."""
    lines = [line.strip() for line in source.text.splitlines()[2:-1]]
    objects = {binding.name: binding for binding in source.bindings}
    regions = {name: region for name, binding in objects.items() if (region := _region(binding, packed, precision))}
    used = _used(lines, objects, regions)
    ordered = sorted(used, key=lambda name: (regions[name].array, regions[name].offset, used[name]))
    rows = [_row(name, regions[name], used[name]) for name in ordered]
    apart = sum(regions[name].size for name in used if regions[name].array == "arena")
    texts = {name: _text(name, objects, packed) for name in objects}
    inputs = ", ".join(f"x{number} = {path}" for number, (path, _, _) in enumerate(source.inputs))
    head = f"# {len(lines)} lines; arena {source.arena:,} bytes, for values of {apart:,}\n"
    order = "\n".join(_numbered(lines, texts))
    columns = ("buffer", "array", "offset", "bytes", "holds", "lines")
    return f"{head}{table(columns, rows, left=2)}\n\n# {inputs}\n{order}\n"


def _row(name: str, region: Region, used: list[int]) -> tuple[str, ...]:
    return name, region.array, f"{region.offset:,}", f"{region.size:,}", region.holds, f"{used[0]}-{used[-1]}"


def _region(binding: Binding, packed: Packing, precision: str) -> Region | None:
    """Where an object lies, if it is a part of an array that is planned."""
    if binding.kind == "arena":
        offset, shape, dtype = binding.arguments
        assert isinstance(offset, int)
        return Region("arena", offset, _elements(shape) * ITEM_BYTES[str(dtype)], f"{dtype} {_listed(shape)}")
    if binding.kind == "held" and binding.arguments[0] in ("memory", "gradients"):
        array, start, shape = binding.arguments
        assert isinstance(start, int)
        item = ITEM_BYTES[precision]
        what = _part(start, shape, packed)
        return Region(str(array), start * item, _elements(shape) * item, f"{what or precision} {_listed(shape)}")
    return None


def _elements(shape: object) -> int:
    assert isinstance(shape, tuple)
    return math.prod(shape)


def _listed(shape: object) -> str:
    assert isinstance(shape, tuple)
    return str(list(shape))


def _part(start: int, shape: object, packed: Packing) -> str:
    """The parameter that a part of parameters or gradients belongs to; empty for a part of several."""
    return next((path for path, place in packed.segments.items() if place == (start, shape)), "")


def _used(lines: list[str], objects: Mapping[str, Binding], regions: Mapping[str, Region]) -> dict[str, list[int]]:
    """The lines that use each region, itself or in another form."""
    used: dict[str, list[int]] = {}
    for number, line in enumerate(lines, 1):
        for name in dict.fromkeys(NAME.findall(line)):
            while name in objects and objects[name].kind in FORMS:
                name = str(objects[name].arguments[0])
            if name in regions:
                used.setdefault(name, []).append(number)
    return used


def _text(name: str, objects: Mapping[str, Binding], packed: Packing) -> str:
    """What stands for an object in the listing: a function's own name, a parameter's path, else its buffer."""
    ends = []
    while name in objects and objects[name].kind in FORMS:
        binding = objects[name]
        ends.append(FORMS[binding.kind].format("", *binding.arguments[1:]))
        name = str(binding.arguments[0])
    return _base(name, objects, packed) + "".join(reversed(ends))


def _base(name: str, objects: Mapping[str, Binding], packed: Packing) -> str:
    if name not in objects or objects[name].kind == "arena":
        return name
    binding = objects[name]
    if binding.kind == "held":
        array, start, shape = binding.arguments
        assert isinstance(start, int)
        part = _part(start, shape, packed) if array in ("memory", "gradients") else ""
        return f"{array}[{part}]" if part else str(array)
    return PLAIN[binding.kind].format(*binding.arguments) if binding.kind in PLAIN else binding.kind


def _numbered(lines: list[str], texts: Mapping[str, str]) -> Iterator[str]:
    columns = len(str(len(lines)))
    for number, line in enumerate(lines, 1):
        yield f"{number:>{columns}}  " + NAME.sub(lambda found: texts.get(found[0], found[0]), line)
