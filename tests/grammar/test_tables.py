"""The shipped tables are those of graph.lark."""

import json

from chainrule.grammar.tables import CHAINED, PASS_ON, load, made, shipped


def test_tables_are_those_of_the_grammar() -> None:
    assert json.loads(shipped()) == made(), "run `python -m chainrule.grammar.tables`"


def test_no_reduction_only_passes_a_value_on() -> None:
    single = [rule for rule in load().rules if rule.name in PASS_ON and len(rule.symbols) == 1]
    assert single == [CHAINED]


def test_each_state_can_be_left() -> None:
    tables = load()
    last = set(tables.ends.values())
    assert all(row for state, row in enumerate(tables.states) if state not in last)
