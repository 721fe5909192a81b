"""Reductions along any axes, and choices beside them, against PyTorch in float64, with `pytest -m proof`.

Values, gradients and second derivatives, on random shapes, axes and ties; and both at the extremes.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from chainrule.compiler.ops.table import OPERATIONS

Array = Any

REDUCING = ("sum", "mean", "max", "min", "prod", "logsumexp")
ALONG = ("softmax", "log-softmax", "cumsum")
UNARY = ("sign", "sin", "cos", "log1p", "expm1", "abs")
PAIRS = ("maximum", "minimum")
CHOICES = ("where", "clip")


class Case(NamedTuple):
    """One operation on random operands."""

    name: str
    operands: tuple[Array, ...]
    attributes: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.name} {[each.shape for each in self.operands]} {self.attributes}"


def several_axes(random: np.random.Generator, rank: int) -> int | tuple[int, ...] | None:
    """None, an axis, or a list of them, counted from either end."""
    if not rank or random.random() < 0.2:
        return None
    count = int(random.integers(1, rank + 1))
    chosen = [int(axis) - rank * int(random.integers(2)) for axis in random.choice(rank, count, replace=False)]
    return chosen[0] if count == 1 and random.random() < 0.7 else tuple(chosen)


def numbers(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return random.uniform(-0.9, 2.0, shape)


def shrunk(random: np.random.Generator, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that broadcasts to another one."""
    kept = shape[int(random.integers(len(shape) + 1)) :]
    return tuple(size if random.random() < 0.7 else 1 for size in kept)


def cases() -> Iterator[Case]:
    random = np.random.default_rng(14)
    for name in (*REDUCING * 35, *ALONG * 25, *UNARY * 4, *PAIRS * 12, *CHOICES * 15):
        shape = tuple(map(int, random.integers(1, 5, random.integers(name in ALONG, 5))))
        x = numbers(random, shape)
        if name in REDUCING:
            if name == "prod":
                x = np.where(random.random(shape) < 0.15, 0.0, x)  # so that several are 0 along an axis
            yield Case(name, (x,), (several_axes(random, len(shape)), bool(random.integers(2))))
        elif name in ALONG:
            yield Case(name, (x,), (int(random.integers(-len(shape), len(shape))),))
        elif name in UNARY:
            yield Case(name, (x,), ())
        elif name in PAIRS:
            yield Case(name, (x, numbers(random, shrunk(random, shape))), ())
        elif name == "where":
            first = random.integers(2, size=shrunk(random, shape))
            yield Case(name, (first, x, numbers(random, shrunk(random, shape))), ())
        else:
            yield Case(name, (x, numbers(random, ()), numbers(random, ()) + 1), ())


CASES = list(cases())


