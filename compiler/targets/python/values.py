"""Values as texts of Python: numbers, sizes, attributes, arrays."""

import math
from collections.abc import Iterator
from typing import Any

from ...shape import Linear

WIDEST = 116
"""Characters of a line of numbers."""


def number_text(value: int | float, module: str = "np") -> str:
    """A number; where it is negative, in brackets. The module has those that are none."""
    if math.isnan(value):
        return f"{module}.nan"
    text = f"{module}.inf" if math.isinf(value) else repr(value).removeprefix("-")
    return f"(-{text})" if math.copysign(1.0, value) < 0 else text


def bare(text: str) -> str:
    """A number without the brackets that it may have."""
    return text[1:-1] if text.startswith("(") else text


def attribute_text(value: object, module: str = "np") -> str:
    """An attribute of an operation, dims by their names."""
    if isinstance(value, tuple):
        listed = ", ".join([attribute_text(each, module) for each in value])
        return f"({listed}{',' if len(value) == 1 else ''})"
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return repr(value)
    if isinstance(value, Linear):
        return str(value)
    return number_text(value, module) if isinstance(value, float) else repr(value)


def array_lines(value: Any, indent: str, module: str = "np") -> Iterator[str]:
    """Nested lists of numbers as lines of Python, the first one without the indent; `value` is such a list."""
    text = _list_text(value, module)
    if len(indent) + len(text) + len(",") <= WIDEST or not isinstance(value, list):
        yield text
        return
    if not isinstance(value[0], list):
        yield "["
        yield from _wrapped(value, f"{indent}    ", module)
        yield f"{indent}]"
        return
    yield "["
    for each in value:
        first, *others = array_lines(each, f"{indent}    ", module)
        lines = [f"{indent}    {first}", *others]
        lines[-1] += ","
        yield from lines
    yield f"{indent}]"


def _wrapped(numbers: list[float], indent: str, module: str) -> Iterator[str]:
    line = indent
    for number in numbers:
        text = f"{_list_text(number, module)}, "
        if len(line) + len(text) > WIDEST and line != indent:
            yield line.rstrip()
            line = indent
        line += text
    yield line.rstrip()


def _list_text(value: Any, module: str) -> str:
    if isinstance(value, list):
        return f"[{', '.join([_list_text(each, module) for each in value])}]"
    if isinstance(value, float):
        return bare(number_text(value, module))
    return repr(value)
