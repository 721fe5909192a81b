"""Indices of values, against numpy; what a path that ends in a bracket means; what is said about wrong ones."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices

import chainrule
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.shape import Linear, dimension
from chainrule.grammar.spec_error import SpecError

Compile = Callable[[str], Spec]
Said = Callable[[str], list[str]]

N = dimension("N")
HEAD = """
dim N
block same(x) { return x }
block double(x) { return 2 * x }
input x: [N, 3]
input w = [1, 2, 3]
tail = x -> repeat 3 { double } as copies
"""


def shape_of(spec: Spec, path: str) -> object:
    return spec.graph.nodes[spec.graph.index[path]].type.shape


def place_text(place: object) -> str:
    """A place of numpy's index as a spec writes it."""
    if place is ...:
        return "..."
    if isinstance(place, slice):
        start, stop = ("" if each is None else str(each) for each in (place.start, place.stop))
        return f"{start}:{stop}" + ("" if place.step is None else f":{place.step}")
    return str(place)


def index_text(index: object) -> str:
    return f"[{', '.join(map(place_text, index if isinstance(index, tuple) else (index,)))}]"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_values_and_gradients_are_those_of_numpy(data: st.DataObject) -> None:
    shape = data.draw(array_shapes(min_dims=1, max_dims=4, max_side=5))
    index = data.draw(basic_indices(shape, allow_newaxis=False))
    if index == ():
        return  # an index has a place
    open_first = data.draw(st.booleans())
    x = np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    sizes = ", ".join(["N" if open_first else str(shape[0]), *map(str, shape[1:])])
    head = f"dim N\ninput x: [{sizes}]\n"
    text = f"{head}part = x{index_text(index)}\noutput part\noutput y = sum(part ** 2)\n"
    first = index[0] if isinstance(index, tuple) else index
    steps = isinstance(first, slice) and abs(first.step or 1) != 1
    if open_first and (steps or first is ...):
        return  # a step wants a size that is known
    if not x[index].size:
        with pytest.raises(SpecError, match=r"nothing is left|outside of|there is no"):
            chainrule.compile(text).run(x=x)
        return
    program = chainrule.compile(text)
    assert np.array_equal(program.run(x=x)["part"], x[index])
    expected = np.zeros(shape)
    expected[index] = 2 * x[index]
    assert np.array_equal(program.grad(of="y", x=x)["x"], expected)


@pytest.mark.parametrize(
    ("index", "shape"),
    [
        ("x[:-1]", (Linear((("N", 1),), -1), 3)),
        ("x[1:]", (Linear((("N", 1),), -1), 3)),
        ("x[::-1]", (N, 3)),
        ("x[N - 1]", (3,)),
        ("x[-1, 0]", ()),
        ("x[..., 1:3]", (N, 2)),
        ("x[...]", (N, 3)),
        ("same(x)[0]", (3,)),
        ("(x + x)[0, 1:]", (2,)),
        ("[w, w][1]", (3,)),
        ("[w, w][:, ::2]", (2, 2)),
        ("x[0][1]", ()),
        ("x [0] [1:]", (2,)),
        ("x[0:N]", (N, 3)),
        ("(x -> double)[0]", (3,)),
        ("x[-2:]", (2, 3)),
    ],
)
def test_shapes_are_linear_in_dims(spec: Compile, index: str, shape: object) -> None:
    assert shape_of(spec(f"{HEAD}y = {index}\n"), "y") == shape


def test_an_index_is_a_node_of_its_statement(paths: Callable[[str], list[str]]) -> None:
    found = paths("input x = [[1, 2]]\ny = x[0][1]\nz = x[0, 0] + x[0, 1]\n")
    assert found == ["x", "y.slice", "y", "z.slice", "z.slice_2", "z"]


def test_constants_are_taken_apart(spec: Compile) -> None:
    text = "const widths = [[4, 5], [6, 7]]\nconst first = widths[0][1]\nparam W: [first, widths[-1, 0]] = zeros()\n"
    assert shape_of(spec(text + "y = widths[:, 0] + widths[1][0] * 2\noutput W\n"), "W") == (5, 6)


def test_a_list_of_settings_reaches_a_block(spec: Compile) -> None:
    block = "block f(x, shape, n) { return reshape(x, shape)[n] }\n"
    text = f"dim N\nconst c = [1, 2]\ninput x: [N, 4]\n{block}y = f(x, [N, 2, 2], -c[0] * c[-2])\n"
    assert shape_of(spec(text), "y") == (2, 2)


# --- copies -----------------------------------------------------------------------------------------------------


