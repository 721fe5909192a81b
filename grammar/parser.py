"""One text on its way through the parser, and how it reads on after a fault."""

from collections.abc import Iterable, Iterator
from typing import Any

from lark.exceptions import UnexpectedToken

from .broken import broken, line_start, skip, starts_statement, values_open
from .diagnostic import Diagnostic, Note
from .faults import (
    FOREIGN,
    FURTHER_FAULTS,
    NOT_OPENED,
    SEMICOLON,
    STRAY_CHARACTER,
    SYNTAX,
    UNCLOSED,
    UNCLOSED_TEXT,
    WRONG_CLOSER,
)
from .lalr import machine
from .limits import Limits, OverBudget
from .mistakes import message
from .other_languages import habit
from .scan import CLOSES, Opener, Scanner, Token
from .source import Source, Span
from .suggestion import near, suggestion
from .unicode.characters import Names, cleaned, described

ONLY_IN_FILES = {"INPUT", "OUTPUT", "DIM", "BLOCK", "DATA", "TRAIN", "EXPECT", "USE", "CHAINRULE"}
OPENS = {opener: closer for closer, opener in CLOSES.items()}
HEADS = (
    "input", "param", "state", "next", "output", "const", "dim", "block", "use", "data", "train", "expect", "return",
    "chainrule",
)  # fmt: skip
"""Keywords that begin a statement."""
AFTER_HEADS = frozenset({"NAME", "PATH", "TEXT", "LBRACE"})
"""Types of the tokens that follow a keyword which begins a statement."""
AFTER_VALUES = ("within", "after")
STAGES = ("repeat",)
NOTHING = Token("", "", 0, 0)
NEXT = Token("NAME", "", 0, 0)


def mistyped(head: str, before: Token, token: Token) -> str | None:
    """A keyword that may be meant by the word at a fault, or by the one before it; `head` begins the statement."""
    heads = HEADS if token.type in AFTER_HEADS else ()
    for word, kind, keywords in (
        (head, before.type, heads),
        (token.text, token.type, AFTER_VALUES),
        (before.text, before.type, STAGES),
    ):
        if kind == "NAME" and word not in keywords and near(word, keywords):
            return suggestion(word, keywords, what="keywords")
    return None


def offset(diagnostic: Diagnostic) -> int:
    """Where a diagnostic begins; 0 for one without a place in a text."""
    return diagnostic.where.start if isinstance(diagnostic.where, Span) else 0


