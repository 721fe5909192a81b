"""Golden pairs: errors/FOLDER/NAME.graph, and in NAME.err what is said about it; each code of the project has one.

The folders `syntax`, `compile` and `advice` hold specs that are parsed and compiled. In `script` the first line of a
spec, `# >>> program.run(x=None)`, is what a script does with it. In `data`, `run` and `cli` a spec says in its first
lines how the fault is caused, in a folder of its own with a copy of the spec and of `files/`:

    # $ chainrule train this.graph --run run        a command line, variables of the environment before it
    # $ truncate --size=300 run/model.safetensors   anything else is for the shell
    # while: the disk is full                       how the world is at the last command: see WORLDS

A new case is a .graph file and `python tests/test_errors.py`, which writes the .err files again: read what it wrote.
"""

import contextlib
import errno
import importlib
import importlib.util
import io
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

from chainrule.cli.explain import known_faults, text_of
from chainrule.cli.main import exit_code
from chainrule.cli.shared import output
from chainrule.compiler.build import build
from chainrule.compiler.files.loading import FileLoader
from chainrule.grammar.diagnostic import Diagnostic, Fault, Place
from chainrule.grammar.parse import parse
from chainrule.grammar.read import decode
from chainrule.grammar.render import render
from chainrule.grammar.source import Span
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.program.serving.json_rows import ROWS

ROOT = Path(__file__).parent.parent
FOLDER = Path(__file__).parent / "errors"

# --- specs that are parsed and compiled --------------------------------------------------------------------------


def syntax(path: Path) -> tuple[Diagnostic, ...]:
    """The faults of a file's text."""
    try:
        return parse(decode(path.read_bytes(), path.name))[1]
    except SpecError as error:
        return error.diagnostics


def advice(path: Path) -> tuple[Diagnostic, ...]:
    """The warnings and hints about a spec that is correct."""
    module, found = parse(decode(path.read_bytes(), path.name))
    return build(module, found, loader=FileLoader(module, path.parent))[1]


def compiled(path: Path) -> tuple[Diagnostic, ...]:
    """The faults of a spec: of `check`, or of the verb in its comment `# chainrule VERB`, with `# --set NAME=VALUE`."""
    text = path.read_text(encoding="utf-8")
    replaced = dict(re.findall(r"^# --set ([^=\n]+)=(.*)$", text, re.MULTILINE))
    verb = re.match(r"# chainrule (\w+)$", text, re.MULTILINE)
    try:
        program = compile(text, name=path.name, folder=path.parent, set=replaced)
        asked = getattr(program, verb[1])() if verb else None
    except SpecError as error:
        return error.diagnostics
    assert isinstance(asked, list), f"{path.name} has no fault"
    return tuple(diagnostic for result in asked for diagnostic in result.diagnostics)


def scripted(path: Path) -> tuple[Diagnostic, ...]:
    """What is wrong with what a spec's comment does, or what a script is told of its values."""
    text = path.read_text(encoding="utf-8")
    program = compile(text, name=path.name, folder=path.parent)
    program.notify = lambda found: None
    (line,) = re.findall(r"^# >>> (.*)$", text, re.MULTILINE)
    try:
        exec(line, {"program": program, "np": np})
    except SpecError as error:
        return error.diagnostics
    return program.diagnostics


# --- specs with commands ----------------------------------------------------------------------------------------


def commanded(path: Path) -> tuple[Diagnostic, ...]:
    """What the last command of a spec says."""
    world, commands = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# $ "):
            commands.append(line.removeprefix("# $ "))
        elif line.startswith("# while: "):
            world = line.removeprefix("# while: ")
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch, no_output():
        folder = Path(name)
        shutil.copy(path, folder)
        if (files := path.parent / "files").exists():
            shutil.copytree(files, folder, dirs_exist_ok=True)
        for made, content in MADE.items():
            if made in path.read_text(encoding="utf-8"):
                (folder / made).write_bytes(content())
        patch.chdir(folder)
        for command in commands[:-1]:
            before = carry_out(command)
            assert all(each.severity == "hint" for each in before), f"{command}: {said(before)}"
        if world:
            WORLDS[world](patch)
        found = carry_out(commands[-1])
        assert str(folder) not in repr(found), "the text of a pair holds no path of a machine"
    assert found, f"{path.name} has no fault"
    return found


@contextlib.contextmanager
def no_output() -> Iterator[None]:
    nowhere = io.StringIO()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        yield


