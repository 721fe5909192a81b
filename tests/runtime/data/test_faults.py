"""Each fault of data has an example that shows it."""

import errno
import importlib.util
import io
import string
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from chainrule.compiler.graph.bind_dims import bind_dims
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic, Fault
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data import faults, split_faults
from chainrule.runtime.data.binding import bind_table
from chainrule.runtime.data.labels import check_labels
from chainrule.runtime.data.minibatches import batch_warning
from chainrule.runtime.data.readers import data_file, text_lines
from chainrule.runtime.data.sparing import evaluate_sparing
from chainrule.runtime.data.splits import split


def archive(**members: object) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **members)  # type: ignore[arg-type]  # arrays, all of them
    return stream.getvalue()


def array(value: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(value))
    return stream.getvalue()


def odd_archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("../x.npy", b"")
    return stream.getvalue()


LYING = b"\x93NUMPY\1\0\x76\0" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (962072674304,), }".ljust(118)


def full_disk(**settings: str) -> object:
    raise OSError(errno.ENOSPC, "No space left on device")


FILES: dict[str, Callable[[], bytes]] = {
    "empty.csv": lambda: b"x\n",
    "x-and-x.csv": lambda: b"x,x\n1,2\n",
    "ragged.csv": lambda: b"x,y\n1,2\n3\n",
    "text-among-numbers.csv": lambda: b"x\n1\nn/a\n",
    "gap.csv": lambda: b"x,y\n1,2\n,3\n",
    "nan.csv": lambda: b"x\nnan\n",
    "open-quote.csv": lambda: b'x\n"1\n',
    "latin1.csv": lambda: b"x\ncaf\xe9\n",
    "iris.csv": lambda: b"petal_length,species\n1.4,setosa\n",
    "iris-test.csv": lambda: b"species\nversicolour\n",
    "iris-numbers.csv": lambda: b"species\n0\n",
    "decimal-comma.csv": lambda: b'x\n"1,5"\n',
    "thousands.csv": lambda: b'n\n"1,200"\n"2,900"\n',
    "penguins.csv": lambda: b"sex\nmale\nNA\nfemale\n",
    "counted.csv": lambda: b"0,1,2\n10,100,5\n20,200,6\n",
    "rows.csv": lambda: b"x,t\n1,\n2,\n",
    "names.npy": lambda: array(["rose", ""]),
    "letter.txt": lambda: b"Dear Sir",
    "half-a-download.gz": lambda: b"\x1f\x8b\x08",
    "bomb.npz": lambda: archive(x=np.zeros(9 << 20)),
    "objects.npy": lambda: array([None]),
    "odd.npz": odd_archive,
    "large.csv": lambda: b"x\n1\n2\n",
    "large.npy": lambda: array(np.arange(9.0)),
    "one-line.csv": lambda: b"1" * 2000,
    "long-field.csv": lambda: b'1\n"1' + b"0\n" * 70_000,
    "seven-tebibytes.npy": lambda: LYING,
}


def diagnostics(spec: Spec, folder: Path) -> Iterator[Diagnostic]:
    """All that data can say of a spec."""
    (section,) = spec.data.values()
    try:
        table = evaluate_sparing(section, str(folder), {"t": ("setosa", "versicolor")}, spec.graph)
        train = spec.train
        dataset, warnings = bind_table(table, spec.graph, train.precision if train else "float64", {})
        yield from warnings
        dims = bind_dims(spec.full, {path: value.shape for path, value in dataset.inputs.items()}, {})
        yield from check_labels(spec.full, dataset.inputs, dims, dataset.origins)
        if train is None:
            return
        if (warning := batch_warning(train.batch, dataset.rows, train.spans.get("batch"))) is not None:
            yield warning
        split(train, dataset.rows, dataset.inputs.__getitem__)
    except SpecError as error:
        yield from error.diagnostics


@pytest.mark.parametrize("fault", [*faults.FAULTS, *split_faults.FAULTS], ids=lambda fault: fault.code)
def test_the_example_has_the_fault(
    fault: Fault, compiled: Callable[[str], Spec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = compiled(fault.example)
    for name, content in FILES.items():
        if f'"{name}"' in fault.example:
            (tmp_path / name).write_bytes(content())
    if fault is faults.TOO_LARGE:
        monkeypatch.setenv("CHAINRULE_DATA_LIMIT", "0")
        (tmp_path / "seven-tebibytes.npy").write_bytes(array(np.zeros(9)))
    if fault is faults.MISSING_PACKAGE:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    if fault is faults.CANNOT_STORE:
        monkeypatch.setenv("CHAINRULE_DATA_MEMORY", "0")
        monkeypatch.setattr(tempfile, "TemporaryFile", full_disk)
    if fault is faults.FILE_CHANGED:
        monkeypatch.setenv("CHAINRULE_DATA_MEMORY", "0")
        ticks = count()
        monkeypatch.setattr(data_file.UsersFile, "_state", lambda file: next(ticks))
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 1000)
    monkeypatch.setattr(text_lines, "PIECE", 500)
    found = list(diagnostics(spec, tmp_path))
    assert [diagnostic.code for diagnostic in found] == [fault.code]
    assert found[0].severity == fault.severity
    assert found[0].where is not None
    assert "{" not in found[0].message


def test_a_header_that_claims_seven_tebibytes_is_refused(compiled: Callable[[str], Spec], tmp_path: Path) -> None:
    (tmp_path / "seven-tebibytes.npy").write_bytes(LYING)
    (found,) = diagnostics(compiled(faults.TOO_LARGE.example), tmp_path)
    assert found.code == "G413"


def test_codes_are_those_of_data_and_each_is_listed_once() -> None:
    listed = [fault.code for fault in faults.FAULTS]
    assert len(set(listed)) == len(listed)
    assert all(code.startswith("G4") for code in listed)
    assert {id(value) for value in vars(faults).values() if isinstance(value, Fault)} == set(map(id, faults.FAULTS))


def test_messages_are_sentences_without_a_full_stop() -> None:
    for fault in faults.FAULTS:
        assert not fault.template.endswith(".")
        assert all(text.rstrip("`'").endswith((".", "'")) or "pip install" in text for text in (fault.cause, fault.fix))
        assert all(name for _, name, _, _ in string.Formatter().parse(fault.template) if name is not None)
