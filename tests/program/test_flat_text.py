"""Flat texts read back to the same bits."""

from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.grammar.spec_error import SpecError

ROOT = Path(__file__).parent.parent.parent
LARGE = {"starting-width", "variational", "mnist", "autoencoder", "thinned"}
"""Specs whose params are too many for a text, or take long to read."""
DRAWN = {"remembering"}
"""What is drawn hangs on the path of its node, which has another name where there are no dots."""
SPECS = [path for path in sorted((ROOT / "specs").glob("*.graph")) if path.stem not in LARGE | DRAWN]


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_every_spec_reads_back_to_the_same_bits(spec: Path) -> None:
    program = chainrule.load(spec, "float64")
    again = chainrule.compile(program.exported("graph").text, "float64")
    train = program.spec.train
    feeds = program.rows(0, 5) if train is not None and train.data is not None else {}
    feeds = {name: value for name, value in feeds.items() if name in again.spec.graph.inputs}
    own, found = program.run(feeds), again.run(feeds)
    for name in program.outputs:
        if name in own:
            assert np.array_equal(own[name], found[name], equal_nan=True)


def test_the_reverse_pass_too() -> None:
    program = chainrule.load(ROOT / "specs" / "apple.graph")
    again = chainrule.compile(program.exported("graph").text)
    own = program.grad()
    assert {name: again.run()[f"d_{name}"] for name in own} == dict(own)


def test_blocks_are_gone_and_their_params_are_what_they_were() -> None:
    text = "use chainrule.layers\ninput x: [2, 2] = [[1, 2], [3, 4]]\noutput y = x -> dense(3) as first -> relu\n"
    program = chainrule.compile(text, "float64")
    flat = program.exported("graph").text
    assert "use" not in flat
    again = chainrule.compile(flat, "float64")
    assert np.array_equal(program.run()["y"], again.run()["y"])
    assert np.array_equal(program.params["first.W"], again.params["first_W"])


def test_a_trained_model_keeps_its_values() -> None:
    program = chainrule.load(ROOT / "specs" / "xor.graph", "float64")
    program.train()
    again = chainrule.compile(program.exported("graph").text, "float64")
    assert np.array_equal(program.params["W1"], again.params["W1"])


def test_sizes_that_were_set() -> None:
    program = chainrule.compile("dim N, M\ninput x: [N, M]\noutput y = sum(x)\n", set={"N": 3})
    assert "input x: [3, M]" in program.exported("graph").text


def test_what_draws_differently_is_said() -> None:
    text = chainrule.load(ROOT / "specs" / "dropout.graph").exported("graph").text
    assert "# draws other random numbers, which hang on the path: mask.uniform_like" in text


def test_too_many_numbers() -> None:
    program = chainrule.load(ROOT / "specs" / "variational.graph")
    with pytest.raises(SpecError, match="G663"):
        program.exported("graph")
