"""The canonical layout: one space where spaces help, indentation by nesting, everything else as its author put it.

Made from tokens, not from syntax, so that comments, doc lines and the spelling of numbers stay.
"""

import re
import sys
from dataclasses import fields
from heapq import merge
from operator import attrgetter

from .lalr import machine
from .limits import Limits
from .scan import HEADS_WITH_BODY, Scanner, Token
from .soft_words import OPERAND_ENDS
from .syntax import Module
from .unicode.characters import Names

INDENT = 2
INDEXED = {"NAME", "PATH", "RPAR", "RSQB", "KIND"}
"""What a `[` stands right after."""
DENOMINATOR = re.compile(r"[ \t]*d[ \t]*\(")
UNLIMITED = Limits(**{field.name: sys.maxsize for field in fields(Limits)})


class Layout:
    """The text of a file as it grows, piece by piece; a piece is a token or a comment."""

    def __init__(self, module: Module) -> None:
        self.source = module.source.text
        names = Names(module.source, lambda fault: None)
        scanner = Scanner(module.source, self.source, machine().vocabulary, UNLIMITED, names, lambda fault: None)
        tokens = list(scanner.tokens(0))
        self.spread = spread_bodies(tokens, self.source)
        comments = [Token("COMMENT", comment.text, comment.start, comment.stop) for comment in module.comments]
        self.pieces = list(merge(tokens, comments, key=attrgetter("start")))
        self.parts: list[str] = []
        self.previous: Token | None = None  # the latest piece
        self.last = ""  # type of the latest token, and of the one before it
        self.head = ""  # type of the statement's first token
        self.tight = False  # no space after the latest token: a sign, or the `/` of d(y)/d(x)
        self.ended = True  # no statement is running
        self.opened: list[tuple[int, Token]] = []  # open brackets, and how far their lines are indented
        self.line = 0  # indentation of this line
        self.column = 0
        self.arrow: int | None = None  # where the statement's first `->` stands

    def text(self) -> str:
        return "".join([*self.parts, "\n"]) if self.parts else ""

    def add(self, piece: Token) -> None:
        """Write a piece after white space that its place asks for."""
        if piece.type == "NEWLINE":
            self.ended = True
            return
        closes = piece.type in ("RPAR", "RSQB", "RBRACE")
        opener = self.opened.pop() if closes else None
        self.put(self.space(piece, opener))
        if piece.type == "ARROW" and self.arrow is None and not self.opened:
            self.arrow = self.column
        self.put(self.spelled(piece))
        self.previous = piece
        if piece.type == "COMMENT":
            return
        if self.ended:
            self.head = piece.type
        sign = piece.type == "MINUS" and self.last not in OPERAND_ENDS
        self.tight = sign or self.ranges(piece) or self.derives(piece)
        self.last = piece.type
        body = piece.type == "LBRACE" and piece.start in self.spread
        if piece.type in ("LPAR", "LSQB", "LBRACE"):
            self.opened.append((self.line, piece))
        if body or piece.type == "DOC":
            self.ended, self.arrow, self.last = True, None, ""
        else:
            self.ended = False

    def put(self, text: str) -> None:
        if not text:
            return
        self.parts.append(text)
        newline = text.rfind("\n")
        self.column = len(text) - newline - 1 if newline >= 0 else self.column + len(text)
        if newline >= 0:
            self.line = self.column

    def spelled(self, piece: Token) -> str:
        """The text of a piece: numbers as written, doc lines after one space."""
        if piece.type == "NUMBER":
            return self.source[piece.start : piece.stop]
        if piece.type == "DOC":
            return f"## {piece.text[2:].strip()}".rstrip()
        return piece.text

    def space(self, piece: Token, opener: tuple[int, Token] | None) -> str:
        """The white space before a piece; `opener` is the bracket that it closes."""
        previous = self.previous
        if previous is None:
            return ""
        lines = self.source.count("\n", previous.stop, piece.start)
        if piece.type == "COMMENT" and not lines:
            return "  "
        if not self.ended:
            return self.new_line(self.deeper(piece, opener)) if lines else self.between(piece)
        self.arrow = None
        if opener is not None:  # the brace that ends a body
            return self.new_line(opener[0]) if self.spread[opener[1].start] else " "
        first = previous.type == "LBRACE" and previous.start in self.spread
        begins_line = lines or previous.type == "DOC" or piece.type == "DOC"
        if first and not self.spread[previous.start]:
            return " "
        if begins_line or first:
            blank = "\n" if lines > 1 and not first else ""
            return blank + self.new_line(self.opened[-1][0] + INDENT if self.opened else 0)
        return "; "

    def new_line(self, indentation: int) -> str:
        return "\n" + " " * indentation

    def deeper(self, piece: Token, opener: tuple[int, Token] | None) -> int:
        """The indentation of a line that goes on with a statement."""
        if opener is not None:
            return opener[0]
        if self.opened and self.opened[-1][1].start not in self.spread:
            return self.opened[-1][0] + INDENT
        if self.arrow is not None:
            return self.arrow
        return (self.opened[-1][0] + INDENT if self.opened else 0) + 2 * INDENT

    def derives(self, piece: Token) -> bool:
        """Whether a token is the `/` of d(y)/d(x)."""
        if piece.type != "SLASH" or self.head != "EXPECT" or self.last != "RPAR":
            return False
        return DENOMINATOR.match(self.source, piece.stop) is not None

    def ranges(self, piece: Token) -> bool:
        """Whether a token is the colon of an index."""
        return piece.type == "COLON" and bool(self.opened) and self.opened[-1][1].type == "LSQB"

    def between(self, piece: Token) -> str:
        """The space between two tokens of a line."""
        kind, last = piece.type, self.last
        if last in ("LPAR", "LSQB") or kind in ("RPAR", "RSQB", "COMMA") or self.tight or self.derives(piece):
            return ""
        if kind == "COLON":
            return " " if last == "COMMA" else ""  # `x[0, :]`
        if (kind == "LPAR" and last in ("NAME", "PATH", "OPERATION")) or (kind == "LSQB" and last in INDEXED):
            return ""
        return " "


def spread_bodies(tokens: list[Token], source: str) -> dict[int, bool]:
    """Where the braces of blocks and sections open, and whether they spread over several lines."""
    bodies: dict[int, bool] = {}
    opened: list[tuple[int, bool]] = []
    head = ""
    begins = True
    for token in tokens:
        if token.type == "DOC":
            continue
        if begins and token.type not in ("NEWLINE", "RBRACE"):
            head, begins = token.type, False
        if token.type in ("LPAR", "LSQB", "LBRACE"):
            body = token.type == "LBRACE" and not opened and head in HEADS_WITH_BODY
            opened.append((token.start, body))
            begins = begins or body
        elif token.type in ("RPAR", "RSQB", "RBRACE") and opened:
            start, body = opened.pop()
            if body:
                bodies[start] = "\n" in source[start : token.start]
        elif token.type == "NEWLINE":
            begins = True
    return bodies
