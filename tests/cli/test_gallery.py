"""The gallery is whole."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from chainrule.cli.gallery import ROOT, gallery

DOCS = ROOT / "docs"


@pytest.mark.skipif(not DOCS.exists(), reason="the gallery lies in the checkout")
def test_every_spec_is_in_it() -> None:
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    for path in (ROOT / "specs").glob("*.graph"):
        assert f"(gallery/{path.stem}.svg)" in page, f"{path.name} is missing: python -m chainrule.cli.gallery"
        assert ElementTree.parse(DOCS / "gallery" / f"{path.stem}.svg").getroot().tag.endswith("svg")


def test_it_can_be_written(tmp_path: Path) -> None:
    page, *pictures = gallery(tmp_path)
    assert page.name == "gallery.md"
    assert "apple.svg" in {each.name for each in pictures}
