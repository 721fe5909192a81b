"""The same functions as NumPy, PyTorch and JAX have them, where these are installed."""

from collections.abc import Callable, Iterator
from functools import reduce
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from .operations import Measured

Array = Any
Function = Callable[[Array], Array]


def others_of(measured: Measured) -> Iterator[tuple[str, Function, Function | None]]:
    """Who, its value and its slope; NumPy has no slopes."""
    if measured.numpy:
        yield "numpy", getattr(np, measured.numpy), None
    if measured.torch and find_spec("torch"):
        yield "torch", *_of_torch(measured.torch)
    if measured.jax and find_spec("jax"):
        yield "jax", *_of_jax(measured.jax)


def _of_torch(name: str) -> tuple[Function, Function]:
    torch: Any = import_module("torch")
    function: Any = reduce(getattr, name.split("."), torch)

    def slope(x: Array) -> Array:
        given = torch.from_numpy(np.array(x)).requires_grad_()
        function(given).sum().backward()
        return given.grad.numpy()

    return lambda x: function(torch.from_numpy(np.array(x))).numpy(), slope


def _of_jax(name: str) -> tuple[Function, Function]:
    jax: Any = import_module("jax")
    module, _, last = f"jax.{name}".rpartition(".")
    function = getattr(import_module(module), last)
    derived = jax.grad(lambda x: function(x).sum())
    return lambda x: np.asarray(function(x)), lambda x: np.asarray(derived(x))
