"""Lark's LALR machine over the shipped tables: what each state takes, what each rule makes, what is said at a fault."""

from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

from lark.exceptions import UnexpectedToken
from lark.grammar import NonTerminal, Rule, Terminal
from lark.parsers.lalr_analysis import IntParseTable, Reduce, Shift
from lark.parsers.lalr_parser_state import ParseConf, ParserState

from .actions import Action, action
from .limits import LIMITS
from .mistakes import Situation, by_state
from .scan import Scanner, Token, Vocabulary
from .source import Source
from .tables import Tables, load
from .unicode.characters import Names

# What a broken statement stands for, by the list that it is in, and a text with a fault after a member of that list.
RECOVERS = {"statement": "a = 1\n3", "member": "block a() { b = 1; 3 }", "entry": "train { a = 1; 3 }"}


class OwnRule(Rule):
    """A rule of the grammar, equal to itself alone: lark looks it up at every reduction."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


class States(dict[int, dict[str, tuple[Any, Any]]]):
    """The actions of each state, as lark takes them; made when a text first comes there, which few ever do."""

    def __init__(self, tables: Tables, rules: Sequence[Rule]) -> None:
        super().__init__()
        self.tables = tables
        self.rules = rules

    def __missing__(self, state: int) -> dict[str, tuple[Any, Any]]:
        made = {
            symbol: (Shift, number) if shifts else (Reduce, self.rules[number])
            for symbol, (shifts, number) in self.tables.actions(state).items()
        }
        self[state] = made
        return made


class Machine:
    """The parts of the parser that all texts share: tables, vocabulary, actions by rule, messages by state."""

    def __init__(self) -> None:
        tables = load()
        rules = [
            OwnRule(NonTerminal(rule.name), [(Terminal if s.isupper() else NonTerminal)(s) for s in rule.symbols])
            for rule in tables.rules
        ]
        self.states = States(tables, rules)
        self.table: Any = IntParseTable(self.states, tables.starts, tables.ends)  # type: ignore[no-untyped-call]  # lark's
        self.actions: dict[Any, Action] = {made: action(rule) for made, rule in zip(rules, tables.rules, strict=True)}
        self.vocabulary = Vocabulary(tables)

    def begin(self, start: str) -> Any:
        """Lark's parser before the first token."""
        tokens_are_fed: Any = None
        return ParserState(ParseConf(self.table, self.actions, start), tokens_are_fed)

    @cached_property
    def situations(self) -> dict[int, Situation]:
        """What to say where the parser stops, by its state; made at the first fault."""
        found = by_state(self.stops)
        for kind, example in RECOVERS.items():  # after a broken statement as after a whole one
            situation = found[self.stops(example, "module")]
            found |= {row[kind]: situation for row in self.states.tables.states if kind in row}
        return found

    def stops(self, text: str, start: str) -> int:
        """The state in which the parser meets the first fault of a text."""
        source = Source("", text)
        names = Names(source, lambda fault: None)
        lark = self.begin(start)
        scanner = Scanner(source, text, self.vocabulary, LIMITS, names, lambda fault: None)
        try:
            for token in scanner.tokens(0, statements=start == "module"):
                lark.feed_token(token)
            lark.feed_token(Token("$END", "", len(text), len(text)), True)
        except UnexpectedToken:
            return int(lark.position)
        raise AssertionError(f"an example of a mistake is none: {text!r}")


@cache
def machine() -> Machine:
    """The machine, made when it is first needed."""
    return Machine()
