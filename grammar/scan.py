"""Text -> tokens: what graph.lark can't say about newlines, soft keywords, comments and doc lines."""

import re
from collections.abc import Callable, Iterator
from math import inf
from typing import NamedTuple

from .characters import Names
from .diagnostic import Diagnostic
from .faults import FOREIGN as FOREIGN_SIGN
from .faults import NUMBER_RANGE, OVER_BUDGET
from .habits import COMMENT_MEANT, SIGNS
from .limits import Limits
from .source import Source, Span
from .syntax import Comment
from .tables import Tables


class Token(NamedTuple):
    """A word or sign; `type` is its terminal in graph.lark, `BAD` where the language has none."""

    type: str
    text: str
    start: int
    stop: int


class Opener(NamedTuple):
    """A bracket that is open; a `body` brace holds statements, the others hold values."""

    symbol: str
    start: int
    body: bool


class OverBudget(Exception):
    """A limit is reached; nothing more is read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


CLOSES = {")": "(", "]": "[", "}": "{"}
BRACKETS = set("()[]{}")
HEADS_WITH_BODY = {"BLOCK", "DATA", "TRAIN"}
AFTER_OPERAND = {"as": "AS", "within": "WITHIN", "after": "AFTER"}
KINDS = {"int", "real"}
SOFT = {*AFTER_OPERAND, *KINDS, "train", "repeat"}
OPERAND_ENDS = {"NAME", "PATH", "NUMBER", "TEXT", "RPAR", "RSQB", "RBRACE"}
COMMENTS_OF_OTHERS = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/"
SIGNS_OF_OTHERS = r"/\*|:=|!=|&&|\|\||\+=|-=|\*=|/=|=>|'[^'\n]*'"

LETTER = r"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f]"  # as in graph.lark's NAME
WORD = LETTER + r"[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*"
NAMES_A_NODE = re.compile(r"[ \t]*(?:=(?!=)|,)")
COUNTS_COPIES = re.compile(rf"[ \t]+(?!as[ \t]+{LETTER})(?:[0-9(.]|{LETTER})")
BEGINS_NOTHING = re.compile(r"[ \t]*(?:->|[-+*/@([0-9\".])")  # a line that can't begin a statement

OPERATION, PATH, NAME, NUMBER, TEXT, OTHER_COMMENT, FOREIGN, SIGN, NEWLINE, COMMENT, END, STRAY = range(1, 13)
TYPES = {PATH: "PATH", OPERATION: "OPERATION", NUMBER: "NUMBER", TEXT: "TEXT", FOREIGN: "BAD", STRAY: "BAD"}


class Vocabulary:
    """What the scanner takes from the tables: signs, keywords, and one pattern for all tokens."""

    def __init__(self, tables: Tables) -> None:
        words = {word: name for name, word in tables.literals.items() if word.isalpha()}
        self.keywords = {word: name for word, name in words.items() if word not in AFTER_OPERAND and word != "repeat"}
        self.signs = {sign: name for name, sign in tables.literals.items() if not sign.isalpha()}
        self.signs |= dict.fromkeys(("==", "<=", ">=", "<", ">"), "COMPARISON")
        patterns = tables.patterns
        signs = "|".join(re.escape(sign) for sign in sorted(self.signs, key=len, reverse=True))
        groups = {
            OPERATION: patterns["OPERATION"],
            PATH: patterns["PATH"],
            NAME: patterns["NAME"],
            NUMBER: patterns["NUMBER"],
            TEXT: patterns["TEXT"],
            OTHER_COMMENT: COMMENTS_OF_OTHERS,
            FOREIGN: SIGNS_OF_OTHERS,
            SIGN: signs,
            NEWLINE: patterns["NEWLINE"],
            COMMENT: r"#[^\n]*",
            END: r"\Z",
            STRAY: r'"[^"\n]*|.',
        }
        self.pattern = re.compile(r"[ \t\r]*(?:" + "|".join(f"({groups[g]})" for g in sorted(groups)) + ")")
        self.sized = re.compile(rf"({patterns['KIND']})\[([0-9]+)\]")
        name, heads = patterns["NAME"], "|".join(self.keywords)
        assigned = rf"{name}(?:[ \t]*,[ \t]*{name})*+[ \t]*=(?!=)"
        self.statement = re.compile(rf"([ \t]*)(?:(?:{heads})[ \t]+{LETTER}|{assigned})")


class Scanner:
    """The tokens of a text, and which brackets are open while they are read."""

    def __init__(
        self,
        source: Source,
        text: str,
        words: Vocabulary,
        limits: Limits,
        check: Names,
        report: Callable[[Diagnostic], None],
    ) -> None:
        """`text` is the source's without characters that may not stand there."""
        self.source = source
        self.text = text
        self.words = words
        self.limits = limits
        self.check = check.check
        self.report = report
        self.names: dict[str, str] = {}  # as written -> canonical
        self.openers: list[Opener] = []
        self.comments: list[Comment] = []
        self.statement = 0  # where the statement that is being read began
        self.outer = 0  # where the block or section began whose body is open
        self.count = 0  # tokens before it

    def tokens(self, position: int, *, statements: bool = True) -> Iterator[Token]:
        """Tokens from a place where a statement may start, or a value; a bracket opens or closes after its token was
        taken."""
        text, names, openers = self.text, self.names, self.openers
        keywords, signs = self.words.keywords, self.words.signs
        free = bool(openers) and not openers[-1].body  # newlines mean nothing
        edge = statements  # nothing stands between here and the last end of a statement
        running = not statements  # a statement has begun and waits for its NEWLINE
        ended, goes_on = position, True  # where its line ended, and whether `->` may take it up again
        docs: list[Token] = []
        head = last = ""  # types of the statement's first token and of the latest
        ceiling = min(self.limits.tokens, self.count + self.limits.statement_tokens)
        for count, match in enumerate(self.words.pattern.finditer(text, position), self.count):
            group = match.lastindex or END
            start, stop = match.span(group)
            word = text[start:stop]
            if group == NEWLINE and not (free and word == ";"):
                if not free and not edge:
                    ended, goes_on, edge = start, True, True
                if word == ";":
                    goes_on = False
                continue
            if group == COMMENT:
                if edge and word.startswith("##"):
                    if len(docs) >= self.limits.comments:
                        raise self.over("comments", "comments", start)
                    docs.append(Token("DOC", word, start, stop))
                else:
                    self.comment(start, stop)
                continue
            if group == OTHER_COMMENT:
                said = COMMENT_MEANT if edge else SIGNS[word[:2]]
                self.report(FOREIGN_SIGN.at(Span(self.source, start, start + 2), hint=said.hint, problem=said.problem))
                continue
            if edge:
                if running and not (goes_on and word == "->"):
                    yield Token("NEWLINE", "\n", ended, ended + 1)
                    running = False
                if running or word == "}" or group == END:
                    self.demote(docs)
                elif not running:
                    self.statement, self.count = start, count
                    ceiling = min(self.limits.tokens, count + self.limits.statement_tokens)
                    head = last = ""
                    if group == NAME and word in keywords and not NAMES_A_NODE.match(text, stop):
                        head = last = keywords[word]
                    if head in ("RETURN", "CHAINRULE"):
                        self.demote(docs)
                    yield from docs
                    docs.clear()
                    running, edge = True, False
                    if head:
                        yield Token(head, word, start, stop)
                        continue
                edge = False
                if not running and not openers:
                    self.statement = start

            if count > ceiling:
                self.stop(start)
            if group == NAME:
                kind = "NAME"
                if word in SOFT:
                    if last == "COLON":
                        kind = "KIND" if word in KINDS else kind
                    elif last in OPERAND_ENDS:
                        kind = AFTER_OPERAND.get(word, kind)
                    elif word == "train" and last == "AFTER":
                        kind = "TRAIN"
                    elif word == "repeat" and (last == "ARROW" or (last == "LBRACE" and free)):
                        kind = "REPEAT" if COUNTS_COPIES.match(text, stop) else kind
                name = names.get(word)
                if name is None:
                    name = names[word] = self.check(word, start)
                yield Token(kind, name, start, stop)
                last = kind
            elif group == SIGN:
                last = signs[word]
                if word not in BRACKETS:
                    yield Token(last, word, start, stop)
                elif word in CLOSES:
                    if running and word == "}" and openers and openers[-1].body:
                        yield Token("NEWLINE", "\n", start, start)
                    running = True
                    yield Token(last, word, start, stop)
                    if openers and openers[-1].symbol == CLOSES[word]:
                        openers.pop()
                    free = bool(openers) and not openers[-1].body
                else:
                    body = word == "{" and not openers and head in HEADS_WITH_BODY
                    yield Token(last, word, start, stop)
                    if len(openers) >= self.limits.nesting:
                        raise self.over("nesting", "brackets inside one another", start)
                    openers.append(Opener(word, start, body))
                    free = not body
                    if body:
                        edge, running, self.outer = True, False, self.statement
            elif group == END:
                if running:
                    yield Token("NEWLINE", "\n", start, start)
                return
            elif last == "COLON" and (sized := self.words.sized.fullmatch(word)):  # a kind, not a path
                yield Token("KIND", sized[1], start, start + len(sized[1]))
                yield Token("LSQB", "[", start + len(sized[1]), start + len(sized[1]) + 1)
                yield Token("NUMBER", sized[2], stop - 1 - len(sized[2]), stop - 1)
                yield Token("RSQB", "]", stop - 1, stop)
                last = "RSQB"
            else:
                last = TYPES.get(group, "BAD")
                if group == PATH:
                    name = names.get(word)
                    if name is None:
                        name = names[word] = self.check(word, start)
                    word = name
                elif group == NUMBER:
                    word = self.number(word, start)
                yield Token(last, word, start, stop)

    def comment(self, start: int, stop: int) -> None:
        """Keep a comment."""
        if len(self.comments) >= self.limits.comments:
            raise self.over("comments", "comments", start)
        text = self.text
        alone = not text[text.rfind("\n", 0, start) + 1 : start].strip()
        comment = text[start:stop].rstrip()
        self.comments.append(Comment(comment, alone, start, start + len(comment)))

    def demote(self, docs: list[Token]) -> None:
        """Doc lines with no statement under them are comments."""
        for doc in docs:
            self.comment(doc.start, doc.stop)
        docs.clear()

    def number(self, word: str, start: int) -> str:
        """A number that is in range, itself; 1 in the place of any other."""
        if len(word) > 300 or "e" in word or "E" in word:
            value = float(word)
            if value == inf or (value == 0 and word.lower().partition("e")[0].strip("0.")):
                short = word if len(word) <= 40 else f"{word[:20]}...{word[-10:]}"
                self.report(NUMBER_RANGE.at(Span(self.source, start, start + len(word)), number=short))
                return "1"
        return word

    def stop(self, start: int) -> None:
        """Say which budget of tokens is used up."""
        if start - self.statement and self.count + self.limits.statement_tokens < self.limits.tokens:
            raise self.over("statement_tokens", "words and signs in one statement", start)
        raise self.over("tokens", "words and signs in one file", start)

    def over(self, name: str, what: str, start: int) -> OverBudget:
        """The end of reading at a limit."""
        limit = getattr(self.limits, name)
        hint = f"if it is meant, raise the limit: CHAINRULE_LIMITS={name}={2 * limit}"
        return OverBudget(OVER_BUDGET.at(Span(self.source, start, start), hint=hint, limit=limit, what=what, name=name))

    # --- after a fault ------------------------------------------------------------------------------------------

    def values_open(self) -> list[Opener]:
        """The brackets that are open inside the statement."""
        return self.openers[1:] if self.openers and self.openers[0].body else self.openers[:]

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def starts_statement(self, line: int) -> bool:
        """Whether a line inside open brackets reads like the next statement: it is no further right than this one."""
        match = self.words.statement.match(self.text, line)
        return match is not None and len(match[1]) <= self.statement - self.line_start(self.statement)

    def skip(self, start: int) -> int:
        """Where to read on after a fault at `start`: after the statement's end, brackets that it opened considered."""
        opened = [opener.symbol for opener in self.values_open()]
        del self.openers[len(self.openers) - len(opened) :]
        text = self.text
        for match in self.words.pattern.finditer(text, start):
            group = match.lastindex or END
            place, stop = match.span(group)
            word = text[place:stop]
            if group == NEWLINE:
                ends = word == "\n" and self.starts_statement(stop) if opened else not BEGINS_NOTHING.match(text, stop)
                if ends:
                    return stop
            elif group == COMMENT:
                self.comment(place, stop)
            elif group == SIGN and word in BRACKETS:
                if word not in CLOSES:
                    opened.append(word)
                elif CLOSES[word] in opened[-1:]:
                    opened.pop()
                elif word == "}" and self.openers:
                    return place
            elif group == END:
                return place
        return len(text)
