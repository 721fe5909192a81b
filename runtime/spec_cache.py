"""Compiled specs kept beside the user's other caches, so that a second run of the same text needs no parser.

A file is named by a hash of the text, the settings, the limits and the compiler's own files, and holds data alone:
the hash of what follows, then JSON. What is stale or damaged is as good as not there; a cache that cannot be written is
done without.
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..compiler.carried import carried_name
from ..compiler.environment import VARIABLE as LIMITS_VARIABLE
from ..compiler.shipped import shipped_names, shipped_source
from ..compiler.spec import Compiled
from ..compiler.stored_spec import Damaged, restored, stored
from ..grammar.diagnostic import SpecError
from ..grammar.read import read_source
from ..grammar.source import Source

VARIABLE = "CHAINRULE_CACHE"
"""The environment variable that names the folder; empty: nothing is kept."""

FORMAT = 1
MOST_FILES = 200
MOST_BYTES = 64_000_000
"""Of one file."""

ROOMS = ("grammar", "compiler", "compiler/ops", "compiler/library")
"""Folders of this package whose files say what a text compiles to."""


def recalled(source: Source, folder: Path, settings: Mapping[str, str]) -> Compiled | None:
    """The compilation of the same text, if one was kept and the files that it uses are the same."""
    path = _path(source, settings)
    if path is None:
        return None
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        digest, _, content = path.read_bytes().partition(b"\n")
        if hashlib.sha256(content).hexdigest().encode() != digest:
            return None
        uses, data = json.loads(content)
        used = [_used(name, digest, folder) for name, digest in uses]
        replaced = [Source(f"--set {name}", text) for name, text in settings.items()]
        return restored(data, source, used, replaced)
    except (OSError, ValueError, TypeError, Damaged, SpecError):
        return None


def keep(made: Compiled, folder: Path, settings: Mapping[str, str]) -> None:
    """Keeps a compilation, and forgets the oldest where there are too many."""
    path = _path(made.spec.source, settings)
    if path is None or made.links:
        return
    uses = [(carried_name(used, folder), _hash(used)) for used in made.used]
    content = json.dumps([uses, stored(made)], separators=(",", ":")).encode()
    if len(content) > MOST_BYTES:
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        os.replace(temporary, path)
        _forget_old(path.parent)
    except OSError:
        return


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where compiled specs are kept: CHAINRULE_CACHE, else where the system keeps a user's caches."""
    chosen = environment.get(VARIABLE)
    if chosen is not None:
        return Path(chosen) if chosen else None
    try:
        if sys.platform == "win32":
            base = environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # a user without a home
        return None
    return Path(base) / "chainrule"


def _path(source: Source, settings: Mapping[str, str]) -> Path | None:
    folder = cache_folder()
    compiler = _compiler_state() if folder is not None else None
    if folder is None or compiler is None:
        return None
    limits = os.environ.get(LIMITS_VARIABLE, "")
    key = json.dumps([FORMAT, compiler, source.text, list(settings.items()), limits])
    return folder / f"{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}.json"


def _compiler_state() -> Sequence[object] | None:
    """What tells one state of this package's compiler from another; None where its files cannot be listed."""
    package = Path(__file__).parent.parent
    try:
        entries = [entry for room in ROOMS for entry in os.scandir(package / room) if entry.is_file()]
        return sorted((entry.name, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in entries)
    except OSError:
        return None


def _used(name: str, digest: str, folder: Path) -> Source:
    """A text that a spec uses, as it was. Raises Damaged where it is another now."""
    if ".." in Path(name).parts:
        raise Damaged
    used = shipped_source(name) if name in shipped_names() else read_source(folder / name)
    if _hash(used) != digest:
        raise Damaged
    return used


def _hash(source: Source) -> str:
    return hashlib.sha256(source.text.encode(errors="surrogatepass")).hexdigest()


def _forget_old(folder: Path) -> None:
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in kept[:-MOST_FILES]:
        path.unlink(missing_ok=True)
