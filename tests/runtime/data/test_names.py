"""Class names: right before int inputs, refused before real ones, doubtful where they look like something else."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic, Place
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.binding import Dataset, bind_table
from chainrule.runtime.data.columns import evaluate

Compiled = Callable[[str], Spec]


def bound(compiled: Compiled, folder: Path, declared: str, column: str) -> tuple[Dataset, tuple[Diagnostic, ...]]:
    spec = compiled(f"dim N\ninput x: {declared}\ny = 2 * x\ndata d {{ x = {column} }}")
    return bind_table(evaluate(spec.data["d"], str(folder)), spec.graph, "float64", {})


def refused(compiled: Compiled, folder: Path, declared: str, column: str) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        bound(compiled, folder, declared, column)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., str]:
    """The function from texts to a column that holds them."""

    def written(*texts: str) -> str:
        (tmp_path / "a.csv").write_text("\n".join(["x", *(f'"{text}"' for text in texts)]), encoding="utf-8")
        return 'csv("a.csv", "x")'

    return written


@pytest.mark.parametrize("around", ["{}", "flatten({})"])
@pytest.mark.parametrize(("declared", "memory"), [("[N]", "128"), ("[N, 1]", "128"), ("[N]", "0")])
def test_texts_before_a_real_input(
    compiled: Compiled,
    csv: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    around: str,
    declared: str,
    memory: str,
) -> None:
    monkeypatch.setenv("CHAINRULE_DATA_MEMORY", memory)
    found = refused(compiled, tmp_path, declared, around.format(csv("rose", "lily", "aster")))
    assert (found.code, found.where) == ("G460", Place(str(tmp_path / "a.csv"), 2, 1))
    assert found.message == "input `x` takes real numbers, and `rose` is a text"
    declare = f"declare `input x: int{declared}`"
    assert found.hint == f"for names of classes, {declare}, or write `one_hot(...)`"


def test_texts_of_an_array(compiled: Compiled, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array(["1.5", "2.5"]))
    np.savez(tmp_path / "x.npz", x=np.array(["12%", "9%"]))
    assert refused(compiled, tmp_path, "[N]", 'npy("x.npy")').code == "G460"
    assert "percent" in str(refused(compiled, tmp_path, "[N]", 'npz("x.npz", "x")').hint)
    _, (warning,) = bound(compiled, tmp_path, "int[N]", 'npy("x.npy")')
    assert warning.code == "G461"
    np.save(tmp_path / "x.npy", np.array(["a", "b", ""]))
    assert (
        refused(compiled, tmp_path, "int[N]", 'npy("x.npy")').message
        == f"row 3 of `{tmp_path / 'x.npy'}` is an empty text"
    )


def test_rows_made_of_class_numbers_are_real(compiled: Compiled, csv: Callable[..., str], tmp_path: Path) -> None:
    dataset, warnings = bound(compiled, tmp_path, "[N, 2]", f"one-hot({csv('b', 'a')}, classes = 2)")
    assert dataset.inputs["x"].tolist() == [[0, 1], [1, 0]]
    assert dataset.classes == {"x": ("a", "b")}
    assert not warnings


def test_names_before_an_int_input_are_not_spoken_of(
    compiled: Compiled, csv: Callable[..., str], tmp_path: Path
) -> None:
    for texts in (
        ("rose", "lily"),
        ("yes", "no"),
        ("1st", "2nd"),
        ("10-20", "20-30"),
        ("5kg", "7kg"),
        ("None", "low"),
        ("a,b", "1,5"),
    ):
        dataset, warnings = bound(compiled, tmp_path, "int[N]", csv(*texts))
        assert dataset.classes["x"] == tuple(sorted(texts))
        assert not warnings, texts


@pytest.mark.parametrize(
    "texts", [("1,5", "2,5"), ("1,200", "900,000"), ("5%", "7%"), ("$5", "$7"), ("2024-01-02",) * 2]
)
def test_names_that_look_like_numbers(
    compiled: Compiled, csv: Callable[..., str], tmp_path: Path, texts: tuple[str, ...]
) -> None:
    _, (warning,) = bound(compiled, tmp_path, "int[N]", csv(*texts))
    assert (warning.code, warning.severity) == ("G461", "warning")
    assert "looks like" in str(warning.hint)


def test_marks_for_missing_values_are_no_names(compiled: Compiled, csv: Callable[..., str], tmp_path: Path) -> None:
    _, (warning,) = bound(compiled, tmp_path, "int[N]", csv("male", "NA", "female"))
    assert (warning.code, warning.severity) == ("G462", "warning")
    found = refused(compiled, tmp_path, "int[N]", csv("male", "nan", "female"))
    assert (found.code, found.where) == ("G407", Place(str(tmp_path / "a.csv"), 3, 1))
    assert "missing" in str(found.hint)
    assert refused(compiled, tmp_path, "int[N]", csv("male", "", "female")).code == "G406"