def carry_out(command: str) -> tuple[Diagnostic, ...]:
    """What is said while a command is carried out."""
    variables, words = {}, shlex.split(command)
    while "=" in words[0]:
        name, _, variables[name] = words.pop(0).partition("=")
    if words[0] != "chainrule":
        subprocess.run(command, shell=True, check=True)
        return ()
    found: dict[Diagnostic, None] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"CHAINRULE_CACHE": "", **variables}.items():
            patch.setenv(name, value)
        patch.setattr(output, "complain", lambda said: found.update(dict.fromkeys(said)))
        patch.setattr(output, "answer", lambda document, said: found.update(dict.fromkeys(said)))
        code = exit_code(words[1:])
    assert (code == 0) == all(each.severity != "error" for each in found), command
    return tuple(found)


def array(value: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(value))
    return stream.getvalue()


def archive(**members: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **members)  # type: ignore[arg-type]  # numpy's stubs take the names for its options
    return stream.getvalue()


def archive_of(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr(name, array([1, 2]))
    return stream.getvalue()


def picture(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (width, height), 7).save(stream, "PNG")
    return stream.getvalue()


def noise() -> bytes:
    """Rows that have nothing to do with their classes."""
    generator = np.random.default_rng(0)
    return archive(x=generator.normal(size=(60, 40)), t=generator.integers(2, size=60))


MADE: dict[str, Callable[[], bytes]] = {
    "two-mebibytes.npy": lambda: array(np.zeros(2 << 17)),
    "seven-tebibytes.npy": lambda: array(np.zeros(9)).replace(b"(9,), }            ", b"(962072674304,), } "),
    "bomb.npz": lambda: archive(x=np.zeros(9 << 20)),
    "objects.npy": lambda: array([None]),
    "outside.npz": lambda: archive_of("../x.npy"),
    "shape-of-a-truth.npy": lambda: array(np.zeros((1, 2))).replace(b"(1, 2), }   ", b"(True, 2), }"),
    "one-line.csv": lambda: b"1" * 2000,
    "names.npy": lambda: array(["rose", "", "lily"]),
    "texts.npy": lambda: array(["1,5", "2,5"]),
    "texts.npz": lambda: archive(x=np.array(["1,5", "2,5"])),
    "long-field.csv": lambda: b'1\n"1' + b"0" * 140_000,
    "noise.npz": noise,
    "square.png": lambda: picture(2, 2),
    "wide.png": lambda: picture(3, 2),
    "foreign.safetensors": lambda: save({"w": np.ones(2)}),
    "loop.onnx": lambda: model_of("Loop"),
    "mirror.onnx": lambda: model_of("Pad", mode="reflect", pads=[1, 1]),
    "relu.onnx": lambda: model_of("Relu"),
}
"""Binary and large files, made for the specs that name them."""


def model_of(operator: str, **attributes: Any) -> bytes:
    """A model of ONNX with one node."""
    from onnx import TensorProto, helper  # a second of imports, for three pairs

    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [3]) for name in "xy")
    graph = helper.make_graph([helper.make_node(operator, ["x"], ["y"], **attributes)], "one", [x], [y])
    return bytes(helper.make_model(graph).SerializeToString())


def raises(error: BaseException) -> Callable[..., NoReturn]:
    def failing(*arguments: object, **named: object) -> NoReturn:
        raise error

    return failing


FULL = OSError(errno.ENOSPC, "No space left on device")


def short_lines(patch: pytest.MonkeyPatch) -> None:
    from chainrule.runtime.data.readers import text_lines

    patch.setattr(text_lines, "LONGEST_LINE", 1000)
    patch.setattr(text_lines, "PIECE", 500)


def full_for_temporary_files(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tempfile, "tempdir", "full")
    patch.setattr(tempfile, "TemporaryFile", raises(FULL))


def busy_file(patch: pytest.MonkeyPatch) -> None:
    from chainrule.runtime.data.readers import data_file

    ticks = itertools.count()
    patch.setattr(data_file.UsersFile, "_state", lambda file: next(ticks))


def busy_text(patch: pytest.MonkeyPatch) -> None:
    from chainrule.runtime.data.readers import data_file

    ticks = itertools.count()
    patch.setattr(data_file, "_state", lambda file: next(ticks))


def lock_held(patch: pytest.MonkeyPatch) -> None:
    from chainrule.runtime.runs import lock

    patch.setattr(lock, "_locked", lambda descriptor: False)


