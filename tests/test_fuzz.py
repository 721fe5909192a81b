"""Random inputs by number (`python -m tests.proof.fuzz`): a few of them, in two calls; a find is kept."""

import json
import random
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it bounds time and memory as Linux can")


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.proof.fuzz", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    for executions in ("30", "60"):
        ended = fuzz("text", "--executions", executions, "--seed", "7", "--folder", str(tmp_path))
        assert ended.returncode == 0, ended.stdout + ended.stderr
    (kept,) = tmp_path.iterdir()
    record = json.loads(kept.read_text())
    assert record["executions"] == sum(record["came"].values()) == 60
    assert record["came"]["built"] > 0, "generated specs are no specs any more"
    assert not record["finds"]


@pytest.fixture
def trying(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(str(ROOT))
    return import_module("tests.proof.fuzz.trying")


class Faulty:
    """Raises with every input, or never ends."""

    suffix = ".bytes"

    def make(self, chosen: random.Random) -> bytes:
        return chosen.choice((b"raise", b"hang"))

    def hold(self, data: bytes) -> str:
        while data == b"hang":
            pass
        raise KeyError(data)


def test_finds_are_kept(trying: object, tmp_path: Path) -> None:
    tried = trying.Trying("faulty", Faulty(), tmp_path, seed=0, seconds=0.01)  # type: ignore[attr-defined]
    assert tried.until(20) == 20
    kinds = json.loads((tmp_path / "faulty-0.json").read_text())["finds"]
    assert sorted(kind.split()[0] for kind in kinds) == ["KeyError", "TooSlow"]
    files = sorted(path.read_bytes() for path in tmp_path.glob("*.bytes"))
    assert files == [b"hang"] * 3 + [b"raise"] * 3
    assert len(list(tmp_path.glob("*.txt"))) == 6
