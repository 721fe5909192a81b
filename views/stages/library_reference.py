"""The text of docs/layers.md, made from the doc lines of layers.graph."""

from ...compiler.library.shipped import LIBRARY
from ...grammar.parse import parse
from ...grammar.source import Source
from ...grammar.syntax import Block, Module

INTRODUCTION = """# Layers

`use chainrule.layers` brings these blocks into a spec; with `use chainrule.layers as L` they are called `L.dense` and
so on. The library is [a spec](../compiler/library/layers.graph) itself: this page is made from its doc lines.

Sizes in brackets are read off the argument, `N` being the rows. What a block owns is found under the name of its call:
`h = x -> dense(100)` owns `h.W` and `h.b`. Every call owns its own; to share weights, declare a `param` and pass it in.
"""


def page() -> str:
    """The text of docs/layers.md: each block's doc lines, and the block as it is written."""
    module = shipped()
    blocks = [statement for statement in module.statements if isinstance(statement, Block)]
    return "\n".join([INTRODUCTION, *(section(block, module.source) for block in blocks)])


def shipped() -> Module:
    """The library, parsed."""
    text = (LIBRARY / "layers.graph").read_text(encoding="utf-8")
    module, _ = parse(Source("chainrule.layers", text))
    return module


def section(block: Block, source: Source) -> str:
    doc = "\n".join(line.removeprefix(" ") for line in block.doc)
    return f"## {block.name.name}\n\n{doc}\n\n```\n{source.text[block.start : block.stop]}\n```\n"
