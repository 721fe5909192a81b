"""What a program gives to an export, how it is to be written, and what is written."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..compiler.graph.spec import Precision, Spec
from ..grammar.diagnostic import Diagnostic
from ..runtime.arrays import Array
from ..runtime.data.fitted.held import Held
from ..runtime.runs.whole_file import whole_file
from ..runtime.training.job import Job


@dataclass(frozen=True)
class Exported:
    """A text, and the arrays that belong into a file beside it; or the `content` of a file that is no text."""

    text: str
    arrays: Mapping[str, Array] = field(default_factory=dict)
    beside: str = ""
    others: Mapping[str, str | bytes] = field(default_factory=dict)
    """Further texts and contents, by the name of their file beside it."""
    content: bytes | None = None
    """What the file holds in place of the text, where it is none."""

    def write(self, path: Path) -> list[Path]:
        """Writes all of them; gives their paths. Raises SpecError."""
        written = [path]
        for name, text in self.others.items():
            written.insert(0, path.with_name(name))
            with whole_file(written[0]) as stream:
                stream.write(text if isinstance(text, bytes) else text.encode("utf-8"))
        if self.arrays:
            written.insert(0, path.with_name(self.beside))
            with whole_file(written[0]) as stream:
                _write_arrays(stream, self.arrays)
        with whole_file(path) as stream:
            stream.write(self.text.encode("utf-8") if self.content is None else self.content)
        return written


@dataclass(frozen=True)
class Given:
    """What a program gives: its spec as written, all that a model keeps, whether steps of training made that, names of
    classes, its training in float64, what fitted columns hold, the folder of its paths, what is called with findings,
    sizes of dims, as far as they are known, and the precision that was asked for."""

    spec: Spec
    held: Mapping[str, Array]
    trained: bool
    classes: Mapping[str, Sequence[str]]
    job: Callable[[], Job]
    fitted: Held
    folder: str
    tell: Callable[[Diagnostic], object]
    dims: Mapping[str, int]
    precision: Precision | None


@dataclass(frozen=True)
class Options:
    """What may be said of how a file is written. None, 0 and texts of nothing: what the target takes by itself.

    `batch` are the rows that functions of a compiled file take at once, `prefix` is what all of its names begin with,
    `train_step` and `main` ask for the training and for a test of itself, `raw` for a model that takes raw rows,
    `state_apart` for a step that must be given its state, whose first values are a model beside it.
    """

    batch: int = 0
    prefix: str = ""
    train_step: bool = False
    main: bool = False
    raw: bool = False
    state_apart: bool = False

    @property
    def given(self) -> tuple[str, ...]:
        """The names of those that are said."""
        return tuple([each.name for each in fields(self) if getattr(self, each.name)])


def _write_arrays(stream: BinaryIO, arrays: Mapping[str, Array]) -> None:
    """An .npz file, the same one for the same arrays."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # which has no time of its own
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(value), allow_pickle=False)
