"""Sizes and shapes: arithmetic on them is arithmetic on what they become."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.shape import (
    Clash,
    Linear,
    Size,
    Type,
    add_sizes,
    bind_shape,
    bind_size,
    broadcast,
    dimension,
    multiply_sizes,
    product,
    shape_text,
    solve_size,
)

NAMES = st.sampled_from("NMF")
NUMBERS = st.integers(-5, 5)
DIMS = {"N": 3, "M": 7, "F": 11}


@st.composite
def sizes(draw: st.DrawFn) -> Size:
    size: Size = draw(NUMBERS)
    for name in draw(st.lists(NAMES, max_size=3)):
        size = add_sizes(size, multiply_sizes(dimension(name), draw(NUMBERS)))
    return size


@given(sizes(), sizes())
def test_sums_bind_to_sums(left: Size, right: Size) -> None:
    bound = bind_size(left, DIMS), bind_size(right, DIMS)
    assert all(isinstance(size, int) for size in bound)
    assert bind_size(add_sizes(left, right), DIMS) == add_sizes(*bound)
    assert add_sizes(left, right) == add_sizes(right, left)


@given(sizes(), NUMBERS)
def test_products_bind_to_products(size: Size, factor: int) -> None:
    assert bind_size(multiply_sizes(size, factor), DIMS) == multiply_sizes(bind_size(size, DIMS), factor)
    assert multiply_sizes(factor, size) == multiply_sizes(size, factor)


@given(sizes())
def test_a_size_without_a_dim_is_a_number(size: Size) -> None:
    assert isinstance(add_sizes(size, multiply_sizes(size, -1)), int)
    assert isinstance(size, int) or all(coefficient for _, coefficient in size.terms)


def test_two_unknown_sizes_have_no_product() -> None:
    with pytest.raises(Clash, match="`N` and `N` is not linear"):
        product((dimension("N"), dimension("N")))
    assert product((2, dimension("N"), 3)) == Linear((("N", 6),))
    assert product(()) == 1


def test_sizes_are_written_as_in_a_spec() -> None:
    size = add_sizes(add_sizes(multiply_sizes(dimension("N"), -2), dimension("M")), -1)
    assert str(size) == "M - 2*N - 1"
    assert str(multiply_sizes(dimension("N"), -1)) == "-N"
    assert shape_text((dimension("N"), 784)) == "[N, 784]"
    assert str(Type("int", (dimension("N"),))) == "int[N]"
    assert str(Type("real", ())) == "[]"


@given(st.integers(-5, 5).filter(bool), NUMBERS, st.integers(-20, 20))
def test_what_is_solved_for_fits(coefficient: int, constant: int, value: int) -> None:
    pattern = add_sizes(multiply_sizes(dimension("I"), coefficient), constant)
    solution = solve_size(pattern, value)
    whole = [size for size in range(-30, 31) if coefficient * size + constant == value]
    assert (solution is None) == (not whole)
    assert solution is None or solution == {"I": whole[0]}


@given(st.integers(1, 5), NUMBERS, sizes())
def test_an_unknown_may_be_of_unknown_size(coefficient: int, constant: int, value: Size) -> None:
    pattern = add_sizes(multiply_sizes(dimension("?"), coefficient), constant)
    solution = solve_size(pattern, value)
    if solution is not None:
        assert add_sizes(multiply_sizes(solution["?"], coefficient), constant) == value


def test_a_number_is_solved_by_itself_alone() -> None:
    assert solve_size(3, 3) == {}
    assert solve_size(3, 4) is None
    assert solve_size(3, dimension("N")) is None


SHAPES = st.lists(st.integers(1, 3), max_size=4).map(tuple)


@given(SHAPES, SHAPES)
def test_shapes_broadcast_as_in_numpy(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    try:
        wanted = np.broadcast_shapes(left, right)
    except ValueError:
        with pytest.raises(Clash, match="do not broadcast"):
            broadcast(left, right)
    else:
        assert broadcast(left, right) == wanted


def test_a_dim_broadcasts_against_1_and_itself_alone() -> None:
    n = dimension("N")
    assert broadcast((n, 3), (3,)) == (n, 3)
    assert broadcast((n, 1), (1, 3)) == (n, 3)
    assert broadcast((1,), (n,)) == (n,)
    with pytest.raises(Clash, match="axis -1 has N against 3"):
        broadcast((n,), (3,))


def test_only_known_dims_are_filled_in() -> None:
    assert bind_shape((dimension("N"), dimension("M"), 2), {"N": 4}) == (4, dimension("M"), 2)
