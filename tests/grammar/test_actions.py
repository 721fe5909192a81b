"""What the rules make."""

from chainrule.grammar.actions import ACTIONS, action
from chainrule.grammar.tables import load


def test_each_rule_makes_something() -> None:
    names = {rule.name for rule in load().rules}
    assert set(ACTIONS) <= names | {"expression"}
    assert all(callable(action(rule)) for rule in load().rules)
