"""Data files that a page brings: they lie in a folder of its session, beside what the spec's own folder has."""

from __future__ import annotations

import base64
import binascii
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..grammar.diagnostic import shown
from ..grammar.spec_error import SpecError
from ..program.starting.columns import table_of
from ..program.starting.table_spec import spec_of
from .faults import FILE_REFUSED
from .request import Request

MOST_BYTES = 64 << 20
"""Of one file."""

MOST_FILES = 100

LONGEST = 100
"""Characters of a name."""

MOST_LINKS = 2000
"""Entries of the spec's folder that are seen beside files of a page."""


class DataFiles:
    """Where texts find their data. `named` is the file of `base` that the page began with."""

    def __init__(self, base: Path, own: Path | None, lessons: Path, named: str = "") -> None:
        self.own = own
        self._base = base
        self._lessons = lessons
        self._named = named

    def folder(self, name: str) -> Path:
        """The folder that the paths of a text of that name are relative to."""
        base = self._base
        if name != self._named and (self._lessons / Path(name).name).is_file() and not (base / name).is_file():
            base = self._lessons
        if self.own is None or not self.listed():
            return base
        self._link(base)
        return self.own

    def _link(self, base: Path) -> None:
        """Lets the spec's own folder be seen from that of the session."""
        assert self.own is not None
        with suppress(OSError):  # a folder that can't be listed, a system without links: the page's files stay
            for count, entry in enumerate(sorted(base.iterdir())):
                link = self.own / entry.name
                if count >= MOST_LINKS:
                    break
                if link.is_symlink() and os.path.realpath(link) != os.path.realpath(entry):
                    link.unlink()
                if not link.exists() and not entry.name.startswith("."):
                    link.symlink_to(entry.resolve())

    def listed(self) -> list[dict[str, Any]]:
        """The files that the page has brought."""
        if self.own is None:
            return []
        found = (each for each in sorted(self.own.iterdir()) if not each.is_symlink() and each.is_file())
        return [{"name": each.name, "bytes": each.stat().st_size} for each in found]

    def put(self, request: Request) -> dict[str, Any]:
        """Writes a file; of a table it says what is in it, and gives a spec for it. Raises SpecError."""
        name = request.text("name")
        path = self._place(name)
        data = _data(request, name)
        if len(self.listed()) >= MOST_FILES and not path.is_file():
            raise _refused(name, f"{MOST_FILES} files are the most")
        if path.is_symlink():
            path.unlink()
        path.write_bytes(data)
        return {"name": name, "bytes": len(data), **self._table(path)}

    def forget(self, name: str) -> None:
        """Removes a file that the page brought; raises SpecError for a name that none can have."""
        path = self._place(name)
        if not path.is_symlink():
            path.unlink(missing_ok=True)

    def scratch(self, name: str) -> Path:
        """A place for a file that is written and read again at once. Raises SpecError where there is no folder."""
        folder = self._place(name).parent / ".scratch"
        folder.mkdir(exist_ok=True)
        return folder / name

    def _place(self, name: str) -> Path:
        if self.own is None:
            raise _refused(name, "this engine has no folder of its own")
        plain = (
            name != ""
            and name == Path(name).name
            and not name.startswith(".")
            and name.isprintable()
            and '"' not in name
        )
        if not plain or len(name) > LONGEST or "\\" in name or ":" in name:
            raise _refused(name, "a plain name is needed, such as `rows.csv`")
        return self.own / name

    def _table(self, path: Path) -> dict[str, Any]:
        """What a CSV file holds, and a spec that predicts its last column; nothing where it is no such table."""
        if path.suffix.lower() not in (".csv", ".tsv"):
            return {}
        try:
            table = table_of(str(path))
        except SpecError:
            return {}
        kinds = [{"name": each.name, "kind": "text" if each.is_text else "number"} for each in table.columns.values()]
        made: dict[str, Any] = {"columns": kinds, "rows": table.rows}
        try:
            made["spec"] = spec_of(table, str(path), kinds[-1]["name"], path.with_name("page.graph")).text
        except SpecError as error:  # a table that says too little for a spec
            made["why"] = error.diagnostics[0].message
        return made


def _data(request: Request, name: str) -> bytes:
    if request.fields.get("base64") is None:
        data = request.text("text").encode("utf-8", "surrogatepass")
    else:
        try:
            data = base64.b64decode(request.text("base64"), validate=True)
        except binascii.Error:
            request.refuse("`base64` is none")
    if len(data) > MOST_BYTES:
        raise _refused(name, f"it has {len(data) >> 20} MiB, and {MOST_BYTES >> 20} are the most")
    return data


def _refused(name: str, reason: str) -> SpecError:
    return SpecError([FILE_REFUSED.at(None, name=shown(name), reason=reason)])
