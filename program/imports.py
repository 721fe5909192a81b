"""Models of other tools as programs: `chainrule.import_onnx`."""

from collections.abc import Iterator
from pathlib import Path

from ..grammar.diagnostic import shown
from ..grammar.spec_error import SpecError
from ..runtime.exchange.faults import NO_TEXT
from ..runtime.exchange.onnx_import import Imported, imported
from ..views.stages.block_text import block_text
from ..views.stages.graph_text import graph_text
from .front_door import compile
from .program import Program


def import_onnx(path: str | Path, *, flat: bool = False) -> Program:
    """A program from a model of ONNX, with its weights; `program.spec.source.text` is the spec that it became.

    Names are those of the model, as far as they are names of the language. What is repeated, each time with weights of
    its own, becomes copies of a block; `flat` writes one statement a node all the same. `program.save` writes text and
    weights as a model file. Raises SpecError where an operator can't be said, and without the extra `onnx`; OSError.
    """
    file = Path(path)
    found = imported(file)
    try:
        return _program(found, file, flat=flat)
    except SpecError:
        found = imported(file, plain=True)  # names that the language tells apart from others of theirs
    try:
        return _program(found, file, flat=flat)
    except SpecError as problem:
        raise SpecError([NO_TEXT.at(None, reason=problem.diagnostics[0].message)]) from None


def _program(found: Imported, file: Path, *, flat: bool) -> Program:
    if flat:
        statements, values = graph_text(found.graph, found.outputs), found.values
    else:
        statements, paths = block_text(found.graph, found.outputs, found.called)
        values = {paths[path]: value for path, value in found.values.items()}
    text = "\n".join([*_top(found, file), statements])
    program = compile(text, name=f"{file.stem}.graph", folder=file.parent)
    if values:
        program.restore(values, 1)
    return program


def _top(found: Imported, file: Path) -> Iterator[str]:
    """The header, and comments that say where the spec comes from."""
    title = shown(found.title).replace('"', "'").replace("\\", "/")
    written = f", which {shown(found.producer)} wrote" if found.producer else ""
    yield f'chainrule 1 "{title}"' if title else "chainrule 1"
    yield f"# Read from {shown(file.name)}{written}."
    yield from (f"# The numbers of {name}: {', '.join(map(shown, texts))}." for name, texts in found.classes.items())
