"""What is left to be done, and the values that wait for it."""

from chainrule.compiler.blocks.expand import Expander
from chainrule.compiler.elaborate.budget import Limits
from chainrule.compiler.elaborate.draft import Draft
from chainrule.compiler.elaborate.expressions.stack import Stack
from chainrule.compiler.elaborate.reporter import Reporter
from chainrule.compiler.elaborate.scope import Scope, Site, Unit
from chainrule.compiler.elaborate.settings import Settings
from chainrule.grammar.source import Source
from chainrule.grammar.syntax import Number


def push(stack: Stack, value: int) -> None:
    stack.values.append(value)


def stack() -> Stack:
    source, reporter = Source("test", "1 2"), Reporter()
    draft = Draft(reporter, Settings(), Limits(), Expander())
    return Stack(draft, Site(Scope(Unit(source)), source, reporter), "y", "y", (), push, push)


def test_what_was_left_last_is_done_first() -> None:
    made = stack()

    def both(stack: Stack, values: tuple[int, int]) -> None:
        for value in values:
            stack.later(push, value)

    made.values.append(7)
    assert made.run(both, (1, 2)) == 1
    assert made.values == [7, 2]
    assert not made.work


def test_taken_values_come_in_the_order_in_which_they_were_pushed() -> None:
    made = stack()
    made.values += [1, 2, 3]
    assert made.taken(2) == [2, 3]
    assert made.taken(0) == []
    assert made.values == [1]


def test_only_the_last_call_is_called_by_its_statement() -> None:
    made = stack()
    made.top = Number(1, 0, 1)
    assert made.path(made.top, "exp") == "y"
    assert [made.path(Number(2, 2, 3), "exp") for _ in range(2)] == ["y.exp", "y.exp_2"]
