"""`gradcheck`: a table, the worst element, hints about kinks, errors about wrong gradients."""

from pathlib import Path
from typing import Any

import pytest

import chainrule.compiler.ops.activation
from chainrule.compiler.ops.builder import Builder
from chainrule.compiler.ops.operation import Operation, Reference


def test_scalars(call: Any, apple: str) -> None:
    answer = call("gradcheck", apple)
    assert answer.code == 0
    assert [line.split()[:2] for line in answer.out.splitlines()[1:4]] == [
        ["total", "price"],
        ["total", "count"],
        ["total", "tax"],
    ]
    assert "6 forward passes" in answer.out


def test_rows_of_the_data(call: Any, line: str) -> None:
    document = call("gradcheck", line, "--json").json
    (check,) = document["checks"]
    assert check["of"] == "loss"
    assert check["holds"]
    assert {tensor["path"]: tensor["elements"] for tensor in check["tensors"]} == {"x": 8, "t": 4, "W": 2, "b": 1}


def test_a_kink(call: Any) -> None:
    Path("kink.graph").write_text("param w = [0, 1]\nloss = sum(relu(w))\n", encoding="utf-8")
    answer = call("gradcheck", "kink.graph")
    assert answer.code == 0
    assert "hint G542" in answer.errors
    assert "`w` [0]" in answer.errors


def test_small_inputs(call: Any) -> None:
    Path("small.graph").write_text("input x = [0.00000001, 1]\noutput y = sum(log(x))\n", encoding="utf-8")
    answer = call("gradcheck", "small.graph", "--json")
    assert answer.code == 0
    (tensor,) = answer.json["checks"][0]["tensors"]
    assert (tensor["checked"], tensor["kinks"], tensor["untold"], tensor["holds"]) == (2, [], [], True)


@pytest.mark.parametrize(
    ("text", "code", "fault"),
    [
        ("input x = 0\noutput y = sqrt(x)\n", 0, "hint G547: left out, differences can't tell: `x`\n"),
        ("input x = [1, 0]\noutput y = sum(sqrt(x))\n", 0, "hint G547: left out, differences can't tell: `x` [1]\n"),
        ("input x = 0\noutput y = log(x)\n", 1, "error G548: `y` is not finite here"),
        ("input x = 0\noutput y = sqrt(x * x)\n", 1, "error G541: the gradient of `y` to `x` is nan"),
    ],
)
def test_where_differences_are_no_measure(call: Any, text: str, code: int, fault: str) -> None:
    Path("border.graph").write_text(text, encoding="utf-8")
    answer = call("gradcheck", "border.graph")
    assert answer.code == code
    assert fault in answer.errors


def test_a_wrong_gradient(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    right = chainrule.compiler.ops.activation.SIGMOID

    def wrong(builder: Builder, g: Reference, x: Reference, output: Reference) -> tuple[Reference]:
        return (builder.mul(g, builder.mul(builder.constant(1.0001), builder.sigmoid_slope(x))),)

    monkeypatch.setattr(Operation, "__setattr__", object.__setattr__)
    monkeypatch.setattr(right, "vjp", wrong)
    Path("net.graph").write_text("param w = [0.3, -2]\noutput y = sum(sigmoid(w))\n", encoding="utf-8")
    answer = call("gradcheck", "net.graph")
    assert answer.code == 1
    assert "net.graph:1:1: error G541" in answer.errors
    assert not call("gradcheck", "net.graph", "--json").json["checks"][0]["holds"]


def test_several_outputs(call: Any) -> None:
    Path("two.graph").write_text("input x = [1, 2]\noutput y = x * x\noutput z = sum(exp(x))\n", encoding="utf-8")
    document = call("gradcheck", "two.graph", "--json").json
    assert [check["of"] for check in document["checks"]] == ["y", "z"]
    assert [check["of"] for check in call("gradcheck", "two.graph", "--of", "z", "--json").json["checks"]] == ["z"]


def test_nothing_to_check(call: Any) -> None:
    Path("constant.graph").write_text("output y = exp(1)\n", encoding="utf-8")
    assert call("gradcheck", "constant.graph").code == 1


def test_a_missing_input(call: Any) -> None:
    Path("open.graph").write_text("input x\noutput y = x * x\n", encoding="utf-8")
    answer = call("gradcheck", "open.graph")
    assert answer.code == 1
    assert "open.graph:1:" in answer.errors