def test_right_after_a_repeat_a_single_number_is_a_copy() -> None:
    claims = "expect copies[1] == 2 * x\nexpect copies[3][0] == 8 * x[0]\nexpect (copies)[0] == 8 * x[0]\n"
    more = (
        "expect copies[:, 0] == 8 * x[:, 0]\nexpect d(sum(copies))/d(copies[1][0]) == 4\nexpect tail[0] == 8 * x[0]\n"
    )
    program = chainrule.compile(HEAD.replace("x: [N, 3]", "x: [N, 3] = [[1, 2, 3]]") + claims + more)
    assert [result.holds for result in program.test()] == [True] * 6


@pytest.mark.parametrize("index", ["copies[0]", "copies[4]", "copies[-1]", "copies[n]", "copies[4][0]"])
def test_another_single_index_says_how_to_write_it(said: Said, index: str) -> None:
    (message,) = said(f"{HEAD}const n = 1\ny = {index}\n")
    assert "G219" in message


# --- gradients in claims ----------------------------------------------------------------------------------------


def test_derivatives_by_parts() -> None:
    text = """
input x = [1, 2, 3]
y = sum(x ** 2)
expect d(y)/d(x[1]) == 4
expect d(y)/d(x)[1] == 4
expect d(y)/d((x)[1]) == 4
expect d(y)/d(x[1:][0]) == 4
expect d(y)/d(x)[1] ** 2 == 16
expect 2 * d(y)/d(x)[1:][0] - 1 == 7
expect -d(y)/d(x)[1] == -4
expect (d(y)/d(x))[1] == 4
expect d(d(y)/d(x)[1])/d(x) == [0, 2, 0]
expect d(d(y)/d(x[1]))/d(x[1]) == 2
expect d(x[2] ** 2)/d(x) == [0, 0, 6]
"""
    results = chainrule.compile(text).test()
    assert all(result.holds for result in results), results


# --- what is said -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("w[3]", "there is no 3 along axis 0 of x, [3]"),
        ("w[-4]", "there is no -4"),
        ("w[0:4]", "the range ends at 4"),
        ("w[:-4]", "ends at -4"),
        ("w[2:1]", "nothing is left"),
        ("w[0, 0]", "the index names 2 axes"),
        ("x[::2]", "no known size"),
        ("x[N]", "there is no N along"),
        ("x[:, 3]", "there is no 3 along axis 1"),
        ("w[::0]", "a step of 0 goes nowhere"),
        ("[1, 2][2]", "there is no 2 along axis 0 of x, [2]"),
        ("w[same(1)]", "G216"),
        ("w[w]", "G216"),
        ("w[[0, 1]]", "G216"),
        ("w[1.5]", "G217"),
        ('w["a"]', "G217"),
        ("w[::N]", "G217"),
        ("N[0]", "G218"),
        ("same[0]", "G101"),
    ],
)
def test_what_is_not_there(said: Said, index: str, message: str) -> None:
    found = said(f"{HEAD}y = {index}\n")
    assert len(found) == 1
    assert message in found[0]


def test_what_only_a_size_tells_is_said_once_it_is_known() -> None:
    program = chainrule.compile("dim N\ninput x: [N]\ny = x[3]\nz = x[2:]\n")
    assert program.run(x=[1, 2, 3, 4])["y"] == 4
    for rows in ([1, 2, 3], [1, 2]):
        with pytest.raises(SpecError, match="slice"):
            program.run(x=rows)


def test_places_are_checked_in_blocks_that_nobody_calls(said: Said) -> None:
    assert said("block f(x) { return x[n] }\nblock g(x) { return x[0.5] }\ny = 1\n") == [
        "1:23: G101 nothing here is called `n`",
        "2:23: G217 `0.5` can't stand in an index: it holds whole numbers and sizes",
    ]


@pytest.mark.parametrize("word", ["max", "take", "where", "index", "int", "real", "slice", "output"])
def test_old_names_are_indexed_as_any(spec: Compile, word: str) -> None:
    found = spec(f"input x = [1, 2]\n{word} = x + 1\ny = {word}[0] + {word}[::-1][:{word}2]\nconst {word}2 = 1\n")
    assert shape_of(found, "y") == (1,)


def test_long_chains_of_indices_are_no_recursion(spec: Compile, said: Said) -> None:
    deep = "const a = [0]\ny = " + "a[" * 3000 + "0" + "]" * 3000 + "\n"
    assert spec(deep).graph.nodes
    (message,) = said("input x = [1]\ny = x" + "[0]" * 3000 + "\n")
    assert "a scalar, has none" in message
