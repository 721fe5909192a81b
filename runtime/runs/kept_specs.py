"""Compiled specs kept beside the user's other caches, so that a second run of the same text needs no parser.

A file is named by a hash of the text, the settings, the limits and the compiler's own files, and holds data alone:
the hash of what follows, then JSON. What is stale, damaged, or could be somebody else's is as good as not there; a
cache that cannot be written is done without.
"""

import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...compiler.chosen_limits import VARIABLE as LIMITS_VARIABLE
from ...compiler.files.carried import Carried, carried_name, carried_of
from ...compiler.graph.spec import Compiled
from ...compiler.graph.stored_kinds import Damaged
from ...compiler.graph.stored_spec import restored, stored
from ...compiler.library.shipped import shipped_names, shipped_source
from ...grammar.read import read_source
from ...grammar.source import Source
from ...grammar.spec_error import SpecError
from .private_files import is_private, read_private, write_private

VARIABLE = "CHAINRULE_CACHE"
"""The environment variable that names the folder; empty: nothing is kept."""

FORMAT = 2
MOST_FILES = 200
MOST_BYTES = 64_000_000
"""Of one file."""

OWN_NAME = re.compile(r"[0-9a-f]{64}\.(json|[0-9a-f]+\.tmp)")
OWN_HEAD = re.compile(rb"[0-9a-f]{64}\n\[")
"""What files of the cache, and what is left of those that were being written, are called, and how they begin."""

ROOMS = ("grammar", "compiler")
"""Folders of this package whose files, in whatever folders below, say what a text compiles to."""


def compilation(
    source: Source,
    folder: Path,
    settings: Mapping[str, str],
    carried: Carried = Carried(),  # noqa: B008  # a tuple
    *,
    cached: bool = False,
) -> Compiled:
    """A text compiled; `cached`: what was kept of an earlier compilation, where there is one. Raises SpecError.

    Texts of used files that are `carried` win over the files themselves.
    """
    path = kept_path(source, settings) if cached else None
    made = recalled(path, source, folder, settings) if path is not None else None
    if made is not None and carried.texts and carried_of(made.used, made.links, folder) != carried:
        made = None
    if made is None:
        from ...compiler.compile import compiled  # the parser, which a spec that is recalled does without

        made = compiled(source, folder, settings, carried)
        if path is not None:
            keep(path, made, folder)
    return made


def recalled(path: Path, source: Source, folder: Path, settings: Mapping[str, str]) -> Compiled | None:
    """The compilation of the same text, if one was kept there and the files that it uses are the same."""
    if not is_private(path.parent):
        return None
    try:
        digest, _, content = read_private(path, MOST_BYTES).partition(b"\n")
        if hashlib.sha256(content).hexdigest().encode() != digest:
            return None
        uses, data = json.loads(content)
        used = [_used(name, digest, folder) for name, digest in uses]
        replaced = [Source(f"--set {name}", text) for name, text in settings.items()]
        return restored(data, source, used, replaced)
    except (OSError, ValueError, TypeError, RecursionError, Damaged, SpecError):
        return None


def keep(path: Path, made: Compiled, folder: Path) -> None:
    """Keeps a compilation, and forgets the oldest where there are too many."""
    if made.links:
        return
    uses = [(carried_name(used, folder), _hash(used)) for used in made.used]
    content = json.dumps([uses, stored(made)], separators=(",", ":")).encode()
    if len(content) > MOST_BYTES - 100:
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_private(path.parent):
            write_private(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
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


def kept_path(source: Source, settings: Mapping[str, str]) -> Path | None:
    """Where the compilation of a text is kept by this state of the compiler; None where none is."""
    folder = cache_folder()
    compiler = _compiler_state() if folder is not None else None
    if folder is None or compiler is None:
        return None
    limits = os.environ.get(LIMITS_VARIABLE, "")
    key = json.dumps([FORMAT, compiler, source.text, list(settings.items()), limits])
    return folder / f"{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}.json"


def _compiler_state() -> Sequence[object] | None:
    """What tells one state of this package's compiler from another; None where its files cannot be listed."""
    package = Path(__file__).parents[2]
    folders, found = [str(package / room) for room in ROOMS], []
    try:
        while folders:
            for entry in os.scandir(folders.pop()):
                if not entry.is_dir():
                    state = entry.stat()
                    found.append((entry.path, state.st_size, state.st_mtime_ns))
                elif entry.name != "__pycache__":
                    folders.append(entry.path)
    except OSError:
        return None
    return sorted(found)


def _used(name: object, digest: object, folder: Path) -> Source:
    """A text that a spec uses, as it was. Raises Damaged where it is another now."""
    if type(name) is not str or os.path.isabs(name) or ".." in Path(name).parts:
        raise Damaged
    shipped = name in shipped_names()
    if not shipped and not (folder / name).is_file():  # a pipe would wait for its writer
        raise Damaged
    used = shipped_source(name) if shipped else read_source(folder / name)
    if _hash(used) != digest:
        raise Damaged
    return used


def _hash(source: Source) -> str:
    return hashlib.sha256(source.text.encode(errors="surrogatepass")).hexdigest()


def _forget_old(folder: Path) -> None:
    """Removes all but the newest files of the cache. Whatever else lies in the folder stays."""
    with os.scandir(folder) as entries:
        named = [(entry.stat(follow_symlinks=False), entry.path) for entry in entries if OWN_NAME.fullmatch(entry.name)]
    kept = sorted((status.st_mtime_ns, path) for status, path in named if stat.S_ISREG(status.st_mode))
    for _, path in kept[:-MOST_FILES]:
        with open(path, "rb") as file:
            begins = OWN_HEAD.match(file.read(66))
        if begins:
            os.unlink(path)
