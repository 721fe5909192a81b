"""`grad`: gradients of scalars and, with a gradient that arrives, of tensors."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule

AFFINE = """input x = [[1, 2], [3, 4]]
param W = [[1, 0, 2], [0, 1, 3]]
param b = [0, 0, 0]
output y = affine(x, W, b)
"""
UPSTREAM = np.array([[1, -2, 0.5], [0, 3e-3, 1]])


@pytest.fixture
def affine(tmp_path: Path) -> str:
    (tmp_path / "affine.graph").write_text(AFFINE, encoding="utf-8")
    return "affine.graph"


def test_of_the_only_output(call: Any, apple: str) -> None:
    document = call("grad", apple, "--json").json
    assert document["of"] == "total"
    assert document["outputs"] == {"total": 100 * 2 * 1.1}
    expected = {"price": 2.2, "count": 110, "tax": 200, "subtotal": 1.1, "total": 1}
    assert document["gradients"] == pytest.approx(expected)


def test_text(call: Any, apple: str) -> None:
    lines = call("grad", apple, "--of", "subtotal").out.splitlines()
    assert "d(subtotal)/d(price)    = 2.0" in lines


def test_a_single_number_that_begins_with_a_minus_sign(call: Any, apple: str) -> None:
    document = call("grad", apple, "--upstream", "-1e-3", "--json").json
    assert document["gradients"]["tax"] == pytest.approx(-0.2)


@pytest.mark.parametrize("form", ["list", "json", "npy"])
def test_a_gradient_that_arrives(call: Any, affine: str, form: str) -> None:
    text = json.dumps(UPSTREAM.tolist())
    Path("upstream.json").write_text(text, encoding="utf-8")
    np.save("upstream.npy", UPSTREAM)
    value = text if form == "list" else f"upstream.{form}"
    gradients = call("grad", affine, "--upstream", value, "--json").json["gradients"]
    x, w = np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 0, 2], [0, 1, 3]])
    np.testing.assert_array_equal(gradients["x"], UPSTREAM @ w.T)
    np.testing.assert_array_equal(gradients["W"], x.T @ UPSTREAM)
    np.testing.assert_allclose(gradients["b"], UPSTREAM.sum(axis=0), rtol=1e-15)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--upstream", "[[1, 2], [3"), 2),
        (("--upstream", "[[1, 2], [3]]"), 2),
        (("--upstream", "price"), 2),
        (("--upstream", '"text"'), 2),
        (("--upstream", ""), 2),
        (("--of", "nothing"), 2),
        (("--by", "nothing"), 2),
        (("--upstream", "missing.npy"), 1),
        (("--upstream", "[1, 2]"), 1),
        ((), 1),
    ],
)
def test_what_does_not_fit(call: Any, affine: str, arguments: tuple[str, ...], code: int) -> None:
    assert call("grad", affine, *arguments).code == code
    assert call("grad", affine, *arguments, "--json").code == code


def test_a_gradient_that_is_not_finite_is_named(call: Any) -> None:
    Path("root.graph").write_text("input x = 0\noutput y = sqrt(x)\n", encoding="utf-8")
    document = call("grad", "root.graph", "--json")
    assert document.code == 0
    assert document.json["gradients"]["x"] == "inf"
    assert [each["severity"] for each in document.json["diagnostics"]] == ["warning"]


DEEP = """use chainrule.layers
input x: [2, 30] = [[X], [X]]
y = x -> repeat 3 { dense(30) -> relu } as tail -> dense(2)
output loss = sum(y * y)
""".replace("X", ", ".join(map(str, range(30))))


def test_copies_of_a_repeat(call: Any) -> None:
    Path("deep.graph").write_text(DEEP, encoding="utf-8")
    everything = call("grad", "deep.graph", "--json").json["gradients"]
    asked = ("tail[2].dense.W", "tail[2].dense", "tail[1]", "tail")
    gradients = call("grad", "deep.graph", *(part for path in asked for part in ("--by", path)), "--json").json[
        "gradients"
    ]
    assert tuple(gradients) == asked
    assert gradients["tail[2].dense.W"] == everything["tail[2].dense.W"]
    assert np.shape(gradients["tail[2].dense"]) == (2, 30)
    assert "d(loss)/d(tail[3])" in call("grad", "deep.graph", "--by", "tail[3]").out
    answer = call(
        "grad", "deep.graph", "--of", "tail[2]", "--by", "tail[3]", "--upstream", json.dumps([[1.0] * 30] * 2)
    )
    assert answer.code == 2
    assert "'tail[2]' has no gradient by 'tail[3]'" in answer.errors


def test_in_full(call: Any) -> None:
    Path("deep.graph").write_text(DEEP, encoding="utf-8")
    short = call("grad", "deep.graph", "--by", "tail[2].dense.W")
    assert "of shape [30, 30]" in short.out
    *_, matrix = call("grad", "deep.graph", "--by", "tail[2].dense.W", "--full").out.partition("d(loss)/d(")
    rows = matrix.splitlines()
    assert len(rows) == 30
    assert len({len(row) for row in rows[1:-1]}) == 1
    assert all(row.count(",") == 30 for row in rows[:-1])


MINIMIZED = """param w = 1
param v = 2
a = (w - 3) ** 2
b = (v - 1) ** 2
train { minimize = a + 0.5 * b; optimizer = sgd(lr = 0.1); steps = 3 }
"""


@pytest.mark.parametrize(
    ("verb", "part"),
    [
        ("grad", "d(train.minimize)/d(v)              = 1.0"),
        ("step", "d train.minimize/d b = 1 (arriving) × 0.5 = 1 × 0.5 = 0.5"),
        ("draw", "the gradient of train.minimize"),
        ("quiz", "1/7  d train.minimize/d a = ?"),
        ("gradcheck", "train.minimize  w"),
    ],
)
def test_an_expression_that_is_minimized(call: Any, verb: str, part: str) -> None:
    Path("two.graph").write_text(MINIMIZED, encoding="utf-8")
    answer = call(verb, "two.graph", stdin="")
    assert answer.code == 0, answer.errors
    assert part in answer.out


def test_an_expression_that_is_minimized_by_name(call: Any) -> None:
    Path("two.graph").write_text(MINIMIZED, encoding="utf-8")
    gradients = {"w": -4.0, "v": 1.0, "a": 1.0, "b": 0.5, "train.minimize": 1.0}
    for asked in ((), ("--of", "train.minimize")):
        document = call("grad", "two.graph", *asked, "--json").json
        assert (document["of"], document["gradients"]) == ("train.minimize", gradients)
    assert call("grad", "two.graph", "--of", "a", "--json").json["gradients"] == {"w": -4.0, "v": 0.0, "a": 1.0}
    assert "train.minimize" not in call("draw", "two.graph", "--of", "a").out
    assert "train_minimize" in call("show", "two.graph", "--after", "reverse").out
    assert "train.minimize" not in call("run", "two.graph", "--all").out
    assert call("draw", "two.graph", "--reverse").code == 0
    assert call("draw", "two.graph", "--overlay", "time").code == 0
    assert call("step", "two.graph", "--latex", "--by", "v").code == 0


COPIES = """input x = [[1, 2], [3, 4]]
xs = [x, 2 * x]
block cell(h, r) { return h * 2 + r }
t = scan(xs, cell, x, axis = 0)
output y = t
"""


@pytest.mark.parametrize(
    ("of", "value", "gradient"),
    [
        ("y[0, 0, 1]", 6.0, [[0, 3], [0, 0]]),
        ("y[-1][0][1]", 16.0, [[0, 8], [0, 0]]),
        ("(t)[0, 0, 1]", 6.0, [[0, 3], [0, 0]]),
        ("t[1][0, 1]", 6.0, [[0, 3], [0, 0]]),
        ("t[2][1, 0]", 24.0, [[0, 0], [8, 0]]),
        ("x[1, -1]", 4.0, [[0, 0], [0, 1]]),
    ],
)
def test_an_element(call: Any, tmp_path: Path, of: str, value: float, gradient: list[list[float]]) -> None:
    (tmp_path / "copies.graph").write_text(COPIES, encoding="utf-8")
    program = chainrule.load(tmp_path / "copies.graph")
    found = program.grad(of)
    assert found.of == of
    assert float(found.computed[of]) == value
    assert found["x"].tolist() == gradient
    assert f"{of} = {value}" in " ".join(call("grad", "copies.graph", "--of", of).out.split())


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ("y[0]", "G208: what is differentiated must be a scalar, but `y[0]` has shape [2, 2]"),
        ("y[0, 0, 7]", "G201: slice: there is no 7 along axis 2 of x"),
        ("t[3]", "its copies are `t[1]` to `t[2]`; an index of its value is written `(t)[3]`"),
        ("q[0]", "G101: nothing here is called `q[0]`"),
        ("y[0", "nothing is called 'y[0'"),
        ("y[0, x[0, 0], 1]", "G101"),
        ("y]", "G021"),
    ],
)
def test_an_index_that_does_not_fit(call: Any, tmp_path: Path, of: str, said: str) -> None:
    (tmp_path / "copies.graph").write_text(COPIES, encoding="utf-8")
    answer = call("grad", "copies.graph", "--of", of)
    assert answer.code == (2 if of == "y[0" else 1)
    assert said in answer.errors
