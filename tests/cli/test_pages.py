"""The pages that are made from the code are up to date."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from chainrule.cli import pages
from chainrule.cli.pages import ROOT, TEXTS, main, write

DOCS = ROOT / "docs"


@pytest.mark.skipif(not DOCS.exists(), reason="the pages lie in the checkout")
@pytest.mark.parametrize("name", TEXTS)
def test_a_page_says_what_the_code_says(name: str) -> None:
    kept = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert kept == TEXTS[name](), f"python -m chainrule.cli.pages {name}"


def test_those_that_are_named_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    answer = CliRunner().invoke(main, ["settings", "grammar"])
    assert answer.output.split() == [str(Path("docs") / each) for each in ("grammar.md", "settings.md")]
    assert sorted(each.name for each in (tmp_path / "docs").iterdir()) == ["grammar.md", "settings.md"]
    assert CliRunner().invoke(main, ["nothing"]).exit_code == 2


def test_all_are_written_where_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "gallery", lambda folder: [folder / "gallery.md"])
    assert [each.stem for each in write((), tmp_path)] == [*TEXTS, "gallery"]
