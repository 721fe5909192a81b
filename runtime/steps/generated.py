"""Makes generated functions: the one place that executes generated code.

The text comes from a plan alone and is made of machine-made names and numbers, which `vocabulary.checked` has seen;
whatever else a spec or a file says is bound as an object. It runs without Python's built-in functions.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...compiler.ops.emitter import part_of, windows_in
from ...compiler.ops.table import OPERATIONS
from ...compiler.targets.vocabulary import Program
from ...compiler.targets.writer import Binding
from ..arrays import Array
from .blas import address, blas_routine, length, real, sharing, whole


class Objects:
    """Makes what a generated function names; `held` are arrays and numbers that its caller keeps."""

    def __init__(self, arena: int, held: Mapping[str, Any], precision: str) -> None:
        self._arena = np.zeros(arena + 64, "uint8")
        self._start = -self._arena.ctypes.data % 64  # vectors and cache lines begin at multiples of 64
        self._held = held
        self._precision = precision
        self.made: dict[str, Any] = {}

    def make(self, bindings: Sequence[Binding]) -> list[Any]:
        """The objects in the order of their bindings."""
        with np.errstate(over="ignore"):  # a constant may be infinite in float32
            for binding in bindings:
                self.made[binding.name] = getattr(self, f"_{binding.kind}_object")(*binding.arguments)
        return [self.made[binding.name] for binding in bindings]

    def _function_object(self, name: str) -> Any:
        found: Any = np
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def _forward_object(self, operation: str) -> Any:
        return OPERATIONS[operation].forward

    def _scalar_object(self, operation: str) -> Any:
        return OPERATIONS[operation].scalar

    def _arena_object(self, offset: int, shape: tuple[int, ...], dtype: str) -> Array:
        size = int(np.prod(shape, dtype="int64")) * np.dtype(dtype).itemsize
        start = self._start + offset
        return self._arena[start : start + size].view(dtype).reshape(shape)

    def _row_object(self, offset: int, shape: tuple[int, ...], dtype: str) -> Array:
        return self._arena_object(offset, shape, dtype)

    def _held_object(self, name: str, start: int, shape: tuple[int, ...]) -> Array:
        array: Array = self._held[name]
        if not array.ndim:
            return array
        return array[start : start + int(np.prod(shape, dtype="int64"))].reshape(shape)

    def _blocks_object(self, rows: tuple[tuple[str, int], ...], size: int, count: int) -> list[tuple[Array, ...]]:
        """Parts of one length, side by side, of rows that the caller keeps: each by its array's name and its start."""
        parts = [np.split(self._held[name][start : start + size * count], count) for name, start in rows]
        return list(zip(*parts, strict=True))

    def _full_object(self, value: float, shape: tuple[int, ...], dtype: str) -> Array:
        return np.full(shape, value, dtype)

    def _constant_object(self, value: object, shape: tuple[int, ...], dtype: str) -> Array:
        return np.asarray(value, dtype).reshape(shape)

    def _arange_object(self, stop: int, step: int) -> Array:
        return np.arange(0, stop, step, dtype=np.intp)

    def _reshape_object(self, base: str, shape: tuple[int, ...]) -> Array:
        return self._array(base).reshape(shape)

    def _rows_object(self, base: str, start: int, stop: int, count: int) -> Array:
        return self._array(base)[start:stop]

    def _transpose_object(self, base: str) -> Array:
        return self._array(base).swapaxes(-1, -2)

    def _axes_object(self, base: str, axes: tuple[int, ...]) -> Array:
        return self._array(base).transpose(axes)

    def _part_object(self, base: str, start: tuple[int, ...], count: tuple[int, ...], step: tuple[int, ...]) -> Array:
        return self._array(base)[part_of(start, count, step)]

    def _windows_object(
        self, base: str, size: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
    ) -> Array:
        whole = self._array(base)
        first, *space, last = whole.strides
        count = windows_in(whole.shape[1:-1], size, stride, dilation)
        inner = [step * by for step, by in zip(space, dilation, strict=True)]
        outer = [step * by for step, by in zip(space, stride, strict=True)]
        shape, steps = (len(whole), *size, *count, whole.shape[-1]), (first, *inner, *outer, last)
        return np.lib.stride_tricks.as_strided(whole, shape, steps, writeable=False)

    def _bits_object(self, base: str, dtype: str) -> Array:
        return self._array(base).view(dtype)

    def _method_object(self, base: str, name: str) -> Any:
        return getattr(self._array(base), name)

    def _math_object(self, name: str) -> Any:
        return getattr(math, name)

    def _caller_object(self, name: str) -> Any:
        return self._held[name]

    def _value_object(self, value: object) -> object:
        return value

    def _blas_object(self, routine: str, precision: str) -> Any:
        return blas_routine(routine, precision)

    def _int_object(self, value: int) -> Any:
        return whole(value)

    def _long_object(self, value: int) -> Any:
        return length(value)

    def _real_object(self, value: float) -> Any:
        return real(value, self._precision)

    def _descent_object(self, rate: str) -> Any:
        return self._held["descents"][rate]

    def _address_object(self, base: str) -> Any:
        return address(self._array(base))

    def _sharing_object(self) -> Any:
        return sharing()

    def _array(self, name: str) -> Array:
        array: Array = self.made[name]
        return array


BUILT_IN = {"float": float, "ArithmeticError": ArithmeticError, "ValueError": ValueError}
"""All that a program finds without being given it."""


def function_of(text: Program, objects: Objects, bindings: Sequence[Binding]) -> Callable[..., Any]:
    """The function that a text makes."""
    namespace: dict[str, Any] = {"__builtins__": BUILT_IN}
    exec(compile(text, "<generated>", "exec"), namespace)
    made: Callable[..., Any] = namespace["make"](np, *objects.make(bindings))
    return made