def by_torch(torch: Any, case: Case) -> Callable[..., Any]:
    """The same in torch's words."""
    name, attributes = case.name, case.attributes
    if name in REDUCING:
        axis, keepdims = attributes
        rank = case.operands[0].ndim
        axes = tuple(range(rank)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        if not rank:
            return lambda x: x * 1
        if name in ("sum", "mean", "logsumexp"):
            return lambda x: getattr(torch, name)(x, dim=axes, keepdim=keepdims)
        function = {"max": torch.amax, "min": torch.amin}.get(name)
        if function is not None:
            return lambda x: function(x, dim=axes, keepdim=keepdims)

        def product(x: Any) -> Any:
            for each in sorted((axis % rank for axis in axes), reverse=True):
                x = torch.prod(x, dim=each, keepdim=keepdims)
            return x

        return product
    if name in ALONG:
        return lambda x: getattr(torch, name.replace("-", "_"))(x, dim=attributes[0])
    if name == "where":
        return lambda c, a, b: torch.where(c != 0, a, b)
    if name == "clip":
        return lambda x, low, high: torch.minimum(high, torch.maximum(x, low))
    return lambda *operands: getattr(torch, name)(*operands)


def test_there_are_many_settings() -> None:
    assert len(CASES) >= 350


@pytest.mark.proof
@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_derivatives(case: Case, tape: Callable[..., Any]) -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    random = np.random.default_rng(3)
    made = tape()
    leaves = [made.leaf(operand) for operand in case.operands]
    reals = [slot for slot, each in enumerate(case.operands) if each.dtype.kind == "f"]
    output = made.append(OPERATIONS[case.name], leaves, case.attributes)
    theirs = [torch.tensor(each, requires_grad=each.dtype.kind == "f") for each in case.operands]
    expected = by_torch(torch, case)(*theirs)
    np.testing.assert_allclose(made.values[output], expected.detach().numpy(), rtol=1e-12, atol=1e-13)

    upstream = random.uniform(0.5, 1.5, made.type(output).shape)
    wanted = [leaves[slot] for slot in reals]
    first = made.reverse(output, made.leaf(upstream), wanted)
    given = [theirs[slot] for slot in reals]
    found = torch.autograd.grad(expected, given, torch.tensor(upstream), create_graph=True, allow_unused=True)
    total, whole = None, 0.0
    for ours, their in zip(first, found, strict=True):
        if ours is None:
            assert their is None or not their.detach().numpy().any()
            continue
        np.testing.assert_allclose(made.values[ours], their.detach().numpy(), rtol=1e-12, atol=1e-12)
        weights = random.uniform(0.5, 1.5, made.type(ours).shape)
        part = made.sum(made.mul(made.leaf(weights), ours))
        total = part if total is None else made.add(total, part)
        whole = whole + (torch.tensor(weights) * their).sum()
    if total is None or not getattr(whole, "requires_grad", False):
        return
    second = torch.autograd.grad(whole, given, allow_unused=True)
    for ours, their in zip(made.reverse(total, made.constant(1.0), wanted), second, strict=True):
        mine = 0.0 if ours is None else made.values[ours]
        np.testing.assert_allclose(mine, 0.0 if their is None else their.numpy(force=True), rtol=1e-12, atol=1e-12)


@pytest.mark.proof
@pytest.mark.parametrize("name", ["argmax", "argmin", "floor"])
def test_numbers_of_elements(name: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    random = np.random.default_rng(5)
    for _ in range(50):
        shape = tuple(map(int, random.integers(1, 5, random.integers(1, 4))))
        x = random.normal(size=shape)
        axis = None if random.random() < 0.2 else int(random.integers(-len(shape), len(shape)))
        keepdims = bool(random.integers(2)) and axis is not None
        attributes = () if name == "floor" else (axis, keepdims)
        theirs = (
            torch.floor(torch.tensor(x)) if name == "floor" else getattr(torch, name)(torch.tensor(x), axis, keepdims)
        )
        np.testing.assert_array_equal(OPERATIONS[name].forward(np, x, *attributes), theirs.numpy())


@pytest.mark.proof
def test_values_at_the_extremes() -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    special = np.array([0.0, -0.0, 1.0, -1.0, 5e-324, 1e-20, 1e308, -1e308, math.inf, -math.inf, math.nan])
    a, b = np.meshgrid(special, special)
    for name in ("maximum", "minimum"):
        with np.errstate(all="ignore"):
            ours = OPERATIONS[name].forward(np, a, b)
        np.testing.assert_array_equal(ours, getattr(torch, name)(torch.tensor(a), torch.tensor(b)).numpy())
    for name in ("log1p", "expm1", "sin", "cos", "sign"):
        with np.errstate(all="ignore"):
            ours = OPERATIONS[name].forward(np, special)
        theirs = getattr(torch, name)(torch.tensor(special)).numpy()
        if name == "sign":
            theirs = np.where(np.isnan(special), math.nan, theirs)  # torch calls it 0
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-320)
    rows = np.stack([a.ravel(), b.ravel()], axis=1)
    for name in ("max", "min", "logsumexp"):
        with np.errstate(all="ignore"):
            ours = OPERATIONS[name].forward(np, rows, 1, False)
        theirs = torch.logsumexp if name == "logsumexp" else {"max": torch.amax, "min": torch.amin}[name]
        np.testing.assert_allclose(ours, theirs(torch.tensor(rows), dim=1).numpy(), rtol=1e-13)
