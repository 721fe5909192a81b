"""Blocks of a file that go before operations, and blocks of the library, that came later."""

from collections.abc import Iterator

from ..grammar.diagnostic import Diagnostic
from ..grammar.source import Span
from ..grammar.syntax import Block, Name, Use
from . import advice_faults as faults
from .adviser import Adviser
from .ops.table import find
from .other_tools import layers
from .shipped import OF_0_1_0


def hidden_names(adviser: Adviser) -> Iterator[Diagnostic]:
    """A finding for each block that has the name of what came later; of those of 0.1.0 no block may have the name."""
    module = adviser.module
    blocks = [each for each in module.statements if isinstance(each, Block)]
    uses_library = any(
        isinstance(each, Use) and isinstance(each.path, Name) and each.alias is None for each in module.statements
    )
    for block in blocks:
        name = block.name.name
        operation = find(name)
        later = uses_library and name in layers() and name not in OF_0_1_0
        what = "the operation" if operation is not None and operation.written else "the block of the library"
        if what == "the operation" or later:
            span = Span(module.source, block.name.start, block.name.stop)
            yield faults.HIDDEN_NAME.at(span, hint=faults.advised(faults.HIDDEN_NAME), name=name, what=what)
