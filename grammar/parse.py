"""Text -> Module: lark's LALR parser over our scanner; syntax classes are made while it reads, and it reads on after
a fault."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from lark.exceptions import UnexpectedToken
from lark.grammar import NonTerminal, Rule, Terminal
from lark.parsers.lalr_analysis import IntParseTable, Reduce, Shift
from lark.parsers.lalr_parser_state import ParseConf, ParserState

from .build import Action, action
from .characters import Names, cleaned
from .diagnostic import Diagnostic, Note, SpecError
from .faults import (
    FURTHER_FAULTS,
    NO_RETURN,
    NOT_OPENED,
    RETURN_NOT_LAST,
    SEMICOLON,
    UNCLOSED,
    VERSION,
    WRONG_CLOSER,
)
from .limits import LIMITS, Limits
from .mistakes import explained
from .read import decode, read_source
from .recover import broken
from .scan import CLOSES, Opener, OverBudget, Scanner, Token, Vocabulary
from .source import Source, Span
from .syntax import Block, Broken, Entry, Expression, Module, Section, Statement
from .tables import load

__all__ = ["decode", "parse", "parse_expression", "read_source"]

RECOVERS = ("statement", "member", "entry")  # what a broken statement stands for, by the list that it is in
ONLY_IN_FILES = {"INPUT", "OUTPUT", "DIM", "BLOCK", "DATA", "TRAIN", "EXPECT", "USE", "CHAINRULE"}


class Production(Rule):
    """A rule of the grammar, equal to itself alone: lark looks it up at every reduction."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Parser:
    """What does not change from text to text: tables, vocabulary, and an action for each rule."""

    def __init__(self) -> None:
        tables = load()
        rules = [
            Production(NonTerminal(rule.name), [(Terminal if s.isupper() else NonTerminal)(s) for s in rule.symbols])
            for rule in tables.rules
        ]
        self.states = {
            number: {symbol: (Shift, n) if shifts else (Reduce, rules[n]) for symbol, (shifts, n) in row.items()}
            for number, row in enumerate(tables.states)
        }
        self.table: Any = IntParseTable(self.states, tables.starts, tables.ends)  # type: ignore[no-untyped-call]  # lark's
        self.actions: dict[Any, Action] = {made: action(rule) for made, rule in zip(rules, tables.rules, strict=True)}
        self.vocabulary = Vocabulary(tables)

    def begin(self, start: str) -> Any:
        """Lark's parser before the first token."""
        tokens_are_fed: Any = None
        return ParserState(ParseConf(self.table, self.actions, start), tokens_are_fed)


@cache
def parser() -> Parser:
    """The parser, made when it is first needed."""
    return Parser()


