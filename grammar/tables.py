"""The tables that the parser runs on: made from graph.lark by lark, shipped as JSON beside it.

`python -m chainrule.grammar.tables` makes tables.json again; a test holds it equal to the grammar.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

Action = tuple[bool, int]  # shifts, and the state to go to or the rule to reduce by


class Production(NamedTuple):
    """A production of the grammar: `name` expands to `symbols`."""

    name: str
    symbols: tuple[str, ...]


class Tables(NamedTuple):
    """Terminals (name -> literal text or pattern), rules, and the LALR states with their actions by symbol.

    An action is a number: the state to go to, or -1 less the number of a rule to reduce by.
    """

    literals: dict[str, str]
    patterns: dict[str, str]
    rules: tuple[Production, ...]
    states: tuple[dict[str, int], ...]
    starts: dict[str, int]
    ends: dict[str, int]

    def actions(self, state: int) -> dict[str, Action]:
        """What a state does at each symbol."""
        return {symbol: (n >= 0, n if n >= 0 else -1 - n) for symbol, n in self.states[state].items()}


STARTS = ["module", "value"]
PASS_ON = {"expression", "sum", "product", "unary", "power", "atom", "indexed", "element", "place", "declaration"}
CHAINED = Production("expression", ("chain",))  # this one makes the Chain
Rows = dict[int, dict[str, int | Production]]


def made() -> dict[str, Any]:
    """The tables as JSON values, made from graph.lark."""
    from lark import Lark  # not needed where tables are only read
    from lark.lexer import Lexer
    from lark.parsers.lalr_analysis import Shift

    class NoLexer(Lexer):
        """Lark makes the tables; the scanner is ours."""

        def __init__(self, configuration: object) -> None: ...

        def lex(self, lexer_state: object, parser_state: object) -> Any: ...

    grammar = Path(__file__).with_name("graph.lark").read_text(encoding="utf-8")
    lark = Lark(grammar, parser="lalr", lexer=NoLexer, start=STARTS, strict=True)
    table = lark.parser.parser._parse_table  # lark has no public way to its tables
    rows: Rows = {
        state: {
            symbol: target
            if action is Shift
            else Production(target.origin.name, tuple(s.name for s in target.expansion))
            for symbol, (action, target) in sorted(row.items())
        }
        for state, row in table.states.items()
    }
    shorten(rows)
    order = reached(rows, [table.start_states[start] for start in STARTS])
    rules = sorted({target for state in order for target in rows[state].values() if isinstance(target, Production)})
    rule_number = {rule: index for index, rule in enumerate(rules)}
    number = {state: index for index, state in enumerate(order)}
    return {
        "literals": {t.name: t.pattern.value for t in lark.terminals if t.pattern.type == "str"},
        "patterns": {t.name: t.pattern.value for t in lark.terminals if t.pattern.type == "re"},
        "rules": [[rule.name, *rule.symbols] for rule in rules],
        "states": [
            {s: -1 - rule_number[t] if isinstance(t, Production) else number[t] for s, t in rows[state].items()}
            for state in order
        ],
        "starts": {start: number[table.start_states[start]] for start in STARTS},
        "ends": {start: number[table.end_states[start]] for start in STARTS},
    }


def shorten(rows: Rows) -> None:
    """Leave out reductions that only pass a value on (a name is an atom is a power is ... a sum): nine of ten.

    Where they begin after a symbol, a new state takes each terminal as the last state of its chain of reductions would.
    """
    made: dict[tuple[tuple[str, int | Production], ...], int] = {}
    changes = []
    for state, row in rows.items():
        for symbol, target in row.items():
            if isinstance(target, Production) or not any(passes_on(action) for action in rows[target].values()):
                continue
            taken = {terminal: last_action(rows, state, target, terminal) for terminal in rows[target]}
            short = {terminal: action for terminal, action in taken.items() if action is not None}
            changes.append((state, symbol, made.setdefault(tuple(short.items()), len(rows) + len(made))))
    rows |= {state: dict(row) for row, state in made.items()}
    for state, symbol, target in changes:
        rows[state][symbol] = target


def last_action(rows: Rows, state: int, target: int, terminal: str) -> int | Production | None:
    """What is done at a terminal after the reductions that pass a value on; None for a fault."""
    action = rows[target].get(terminal)
    while isinstance(action, Production) and passes_on(action):
        target = rows[state][action.name]  # type: ignore[assignment]  # a rule's name leads to a state
        action = rows[target].get(terminal)
    return action


def passes_on(action: int | Production) -> bool:
    return isinstance(action, Production) and action.name in PASS_ON and len(action.symbols) == 1 and action != CHAINED


def reached(rows: Rows, starts: list[int]) -> list[int]:
    """States in the order in which they are reached: lark numbers them by hash, which changes from run to run."""
    order = dict.fromkeys(starts)
    waiting = list(starts)
    while waiting:
        after = [target for target in rows[waiting.pop()].values() if isinstance(target, int) and target not in order]
        order.update(dict.fromkeys(after))
        waiting += dict.fromkeys(after)
    return list(order)


def shipped() -> str:
    """The text of tables.json."""
    return Path(__file__).with_name("tables.json").read_text(encoding="utf-8")


def load() -> Tables:
    """The shipped tables."""
    data = json.loads(shipped())
    return Tables(
        data["literals"],
        data["patterns"],
        tuple(Production(name, tuple(symbols)) for name, *symbols in data["rules"]),
        tuple(data["states"]),
        data["starts"],
        data["ends"],
    )


def text(data: Mapping[str, Any]) -> str:
    """The tables as the text of tables.json: a line for each state, so that changes can be read."""
    parts = []
    for key, value in data.items():
        rows = value.items() if isinstance(value, dict) else value
        lines = [json.dumps(r) if not isinstance(r, tuple) else f"{json.dumps(r[0])}: {json.dumps(r[1])}" for r in rows]
        left, right = "{}" if isinstance(value, dict) else "[]"
        parts.append(f"{json.dumps(key)}: {left}\n" + ",\n".join(lines) + f"\n{right}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    Path(__file__).with_name("tables.json").write_text(text(made()), encoding="utf-8")