class Parser:
    """One text on its way through the parser."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.faults: list[Diagnostic] = []
        self.result: Any = None
        self.machine = machine()
        self.names = Names(source, self.report)
        text = cleaned(source, self.faults.append, limits.faults)
        self.scanner = Scanner(source, text, self.machine.vocabulary, limits, self.names, self.report)

    def report(self, fault: Diagnostic) -> None:
        """Keep a fault; past the limit nothing more is read."""
        self.faults.append(fault)
        if len(self.faults) > self.limits.faults:
            raise OverBudget(FURTHER_FAULTS.at(fault.where, limit=self.limits.faults))

    def read(self, start: str) -> None:
        """Read the whole text; `result` is what the start rule makes, None where it can't be made."""
        lark = self.machine.begin(start)
        position: int | None = 0
        try:
            while position is not None:
                position = self.read_on(lark, self.scanner.tokens(position, statements=start == "module"))
            self.names.compare()
        except OverBudget as full:
            self.faults.append(full.diagnostic)
            if self.result is None:
                self.give_up(lark)

    def read_on(self, lark: Any, tokens: Iterator[Token]) -> int | None:
        """Read up to the next fault: where to go on after it, None at the end."""
        feed = lark.feed_token
        end = Token("$END", "", len(self.source.text), len(self.source.text))
        before = token = NOTHING
        try:
            for token in tokens:
                feed(token)
                before = token
            token = end
            self.result = feed(end, True)
        except UnexpectedToken:
            return self.recover(lark, token, before)
        return None

    def give_up(self, lark: Any) -> None:
        """End the module with what was read so far."""
        if self.replace(lark, ("statement",), self.scanner.statement, len(self.source.text)):
            end = len(self.source.text)
            self.result = lark.feed_token(Token("$END", "", end, end), True)

    # --- after a fault ------------------------------------------------------------------------------------------

    def recover(self, lark: Any, token: Token, before: Token) -> int | None:
        """Report a fault and put a Broken in the place of its statement: where to read on, None if nowhere."""
        scanner = self.scanner
        start = scanner.statement
        body = scanner.openers[0] if scanner.openers and scanner.openers[0].body else None
        level = ("member", "entry") if body else ("statement",)
        values = values_open(scanner)
        if values and self.closes_too_late(values[-1], token):
            self.report_once(start, token, self.unclosed(values[-1]))
            at_end = token.type == "RBRACE" or token.start >= len(self.source.text)
            position = token.start if at_end else line_start(scanner, token.start)
            del scanner.openers[len(scanner.openers) - len(values) :]
            return position if self.replace(lark, level, start, position) else None
        if body and not values and self.leaves_body(token):
            self.report(self.unclosed(body))
            scanner.openers.clear()
            return token.start if self.replace(lark, ("statement",), scanner.outer, token.start) else None
        self.report_once(start, token, self.fault(lark.position, token, before, values))
        position = skip(scanner, token.start)
        return position if self.replace(lark, level, start, position) else None

    def report_once(self, start: int, token: Token, fault: Diagnostic) -> None:
        """Report a fault unless a word of its statement was already refused."""
        if not any(start <= offset(earlier) <= token.stop for earlier in self.faults):
            self.report(fault)

    def unclosed(self, opener: Opener) -> Diagnostic:
        return UNCLOSED.at(self.at(opener), hint=f"write `{OPENS[opener.symbol]}` where it ends", symbol=opener.symbol)

    def at(self, opener: Opener) -> Span:
        return Span(self.source, opener.start, opener.start + 1)

    def closes_too_late(self, opener: Opener, token: Token) -> bool:
        """Whether the fault at a token comes from a bracket that was not closed before it."""
        if token.start >= len(self.source.text):
            return True
        if token.type == "RBRACE" and opener.symbol != "{":
            return self.scanner.openers[0].body
        line = line_start(self.scanner, token.start)
        return line > opener.start and starts_statement(self.scanner, line)

    def leaves_body(self, token: Token) -> bool:
        """Whether a token shows that the braces of a block or section were not closed before it."""
        if token.type == "$END":
            return True
        scanner = self.scanner
        column = token.start - line_start(scanner, token.start)
        outer = scanner.outer - line_start(scanner, scanner.outer)
        first = not scanner.text[token.start - column : token.start].strip()
        return first and token.type in ONLY_IN_FILES and token.start == scanner.statement and column <= outer

    def fault(self, state: int, token: Token, before: Token, opened: list[Opener]) -> Diagnostic:
        """What is wrong with a token that the parser can't take."""
        span = Span(self.source, token.start, token.stop)
        if token.text in CLOSES and not opened and not (token.text == "}" and self.scanner.openers):
            return NOT_OPENED.at(span, symbol=token.text)
        if token.text in CLOSES and opened and opened[-1].symbol != CLOSES[token.text]:
            note = Note("this is open", self.at(opened[-1]))
            return WRONG_CLOSER.at(span, symbol=token.text, opener=opened[-1].symbol, notes=[note])
        if token.type == "BAD" and token.text == ";":
            return SEMICOLON.at(span)
        if token.type == "BAD" and token.text.startswith('"'):
            return UNCLOSED_TEXT.at(span)
        start = self.scanner.statement
        said = habit(token.type, token.text, before.text if before.start == start else "")
        if said is not None:
            return FOREIGN.at(span, hint=said.hint, problem=said.problem)
        if token.type == "BAD":
            return STRAY_CHARACTER.at(span, character=described(token.text))
        said = message(self.machine.situations.get(state), token.type, token.text, before.text)
        head = before.text if before.start == start else ""
        return SYNTAX.at(span, hint=mistyped(head, before, token) or said.hint, problem=said.problem)

    def replace(self, lark: Any, kinds: Iterable[str], start: int, stop: int) -> bool:
        """Give up what was read of a statement and put a Broken in its place; False where there is no statement."""
        states, values, rows = lark.state_stack, lark.value_stack, self.machine.states
        if values and isinstance(values[-1], Token) and values[-1].type == "NEWLINE" and "NAME" in rows[states[-1]]:
            lark.feed_token(NEXT)  # the statement before is whole; only what might follow it was still open
        while states:
            kind = next((kind for kind in kinds if kind in rows[states[-1]]), None)
            if kind is not None:
                states.append(rows[states[-1]][kind][1])
                values.append(broken(self.scanner.text, start, stop))
                return True
            states.pop()
            del values[len(states) - 1 :]
        return False
