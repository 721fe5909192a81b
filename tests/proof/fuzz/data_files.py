"""Files that data sections read: right ones of every format, then damaged."""

import gzip
import io
import os
import random
import struct

import numpy as np

from chainrule import compile as compiled
from chainrule.grammar.render import render
from chainrule.grammar.spec_error import SpecError

from .damage import damaged
from .trying import scratch_folder

FORMATS: dict[bytes, tuple[str, ...]] = {
    b"c": (
        "dim N\ninput a: [N]\ninput b: int[N]\noutput y = a * b\n"
        'data rows { a = csv("file", "a"); b = csv("file", "b") }',
        "dim N\ninput a: [N, 2]\noutput y = a\n"
        'data rows { a = csv("file", ["a", "b"], sep = ";", decimal = ",", missing = ["NA", "-1"]) }',
        'dim N\ninput a: [N]\noutput y = a\ndata rows { a = standardize(fill(csv("file", "a"), mean)) }',
        "dim N\ninput a: [N, 1]\noutput y = a\n"
        'data rows { a = csv("file", ["1"], sep = "tab", header = false, encoding = "cp949") }',
    ),
    b"n": ('dim N\ninput a: [N, 2]\noutput y = a\ndata rows { a = npy("file") }',),
    b"z": ('dim N\ninput a: [N, 2]\noutput y = a\ndata rows { a = npz("file", "a") }',),
    b"i": ('dim N\ninput a: [N, 2]\noutput y = a\ndata rows { a = idx("file") }',),
}
"""Specs that read a format, by the letter that an input begins with; its second byte chooses one."""


SEPARATORS = (",", ";", ",", "\t")
"""Of the CSV files that these specs read."""


class DataFiles:
    """Readers of CSV, NPY, NPZ and IDX, through the columns of a spec."""

    suffix = ".file"

    def __init__(self) -> None:
        os.environ["CHAINRULE_CACHE"] = ""
        self.folder = scratch_folder()
        self.path = self.folder / "file"

    def make(self, chosen: random.Random) -> bytes:
        letter = chosen.choice((b"c", b"c", b"c", b"n", b"z", b"i"))
        number = chosen.randrange(len(FORMATS[letter]))
        data = csv_text(chosen, SEPARATORS[number]) if letter == b"c" else MAKERS[letter](chosen)
        for _ in range(chosen.choice((0, 1, 1, 1, 2, 4))):
            data = damaged(data, chosen)
        return letter + bytes([number]) + data

    def hold(self, data: bytes) -> str:
        specs = FORMATS[data[:1]]
        self.path.write_bytes(data[2:])
        try:
            rows = compiled(specs[data[1]], folder=self.folder).rows()
        except SpecError as error:
            for diagnostic in error.diagnostics:
                render(diagnostic)
            return "refused"
        assert all(np.isfinite(array).all() for array in rows.values()), "a value that is not finite"
        return "read"


def csv_text(chosen: random.Random, separator: str) -> bytes:
    sep = separator if chosen.random() < 0.8 else chosen.choice(",;\t")
    ending = chosen.choice(("\n", "\n", "\r\n"))
    fields = ("1", "2", "-3.5", "1e3", "0", "0,5", '"1"', '"a,b"', "", "NA", "가", "1 200", "12%", "2020-01-02", "inf")
    few = chosen.sample(fields, 3) if chosen.random() < 0.3 else ("1", "0", "2")
    lines = [sep.join(chosen.choice((("a", "b"), ("a", "b"), ("b", "a"), ("a", "b", "c"), ("1", "2"))))]
    lines += [sep.join(chosen.choice(few) for _ in range(2)) for _ in range(chosen.randrange(6))]
    text = ending.join(lines) + chosen.choice((ending, ""))
    return text.encode(chosen.choice(("utf-8", "utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp949")))


def array(chosen: random.Random) -> np.ndarray:  # type: ignore[type-arg]  # of any type
    kind = chosen.choice(("f8", "f4", "i4", "u1", ">f8", "i8", "b1", "f2", "c8", "U2", "M8[s]", *["f8"] * 8))
    shape = chosen.choice(((3, 2), (3, 2), (3, 2), (2,), (0, 2), (3, 2, 1)))
    return np.arange(np.prod(shape)).reshape(shape).astype(kind, order=chosen.choice("CF"))


def npy(chosen: random.Random) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array(chosen), version=chosen.choice(((1, 0), (2, 0), (3, 0))))
    return file.getvalue()


def npz(chosen: random.Random) -> bytes:
    file = io.BytesIO()
    arrays = {"a": array(chosen), chosen.choice("bcd"): np.zeros(2)}
    (np.savez if chosen.random() < 0.5 else np.savez_compressed)(file, **arrays)
    return file.getvalue()


def idx(chosen: random.Random) -> bytes:
    code, kind = chosen.choice(((8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")))
    shape = chosen.choice(((3, 2), (2,), (2, 2, 2)))
    header = bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    data = header + np.arange(np.prod(shape)).astype(kind).tobytes()
    return gzip.compress(data, mtime=0) if chosen.random() < 0.4 else data


MAKERS = {b"n": npy, b"z": npz, b"i": idx}
