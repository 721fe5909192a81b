"""Data sections of a spec: what class numbers mean is settled by the rows that are read first."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.datasets import DataSets

SPEC = """dim N
input t: int[N]
input x: [N] = [1]
y = 2 * t * sum(x)
data names { t = csv("names.csv", "t") }
data numbers { t = csv("numbers.csv", "t") }
data literal { t = [1, 0] }
data both { t = csv("names.csv", "t"); x = csv("numbers.csv", "t") }
"""


@pytest.fixture
def sets(compiled: Callable[[str], Spec], tmp_path: Path) -> DataSets:
    (tmp_path / "names.csv").write_text("t\nrose\nlily\n", encoding="utf-8")
    (tmp_path / "numbers.csv").write_text("t\n0\n1\n", encoding="utf-8")
    return DataSets(compiled(SPEC), tmp_path)


def code(sets: DataSets, name: str) -> str:
    with pytest.raises(SpecError) as caught:
        sets.dataset(name, "float64")
    return caught.value.diagnostics[0].code


def test_numbers_after_names(sets: DataSets) -> None:
    sets.dataset("names", "float64")
    assert sets.coding == {"t": ("lily", "rose")}
    assert code(sets, "numbers") == "G463"
    assert sets.dataset("literal", "float64").inputs["t"].tolist() == [1, 0]


@pytest.mark.parametrize("first", ["numbers", "literal"])
def test_names_after_numbers(sets: DataSets, first: str) -> None:
    sets.dataset(first, "float64")
    assert sets.coding == {"t": ()}
    assert code(sets, "names") == "G463"
    sets.dataset("numbers", "float64")


def test_a_trained_model_remembers_which_of_the_two(sets: DataSets) -> None:
    sets.trained({})
    assert code(sets, "names") == "G463"
    sets.trained({"t": ("lily", "rose")})
    assert code(sets, "numbers") == "G463"
    assert sets.dataset("both", "float64").inputs["t"].tolist() == [1, 0]
