"""Specs for tables: columns told apart, and a spec that trains as it is and reads rows as they were."""

import csv
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from penguins import HEADER, birds, write

import chainrule
from chainrule.cli.main import exit_code
from chainrule.program.starting.columns import table_of
from chainrule.program.starting.table_spec import spec_of


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The spec for a table in the file `rows.csv`."""
    monkeypatch.chdir(tmp_path)

    def made(target: str) -> str:
        return spec_of(table_of("rows.csv"), "rows.csv", target, None).text

    return made


def rows_of(count: int, *columns: Callable[[int], object]) -> list[list[object]]:
    return [[column(number) for column in columns] for number in range(count)]


def table(header: Sequence[str], rows: list[list[Any]], *, sep: str = ",", encoding: str = "utf-8") -> None:
    with open("rows.csv", "w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=sep).writerows([header, *rows])


def line_of(text: str, begins: str) -> str:
    return next(line.strip() for line in text.splitlines() if line.strip().startswith(begins))


def test_penguins(started: Callable[..., str], tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", birds())
    text = started("species")
    assert line_of(text, "numbers =") == (
        'numbers = csv("rows.csv", ["bill_length", "bill_depth", "flipper", "mass"]) -> fill(median) -> standardize'
    )
    assert line_of(text, "island =") == 'island = one_hot(csv("rows.csv", "island"), unknown = true)'
    assert line_of(text, "sex =") == 'sex = one_hot(fill(csv("rows.csv", "sex"), "missing"), unknown = true)'
    assert line_of(text, "t =") == 't = csv("rows.csv", "species")'
    assert "Adelie, Chinstrap, Gentoo" in text
    program = chainrule.compile(text)
    assert not [each for each in program.diagnostics if each.severity != "hint"]
    program.train()
    assert program.evaluate()["test.accuracy"] > 0.9
    assert all(result.holds for result in program.test())
    raw = [dict(zip(HEADER, row, strict=True)) for row in birds(20, seed=3)]
    together = program.answer(raw, probabilities=True)
    for row, said in zip(raw, together, strict=True):
        (alone,) = program.answer({name: value for name, value in row.items() if name != "species"})
        assert np.allclose(alone["scores"], said["scores"], rtol=1e-5, atol=1e-6)
        assert alone["scores class"] == said["scores class"]


def test_numbers_are_predicted_in_their_own_units(started: Callable[..., str]) -> None:
    table(("a", "b"), rows_of(200, lambda n: n % 17, lambda n: 1000 + 50 * (n % 17)))
    program = chainrule.compile(started("b"))
    program.train()
    assert program.evaluate()["test.r2"] > 0.99
    (answer,) = program.answer({"a": 10})
    assert answer["y"] == pytest.approx(1500, abs=30)


def test_marks_for_what_is_missing_are_named(started: Callable[..., str]) -> None:
    table(
        ("size", "kind", "t"),
        rows_of(60, lambda n: "NA" if n % 9 == 0 else n % 7, lambda n: ("a", "b", "?")[n % 3], lambda n: "xy"[n % 2]),
    )
    text = started("t")
    assert (
        line_of(text, "numbers =")
        == 'numbers = csv("rows.csv", ["size"], missing = ["NA"]) -> fill(median) -> standardize'
    )
    assert line_of(text, "kind =") == (
        'kind = one_hot(fill(csv("rows.csv", "kind", missing = ["?"]), "missing"), unknown = true)'
    )
    chainrule.compile(text).train()


def test_what_separates_fields_and_decimals_is_told(started: Callable[..., str]) -> None:
    table(("size", "t"), rows_of(40, lambda n: f"{n % 7},5", lambda n: ("no", "yes")[n % 7 > 3]), sep=";")
    text = started("t")
    assert 'csv("rows.csv", ["size"], sep = ";", decimal = ",")' in text
    chainrule.compile(text).train()


@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "utf-8-sig"])
def test_the_encoding_is_told(encoding: str, started: Callable[..., str], tmp_path: Path) -> None:
    table(("키", "색깔"), rows_of(40, lambda n: n % 7, lambda n: ("빨강", "파랑")[n % 7 > 3]), encoding=encoding)
    text = started("색깔")
    assert (f'csv("rows.csv", ["키"], encoding = "{encoding}")' in text) == (encoding != "utf-8-sig")
    Path("rows.graph").write_text(text, encoding="utf-8")
    assert exit_code(["train", "rows.graph", "--run", "run", "--quiet"]) == 0
    Path("rows.csv").replace("rows.tab")  # the ending of a table's name says nothing
    assert exit_code(["predict", "run", "--inputs", "rows.tab", "--out", "answers.csv"]) == 0
    said = Path("answers.csv").read_text(encoding="utf-8").splitlines()
    assert said[0].endswith("scores class")
    assert {line.rpartition(",")[2] for line in said[1:]} == {"빨강", "파랑"}


LEFT_OUT = {
    "has no value in any row": lambda n: ("", "NA")[n % 2],
    "has a value that is not finite, inf": lambda n: "inf" if n == 9 else n % 7,
    "counts the rows": lambda n: 100 + n,
    "is the same in each row": lambda n: "same",
    "has 60 different texts": lambda n: f"name {n}",
    "has texts that look like a date: write numbers in its place, such as days since a first one": lambda n: (
        f"2024-01-{1 + n % 28:02}"
    ),
    "has texts, such as `tall`, among numbers, such as 0": lambda n: "tall" if n == 9 else n % 5,
}


@pytest.mark.parametrize("reason", LEFT_OUT)
def test_what_a_net_is_better_without_is_left_out_and_said(reason: str, started: Callable[..., str]) -> None:
    table(("other", "a", "t"), rows_of(60, LEFT_OUT[reason], lambda n: n % 7, lambda n: "xy"[n % 2]))
    text = started("t")
    assert f"# Left out: `other` {reason[:77]}" in text
    assert '"other"' not in text
    chainrule.compile(text).train()


TARGETS: dict[str, tuple[Callable[[int], object], str]] = {
    "texts": (lambda n: ("b", "a")[n % 2], "softmax-loss"),
    "whole numbers from 0": (lambda n: n % 3, "softmax-loss"),
    "other whole numbers": (lambda n: 3 + n % 5, "mse"),
    "many whole numbers": (lambda n: n % 30, "mse"),
    "fractions": (lambda n: n % 3 + 0.5, "mse"),
}


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_predicted(target: str, started: Callable[..., str]) -> None:
    column, loss = TARGETS[target]
    table(("a", "t"), rows_of(90, lambda n: n % 11, column))
    text = started("t")
    assert f"loss = {loss}(" in text
    chainrule.compile(text).train()


NAMES = ("two words", "x", "data", "relu", "größe", "a,b", 'the "best"', "N", "missing")


def test_columns_may_be_called_anything(started: Callable[..., str]) -> None:
    shuffled = random.Random(0)
    table((*NAMES, "t"), [[shuffled.choice("uvw") for _ in (*NAMES, "t")] for _ in range(80)])
    program = chainrule.compile(started("t"))
    program.train()
    assert program.params["h.dense.W"].shape[0] == 4 * len(NAMES)


def test_columns_of_one_name_go_by_their_numbers(started: Callable[..., str]) -> None:
    table(("a", "a", "t"), rows_of(60, lambda n: n % 7, lambda n: n % 5, lambda n: "xy"[n % 2]))
    text = started("t")
    assert 'csv("rows.csv", ["1", "2"])' in text
    chainrule.compile(text).train()


def test_a_column_that_neither_name_nor_number_tells_from_others_is_left_out(started: Callable[..., str]) -> None:
    columns: list[Callable[[int], object]] = [lambda n: n % 7, lambda n: n % 5, lambda n: n % 3, lambda n: ""]
    table(("2", "a", "a", "", "t"), rows_of(60, *columns, lambda n: "xy"[n % 2]))
    text = started("t")
    assert 'csv("rows.csv", ["2", "3"], header = true)' in text
    assert "# Left out: `column 2` can't be asked for" in text
    assert "# Left out: `column 4` has no value in any row" in text


def test_a_table_of_texts_alone_and_one_of_a_single_number(started: Callable[..., str]) -> None:
    for column in (lambda n: "uvw"[n % 3], lambda n: n % 7):
        table(("a", "t"), rows_of(60, column, lambda n: "xy"[n % 2]))
        chainrule.compile(started("t")).train()


WRONG: dict[str, tuple[list[list[object]], str, str]] = {
    "no such column": (rows_of(30, lambda n: n % 7, lambda n: "xy"[n % 2]), "T", "it has no column `T`"),
    "a gap": (rows_of(30, lambda n: n % 7, lambda n: "" if n == 3 else "x"), "t", "`t` has no value in 1 rows"),
    "few rows": (rows_of(9, lambda n: n % 7, lambda n: "xy"[n % 2]), "t", "it has 9 rows"),
    "no end": (rows_of(30, lambda n: n % 7, lambda n: "inf" if n == 3 else n % 9), "t", "`t` has a value that is not"),
    "one class": (rows_of(30, lambda n: n % 7, lambda n: "x"), "t", "`t` is the same in each row"),
    "a name each": (rows_of(30, lambda n: n % 7, lambda n: f"n{n}"), "t", "`t` has 30 different texts in 30 rows"),
    "nothing else": (rows_of(30, lambda n: n, lambda n: "xy"[n % 2]), "t", "there is no column to predict `t` from"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_keeps_a_spec_from_being_written(case: str, started: Callable[..., str]) -> None:
    rows, target, said = WRONG[case]
    table(("a", "t"), rows)
    with pytest.raises(chainrule.SpecError) as caught:
        started(target)
    assert said in str(caught.value)


def test_paths_are_relative_to_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    table(("a", "t"), rows_of(40, lambda n: n % 7, lambda n: "xy"[n % 2]))
    assert exit_code(["new", "--from", "rows.csv", "--target", "t", "--out", "specs/rows.graph"]) == 0
    assert 'csv("../rows.csv", ["a"])' in Path("specs/rows.graph").read_text(encoding="utf-8")
    assert exit_code(["fmt", "--check", "specs/rows.graph"]) == 0
    assert exit_code(["check", "specs/rows.graph"]) == 0
    assert exit_code(["train", "specs/rows.graph", "--run", "run", "--quiet"]) == 0
    assert exit_code(["predict", "run", "--inputs", "rows.csv"]) == 0
