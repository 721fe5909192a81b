"""Text -> tokens: what graph.lark can't say about newlines, soft keywords, comments and doc lines.

Over 300 lines: one pass over the text, whose parts share what it has read.
"""

import re
from collections.abc import Callable, Iterator
from math import inf
from typing import NamedTuple

from .diagnostic import Diagnostic
from .faults import FOREIGN as FOREIGN_SIGN
from .faults import NUMBER_RANGE, OVER_BUDGET
from .limits import Limits, OverBudget
from .other_languages import COMMENT_MEANT, SIGNS
from .soft_words import AFTER_OPERAND, SOFT, inner_type, names_node
from .source import Source, Span
from .syntax import Comment
from .tables import Tables
from .unicode.characters import LETTER, Names


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


CLOSES = {")": "(", "]": "[", "}": "{"}
BRACKETS = set("()[]{}")
HEADS_WITH_BODY = {"BLOCK", "DATA", "TRAIN"}
COMMENTS_OF_OTHERS = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/"
SIGNS_OF_OTHERS = r"/\*|:=|!=|&&|\|\||\+=|-=|\*=|/=|=>|'[^'\n]*'"


OPERATION, PATH, NAME, NUMBER, TEXT, OTHER_COMMENT, FOREIGN, SIGN, NEWLINE, COMMENT, END, STRAY = range(1, 13)
BETWEEN_TOKENS = {NEWLINE, COMMENT, OTHER_COMMENT}
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
        self.given = re.compile(rf"({'|'.join(self.keywords)})\[([0-9]+)\]")
        name, heads = patterns["NAME"], "|".join(self.keywords)
        assigned = rf"{name}(?:[ \t]*,[ \t]*{name})*+[ \t]*=(?!=)"
        self.statement = re.compile(rf"([ \t]*)(?:(?:{heads})[ \t]+{LETTER}|{assigned})")


