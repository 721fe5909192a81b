"""Syntax -> text: the canonical layout of a file."""

from .formatter import Layout
from .syntax import Block, Broken, Module


def write(module: Module) -> str:
    """The file in canonical layout: the author's lines, comments and doc lines, our spaces and indentation.

    A file with faults comes back as it is.
    """
    bodies = [block.body for block in module.statements if isinstance(block, Block)]
    if any(isinstance(statement, Broken) for body in (module.statements, *bodies) for statement in body):
        return module.source.text
    layout = Layout(module)
    for piece in layout.pieces:
        layout.add(piece)
    return layout.text()
