"""Python in a browser: Pyodide, in node, does what this Python does, on addresses of 32 bits.

`python tests/pyodide/prepare.py FOLDER` fetches what that takes, and CHAINRULE_TEST_PYODIDE=FOLDER has it tested.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = os.environ.get("CHAINRULE_TEST_PYODIDE", "")
TESTS = Path(__file__).parent
SESSION = TESTS / "pyodide" / "session.py"


def printed(*command: str) -> dict[str, Any]:
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert answer.returncode == 0, answer.stderr
    document: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return document


def assert_close(found: Any, expected: Any, *, within: float, where: str = "") -> None:
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), where
        for name, value in expected.items():
            assert_close(found[name], value, within=within, where=f"{where} {name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for number, value in enumerate(expected):
            assert_close(found[number], value, within=within, where=f"{where} [{number}]")
    elif expected is None or isinstance(expected, str):
        assert found == expected, where
    else:
        assert found == pytest.approx(expected, rel=within, abs=within, nan_ok=True), where


@pytest.mark.skipif(not FOLDER, reason="CHAINRULE_TEST_PYODIDE names no folder with Pyodide")
@pytest.mark.skipif(shutil.which("node") is None, reason="there is no program node")
def test_pyodide_does_what_this_python_does() -> None:
    here = printed(sys.executable, str(SESSION))
    there = printed("node", str(TESTS / "pyodide" / "session.mjs"), FOLDER, str(TESTS.parent), str(SESSION))
    assert (there["platform"], there["bits"]) == ("emscripten", 32)
    assert len(there["lessons"]) > 15
    assert_close(there["lessons"], here["lessons"], within=1e-9)
    for name, last in here["trainings"].items():
        assert_close(there["trainings"][name], last, within=1e-3 if "float32" in name else 1e-9, where=name)
    assert there["files"]["same"] == [True, True]
    assert there["files"]["checkpoint"]
    assert_close(there["files"]["metrics"], here["files"]["metrics"], within=1e-9)
    assert not [verb for verb, said in here["page"].items() if "failed" in said]
    assert_close(there["page"], here["page"], within=1e-3)
    assert there["verbs"] == here["verbs"] == {**dict.fromkeys(here["verbs"], 0), "check wrong.graph": 1}
