"""Which hints about a file were told, so that each is told once and not at every verb.

What was told is an empty file beside the kept specs, named by a hash. Where nothing can be kept, every verb tells.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Span
from ...runtime.runs.kept_specs import cache_folder
from ...runtime.runs.private_files import is_private

OWN = re.compile(r"[0-9a-f]{64}\.told")
MOST_FILES = 1000


def tells(folder: Path, name: str, hints: Sequence[Diagnostic]) -> bool:
    """Whether hints about the file of that name are to be told now; they count as told from here on."""
    cache = cache_folder()
    if cache is None:
        return True
    mark = cache / f"{_hash(folder, name, hints)}.told"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_private(cache):
            return True
        os.close(os.open(mark, flags, 0o600))
        _forget_old(cache)
    except FileExistsError:
        return not mark.exists()  # it may be the folder that is a file
    except OSError:  # it can't be kept
        return True
    return True


def _hash(folder: Path, name: str, hints: Sequence[Diagnostic]) -> str:
    said = [(each.code, each.message, each.where.text if isinstance(each.where, Span) else "") for each in hints]
    key = json.dumps([str(folder.resolve()), Path(name).name, said])
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def _forget_old(folder: Path) -> None:
    """Deletes the oldest of what this module wrote, which is empty, where there is too much of it."""
    marks = [entry for entry in os.scandir(folder) if OWN.fullmatch(entry.name)]
    if len(marks) <= MOST_FILES:
        return
    found = [(entry.stat(follow_symlinks=False), entry.path) for entry in marks]
    own = sorted((state.st_mtime, path) for state, path in found if stat.S_ISREG(state.st_mode) and not state.st_size)
    for _, path in own[: -MOST_FILES // 2]:
        Path(path).unlink(missing_ok=True)