def listed(match: re.Match[str], kind: str, start: int) -> Iterator[Token]:
    """The tokens of a keyword and a list, `int[3]`, which stand at `start`."""
    bracket, stop = start + match.end(1), start + match.end()
    yield Token(kind, match[1], start, bracket)
    yield Token("LSQB", "[", bracket, bracket + 1)
    yield Token("NUMBER", match[2], bracket + 1, stop - 1)
    yield Token("RSQB", "]", stop - 1, stop)


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
        self.docs: list[Token] = []  # doc lines whose statement is still to come
        self.statement = 0  # where the statement that is being read began
        self.outer = 0  # where the block or section began whose body is open
        self.count = 0  # tokens before it
        self.most = 0  # tokens that there may be at its end
        self.head = ""  # type of its first token, where that is a keyword
        self.running = False  # it waits for its NEWLINE
        self.at_edge = True  # nothing was read since the last end of a statement
        self.line_end, self.goes_on = 0, True  # where the statement's line ended, and whether `->` may take it up again

    def tokens(self, position: int, *, statements: bool = True) -> Iterator[Token]:
        """Tokens from a place where a statement may start, or a value; a bracket opens or closes after its token was
        taken."""
        self.begin(position, statements=statements)
        text, names, signs = self.text, self.names, self.words.signs
        last = ""  # type of the statement's latest token
        for count, match in enumerate(self.words.pattern.finditer(text, position), self.count):
            group = match.lastindex or END
            start, stop = match.span(group)
            word = text[start:stop]
            if group in BETWEEN_TOKENS and not (word == ";" and self.inside_values):
                self.pass_over(group, word, start, stop)
                continue
            if self.at_edge:
                self.at_edge = False
                if self.running and not (self.goes_on and word == "->"):
                    yield Token("NEWLINE", "\n", self.line_end, self.line_end + 1)
                    self.running = False
                if self.running or word == "}" or group == END:
                    self.begin_none(start)
                else:
                    yield from self.begin_statement(group, word, start, stop, count)
                    if last := self.head:
                        continue
            if count > self.most:
                self.stop(start)
            if group == NAME:
                last = self.soft(word, last, stop) if word in SOFT else "NAME"
                yield Token(last, names.get(word) or self.name(word, start), start, stop)
            elif group == SIGN:
                last = signs[word]
                if word == "}" and self.running and self.openers and self.openers[-1].body:
                    yield Token("NEWLINE", "\n", start, start)
                yield Token(last, word, start, stop)
                if word in BRACKETS:
                    self.bracket(word, start)
            elif group == END:
                if self.running:
                    yield Token("NEWLINE", "\n", start, start)
                return
            elif last == "COLON" and not self.inside_index and (sized := self.words.sized.fullmatch(word)):
                yield from listed(sized, "KIND", start)  # a kind, not a path
                last = "RSQB"
            else:
                last = TYPES.get(group, "BAD")
                yield Token(last, self.meant(group, word, start), start, stop)

    # --- statements ---------------------------------------------------------------------------------------------

    def begin(self, position: int, *, statements: bool) -> None:
        """Begin where a statement may start, or inside one."""
        self.docs.clear()
        self.head = ""
        self.at_edge, self.running = statements, not statements
        self.line_end, self.goes_on = position, True
        self.most = min(self.limits.tokens, self.count + self.limits.statement_tokens)

    def pass_over(self, group: int, word: str, start: int, stop: int) -> None:
        """Take in what is no token: a comment, or the newline that may end a statement."""
        if group == OTHER_COMMENT:
            said = COMMENT_MEANT if self.at_edge else SIGNS[word[:2]]
            self.report(FOREIGN_SIGN.at(Span(self.source, start, start + 2), hint=said.hint, problem=said.problem))
        elif group == COMMENT:
            if self.at_edge and word.startswith("##"):
                self.doc(word, start, stop)
            else:
                self.comment(start, stop)
        else:
            if not self.at_edge and not self.inside_values:
                self.line_end, self.goes_on, self.at_edge = start, True, True
            if word == ";":
                self.goes_on = False

    def begin_statement(self, group: int, word: str, start: int, stop: int, count: int) -> list[Token]:
        """The doc lines of the statement that a word begins, and its keyword where the word is one."""
        keyword = group == NAME and word in self.words.keywords and not names_node(self.text, stop)
        self.statement, self.count = start, count
        self.most = min(self.limits.tokens, count + self.limits.statement_tokens)
        found = self.words.given.fullmatch(word) if group == PATH else None  # `return[0]`: no path
        self.head = self.words.keywords[word] if keyword else self.words.keywords[found[1]] if found else ""
        self.running = True
        if self.head in ("RETURN", "CHAINRULE"):
            self.demote()
        docs, self.docs = self.docs, []
        if found is not None:
            return [*docs, *listed(found, self.head, start)]
        return [*docs, Token(self.head, word, start, stop)] if keyword else docs

    def begin_none(self, start: int) -> None:
        """Go on where a statement is taken up again, or none follows."""
        self.demote()
        if not self.running and not self.openers:
            self.statement = start

    # --- brackets -----------------------------------------------------------------------------------------------

    @property
    def inside_values(self) -> bool:
        """Whether the innermost open bracket holds values: newlines mean nothing there."""
        return bool(self.openers) and not self.openers[-1].body

    @property
    def inside_index(self) -> bool:
        """Whether a colon stands in a range: no type is between `[` and `]`."""
        return bool(self.openers) and self.openers[-1].symbol == "["

    def bracket(self, symbol: str, start: int) -> None:
        """Open a bracket, or close the innermost one if it is of the symbol's kind; a NEWLINE is due after a body."""
        if symbol not in CLOSES:
            self.open(symbol, start)
            return
        self.running = True
        if self.openers and self.openers[-1].symbol == CLOSES[symbol]:
            self.openers.pop()

    def open(self, symbol: str, start: int) -> None:
        """Open a bracket; in the body of a block or section, statements start."""
        if len(self.openers) >= self.limits.nesting:
            raise self.over("nesting", "brackets inside one another", start)
        body = symbol == "{" and not self.openers and self.head in HEADS_WITH_BODY
        self.openers.append(Opener(symbol, start, body))
        if body:
            self.at_edge, self.running, self.outer = True, False, self.statement

    # --- comments -----------------------------------------------------------------------------------------------

    def doc(self, word: str, start: int, stop: int) -> None:
        """Keep a doc line for the statement that follows."""
        if len(self.docs) >= self.limits.comments:
            raise self.over("comments", "comments", start)
        self.docs.append(Token("DOC", word, start, stop))

    def demote(self) -> None:
        """Doc lines with no statement under them are comments."""
        for doc in self.docs:
            self.comment(doc.start, doc.stop)
        self.docs.clear()

    def comment(self, start: int, stop: int) -> None:
        """Keep a comment."""
        if len(self.comments) >= self.limits.comments:
            raise self.over("comments", "comments", start)
        text = self.text
        alone = not text[text.rfind("\n", 0, start) + 1 : start].strip()
        comment = text[start:stop].rstrip()
        self.comments.append(Comment(comment, alone, start, start + len(comment)))

    # --- words --------------------------------------------------------------------------------------------------

    def soft(self, word: str, before: str, stop: int) -> str:
        """The type of a word that may be a keyword, after a token of type `before`."""
        before = "" if before == "COLON" and self.inside_index else before
        return inner_type(word, before, self.text, stop, inside_values=self.inside_values)

    def name(self, word: str, start: int) -> str:
        """The canonical form of a name or path."""
        if word not in self.names:
            self.names[word] = self.check(word, start)
        return self.names[word]

    def meant(self, group: int, word: str, start: int) -> str:
        """The text of a token that is neither a plain name nor a sign."""
        if group == PATH:
            return self.name(word, start)
        return self.number(word, start) if group == NUMBER else word

    def number(self, word: str, start: int) -> str:
        """A number that is in range, itself; 1 in the place of any other."""
        if len(word) > 300 or "e" in word or "E" in word:
            value = float(word)
            if value == inf or (value == 0 and word.lower().partition("e")[0].strip("0.")):
                short = word if len(word) <= 40 else f"{word[:20]}...{word[-10:]}"
                self.report(NUMBER_RANGE.at(Span(self.source, start, start + len(word)), number=short))
                return "1"
        return word

    # --- limits -------------------------------------------------------------------------------------------------

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
