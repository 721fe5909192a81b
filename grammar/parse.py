"""Text -> Module: the front door of this folder."""

from collections.abc import Iterator

from .diagnostic import Diagnostic
from .faults import NO_RETURN, RETURN_NOT_LAST, VERSION
from .garbage import collection_paused
from .limits import LIMITS, Limits
from .parser import Parser, offset
from .read import decode, read_source
from .source import Source, Span
from .spec_error import SpecError
from .syntax import Block, Broken, Entry, Expression, Module, Section, Statement

__all__ = ["decode", "parse", "parse_expression", "read_source"]


def parse(source: Source, limits: Limits = LIMITS) -> tuple[Module, tuple[Diagnostic, ...]]:
    """The module of a text, as far as it could be read, and all its faults in the order of the text."""
    with collection_paused():
        parser = Parser(source, limits)
        parser.read("module")
    header, statements = parser.result or (None, ())
    comments = tuple(sorted(parser.scanner.comments, key=lambda comment: comment.start))
    module = complete(Module(source, header, tuple(statements), comments))
    faults = [*parser.faults, *structural(module)]
    return module, tuple(sorted(faults, key=offset))


def parse_expression(source: Source, limits: Limits = LIMITS) -> Expression:
    """The expression that a text consists of, as given on the command line. Raises SpecError."""
    parser = Parser(source, limits)
    parser.read("value")
    if parser.faults:
        raise SpecError(parser.faults)
    expression: Expression = parser.result
    return expression


def complete(module: Module) -> Module:
    """The module with a section's broken entries as a Broken of its own, after the section."""
    statements: list[Statement] = []
    for statement in module.statements:
        if isinstance(statement, Section) and any(isinstance(entry, Broken) for entry in statement.entries):
            entries = tuple(
                entry
                for entry in statement.entries
                if isinstance(entry, Entry)  # type: ignore[redundant-expr]  # broken ones are among them until here
            )
            name = statement.name.name if statement.name else "train"
            rest = Broken("section", (name,), statement.start, statement.stop)
            statements += [statement._replace(entries=entries), rest]
        else:
            statements.append(statement)
    return module._replace(statements=tuple(statements))


def structural(module: Module) -> Iterator[Diagnostic]:
    """Faults that the grammar leaves open: the version, and where a block returns."""
    source = module.source
    if module.header and module.header.version != 1:
        span = Span(source, module.header.start, module.header.stop)
        written = span.text.removeprefix("chainrule").partition('"')[0].strip()  # `chainrule.5` is one too
        yield VERSION.at(span, version=written)
    for block in module.statements:
        if not isinstance(block, Block):
            continue
        if block.result is None:
            if not any(isinstance(statement, Broken) for statement in block.body):
                yield NO_RETURN.at(Span(source, block.name.start, block.name.stop), name=block.name.name)
            continue
        late = next((statement for statement in block.body if statement.start > block.result.start), None)
        if late is not None and late.stop > late.start:
            yield RETURN_NOT_LAST.at(Span(source, late.start, late.stop))
