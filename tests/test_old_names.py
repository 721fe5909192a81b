"""What an old spec calls its own means what it meant, whatever operation, block or word came later of that name."""

import re
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.compiler.library import shipped
from chainrule.compiler.ops.table import OF_0_1_0, OPERATIONS
from chainrule.grammar.soft_words import SOFT

LAYERS = Path(__file__).parent.parent / "compiler" / "library" / "layers.graph"
OPERATION_NAMES = [name for name in OPERATIONS if name not in OF_0_1_0 and re.fullmatch(r"\w+", name)]
BLOCK_NAMES = re.findall(r"^block (\w+)", LAYERS.read_text(encoding="utf-8"), re.MULTILINE)
WORDS = """
state next scan where groups group frozen dim const input param output block use data expect return true false
validate hold_out steps reverse classes text windows standardize fill median copies weight
"""
NAMES = list(dict.fromkeys([*OPERATION_NAMES, *BLOCK_NAMES, *sorted(SOFT), *WORDS.split()]))

NODES = """
input x = [1, 2]
NAME = 2 * x
a, b = pair(x)
again = twice(NAME = NAME) + local(x)
output y = (NAME + NAME[0]) * NAME + again - NAME ** 2 + later
later = a -> relu
block pair(NAME) { return NAME, 2 * NAME }
block twice(NAME) { return 2 * NAME }
block local(x) { NAME = x + 1 ; return NAME * 1 }
"""
"""(2x + 2) 2x + 4x + x + 1 - 4x**2 + x"""

BLOCKS = """
input x = [1, 2]
block NAME(x, k = 2) {
  param w = 3
  return k * w * x
}
output y = NAME(x) + x -> NAME(1) -> relu
output z = x -> repeat 2 { NAME(k = 1) } as twice
"""
"""3 (6x + x), and 9x"""

PARAMS = """
input x = [1, 2]
param NAME = 4
output y = d * NAME ** 2 - NAME * x
d = sum(x)
loss = sum(y)
train { minimize = loss; optimizer = sgd(lr = 0); steps = 1 }
expect d(loss)/d(NAME) == 45
"""


def run(text: str) -> dict[str, list[float]]:
    program = chainrule.compile(text, "float64")
    assert all(result.holds for result in program.test())
    return {name: np.asarray(value).tolist() for name, value in program.run().items()}


def test_there_are_many() -> None:
    assert len(NAMES) > 100
    assert {"max", "take", "state", "next", "scan", "where", "like", "dropout"} <= set(NAMES)


@pytest.mark.parametrize("part", range(4))
def test_nodes_params_arguments_and_outputs(part: int) -> None:
    for name in NAMES[part::4]:
        assert run(NODES.replace("NAME", name))["y"] == [11.0, 21.0], name
        assert run(PARAMS.replace("NAME", name))["y"] == [44.0, 40.0], name


LATER = [name for name in BLOCK_NAMES if name not in shipped.OF_0_1_0]


@pytest.mark.parametrize(("used", "names"), [("", NAMES), ("use chainrule.layers\n", LATER)], ids=["own", "beside"])
def test_blocks(used: str, names: list[str]) -> None:
    for name in names:
        found = run(used + BLOCKS.replace("NAME", name))
        assert (found["y"], found["z"]) == ([21.0, 42.0], [9.0, 18.0]), name


@pytest.mark.parametrize("name", [name for name in (*OPERATION_NAMES, *BLOCK_NAMES) if "_" in name])
def test_a_hyphen_is_a_difference(name: str) -> None:
    first, rest = name.split("_", 1)
    called = rest if rest not in OF_0_1_0 else f"{rest}s"
    text = f"input x = [1, 2]\n{first} = 2 * x\nblock {called}(x) {{ return 3 * x }}\noutput y = {first}-{called}(x)"
    assert run(text)["y"] == [-1.0, -2.0]
