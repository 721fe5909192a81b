"""Every state in which the parser can stop has a message, and no message shows the inside of the parser."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.grammar.lalr import machine
from chainrule.grammar.mistakes import ANYWHERE, SITUATIONS, UNKNOWN, message
from chainrule.grammar.other_languages import SIGNS, WORDS, Message
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.tables import PASS_ON, Action, Tables, load

OPERANDS = [
    [], ["NAME"], ["NUMBER"], ["NAME", "LPAR", "RPAR"], ["LSQB", "NAME", "RSQB"], ["MINUS", "NAME"], ["TEXT"],
    ["NAME", "POWER", "NAME"], ["NAME", "PLUS", "NAME"], ["NAME", "STAR", "NAME"], ["NAME", "ARROW", "NAME"],
    ["COMMA", "NAME"],
]  # fmt: skip
"""What may stand between the way to a state and a fault, so that the parser has something to reduce."""

UNREACHABLE = {
    ("OPERATION",): "the scanner gives it only where `(` follows",
    ("REPEAT",): "the scanner gives it only where a value follows",
    ("REPEAT", "MINUS", "NAME"): "the scanner takes no `-` for the beginning of a number of copies",
}
"""Ends of ways that no text takes."""


def shortest_words(tables: Tables) -> dict[str, list[str]]:
    """The shortest expansion of each rule into terminals."""
    short: dict[str, list[str]] = {}
    growing = True
    while growing:
        growing = False
        for rule in tables.rules:
            parts = [[symbol] if symbol.isupper() else short.get(symbol) for symbol in rule.symbols]
            if any(part is None for part in parts):
                continue
            words = [word for part in parts for word in part or ()]
            if rule.name not in short or len(words) < len(short[rule.name]):
                short[rule.name], growing = words, True
    return short | {name: ["NAME"] for name in PASS_ON}


@cache
def actions() -> list[dict[str, Action]]:
    """What each state does at each symbol."""
    tables = load()
    return [tables.actions(state) for state in range(len(tables.states))]


def ways(tables: Tables) -> dict[int, list[str]]:
    """For each state, a list of terminals that leads there."""
    short = shortest_words(tables)
    found: dict[int, list[str]] = {state: [] for state in tables.starts.values()}
    changed = True
    while changed:
        changed = False
        for state, words in list(found.items()):
            for symbol, (shifts, target) in actions()[state].items():
                step = [symbol] if symbol.isupper() else short.get(symbol)
                if shifts and step and (target not in found or len(words + step) < len(found[target])):
                    found[target], changed = words + step, True
    return found


def stop(tables: Tables, start: str, words: list[str]) -> tuple[int, int] | None:
    """The state and the index of the word where the parser stops; None if it doesn't."""
    states = [tables.starts[start]]
    for index, word in enumerate(words):
        shifted = False
        while not shifted:
            if word not in actions()[states[-1]]:
                return states[-1], index
            shifted, target = actions()[states[-1]][word]
            if shifted:
                states.append(target)
                continue
            rule = tables.rules[target]
            del states[len(states) - len(rule.symbols) :]
            states.append(actions()[states[-1]][rule.name][1])
            if states[-1] == tables.ends[start]:
                return None
    return None


def faults(tables: Tables) -> Iterator[tuple[int, list[str]]]:
    """Each state in which some words stop the parser, with those words."""
    terminals = sorted({symbol for row in tables.states for symbol in row if symbol.isupper()})
    for way in ways(tables).values():
        for operand in OPERANDS:
            for last in (*terminals, "$END", "BAD"):
                words = [*way, *operand, last]
                for start in tables.starts:
                    found = stop(tables, start, words)
                    if found is not None and found[1] == len(words) - 1:
                        yield found[0], words


def possible(words: list[str]) -> bool:
    """Whether the scanner can give these words: in open brackets a newline is none, and an open bracket is reported."""
    before = words[:-1]
    open_brackets = before.count("LPAR") + before.count("LSQB") > before.count("RPAR") + before.count("RSQB")
    if words[-1] == "NEWLINE" and open_brackets:
        return False
    return not any(tuple(before[-len(end) :]) == end for end in UNREACHABLE)


def test_each_state_has_a_message() -> None:
    known = machine().situations
    missing = {state: words for state, words in faults(load()) if state not in known and possible(words)}
    assert not missing


def test_each_example_belongs_to_its_situation() -> None:
    for situation in SITUATIONS:
        for text in situation.texts:
            assert machine().situations[machine().stops(text, situation.start)] is situation, text


@pytest.mark.parametrize("text", [text for s in SITUATIONS if s.start == "module" for text in s.texts])
def test_examples_are_faults_at_a_place(text: str) -> None:
    _, found = parse(Source("a.graph", text))
    assert found
    assert not found[0].message.endswith(UNKNOWN.problem.partition("}")[2])


WORDS_AND_SIGNS = [
    "a", "1", "a.b", '"t"', "softmax-loss", "(", ")", "[", "]", "{", "}", "=", ",", ":", ";", "->", "\n", "\n## d\n",
    "*", "+", "-", "@", "**", "/", "==", "<", "within", "after", "train", "expect", "input", "output", "param", "const",
    "dim", "block", "return", "use", "as", "like", "repeat", "data", "chainrule", "int", "real",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS_AND_SIGNS), max_size=12))
@settings(max_examples=500)
def test_no_words_are_at_a_loss(words: list[str]) -> None:
    """Whatever words follow one another: the message belongs to the place, and none is of last resort."""
    _, found = parse(Source("a.graph", " ".join(words)))
    assert not [each for each in found if each.message.endswith(UNKNOWN.problem.partition("}")[2])]


def messages() -> list[Message]:
    inside = [said for s in SITUATIONS for said in (s.otherwise, *s.at.values())]
    return [*inside, *SIGNS.values(), *WORDS.values(), *ANYWHERE.values(), UNKNOWN]


@pytest.mark.parametrize("said", messages())
def test_messages_show_no_terminals(said: Message) -> None:
    terminals = set(load().literals) | set(load().patterns)
    for text in filter(None, said):
        assert not terminals & set(re.findall(r"[A-Z_]{2,}", text))
        assert set(re.findall(r"\{(found|found_text|before)\}|\{[a-z_]+\}", text)) <= {"found", "found_text", "before"}


def test_facts_are_filled_in() -> None:
    situation = machine().situations[machine().stops("a 3", "module")]
    said = message(situation, "COMPARISON", "==", "a")
    assert said == ("a claim begins with `expect`", "write `expect a == ...`")
