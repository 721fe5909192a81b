"""Tests of a copy of the checkout, and which of them call a function."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .mutate import name_of

LEAST, SLOWER = 3.0, 10
"""A test that takes as many seconds, and so many times as many as it did when it was watched, will not end."""


class Tests:
    """Tests of a copy of the checkout, run by a process that has imported what does not change (server.py)."""

    def __init__(self, copy: Path) -> None:
        environment = os.environ | {"PYTHONPATH": str(copy.parent), "CHAINRULE_SEED": "mutants"}
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a fork that must compile the package takes twice as long
        server = [sys.executable, str(copy / "tests/proof/mutants/server.py")]
        self.copy, self.log = copy, copy.parent / "log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                server, cwd=copy, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )

    def failed(
        self, tests: Sequence[str], only: Mapping[str, float] | None = None, calls: Path | None = None
    ) -> tuple[str | None, float]:
        """The first test that fails, and the seconds of processor time that it took to find it.

        `only` are some of those in the files, in their order, and how long each may take. `calls` is where it is
        written what each test calls.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"tests": list(tests), "only": only, "calls": None if calls is None else str(calls)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["failed"], answer["seconds"]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Calls:
    """Which tests call a function of the sound program: others cannot notice a mistake in it.

    What was found stands in a folder, for a later call with the same tests: what they call when the program changes is
    nearly the same, and where it is not, a mutant may survive that would be noticed.
    """

    def __init__(self, folder: Path, tests: Tests) -> None:
        self._folder, self._tests = folder, tests
        self._shared = hashlib.sha256()
        """Of what several tests share: another test changes nothing in what those that were there call."""
        for path in sorted((tests.copy / "tests").rglob("*.py")):
            if not path.is_relative_to(tests.copy / "tests/proof") and not path.name.startswith("test_"):
                self._shared.update(path.read_bytes())
        self._found: dict[str, dict[str, tuple[float, set[str]]]] = {}

    def of(self, files: Sequence[str], file: Path, function: str) -> dict[str, float]:
        """Those in `files` that call a function of `file` of that name, the shortest first, and how long each may take.

        All, where there is no name, or the function is called when its file is imported.
        """
        found = self._of(files)
        place = f"{file.as_posix()}:{function}"
        whole = not function or any(place in called for name, (_, called) in found if not name)
        chosen = [each for each in found if each[0] and (whole or place in each[1][1])]
        return {name: LEAST + SLOWER * seconds for name, (seconds, _) in sorted(chosen, key=lambda each: each[1][0])}

    def _of(self, files: Sequence[str]) -> list[tuple[str, tuple[float, set[str]]]]:
        """Tests with their seconds and what they call, and under no name what is called when a file is imported."""
        unknown = {file: path for file in files if file not in self._found and not (path := self._path(file)).exists()}
        for file, path in unknown.items():
            failed, seconds = self._tests.failed([file], calls=path)
            left_out = f", without {failed}, and others that cannot be watched" if failed else ""
            print(f"it is known what {file} calls{left_out}  {seconds} s", flush=True)
            if not path.exists():
                raise SystemExit(f"{failed} fails without any mistake")
        for file in files:
            if file not in self._found:
                known = json.loads(self._path(file).read_text(encoding="utf-8"))
                self._found[file] = {
                    name: (seconds, set(map(name_of, called))) for name, (seconds, called) in known.items()
                }
        return [each for file in files for each in self._found[file].items()]

    def _path(self, file: str) -> Path:
        key = self._shared.copy()
        key.update(file.encode())
        key.update((self._tests.copy / file).read_bytes())
        return self._folder / f"calls-{key.hexdigest()[:16]}.json"
