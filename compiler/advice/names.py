"""Blocks of a file that go before operations, and blocks of the library, that came later."""

from collections.abc import Iterator

from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Span
from ...grammar.syntax import Block, Name, Use
from ..elaborate.other_tools import layers
from ..graph.signatures import INITIALISERS, INITIALISERS_OF_0_1_0
from ..library import shipped
from ..ops.table import find
from . import faults
from .adviser import Adviser


def hidden_names(adviser: Adviser) -> Iterator[Diagnostic]:
    """A finding for each block that has the name of what came later; of those of 0.1.0 no block may have the name."""
    module = adviser.module
    blocks = [each for each in module.statements if isinstance(each, Block)]
    uses_library = bool(blocks) and any(
        isinstance(each, Use) and isinstance(each.path, Name) and each.alias is None for each in module.statements
    )
    for block in blocks:
        if not (what := _hidden(block.name.name, uses_library)):
            continue
        span = Span(module.source, block.name.start, block.name.stop)
        hint = faults.advised(faults.HIDDEN_NAME)
        yield faults.HIDDEN_NAME.at(span, hint=hint, name=block.name.name, what=what)


def _hidden(name: str, uses_library: bool) -> str:
    """What a block goes before, in words; nothing where its name is its own."""
    operation = find(name)
    if operation is not None and operation.written:
        return "the operation"
    if name in INITIALISERS and name not in INITIALISERS_OF_0_1_0:
        return "the initialiser"
    later = uses_library and name in layers() and name not in shipped.OF_0_1_0
    return "the block of the library" if later else ""