def backends_apart(patch: pytest.MonkeyPatch) -> None:
    from chainrule.runtime.checks import backends
    from chainrule.runtime.steps import backends as named

    def compared(subject: backends.Subject) -> backends.BackendDifference:
        number = subject.graph.index["total"]
        apart = backends.Differing(number, (), (200.0, 201.0), 0.005)
        return backends.BackendDifference(subject.graph, (apart,), apart)

    patch.setattr(named, "need_jax", lambda span: None)
    patch.setattr(backends, "compared", compared)


def one_device(patch: pytest.MonkeyPatch) -> None:
    """JAX is there, and finds this; no part of it is called."""
    from chainrule.program import training
    from chainrule.runtime.steps import backends, sharing

    for module in (training, backends, sharing):
        patch.setattr(module, "need_jax", lambda span: None)
    patch.setattr(sharing, "version", lambda name: "1")
    patch.setattr(sharing, "_devices", lambda: (2, "cpu"))


def nobody_comes(patch: pytest.MonkeyPatch) -> None:
    from chainrule.runtime.steps import processes

    one_device(patch)
    patch.setattr(processes, "COMING", 0.6)


def another_spec_comes(patch: pytest.MonkeyPatch) -> None:
    from chainrule.runtime.steps import processes, sharing

    def with_another(here: processes.Processes, identity: dict[str, str]) -> processes.Meeting:
        def come() -> None:
            with contextlib.suppress(SpecError):
                processes.meet(here._replace(number=1), {**identity, "data": "others"}, 5)

        threading.Thread(target=come, daemon=True).start()
        return processes.meet(here, identity, 5)

    one_device(patch)
    patch.setattr(sharing, "meet", with_another)


def another_comes(patch: pytest.MonkeyPatch) -> None:
    from chainrule.runtime.steps import sharing

    one_device(patch)
    patch.setattr(sharing, "together", lambda processes, identity: contextlib.nullcontext())


def another_is_killed(patch: pytest.MonkeyPatch) -> None:
    from chainrule.runtime.steps import sharing
    from chainrule.runtime.steps.sharing_faults import LOST

    one_device(patch)
    patch.setattr(sharing, "meet", raises(SpecError([LOST.at(None, who="process 1", how="has ended")])))


def no_graphviz(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(sys.modules, "pygraphviz", None)
    patch.setattr(shutil, "which", lambda name: None)


def broken_checker(error: BaseException) -> Callable[[pytest.MonkeyPatch], None]:
    from chainrule.compiler import compile as compiling

    return lambda patch: patch.setattr(compiling, "build", raises(error))


WORLDS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "lines may have a thousand characters": short_lines,
    "the packages that ship data are not installed": lambda patch: patch.setattr(
        importlib.util, "find_spec", lambda name: None
    ),
    "jax computes something else": backends_apart,
    "JAX finds two devices": one_device,
    "no other process comes": nobody_comes,
    "another process reads other data": another_spec_comes,
    "another process comes": another_comes,
    "another process is killed": another_is_killed,
    "jax is not installed": lambda patch: patch.setattr(importlib.util, "find_spec", lambda name: None),
    "temporary files find the disk full": full_for_temporary_files,
    "somebody writes into the data": busy_file,
    "somebody writes into a file that is read": busy_text,
    "the disk is full": lambda patch: patch.setattr(os, "fsync", raises(FULL)),
    "standard output goes to a full disk": lambda patch: patch.setattr(output, "say", raises(FULL)),
    "nobody reads any more": lambda patch: patch.setattr(output, "say", raises(BrokenPipeError())),
    "another process holds the lock": lock_held,
    "Ctrl-C is pressed": broken_checker(KeyboardInterrupt()),
    "there is no memory": broken_checker(MemoryError()),
    "the compiler divides by zero": broken_checker(ZeroDivisionError("division by zero")),
    "Pillow is not installed": lambda patch: patch.setitem(sys.modules, "PIL", None),
    "onnx is not installed": lambda patch: patch.setitem(sys.modules, "onnx", None),
    "matplotlib is not installed": lambda patch: patch.setitem(sys.modules, "matplotlib", None),
    "Graphviz is not installed": no_graphviz,
}
"""What no file can cause, by the words of `# while: ...`."""

# --- the pairs --------------------------------------------------------------------------------------------------

