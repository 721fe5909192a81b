"""What an index takes: NumPy's basic indexing, also of sizes that are not known yet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices

from chainrule.compiler.ops.arrangement.indexing import Part, Range, part_at, part_text
from chainrule.compiler.ops.arrangement.slicing import SLICE, SLICE_GRADIENT
from chainrule.compiler.shape import Clash, Linear, Type, bind_shape, dimension

N = dimension("N")


def written(index: object) -> list[int | Range | None]:
    """An index of numpy's as a text has it."""
    entries = index if isinstance(index, tuple) else (index,)
    return [
        None if each is ... else Range(each.start, each.stop, each.step) if isinstance(each, slice) else int(each)
        for each in entries
    ]


@given(st.data())
def test_an_index_takes_what_it_does_in_numpy(data: st.DataObject) -> None:
    shape = data.draw(array_shapes(min_dims=1, max_dims=4, max_side=5))
    index = data.draw(basic_indices(shape, allow_newaxis=False))
    x = np.arange(np.prod(shape)).reshape(shape)
    if not x[index].size:
        return
    part = part_at(shape, written(index))
    assert SLICE.infer((Type("int", shape),), *part) == Type("int", x[index].shape)
    assert np.array_equal(SLICE.forward(np, x, *part), x[index])
    g = np.random.default_rng(1).normal(size=x[index].shape)
    whole = np.zeros(shape)
    whole[index] = g
    assert np.array_equal(SLICE_GRADIENT.forward(np, g, shape, *part), whole)


@pytest.mark.parametrize(
    ("index", "part"),
    [
        ([Range(None, -1)], Part((0,), (Linear((("N", 1),), -1),), (1,))),
        ([Range(None, None, -1)], Part((Linear((("N", 1),), -1),), (N,), (-1,))),
        ([-1], Part((Linear((("N", 1),), -1),), (1,), (0,))),
        ([None], Part((0,), (N,), (1,))),
        ([Range(1)], Part((1,), (Linear((("N", 1),), -1),), (1,))),
        ([Range(-3, -1)], Part((Linear((("N", 1),), -3),), (2,), (1,))),
    ],
    ids=str,
)
def test_sizes_with_dims_stay_linear(index: list[int | Range | None], part: Part) -> None:
    assert part_at((N,), index) == part
    bound = part_at((5,), index)
    assert tuple(bind_shape(each, {"N": 5}) for each in part[:2]) == bound[:2]


@pytest.mark.parametrize(
    ("shape", "index", "message"),
    [
        ((3,), [3], "there is no 3 along axis 0"),
        ((3,), [-4], "there is no -4 along axis 0"),
        ((3,), [Range(0, 4)], "ends at 4"),
        ((3,), [Range(2, 2)], "nothing is left"),
        ((3,), [Range(None, None, 0)], "a step of 0"),
        ((3,), [0, 0], "names 2 axes"),
        ((3, 2), [None, 0, None], "one `...` at most"),
        ((N,), [Range(None, None, 2)], "no known size"),
        ((N,), [N], "there is no N"),
        ((), [0], "a scalar, has none"),
    ],
)
def test_what_is_not_there_is_refused(shape: tuple[int | Linear, ...], index: list[int], message: str) -> None:
    with pytest.raises(Clash, match=message.replace(".", r"\.")):
        SLICE.infer((Type("real", shape),), *part_at(shape, index))


def test_what_a_dim_leaves_open_is_looked_at_again() -> None:
    part = part_at((N,), [Range(0, 3)])
    assert SLICE.infer((Type("real", (N,)),), *part) == Type("real", (3,))
    with pytest.raises(Clash, match="there is no 2 along axis 0"):
        SLICE.infer((Type("real", (2,)),), *part)


@given(st.data())
def test_a_part_reads_back_from_its_index(data: st.DataObject) -> None:
    shape = data.draw(array_shapes(min_dims=1, max_dims=4, max_side=5))
    index = data.draw(basic_indices(shape, allow_newaxis=False))
    if not np.zeros(shape)[index].size:
        return
    part = part_at(shape, written(index))
    x = np.arange(np.prod(shape)).reshape(shape)
    found = eval(f"x{part_text(*part)}", {"x": x})  # Python reads it as numpy does
    assert np.array_equal(found, x[index])


def test_the_index_of_a_part_with_dims() -> None:
    assert part_text(*part_at((N, 3), [Range(None, -1), Range()])) == "[:N - 1, :3]"
    assert part_text(*part_at((N, 3), [Range(None, None, -1), -1])) == "[N - 1::-1, 2]"
    assert part_text(*part_at((N,), [-1])) == "[N - 1]"
