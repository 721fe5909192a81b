"""Models of other tools as programs: `chainrule.import_onnx`."""

from pathlib import Path

from ..grammar.diagnostic import shown
from ..grammar.spec_error import SpecError
from ..runtime.exchange.faults import NO_TEXT
from ..runtime.exchange.onnx_import import Imported, imported
from ..views.stages.graph_text import graph_text
from .front_door import compile
from .program import Program


def import_onnx(path: str | Path) -> Program:
    """A program from a model of ONNX, with its weights; `program.spec.source.text` is the spec that it became.

    Names are those of the model, as far as they are names of the language. `program.save` writes text and weights
    as a model file. Raises SpecError where an operator can't be said, and without the extra `onnx`; OSError.
    """
    file = Path(path)
    found = imported(file)
    try:
        return _program(found, file)
    except SpecError:
        found = imported(file, plain=True)  # names that the language tells apart from others of theirs
    try:
        return _program(found, file)
    except SpecError as problem:
        raise SpecError([NO_TEXT.at(None, reason=problem.diagnostics[0].message)]) from None


def _program(found: Imported, file: Path) -> Program:
    program = compile(_text(found, file), name=f"{file.stem}.graph", folder=file.parent)
    if found.values:
        program.restore(found.values, 1)
    return program


def _text(found: Imported, file: Path) -> str:
    title = shown(found.title).replace('"', "'").replace("\\", "/")
    written = f", which {shown(found.producer)} wrote" if found.producer else ""
    lines = [
        f'chainrule 1 "{title}"' if title else "chainrule 1",
        f"# Read from {shown(file.name)}{written}.",
        *(f"# The numbers of {name}: {', '.join(map(shown, texts))}." for name, texts in found.classes.items()),
    ]
    return "\n".join([*lines, graph_text(found.graph, found.outputs)])
