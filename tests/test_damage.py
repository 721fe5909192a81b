"""A few of the damages of `benchmarks/damage.py`: flipped bits, cut ends and forged fields of every file read back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parent.parent / "benchmarks" / "damage.py"


@pytest.mark.skipif(sys.platform != "linux", reason="it bounds its own memory by what Linux says of it")
def test_damage_is_found_or_without_effect(tmp_path: Path) -> None:
    few = ["--flips", "1", "--cuts", "1", "--every", "157"]
    command = [sys.executable, str(BENCHMARK), *few, "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout[done.stdout.index("\n{") :])
    assert figures["failed"] == 0
    assert figures["damages"]["found"] > 10
    assert figures["forged fields"]["found"] > 10
    assert figures["forged fields"]["compiled again"] > 10
    assert not list(tmp_path.iterdir())
