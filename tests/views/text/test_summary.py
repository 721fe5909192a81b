import pytest

import chainrule
from chainrule.views.text.copies import runs
from chainrule.views.text.summary import Summary, summary_of

DEEP = """use chainrule.layers
dim N
input x: [N, {width}]
output y = x -> repeat 50 {{ dense(32) -> relu }} as body -> dense(10)
"""


def summary(text: str) -> Summary:
    return summary_of(chainrule.compile(text).spec, 8)


def paths(text: str, *, unfolded: bool = False) -> list[str]:
    """The first cells of a summary's lines, from the first copy on."""
    lines = summary(text).text(unfolded=unfolded).partition("\n\n")[0].splitlines()[2:]
    return [" ".join(line.split("  ")[0].split()) for line in lines]


def test_equal_copies_are_one_line() -> None:
    assert paths(DEEP.format(width=32)) == ["body[1..50] x 50", "y.W", "y.b", "y"]


def test_a_first_copy_of_other_width_stands_alone() -> None:
    alone = ["body[1].dense.W", "body[1].dense.b", "body[1].dense", "body[1]"]
    assert paths(DEEP.format(width=16)) == [*alone, "body[2..50] x 49", "y.W", "y.b", "y"]


@pytest.mark.parametrize("width", [16, 32])
def test_nothing_is_lost(width: int) -> None:
    made = summary(DEEP.format(width=width))
    assert sum(line.parameters for line in made.folded) == sum(line.parameters for line in made.lines)
    for cost in ("flops", "bytes"):
        folded, whole = (sum(getattr(line.cost, cost) for line in lines) for lines in (made.folded, made.lines))
        assert folded == whole == getattr(made.forward, cost)
    assert len(paths(DEEP.format(width=width), unfolded=True)) == 50 * 4 + 3
    assert len(made.document()["nodes"]) == len(made.lines)  # type: ignore[arg-type]  # a list


def test_a_folded_line_says_what_a_copy_does() -> None:
    (line,) = [line for line in summary(DEEP.format(width=16)).folded if " x " in line.path]
    assert (line.operation, line.operands, line.kind, line.shape) == ("affine, relu", ("body[1]",), "real", "[N, 32]")
    assert line.parameters == 49 * (32 * 32 + 32)


def test_frozen_copies_are_lines_of_their_own() -> None:
    text = DEEP.format(width=32) + (
        "train { minimize = sum(y) ; optimizer = sgd(lr = 0.1) ; steps = 1\n"
        'groups = [group("body[1].*", frozen = true), group("body[2].*", frozen = true)] }\n'
    )
    made = summary(text)
    frozen = 2 * (32 * 32 + 32)
    assert [(line.path, line.operation, line.frozen) for line in made.folded[1:4]] == [
        ("body[1..2] x 2", "affine, relu", frozen),
        ("body[3..50] x 48", "affine, relu", 0),
        ("y.W", "param", 0),
    ]
    assert "body[1..2] x 2    affine, relu, frozen" in made.text()
    assert f"parameters: {made.parameters:,} ({made.parameters - frozen:,} trained, {frozen:,} frozen)" in made.text()
    document = made.document()
    assert document["frozen"] == frozen
    assert [each["path"] for each in document["nodes"] if each["frozen"]] == [  # type: ignore[union-attr, index, call-overload]  # JSON
        f"body[{copy}].dense.{name}" for copy in (1, 2) for name in "Wb"
    ]


def test_frozen_params_cost_no_reverse_pass() -> None:
    text = DEEP.format(width=32) + "train { minimize = sum(y) ; optimizer = sgd(lr = 0.1) ; steps = 1 GROUPS }\n"
    whole = summary(text.replace("GROUPS", "")).backward
    part = summary(text.replace("GROUPS", '; groups = [group("body*", frozen = true)]')).backward
    assert whole is not None
    assert part is not None
    assert part.flops < whole.flops / 20


def test_copies_with_constants_are_alike() -> None:
    """The node of a constant stands in the first copy, and the others use it."""
    assert paths("input x = 1\noutput y = x -> repeat 3 { add(2) -> mul(x) } as r -> exp\n") == ["r[1..3] x 3", "y"]


def test_outer_copies_fold_with_what_is_in_them() -> None:
    text = "input x = 1\noutput y = x -> repeat 3 { exp -> repeat 2 { relu } as inner -> exp } as outer -> exp\n"
    assert paths(text) == ["outer[1..3] x 3", "y"]
    assert len(runs(chainrule.compile(text).spec.graph)) == 1 + 3


def test_inner_copies_fold_in_outer_ones_that_differ() -> None:
    text = """use chainrule.layers
dim N
input x: [N, 4]
output y = x -> repeat 2 { dense(8) -> repeat 3 { dense(8) } as inner } as outer
"""
    first = ["outer[1].dense.W", "outer[1].dense.b", "outer[1].dense", "outer[1].inner[1..3] x 3"]
    second = ["outer[2].dense.W", "outer[2].dense.b", "outer[2].dense", "outer[2].inner[1..3] x 3"]
    assert paths(text) == [*first, *second]


def test_a_long_chain_is_quick() -> None:
    text = "input x = 1\noutput y = x -> repeat 30000 { exp -> relu } as deep\n"
    assert paths(text) == ["deep[1..30000] x 30000"]
