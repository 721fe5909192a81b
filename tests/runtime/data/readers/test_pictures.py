"""Pictures of a pattern: values to the bit, order, folders as classes, and files that are no such pictures."""

import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule.grammar.diagnostic import Diagnostic, Place
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.column import Array
from chainrule.runtime.data.readers.pictures import Pictures
from chainrule.runtime.data.stored import StoredArray

DRAWN = np.random.default_rng(0)


def values(*shape: int) -> Array:
    return DRAWN.integers(0, 256, shape, dtype=np.uint8)


def saved(path: Path, array: Array, mode: str | None = None) -> Array:
    path.parent.mkdir(exist_ok=True)
    image = Image.fromarray(array)
    (image if mode is None else image.convert(mode)).save(path)
    return array


def fault(action: Callable[[], object]) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        action()
    (found,) = caught.value.diagnostics
    return found


def test_values_are_those_of_the_files_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    wanted = [saved(tmp_path / f"p{number}.png", values(4, 5, 3)) for number in (1, 2, 10, 21)]
    reading = Pictures("p*.png", str(tmp_path), None).images()
    assert reading.array.dtype == np.uint8
    np.testing.assert_array_equal(reading.array, np.stack(wanted).transpose(0, 3, 1, 2))
    assert reading.origin.place(2) == Place(str(tmp_path / "p10.png"))


@pytest.mark.parametrize(
    ("name", "array", "mode", "wanted"),
    [
        ("grey.png", np.array([[0, 128, 255]], np.uint8), None, [[[0, 128, 255]]]),
        ("levels.png", np.array([[0, 255]], np.uint8), "1", [[[0, 255]]]),
        ("deep.png", np.array([[0, 40_000]], np.uint16), None, [[[0, 40_000]]]),
        ("palette.gif", np.array([[[9, 9, 9], [200, 10, 30]]], np.uint8), "P", None),
        ("grey.bmp", np.array([[7]], np.uint8), None, [[[7]]]),
    ],
)
def test_each_kind_of_colours(
    tmp_path: Path, name: str, array: Array, mode: str | None, wanted: list[list[list[int]]] | None
) -> None:
    saved(tmp_path / name, array, mode)
    found = np.asarray(Pictures(name, str(tmp_path), None).images().array)
    assert found.shape[1] == (3 if wanted is None else 1)
    if wanted is not None:
        assert found.tolist() == [wanted]


def test_folders_are_classes_in_the_order_of_the_pictures(tmp_path: Path) -> None:
    for folder, number in (("dogs", 1), ("dogs", 10), ("dogs", 2), ("cats", 7)):
        saved(tmp_path / folder / f"{number}.png", np.full((1, 1), number, np.uint8))
    pictures = Pictures("*/*.png", str(tmp_path), None)
    assert pictures.folders().classes == ("cats", "dogs")
    assert np.asarray(pictures.folders().array).tolist() == [0, 1, 1, 1]
    assert np.asarray(pictures.images().array).ravel().tolist() == [7, 1, 2, 10]


def test_a_name_may_hold_the_characters_of_patterns(tmp_path: Path) -> None:
    saved(tmp_path / "a[1].png", np.full((1, 1), 3, np.uint8))
    assert np.asarray(Pictures("a[1].png", str(tmp_path), None).images().array).tolist() == [[[[3]]]]


def test_many_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [saved(tmp_path / f"{number}.png", values(600, 600)) for number in range(4)]
    monkeypatch.setenv("CHAINRULE_DATA_MEMORY", "1")
    stored = Pictures("*.png", str(tmp_path), None).images().array
    assert isinstance(stored, StoredArray)
    np.testing.assert_array_equal(stored, np.stack(wanted)[:, None])


def test_other_sizes_and_colours_are_told_with_both_files(tmp_path: Path) -> None:
    saved(tmp_path / "1.png", values(4, 5))
    saved(tmp_path / "2.png", values(4, 6))
    found = fault(Pictures("*.png", str(tmp_path), None).images)
    assert found.code == "G425"
    assert found.where == Place(str(tmp_path / "2.png"))
    assert "6 x 4 L" in found.message
    assert f"{tmp_path / '1.png'}` 5 x 4 L" in found.message
    saved(tmp_path / "2.png", values(4, 5, 3))
    assert "5 x 4 RGB" in fault(Pictures("*.png", str(tmp_path), None).images).message


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes, colours: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "G426"),
        (b"a letter", "G426"),
        (png(4, 4, b"")[:40], "G426"),  # cut off in its first chunk
        (png(4, 4, b"\0\1\2"), "G426"),  # fewer values than it declares
        (png(12_000, 12_000, bytes(100)), "G415"),  # 144 MB of 100 bytes
        (png(100_000, 100_000, bytes(100)), "G426"),  # more than Pillow opens
        (png(2**31 - 1, 2**31 - 1, bytes(100)), "G426"),
        (b"GIF89a" + bytes(20), "G426"),
        (b"\xff\xd8\xff\xe0" + bytes(200), "G426"),
        (b"P6 -4 4 255\n", "G426"),
    ],
)
def test_files_that_are_no_such_pictures(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "a.png").write_bytes(data)
    assert fault(Pictures("a.png", str(tmp_path), None).images).code == code


def test_what_all_take_is_looked_at_before_memory_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        saved(tmp_path / f"{number}.png", values(600, 600))
    monkeypatch.setenv("CHAINRULE_DATA_LIMIT", "1")
    found = fault(Pictures("*.png", str(tmp_path), None).images)
    assert found.code == "G414"
    assert "`*.png` takes 1.03 MiB" in found.message


def test_a_file_of_several_pictures_is_refused(tmp_path: Path) -> None:
    first, second = Image.fromarray(values(4, 4)), Image.fromarray(values(4, 4))
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second])
    assert "several pictures" in fault(Pictures("a.gif", str(tmp_path), None).images).message


@pytest.mark.parametrize("pattern", ["nowhere/*.png", "", "a\0.png", "["])
def test_a_pattern_that_names_nothing(tmp_path: Path, pattern: str) -> None:
    assert fault(Pictures(pattern, str(tmp_path), None).images).code == "G423"


def test_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path / "a" / "1.png", values(2, 2))
    monkeypatch.setitem(sys.modules, "PIL", None)
    pictures = Pictures("*/*.png", str(tmp_path), None)
    assert pictures.folders().classes == ("a",)
    found = fault(lambda: pictures.check_presence("images"))
    assert found.code == "G424"
    assert found.hint == "pip install 'chainrule[images]'"
