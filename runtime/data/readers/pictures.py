"""Pictures of a pattern of file names: as arrays, and the folders that they lie in as classes."""

from __future__ import annotations

import glob
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ....grammar.diagnostic import Note, Place, shown
from ....grammar.source import Span
from ....grammar.spec_error import SpecError
from .. import budget
from ..column import Array, Origin, Reading, Rows
from ..faults import EXPANDS, TOO_LARGE
from ..stored import PIECE_BYTES, StoredArray
from .data_file import DataFile, composed
from .picture_faults import NO_FILES, NO_PICTURE, NO_PILLOW, OTHER_PICTURE

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")

AS = {"1": "L", "P": "RGB", "PA": "RGBA"}
"""What has another form in memory: two levels as 0 and 255, palettes as their colours."""

CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I;16": 1, "I;16B": 1, "I": 1, "F": 1}

MOST_FILES = 1 << 22


class _Form(NamedTuple):
    """What a picture is: its colours, width and height, and the bytes of a number."""

    mode: str
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int, int]:
        return CHANNELS[self.mode], self.height, self.width

    def __str__(self) -> str:
        return f"{self.width} x {self.height} {self.mode}"


class Pictures:
    """The files that a pattern stands for, relative to a folder: `2.png` before `10.png`."""

    def __init__(self, pattern: str, folder: str, span: Span | None) -> None:
        self.pattern = pattern
        self.folder = folder
        self.span = span

    @property
    def key(self) -> tuple[str, str]:
        return self.folder, self.pattern

    @cached_property
    def paths(self) -> list[str]:
        """The files, in the order of the rows. Raises SpecError where there is none."""
        asked = DataFile.of(self.pattern, self.folder, self.span)
        try:
            found = self._matching()
        except ValueError:  # a NUL in the pattern
            found = []
        if not found:
            raise asked.error(NO_FILES)
        if len(found) > MOST_FILES:
            raise asked.error(
                TOO_LARGE, what=f"`{self.pattern}`", size=f"more than {MOST_FILES} files", limit=MOST_FILES
            )
        return sorted(found, key=_natural)

    def _matching(self) -> list[str]:
        whole = os.path.normpath(os.path.join(self.folder, self.pattern))
        if os.path.isfile(whole):  # a name may hold the characters of patterns
            return [whole]
        found: list[str] = []
        for name in glob.iglob(self.pattern, root_dir=self.folder):
            path = os.path.normpath(os.path.join(self.folder, name))
            if not os.path.isdir(path):
                found.append(path)
            if len(found) > MOST_FILES:
                break
        return found

    def check_presence(self, reader: str) -> None:
        """Raises SpecError where there are no such files, or nothing that reads pictures."""
        _ = self.paths
        if reader == "images":
            self._library()

    def folders(self) -> Reading:
        """The folder of each file as a class. Raises SpecError."""
        names = [os.path.basename(os.path.dirname(os.path.abspath(path))) for path in self.paths]
        classes = tuple(sorted({composed(name) for name in names}))
        numbers = {name: number for number, name in enumerate(classes)}
        return Reading(np.array([numbers[composed(name)] for name in names]), self._origin, classes)

    def images(self) -> Reading:
        """The pictures as [rows, channels, height, width], numbers as the files have them. Raises SpecError."""
        library, paths = self._library(), self.paths
        first = _Picture(paths[0], self.span, library)
        form = first.form()
        size = len(paths) * first.nbytes(form)
        if size > budget.limit():
            raise first.file.oversize(f"`{self.pattern}`", size)
        rows = (self._row(path, paths[0], form, library) for path in paths)
        if size <= budget.memory():
            return Reading(_filled(rows, len(paths)), self._origin)
        return Reading(StoredArray.of(_together(rows)), self._origin)

    def _row(self, path: str, first: str, form: _Form, library: Any) -> Array:
        picture = _Picture(path, self.span, library)
        found = picture.form()
        if found != form:
            notes, place = picture.read_here, Place(path)
            raise SpecError([OTHER_PICTURE.at(place, path=path, found=found, first=first, wanted=form, notes=notes)])
        return picture.array(form)

    @property
    def _origin(self) -> Origin:
        paths = self.paths
        return Origin(self.span, places=lambda row, element: Place(paths[row]))

    def _library(self) -> Any:
        try:
            from PIL import Image  # an extra, and slow to import
        except ImportError:
            hint = "pip install 'chainrule[images]'"
            raise DataFile(self.pattern, self.span).error(NO_PILLOW, name=self.pattern, hint=hint) from None
        return Image