KINDS: dict[str, Callable[[Path], Iterable[Diagnostic]]] = {
    "syntax": syntax,
    "compile": compiled,
    "advice": advice,
    "script": scripted,
    "data": commanded,
    "run": commanded,
    "cli": commanded,
}
"""How the faults of a folder's files are found; files are named without their folder."""

CASES = sorted(path for kind in KINDS for path in (FOLDER / kind).glob("*.graph"))


def said(diagnostics: Iterable[Diagnostic]) -> str:
    return "".join(f"{render(diagnostic)}\n" for diagnostic in diagnostics)


def answer(path: Path) -> tuple[Diagnostic, ...]:
    return tuple(KINDS[path.parent.name](path))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_says_what_is_written_beside_it(path: Path) -> None:
    found = answer(path)
    assert said(found) == path.with_suffix(".err").read_text(encoding="utf-8")
    for diagnostic in found:
        for where in (diagnostic.where, *(note.where for note in diagnostic.notes)):
            assert_inside(where, path)


def assert_inside(where: Span | Place | None, path: Path) -> None:
    """A span lies inside its text, a place in a data file on one of its lines; rows of a script are no file."""
    if isinstance(where, Span):
        assert 0 <= where.start <= where.stop <= len(where.source.text)
    elif where is not None and where.line and where.file != ROWS:
        file = next(
            (each for each in (path.parent / "files" / where.file, path.parent / where.file) if each.exists()), None
        )
        lines = (file.read_bytes() if file else MADE[where.file]()).split(b"\n")
        assert 1 <= where.line <= len(lines)
        assert 0 <= where.column <= len(lines[where.line - 1]) + 1


def test_no_answer_stands_alone() -> None:
    assert {path.with_suffix(".graph") for kind in KINDS for path in (FOLDER / kind).glob("*.err")} == set(CASES)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_answers_hold_nothing_of_a_machine(path: Path) -> None:
    text = path.with_suffix(".err").read_text(encoding="utf-8")
    paths = re.findall(r"(?:^|[\s`'\"(])(/\w[\w/.]*|[A-Z]:\\\S*)", text)
    assert all(each in path.read_text(encoding="utf-8") for each in paths), paths
    assert not re.search(r"\d\.\d{12,}|0x[0-9a-f]{6,}", text), "the bits of a number, or an address"


# --- every fault ------------------------------------------------------------------------------------------------


def every_fault() -> dict[str, Fault]:
    """The faults of all faults files, by code."""
    found: dict[str, Fault] = {}
    for path in sorted(ROOT.rglob("*faults.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] in ("tests", "benchmarks") or any(part.startswith((".", "build")) for part in parts):
            continue
        module = importlib.import_module(".".join(("chainrule", *parts)))
        for fault in {id(each): each for each in vars(module).values() if isinstance(each, Fault)}.values():
            assert fault.code not in found, f"{fault.code} stands twice"
            assert fault in module.FAULTS, f"{fault.code} is not in FAULTS of {path.name}"
            found[fault.code] = fault
    return found


EVERY = every_fault()


def test_each_code_has_a_pair() -> None:
    shown = set(re.findall(r"^(?:\S.*?: )?(?:error|warning|hint) (G\d{3}): ", "".join(
        path.with_suffix(".err").read_text(encoding="utf-8") for path in CASES
    ), re.MULTILINE))  # fmt: skip
    page = importlib.import_module("chainrule.play.faults")  # these are answers to messages of a page
    assert set(EVERY) - {fault.code for fault in page.FAULTS} == shown - {fault.code for fault in page.FAULTS}


@pytest.mark.parametrize("fault", EVERY.values(), ids=lambda fault: fault.code)
def test_each_code_is_explained(fault: Fault) -> None:
    assert known_faults()[fault.code] is fault
    for text in (fault.cause, fault.fix):
        assert len(text.split()) > 1
        assert text in text_of(fault)
    assert fault.example.endswith("\n") or fault.code in WITHOUT_EXAMPLE
    assert not set(re.findall(r"\{(\w+)\}", fault.template)) - set(fault.facts)


WITHOUT_EXAMPLE = {
    "G001": "no text can be shown of a file that is not there",
    "G002": "the text would not be UTF-8",
    "G005": "the text would be too long",
    "G006": "the text would be too long",
}


if __name__ == "__main__":
    for case in CASES:
        case.with_suffix(".err").write_text(said(answer(case)), encoding="utf-8")
