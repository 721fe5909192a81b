"""Lines of a file: sizes, constants, names, views."""

from typing import Any

import numpy as np
import pytest

import chainrule


def file_of(text: str) -> dict[str, Any]:
    """The functions of an exported file."""
    program = chainrule.compile(text, "float64")
    names: dict[str, Any] = {"__name__": "exported"}
    exec(program.exported("python").text, names)  # what is exported is to be run
    return names


def test_a_dim_is_read_off_a_shape() -> None:
    file = file_of("dim N, M\ninput x: [N, M]\ninput y: [2 * N + M - 1]\noutput z = sum(y) + sum(expand(1, [N, M]))\n")
    assert file["predict"](y=np.ones(6), N=2, M=3)["z"] == 12.0


def test_a_size_with_a_factor() -> None:
    file = file_of("dim N\ninput x: [2 * N + 1]\noutput y = sum(x) + sum(expand(1, [N]))\n")
    assert file["predict"](x=np.ones(7))["y"] == 10.0


def test_a_dim_that_no_input_has_is_an_argument() -> None:
    file = file_of("dim class\noutput y = sum(range(class) * 1.0)\n")
    assert file["predict"](class_=4)["y"] == 6.0


def test_numbers_alone_follow_ieee() -> None:
    file = file_of("output y = 1 / 0\noutput z = log(-1)\n")
    found = file["predict"]()
    assert found["y"] == np.inf
    assert np.isnan(found["z"])


def test_a_gradient_beside_a_node_of_its_name() -> None:
    file = file_of("input x = 3\nd_x = x * x\noutput y = d_x * x\n")
    value, d = file["gradients"]()
    assert (value, d["x"], d["d_x"]) == (27.0, 27.0, 3.0)


def test_transposes_are_written_where_they_are_read() -> None:
    text = chainrule.compile("input x = [[1, 2], [3, 4]]\noutput y = transpose(x) @ x\n").exported("python").text
    assert "y = x.T @ x  # [2, 2]" in text


@pytest.mark.parametrize("index", ["0", "-1", "1:3", "::-1", "..., 0", ":, 1", "0, 1"])
def test_an_index(index: str) -> None:
    text = f"input x = [[1, 2], [3, 4], [5, 6]]\noutput y = x[{index}]\n"
    own = chainrule.compile(text, "float64").run()["y"]
    assert np.array_equal(file_of(text)["predict"]()["y"], own)