class _Picture:
    """One file, opened anew for its form and for its numbers."""

    def __init__(self, path: str, span: Span | None, library: Any) -> None:
        self.file = DataFile(path, span)
        self._library = library

    def form(self) -> _Form:
        """What its header declares, held against what memory may hold. Raises SpecError."""
        with self.file.open() as stream, _Opened(self, stream) as image:
            mode = AS.get(image.mode, image.mode)
            if mode == "RGB" and image.mode == "P" and "transparency" in image.info:
                mode = "RGBA"
            if mode not in CHANNELS:
                raise self.unreadable(f"its colours are {image.mode}")
            if image.format != "MPO" and getattr(image, "is_animated", False):
                raise self.unreadable("it holds several pictures")
            form = _Form(mode, *image.size)
            stored, declared = os.fstat(stream.fileno()).st_size, self.nbytes(form)
            if declared > budget.limit():
                raise self.file.oversize(f"`{shown(self.file.path)}`", declared)
            if budget.suspicious(stored, declared):
                sizes = budget.size_text(stored), budget.size_text(declared)
                raise self.file.error(EXPANDS, stored=sizes[0], size=sizes[1])
            return form

    @staticmethod
    def nbytes(form: _Form) -> int:
        width = 2 if form.mode.startswith("I;16") else 4 if form.mode in ("I", "F") else 1
        return width * form.shape[0] * form.width * form.height

    def array(self, form: _Form) -> Array:
        """Its numbers, [channels, height, width]. Raises SpecError."""
        with self.file.open() as stream, _Opened(self, stream) as image:
            image.load()
            made = image if image.mode == form.mode else image.convert(form.mode)
            values = np.asarray(made)
        values = values.reshape(form.height, form.width, -1)
        return np.ascontiguousarray(values.transpose(2, 0, 1))

    def unreadable(self, reason: str) -> SpecError:
        place, notes = Place(self.file.path), self.read_here
        return SpecError([NO_PICTURE.at(place, path=self.file.path, reason=reason, notes=notes)])

    @property
    def read_here(self) -> list[Note]:
        """Where the spec asks for it, beside its name."""
        return [Note("the pictures are read here", self.file.span)] if self.file.span else []


class _Opened:
    """A picture of a stream; whatever its library raises meanwhile is a fault of the file."""

    def __init__(self, picture: _Picture, stream: Any) -> None:
        self._picture = picture
        self._stream = stream
        self._quiet = warnings.catch_warnings()

    def __enter__(self) -> Image:
        self._quiet.__enter__()
        warnings.simplefilter("ignore")  # of sizes, which are looked at here, and of tags that nobody reads
        try:
            image: Image = self._picture._library.open(self._stream, formats=FORMATS)
        except Exception as error:
            self._quiet.__exit__(None, None, None)
            raise self._fault(error) from None
        return image

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._quiet.__exit__(None, None, None)
        if isinstance(error, Exception) and not isinstance(error, SpecError):
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> SpecError:
        if isinstance(error, self._picture._library.UnidentifiedImageError):
            return self._picture.unreadable("its first bytes are those of no such format")
        if isinstance(error, MemoryError):
            return self._picture.unreadable("there is no memory for it")
        text = re.sub(r"\s+", " ", str(error)).strip().rstrip(".")
        return self._picture.unreadable(shown(text[:200]) or type(error).__name__)


def _filled(rows: Iterator[Array], count: int) -> Rows:
    first = next(rows)
    values = np.empty((count, *first.shape), first.dtype)
    values[0] = first
    for number, row in enumerate(rows, 1):
        values[number] = row
    return values


def _together(rows: Iterator[Array]) -> Iterator[Array]:
    """Some rows at a time."""
    held: list[Array] = []
    for row in rows:
        held.append(row)
        if len(held) * row.nbytes >= PIECE_BYTES:
            yield np.stack(held)
            held = []
    if held:
        yield np.stack(held)


def _natural(path: str) -> tuple[Sequence[object], str]:
    """What paths are ordered by: numbers by size, letters by code point, folders before what lies in them."""
    parts = [re.split(r"([0-9]+)", composed(part)) for part in path.split(os.sep)]
    return [[int(each) if number % 2 else each for number, each in enumerate(part)] for part in parts], path
