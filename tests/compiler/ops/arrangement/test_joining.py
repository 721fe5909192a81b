"""Joined, padded, taken and rearranged values against JAX: `pytest -m proof`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.arrangement.indexing import Range, part_at

SETTINGS = 32
"""Of each of seven operations; JAX compiles each shape anew."""

Array = Any
Chance = np.random.Generator


def _concat(chance: Chance, xp: Any) -> tuple[str, list[Array], dict[str, Any], Callable[..., Array]]:
    rank = int(chance.integers(1, 4))
    shape, axis = chance.integers(1, 4, rank), int(chance.integers(-rank, rank))
    shapes = []
    for _ in range(chance.integers(2, 5)):
        own = shape.copy()
        own[axis] = chance.integers(1, 4)
        shapes.append(own)
    return "concat", [chance.normal(size=each) for each in shapes], {"axis": axis}, (lambda *x: xp.concatenate(x, axis))


def _pad(chance: Chance, xp: Any) -> tuple[str, list[Array], dict[str, Any], Callable[..., Array]]:
    shape = chance.integers(1, 4, chance.integers(1, 4))
    widths = tuple((int(a), int(b)) for a, b in chance.integers(0, 3, (len(shape), 2)))
    value = float(chance.normal())
    return (
        "pad",
        [chance.normal(size=shape)],
        {"widths": widths, "value": value},
        (lambda x: xp.pad(x, widths, constant_values=value)),
    )


def _take(chance: Chance, xp: Any) -> tuple[str, list[Array], dict[str, Any], Callable[..., Array]]:
    shape = chance.integers(1, 5, chance.integers(1, 4))
    axis = int(chance.integers(-len(shape), len(shape)))
    indices = chance.integers(0, shape[axis], chance.integers(1, 4, chance.integers(0, 3)))
    return "take", [chance.normal(size=shape), indices], {"axis": axis}, lambda x, i: xp.take(x, i, axis)


def _transpose(chance: Chance, xp: Any) -> tuple[str, list[Array], dict[str, Any], Callable[..., Array]]:
    shape = chance.integers(1, 4, chance.integers(1, 5))
    axes = tuple(int(axis) - len(shape) * int(chance.integers(2)) for axis in chance.permutation(len(shape)))
    return "transpose", [chance.normal(size=shape)], {"axes": axes}, lambda x: xp.transpose(x, axes)


def _reshape(chance: Chance, xp: Any) -> tuple[str, list[Array], dict[str, Any], Callable[..., Array]]:
    shape = chance.integers(1, 5, chance.integers(1, 4))
    total = int(np.prod(shape))
    first = int(chance.choice([size for size in range(1, total + 1) if total % size == 0]))
    return "reshape", [chance.normal(size=shape)], {"shape": (first, -1)}, lambda x: xp.reshape(x, (first, -1))


def _expand(chance: Chance, xp: Any) -> tuple[str, list[Array], dict[str, Any], Callable[..., Array]]:
    wide = tuple(map(int, chance.integers(1, 4, chance.integers(1, 5))))
    kept = int(chance.integers(0, len(wide) + 1))
    own = [size if chance.random() < 0.5 else 1 for size in wide[kept:]]
    return "expand", [chance.normal(size=own)], {"shape": wide}, lambda x: xp.broadcast_to(x, wide)


def _slice(chance: Chance, xp: Any) -> tuple[str, list[Array], dict[str, Any], Callable[..., Array]]:
    shape = tuple(map(int, chance.integers(1, 6, chance.integers(1, 4))))
    written: list[Any] = []
    picked: list[Any] = []
    for size in shape:
        place = int(chance.integers(-size, size))
        step = int(chance.choice((1, 2, -1, -2)))
        start, stop = (place, None) if chance.random() < 0.7 else (None, None)
        if chance.random() < 0.3:
            written.append(place)
            picked.append(place)
        else:
            written.append(Range(start, stop, step))
            picked.append(slice(start, stop, step))
    part = part_at(shape, written)
    return (
        "slice",
        [chance.normal(size=shape)],
        dict(zip(("start", "count", "step"), part, strict=True)),
        lambda x: x[tuple(picked)],
    )


FAMILIES = (_concat, _pad, _take, _transpose, _reshape, _expand, _slice)


@pytest.mark.proof
@pytest.mark.parametrize("family", FAMILIES, ids=lambda each: each.__name__[1:])
def test_values_gradients_and_second_derivatives(family: Any, tape: Any) -> None:
    """Of sum(w * f(x) ** 3), so that second derivatives are there."""
    jax = pytest.importorskip("jax", reason="jax is an extra")
    with jax.enable_x64(True):
        for seed in range(SETTINGS):
            chance = np.random.default_rng(seed)
            name, operands, attributes, there = family(chance, jax.numpy)
            reals, rest = (operands[:1], operands[1:]) if name == "take" else (operands, [])
            found = jax.eval_shape(there, *operands)
            w, ways = chance.normal(size=found.shape), [chance.normal(size=each.shape) for each in reals]

            def function(*x: Any, there: Any = there, rest: Any = rest, w: Any = w) -> Any:
                return jax.numpy.sum(w * there(*x, *rest) ** 3)

            places = tuple(range(len(reals)))
            first = jax.grad(function, places)
            second = jax.grad(
                lambda *x, first=first, ways=ways: sum(
                    jax.numpy.sum(each * way) for each, way in zip(first(*x), ways, strict=True)
                ),
                places,
            )
            made = tape()
            leaves = [made.leaf(each) for each in operands]
            value = getattr(made, name)(*leaves, **attributes)
            cubed = made.sum(made.mul(made.leaf(w), made.mul(value, made.mul(value, value))))
            gradients = made.reverse(cubed, made.constant(1.0), leaves[: len(reals)])
            total = made.constant(0.0)
            for gradient, way in zip(gradients, ways, strict=True):
                total = made.add(total, made.sum(made.mul(gradient, made.leaf(way))))
            again = made.reverse(total, made.constant(1.0), leaves[: len(reals)])
            np.testing.assert_allclose(made.values[value], there(*operands), rtol=0, atol=0)
            for mine, theirs in zip(gradients, first(*reals), strict=True):
                np.testing.assert_allclose(made.values[mine], theirs, rtol=1e-12, atol=1e-12)
            for mine, theirs in zip(again, second(*reals), strict=True):
                np.testing.assert_allclose(made.values[mine], theirs, rtol=1e-12, atol=1e-12)