@contextmanager
def collection_paused() -> Iterator[None]:
    """Without cyclic garbage collection: it would walk the growing syntax again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def parse(source: Source, limits: Limits = LIMITS) -> tuple[Module, tuple[Diagnostic, ...]]:
    """The module of a text, as far as it could be read, and all its faults in the order of the text."""
    with collection_paused():
        reading = Reading(source, limits)
        reading.read("module")
    header, statements = reading.result or (None, ())
    comments = tuple(sorted(reading.scanner.comments, key=lambda comment: comment.start))
    module = complete(Module(source, header, tuple(statements), comments))
    faults = [*reading.faults, *structural(module)]
    return module, tuple(sorted(faults, key=offset))


def parse_expression(source: Source, limits: Limits = LIMITS) -> Expression:
    """The expression that a text consists of, as given on the command line. Raises SpecError."""
    reading = Reading(source, limits)
    reading.read("value")
    if reading.faults:
        raise SpecError(reading.faults)
    expression: Expression = reading.result
    return expression


def offset(diagnostic: Diagnostic) -> int:
    return diagnostic.where.start if isinstance(diagnostic.where, Span) else 0


class Reading:
    """One text on its way through the parser."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.faults: list[Diagnostic] = []
        self.result: Any = None
        self.parser = parser()
        self.names = Names(source, self.report)
        text = cleaned(source, self.report)
        self.scanner = Scanner(source, text, self.parser.vocabulary, limits, self.names, self.report)

    def report(self, fault: Diagnostic) -> None:
        """Keep a fault; past the limit nothing more is read."""
        self.faults.append(fault)
        if len(self.faults) > self.limits.faults:
            raise OverBudget(FURTHER_FAULTS.at(fault.where, limit=self.limits.faults))

    def read(self, start: str) -> None:
        """Read the whole text; `result` is what the start rule makes, None where it can't be made."""
        lark = self.parser.begin(start)
        position: int | None = 0
        try:
            while position is not None:
                position = self.read_on(lark, position)
            self.names.compare()
        except OverBudget as full:
            self.faults.append(full.diagnostic)
            self.give_up(lark)

    def read_on(self, lark: Any, position: int) -> int | None:
        """Read up to the next fault: where to go on after it, None at the end."""
        feed = lark.feed_token
        end = Token("$END", "", len(self.source.text), len(self.source.text))
        token = end
        try:
            for token in self.scanner.tokens(position):
                feed(token)
            token = end
            self.result = feed(end, True)
        except UnexpectedToken:
            return self.recover(lark, token)
        return None

    def give_up(self, lark: Any) -> None:
        """End the module with what was read so far."""
        if self.replace(lark, ("statement",), self.scanner.statement, len(self.source.text)):
            end = len(self.source.text)
            self.result = lark.feed_token(Token("$END", "", end, end), True)

    # --- after a fault ------------------------------------------------------------------------------------------

    def recover(self, lark: Any, token: Token) -> int | None:
        """Report a fault and put a Broken in the place of its statement: where to read on, None if nowhere."""
        scanner = self.scanner
        start = scanner.statement
        body = scanner.openers[0] if scanner.openers and scanner.openers[0].body else None
        values = scanner.values_open()
        if values and self.closes_too_late(values[-1], token):
            self.report_once(start, token, UNCLOSED.at(self.at(values[-1]), symbol=values[-1].symbol))
            position = token.start if token.type in ("$END", "RBRACE") else scanner.line_start(token.start)
            del scanner.openers[len(scanner.openers) - len(values) :]
            return position if self.replace(lark, RECOVERS, start, position) else None
        if body and not values and self.leaves_body(token):
            self.report(UNCLOSED.at(self.at(body), symbol="{"))
            scanner.openers.clear()
            return token.start if self.replace(lark, ("statement",), scanner.outer, token.start) else None
        self.report_once(start, token, self.fault(lark.position, token, values))
        position = scanner.skip(token.start)
        return position if self.replace(lark, RECOVERS, start, position) else None

    def report_once(self, start: int, token: Token, fault: Diagnostic) -> None:
        """Report a fault unless a word of its statement was already refused."""
        if not any(start <= offset(earlier) <= token.stop for earlier in self.faults):
            self.report(fault)

    def at(self, opener: Opener) -> Span:
        return Span(self.source, opener.start, opener.start + 1)

    def closes_too_late(self, opener: Opener, token: Token) -> bool:
        """Whether the fault at a token comes from a bracket that was not closed before it."""
        if token.start >= len(self.source.text):
            return True
        if token.type == "RBRACE" and opener.symbol != "{":
            return self.scanner.openers[0].body
        line = self.scanner.line_start(token.start)
        return line > opener.start and self.scanner.starts_statement(line)

    def leaves_body(self, token: Token) -> bool:
        """Whether a token shows that the braces of a block or section were not closed before it."""
        if token.type == "$END":
            return True
        scanner = self.scanner
        column = token.start - scanner.line_start(token.start)
        outer = scanner.outer - scanner.line_start(scanner.outer)
        first = not scanner.text[token.start - column : token.start].strip()
        return first and token.type in ONLY_IN_FILES and token.start == scanner.statement and column <= outer

    def fault(self, state: int, token: Token, opened: list[Opener]) -> Diagnostic:
        """What is wrong with a token that the parser can't take."""
        span = Span(self.source, token.start, token.stop)
        if token.text in CLOSES and not opened and not (token.text == "}" and self.scanner.openers):
            return NOT_OPENED.at(span, symbol=token.text)
        if token.text in CLOSES and opened and opened[-1].symbol != CLOSES[token.text]:
            note = Note("this is open", self.at(opened[-1]))
            return WRONG_CLOSER.at(span, symbol=token.text, opener=opened[-1].symbol, notes=[note])
        if token.type == "BAD" and token.text == ";":
            return SEMICOLON.at(span)
        return explained(self.source, state, token)

    def replace(self, lark: Any, kinds: tuple[str, ...], start: int, stop: int) -> bool:
        """Give up what was read of a statement and put a Broken in its place; False where there is no statement."""
        states, values, rows = lark.state_stack, lark.value_stack, self.parser.states
        while states:
            kind = next((kind for kind in kinds if kind in rows[states[-1]]), None)
            if kind is not None:
                states.append(rows[states[-1]][kind][1])
                values.append(broken(self.scanner.text, start, stop))
                return True
            states.pop()
            del values[len(states) - 1 :]
        return False


def complete(module: Module) -> Module:
    """The module with a section's broken entries as a Broken of its own, after the section."""
    statements: list[Statement] = []
    for statement in module.statements:
        if isinstance(statement, Section) and any(isinstance(entry, Broken) for entry in statement.entries):
            entries = tuple(entry for entry in statement.entries if isinstance(entry, Entry))
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
        yield VERSION.at(span, version=source.text[span.start : span.stop].split()[1])
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
