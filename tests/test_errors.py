"""Golden pairs: errors/FOLDER/NAME.graph, and in NAME.err what is said about it.

A new case is a .graph file and `python tests/test_errors.py`, which writes the .err files again: read what it wrote.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from chainrule.compiler.advice_faults import FAULTS as ADVICE
from chainrule.compiler.build import build
from chainrule.compiler.faults import FAULTS as COMPILER
from chainrule.compiler.loading import FileLoader
from chainrule.grammar.diagnostic import Diagnostic, SpecError
from chainrule.grammar.faults import FAULTS
from chainrule.grammar.parse import parse
from chainrule.grammar.read import decode
from chainrule.grammar.render import render
from chainrule.program import compile

FOLDER = Path(__file__).parent / "errors"


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


KINDS: dict[str, Callable[[Path], Iterable[Diagnostic]]] = {"syntax": syntax, "compile": compiled, "advice": advice}
"""How the faults of a folder's files are found; files are named without their folder."""

NO_PAIR = {
    "G001": "a file that can't be read",
    "G005": "a file that is too large for a test",
    "G121": "the environment, not a file",
    "G215": "a model file, not a spec",
}
"""Codes that no golden file can show, and why."""

CASES = sorted(path for kind in KINDS for path in (FOLDER / kind).glob("*.graph"))


def said(path: Path) -> str:
    return "".join(f"{render(diagnostic)}\n" for diagnostic in KINDS[path.parent.name](path))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_says_what_is_written_beside_it(path: Path) -> None:
    assert said(path) == path.with_suffix(".err").read_text(encoding="utf-8")


def test_each_code_has_a_pair() -> None:
    shown = {diagnostic.code for path in CASES for diagnostic in KINDS[path.parent.name](path)}
    assert {fault.code for fault in (*FAULTS, *COMPILER, *ADVICE)} - shown == set(NO_PAIR)


def test_no_answer_stands_alone() -> None:
    assert {path.with_suffix(".graph") for kind in KINDS for path in (FOLDER / kind).glob("*.err")} == set(CASES)


if __name__ == "__main__":
    for case in CASES:
        case.with_suffix(".err").write_text(said(case), encoding="utf-8")
