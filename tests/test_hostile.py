"""Hostile texts, a hundredth of what `benchmarks/hostile.py` asks for: each gets an answer with a place in the file."""

import importlib.util
import tracemalloc
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import chainrule
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source, Span
from chainrule.grammar.spec_error import SpecError

BENCHMARK = Path(__file__).parent.parent / "benchmarks" / "hostile.py"
SCALE = 0.01

CODES = {
    "openers, 100,000": "G020",
    "closers, 100,000": "G021",
    "nested lists, 100,000": "G118",
    "a line of 10 MB: a number": "G012",
    "repeat 1000000000": "G118",
    "repeats in repeats": "G118",
    "repeats in repeats, 100,000 deep": "G118",
    "a repeat of as many as a block is given": "G118",
    "the same, a thousand times": "G118",
    "the same, by arithmetic": "G118",
    "repeats of a name that nothing has": "G103",
    "repeats in repeats, 5,000 digits": "G118",
    "a block that is passed on and doubles": "G118",
    "a block that calls itself": "G114",
    "a file that uses itself": "G115",
    "parameters of 10^18 bytes": "G118",
    "5,000-digit integers": "G012",
    "5,000-digit sizes": "G012",
    "5,000-digit powers": "G304",
    "products of constants": "G304",
    "1e999": "G012",
    "UTF-16": "G002",
    "NUL": "G003",
    "lone CR": "G004",
    "bidirectional controls": "G003",
    "look-alike names": "G015",
    "zero-width characters": "G003",
    "non-ASCII digits": "G013",
}
"""What some of them are told first."""


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hostile", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CASES = {case.name: case for case in benchmark().CASES}


def answer(path: Path) -> tuple[Diagnostic, ...]:
    try:
        return tuple(chainrule.load(path).diagnostics)
    except SpecError as error:
        return error.diagnostics


@pytest.mark.parametrize("name", CASES)
def test_each_gets_an_answer_at_a_place(name: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.graph"
    text: Any = CASES[name].make(SCALE)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    found = answer(path)
    assert len(found) <= 210  # a hundred characters that may not stand there, a hundred other faults
    for diagnostic in found:
        where = diagnostic.where
        assert len(diagnostic.message) < 1000
        if isinstance(where, Span):
            assert 0 <= where.start <= where.stop <= len(where.source.text)
    if name in CODES:
        assert found[0].code == CODES[name]


def test_the_codes_belong_to_cases() -> None:
    assert CODES.keys() <= CASES.keys()


def test_blocks_that_double_are_refused_before_they_grow() -> None:
    tracemalloc.start()
    with pytest.raises(SpecError) as caught:
        chainrule.compile(CASES["blocks that double"].make(1.0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.diagnostics[0].code == "G118"
    assert peak < 5e6


@pytest.mark.parametrize("opener", ["(", "[", "exp(", "x -> repeat 2 {", "[1, (2"])
@pytest.mark.parametrize("before", ["", "a = 1\n", "## doc\n", "block f(x) { ", "train { "])
def test_a_bracket_open_at_the_very_end(before: str, opener: str) -> None:
    """Without a newline after it the end of the file lies on the statement's own line."""
    _, found = parse(Source("open.graph", f"{before}b = {opener}"))
    assert found[0].code in ("G020", "G030")


@pytest.mark.parametrize("path", sorted(BENCHMARK.parents[1].glob("specs/*.graph")), ids=lambda path: path.stem)
def test_specs_cut_off_anywhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for stop in range(0, len(text), 29):
        parse(Source(path.name, text[:stop]))
