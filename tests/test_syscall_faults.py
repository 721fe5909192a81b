"""A few of the faults of `benchmarks/syscall_sweep.py`: kills, full and broken disks, met by system calls."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parent.parent / "benchmarks" / "syscall_sweep.py"


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no program `strace`")
def test_a_run_survives_faults_below_python(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARK), "--points", "2", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout[done.stdout.index("{") :])
    assert {"write", "fsync", "openat", "close"} <= set(figures.pop("system calls of the run"))
    assert figures.pop("failed") == 0
    assert figures.pop("files cut short at a size") == 2
    assert set(figures.values()) == {2}
    assert not list(tmp_path.iterdir())
