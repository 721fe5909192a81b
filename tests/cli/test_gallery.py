"""The gallery is whole."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from chainrule.cli import gallery as module
from chainrule.cli.gallery import PLOTS, ROOT, _plotted, gallery
from chainrule.program.front_door import load

DOCS = ROOT / "docs"


@pytest.mark.skipif(not DOCS.exists(), reason="the gallery lies in the checkout")
def test_every_spec_is_in_it() -> None:
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    for path in (ROOT / "specs").glob("*.graph"):
        assert f"(gallery/{path.stem}.svg)" in page, f"{path.name} is missing: python -m chainrule.cli.pages gallery"
        assert ElementTree.parse(DOCS / "gallery" / f"{path.stem}.svg").getroot().tag.endswith("svg")


def test_it_can_be_written(tmp_path: Path) -> None:
    page, *pictures = gallery(tmp_path, {})
    assert page.name == "gallery.md"
    assert "apple.svg" in {each.name for each in pictures}


def test_plots_are_small_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    for name, kinds in PLOTS.items():
        for kind in (each.partition(" ")[0] for each in kinds):
            (picture,) = (DOCS / "gallery").glob(f"{name}-{kind}.*")
            assert f"(gallery/{picture.name})" in page
            assert picture.stat().st_size < 600_000
    xor = load(ROOT / "specs" / "xor.graph")
    assert _plotted(xor, "xor", ("confusion",), tmp_path) == {"confusion": tmp_path / "xor-confusion.svg"}
    monkeypatch.setattr(module, "LARGEST_SVG", 100)
    assert _plotted(xor, "xor", ("confusion",), tmp_path) == {"confusion": tmp_path / "xor-confusion.png"}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["xor-confusion.png"]
