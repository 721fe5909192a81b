"""Records of files: what JSON can say and nobody wrote is unfit, what the system calls a file is not."""

import os
import sys
from pathlib import Path

import pytest

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.fields import Fields, Unfit, parsed, written
from chainrule.runtime.runs.model_file import FORMATS
from chainrule.runtime.runs.tensor_file import encode


def test_half_a_letter_is_unfit() -> None:
    with pytest.raises(Unfit):
        parsed(r'{"name": "\ud800"}')
    with pytest.raises(Unfit):
        parsed(rb'{"list": ["\ud800"]}')
    assert parsed(rb'{"name": "\ud83d\ude00"}') == {"name": "\U0001f600"}


def test_what_is_no_unicode_is_written_and_read() -> None:
    record = {"folder": os.fsdecode(b"a\xff"), "name": "가"}
    assert parsed(written(record).encode()) == record
    assert "가" in written({"name": "가"}, indent=2)


def test_a_place_has_no_end_inside() -> None:
    assert Fields({"folder": "가"}).place("folder") == "가"
    with pytest.raises(Unfit):
        Fields({"folder": "a\0b"}).place("folder")


def test_a_model_whose_spec_has_an_odd_name(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    record = {"format": FORMATS[0], "precision": "float64", "step": 1, "spec": "use chainrule.layers\n", "name": "a\0b",
              "folder": "", "settings": {}, "classes": {}, "fitted": {}, "fingerprint": ""}  # fmt: skip
    path.write_bytes(encode({}, record))
    with pytest.raises(SpecError, match="its record lacks something"):
        chainrule.load(path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_folder_whose_name_is_no_unicode(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"a\xff")
    folder.mkdir()
    spec = "param w = 1\noutput loss = w ** 2\ntrain { minimize = loss; optimizer = sgd(0.1); steps = 2 }"
    (folder / "w.graph").write_text(spec)
    program = chainrule.load(folder / "w.graph")
    program.train(run=folder / "run")
    program.save(folder / "w.safetensors")
    losses = [chainrule.load(folder / kept).run()["loss"] for kept in ("run", "w.safetensors")]
    assert losses[0] == losses[1] == program.run()["loss"] < 1
