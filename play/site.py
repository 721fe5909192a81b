"""The page as a static site: its files, this package and those that it needs, and where Pyodide is."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from importlib import metadata
from io import BytesIO
from pathlib import Path

from ..grammar.diagnostic import shown
from ..grammar.spec_error import SpecError
from .faults import NO_SITE
from .server import PAGE, SERVED

PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
"""Where the page gets Pyodide unless told otherwise: the version that is tested."""

NEEDED = ("lark", "networkx", "threadpoolctl")
"""Distributions without compiled code that the engine needs; numpy is Pyodide's own."""

LEFT_OUT = ("tests", "docs", "benchmarks", "build", "dist", "runs")
"""Folders of a checkout's root that are none of the package's."""

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {place}; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self' {place}; base-uri 'none'; form-action 'none'"
)

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive, so that the same files make the same site."""


def write_site(folder: Path, pyodide: str | None) -> list[str]:
    """Writes the site into a new or empty folder; gives the names of its files. Raises SpecError.

    `pyodide` is a folder with a distribution of Pyodide, which is copied, or its address; None for PYODIDE.
    """
    place = pyodide or PYODIDE
    address = re.fullmatch(r"https?://[A-Za-z0-9.:/_~%+@-]+", place) is not None
    if not address and not (Path(place) / "pyodide.js").is_file():
        raise _refused(folder, f"`{shown(place)}` holds no pyodide.js, and is no address")
    if not all((PAGE / path).is_file() for path in SERVED.values()):
        raise _refused(folder, "the page's own files are missing from this installation")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise _refused(folder, "it is not an empty folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, place, address=address)
    except OSError as error:
        raise _refused(folder, (error.strerror or str(error)).lower()) from None
    return sorted(str(each.relative_to(folder).as_posix()) for each in folder.rglob("*") if each.is_file())


def _refused(folder: Path, reason: str) -> SpecError:
    return SpecError([NO_SITE.at(None, path=shown(str(folder)), reason=reason)])


def _write(folder: Path, place: str, *, address: bool) -> None:
    for name, path in SERVED.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PAGE / path, target)
    if address:
        home = place if place.endswith("/") else f"{place}/"
    else:
        home = "pyodide/"
        _copy_pyodide(Path(place), folder / "pyodide")
    (folder / "index.html").write_text(_page(home if address else ""), encoding="utf-8")
    (folder / "chainrule.zip").write_bytes(_archive(_own()))
    (folder / "needed.zip").write_bytes(_archive(each for name in NEEDED for each in _distribution(name)))
    site = {"pyodide": home, "needed": "needed.zip", "own": "chainrule.zip"}
    (folder / "site.json").write_text(json.dumps(site), encoding="utf-8")


def _copy_pyodide(source: Path, target: Path) -> None:
    """What a page loads: the runtime, its standard library, its list, and wheels that lie beside it."""
    target.mkdir()
    for path in sorted(source.iterdir()):
        known = path.name.startswith(("pyodide", "python_stdlib")) and path.suffix in (".js", ".wasm", ".zip", ".json")
        if path.is_file() and (known or path.suffix == ".whl"):
            shutil.copyfile(path, target / path.name)


def _page(address: str) -> str:
    """The page, told that its engine is a worker; its policy stands in it, because a static server may send none."""
    text = (PAGE / SERVED["index.html"]).read_text(encoding="utf-8")
    policy = POLICY.format(place=address).replace("  ", " ").replace(" ;", ";")
    text = re.sub(r"<html\b", '<html data-engine="worker.js"', text, count=1)
    return re.sub(r"<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">', text, count=1)


def _own() -> Iterator[tuple[str, bytes]]:
    """The files of this package, as far as the engine needs them."""
    root = Path(__file__).parent.parent
    rooms = [each for each in root.iterdir() if (each / "__init__.py").is_file() and each.name not in LEFT_OUT]
    for path in sorted([*root.glob("*.py"), *(path for room in rooms for path in room.rglob("*"))]):
        if path.is_file() and "__pycache__" not in path.parts and not path.is_relative_to(PAGE):
            yield f"chainrule/{path.relative_to(root).as_posix()}", path.read_bytes()
    told = f"Metadata-Version: 2.1\nName: chainrule\nVersion: {metadata.version('chainrule')}\n"
    yield "chainrule.dist-info/METADATA", told.encode()


def _distribution(name: str) -> Iterator[tuple[str, bytes]]:
    """The modules of an installed distribution, and what it says of itself."""
    found = metadata.distribution(name)
    for file in found.files or ():
        path = Path(str(found.locate_file(file)))
        if ".." not in file.parts and path.suffix != ".pyc" and path.is_file() and "tests" not in file.parts:
            yield file.as_posix(), path.read_bytes()


def _archive(files: Iterator[tuple[str, bytes]]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return stream.getvalue()
