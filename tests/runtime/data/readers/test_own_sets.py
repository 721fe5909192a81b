"""What is found in a folder of one's own sets is what `dataset` reads there."""

from pathlib import Path

import numpy as np
import pytest

from chainrule.compiler.graph.signatures import Invocation
from chainrule.runtime.data.readers.datasets import located
from chainrule.runtime.data.readers.own_sets import OwnSet, own_sets


@pytest.fixture
def folder(tmp_path: Path) -> str:
    np.savez(tmp_path / "points.npz", x=np.ones(3), t=np.ones(3))
    (tmp_path / "points.csv").write_text("other\n1\n", encoding="utf-8")
    (tmp_path / "study.csv").write_text("\ufeffhours, sleep,이름\n1,2,a\n", encoding="utf-8")
    (tmp_path / "bare.csv").write_text("1,2.5\n3,4\n", encoding="utf-8")
    (tmp_path / "damaged.npz").write_bytes(b"PK nothing")
    (tmp_path / "odd.csv").write_bytes(b"\xff\xfe\n")
    (tmp_path / "notes.txt").write_text("no set", encoding="utf-8")
    (tmp_path / ".hidden.csv").write_text("a\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "mine").mkdir()
    for file in ("a.npy", "b.idx.gz", "b.idx", "train-labels-idx1-ubyte", "read.me"):
        (tmp_path / "mine" / file).touch()
    return str(tmp_path)


def test_what_is_there(folder: str) -> None:
    assert list(own_sets(folder)) == [
        OwnSet("bare", "bare.csv", ("1", "2")),
        OwnSet("damaged", "damaged.npz", None),
        OwnSet("mine", "mine/", ("a", "b", "t")),
        OwnSet("odd", "odd.csv", None),
        OwnSet("points", "points.npz", ("x", "t")),
        OwnSet("study", "study.csv", ("hours", "sleep", "이름")),
    ]


def test_each_column_can_be_asked_for(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_DATA", folder)
    for each in own_sets(folder):
        for column in each.columns or ():
            found = located(Invocation("dataset", {"name": each.name, "column": column}), None)
            assert Path(str(found.arguments["path"])).is_relative_to(Path(folder, each.file))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert list(own_sets(str(tmp_path / "nowhere"))) == []
