"""Any bytes into the front end, for as long as one likes: parser, layout and checker under atheris.

    python -m venv fuzz && fuzz/bin/pip install -e . atheris
    fuzz/bin/python benchmarks/fuzz_frontend.py -runs=20000000

Words after the name go to libFuzzer (`-max_total_time=600` for ten minutes; folders are corpora). Unless told
otherwise: a hang is 1 s on one text, memory is 512 MB, a text is at most 1,000 bytes. The corpus starts from the specs,
the library and the errors that tests hold. It stops at the first text with which one of these does not hold:

- nothing is raised but SpecError, and each diagnostic lies inside the file;
- the canonical layout of a text without faults reads back to the same syntax, and lays out to itself.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["chainrule"]):
    from chainrule.compiler.build import build
    from chainrule.compiler.elaborate.limits import Limits
    from chainrule.compiler.files.loading import FileLoader
    from chainrule.grammar.diagnostic import Diagnostic
    from chainrule.grammar.limits import Limits as TextLimits
    from chainrule.grammar.parse import decode, parse
    from chainrule.grammar.render import render
    from chainrule.grammar.source import Source, Span
    from chainrule.grammar.spec_error import SpecError
    from chainrule.grammar.syntax import Module
    from chainrule.grammar.write import write

ROOT = Path(__file__).parent.parent
LIMITS = Limits(nodes=3000, expanded=1000, parameter_bytes=1_000_000, block_depth=16, use_depth=4, files=4)
TEXT_LIMITS = TextLimits(tokens=5000, nesting=2000, faults=20)
WORDS = """
chainrule dim const input param output block use data train expect return repeat as int real within after
minimize optimizer groups group frozen epochs steps batch sampling schedule report metrics stop precision seed exact
hold_out sgd(lr adam( every( early( cosine( csv( npz( spiral( he() zeros() normal( uniform( chainrule.layers dense(
add mul relu sigmoid softmax-loss cross-entropy affine matmul sum( axis one-hot( transpose( accuracy(
-> ** == <= >= ## # ; { } ( ) [ ] , : = @ " d( )/d( 1e999 1e-3 .5 2. [N,
... [..., [0] [-1] [:, [::-1] [1:] [:-1] [0, (x)[ ][ reshape( expand( concat(
"""
"""What libFuzzer puts in and exchanges as a whole."""

FLAGS = {"-timeout": "1", "-rss_limit_mb": "512", "-max_len": "1000", "-only_ascii": "0"}


def one_input(data: bytes) -> None:
    try:
        source = decode(data, "fuzz.graph")
    except SpecError as error:
        check(error.diagnostics)
        return
    module, found = parse(source, TEXT_LIMITS)
    check(found)
    failed = any(diagnostic.severity == "error" for diagnostic in found)
    if not failed:
        check_layout(module)
    try:
        _, advice = build(module, found, loader=FileLoader(module, ROOT / "specs", TEXT_LIMITS), limits=LIMITS)
        assert not failed, "a text with faults was built"
        check(advice)
    except SpecError as error:
        check(error.diagnostics)


def check(diagnostics: tuple[Diagnostic, ...]) -> None:
    for diagnostic in diagnostics:
        for where in (diagnostic.where, *(note.where for note in diagnostic.notes)):
            if isinstance(where, Span):
                assert 0 <= where.start <= where.stop <= len(where.source.text), diagnostic
        render(diagnostic)


def check_layout(module: Module) -> None:
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


def main() -> None:
    sys.setrecursionlimit(20_000)  # for `bare` alone: the texts are short
    given = {word.partition("=")[0] for word in sys.argv[1:]}
    with tempfile.TemporaryDirectory() as folder:
        corpus, words = Path(folder, "corpus"), Path(folder, "words.dict")
        corpus.mkdir()
        folders = ("specs/*.graph", "tests/errors/**/*.graph", "compiler/library/*.graph")
        for number, path in enumerate(each for pattern in folders for each in ROOT.glob(pattern)):
            (corpus / f"{number}").write_bytes(path.read_bytes())
        escaped = [word.replace("\\", "\\\\").replace('"', '\\"') for word in WORDS.split()]
        words.write_text("".join(f'"{word}"\n' for word in escaped), encoding="utf-8")
        flags = [f"{flag}={value}" for flag, value in FLAGS.items() if flag not in given]
        one_input(b"a = relu(1\n")  # the parser's tables and messages are made at the first use
        atheris.Setup([sys.argv[0], *flags, f"-dict={words}", *sys.argv[1:], str(corpus)], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
