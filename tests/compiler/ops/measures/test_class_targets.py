"""What losses and metrics say of targets that do not fit."""

import pytest

from chainrule.compiler.ops.measures.class_targets import rows_of
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Clash, Shape, Size, Type, dimension

N, M = dimension("N"), dimension("M")


@pytest.mark.parametrize(
    ("shape", "rows"), [((), 1), ((3,), 1), ((N,), N), ((3, 4), 3), ((N, 4), N), ((5, N), 5), ((2, 3, 4), 2)]
)
def test_rows_are_counted_along_the_first_axis(shape: Shape, rows: Size) -> None:
    assert rows_of(shape) == rows


@pytest.mark.parametrize("name", ["mse", "quadratic-loss", "accuracy"])
@pytest.mark.parametrize(("left", "right"), [((N, 1), (N,)), ((4, 1), (4,))])
@pytest.mark.parametrize("kind", ["real", "int"])
def test_a_column_against_a_row_is_an_error_that_says_so(name: str, left: Shape, right: Shape, kind: str) -> None:
    operation = OPERATIONS[name]
    if kind == "int" and "t" not in operation.integers:
        kind = "real"  # converted before it gets here
    types = (Type("real", left), Type(kind, right))  # type: ignore[arg-type]  # one of the two kinds
    attributes = tuple(attribute.default for attribute in operation.attributes)
    with pytest.raises(Clash, match=rf"^{name}: .* must have the same shape") as caught:
        operation.infer(types, *attributes)
    assert caught.value.operands == (0, 1)
    assert f"`sum({operation.operands[0]}, axis = 1)`" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["softmax-loss", "cross-entropy"])
@pytest.mark.parametrize(("left", "right"), [((N, 1), (N,)), ((4, 1), (4,)), ((1,), ()), ((N, 1), (N, 1))])
@pytest.mark.parametrize("kind", ["real", "int"])
def test_a_loss_over_a_single_class_leads_to_one_that_learns(name: str, left: Shape, right: Shape, kind: str) -> None:
    operation = OPERATIONS[name]
    types = (Type("real", left), Type(kind, right))  # type: ignore[arg-type]  # one of the two kinds
    with pytest.raises(Clash, match="a single class is never wrong") as caught:
        operation.infer(types, *(attribute.default for attribute in operation.attributes))
    assert "give it two columns" in str(caught.value.hint)
    assert "`sigmoid_loss(" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("scores", "t", "message"),
    [
        (Type("real", (N, 3)), Type("int", (M,)), "scores has N rows but t has M class numbers"),
        (Type("real", (N, 3)), Type("real", (N,)), "t is [N], but class numbers are of kind int"),
        (Type("real", (3,)), Type("real", ()), "class numbers are of kind int"),
        (Type("real", (N, 3)), Type("real", (N, 4)), "scores is [N, 3] but t is [N, 4]"),
        (Type("real", ()), Type("int", ()), "must be rows of numbers, [..., C]"),
        (Type("real", (N, 2, 3)), Type("int", (N,)), "scores is [N, 2, 3] but t is [N]"),
        (Type("real", (N, 2, 3)), Type("int", (N, 3)), "t is int[N, 3]; it must be int[N, 2]"),
        (Type("real", (N, 2, 3)), Type("real", (N, 2)), "declare t as `int[N, 2]`"),
    ],
)
def test_targets_of_a_loss_over_classes(scores: Type, t: Type, message: str) -> None:
    with pytest.raises(Clash) as caught:
        OPERATIONS["softmax-loss"].infer((scores, t), 0.0, N)
    assert message in f"{caught.value.message} {caught.value.hint}"
