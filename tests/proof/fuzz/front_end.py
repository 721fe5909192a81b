"""What must hold of any bytes that the front end is given.

- Nothing is raised but SpecError, and each diagnostic lies inside the file.
- The canonical layout of a text without faults reads back to the same syntax, and lays out to itself.
"""

from pathlib import Path

from chainrule.compiler.build import build
from chainrule.compiler.elaborate.budget import Limits
from chainrule.compiler.files.loading import FileLoader
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.limits import Limits as TextLimits
from chainrule.grammar.parse import decode, parse
from chainrule.grammar.render import render
from chainrule.grammar.source import Source, Span
from chainrule.grammar.spec_error import SpecError
from chainrule.grammar.syntax import Module
from chainrule.grammar.write import write

ROOT = Path(__file__).parents[3]
LIMITS = Limits(nodes=3000, expanded=1000, parameter_bytes=1_000_000, block_depth=16, use_depth=4, files=4)
TEXT_LIMITS = TextLimits(tokens=5000, nesting=2000, faults=20)
SEEDS = ("specs/*.graph", "tests/errors/**/*.graph", "compiler/library/*.graph")
"""Where texts begin from."""


def hold_text(data: bytes) -> str:
    """Reads, lays out and builds a text; says how far it came. Raises AssertionError and whatever should not come."""
    try:
        source = decode(data, "fuzz.graph")
    except SpecError as error:
        hold_diagnostics(error.diagnostics)
        return "not text"
    module, found = parse(source, TEXT_LIMITS)
    hold_diagnostics(found)
    failed = any(diagnostic.severity == "error" for diagnostic in found)
    if not failed:
        hold_layout(module)
    try:
        _, advice = build(module, found, loader=FileLoader(module, ROOT / "specs", TEXT_LIMITS), limits=LIMITS)
    except SpecError as error:
        hold_diagnostics(error.diagnostics)
        return "not parsed" if failed else "not built"
    assert not failed, "a text with faults was built"
    hold_diagnostics(advice)
    return "built"


def hold_diagnostics(diagnostics: tuple[Diagnostic, ...]) -> None:
    for diagnostic in diagnostics:
        for where in (diagnostic.where, *(note.where for note in diagnostic.notes)):
            if isinstance(where, Span):
                assert 0 <= where.start <= where.stop <= len(where.source.text), diagnostic
        render(diagnostic)


def hold_layout(module: Module) -> None:
    text = write(module)
    again, found = parse(Source("laid-out.graph", text), TEXT_LIMITS)
    assert not found, f"the layout has faults: {text!r}"
    assert syntax(again) == syntax(module), f"the layout means something else: {text!r}"
    assert write(again) == text, f"the layout is not its own: {text!r}"


def syntax(module: Module) -> object:
    """A module without places."""
    return bare((module.header, module.statements))


def bare(value: object) -> object:
    """A part of the syntax without places: its own parts by name."""
    names = getattr(value, "__match_args__", None)  # of named tuples, and of dataclasses
    if names is not None:
        return (type(value).__name__, *(bare(getattr(value, name)) for name in names if name not in ("start", "stop")))
    return tuple([bare(each) for each in value]) if isinstance(value, tuple) else value
