"""Scopes: what names stand for."""

from chainrule.compiler import faults
from chainrule.compiler.elaborate.reporter import Reporter
from chainrule.compiler.elaborate.scope import (
    FAILED,
    BlockValue,
    InitialiserValue,
    NodeValue,
    Scope,
    Site,
    Unit,
    Value,
    described,
)
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import dimension
from chainrule.grammar.parse import parse, parse_expression
from chainrule.grammar.source import Source
from chainrule.grammar.syntax import Block, Infix

SOURCE = Source("test", "block f(x) { return x }\n")


def test_a_name_is_looked_up_from_the_inside_out() -> None:
    unit = Unit(SOURCE, constants={"a": 1, "b": 2, "c": 0})
    outer = Scope(unit, values={"b": 3, "d": 4})
    inner = Scope(unit, "tail[1]", outer, values={"d": 5})
    assert [inner.lookup(name) for name in "abcde"] == [1, 3, 0, 5, None]
    assert inner.known == ["a", "b", "c", "d"]
    assert (outer.joined("x"), inner.joined("x")) == ("x", "tail[1].x")


def test_a_name_may_come_from_a_file_that_cannot_be_had() -> None:
    unit = Unit(SOURCE, aliases={"L": Unit(SOURCE, incomplete=True), "K": Unit(SOURCE)})
    scope = Scope(unit)
    assert [scope.excused(name) for name in ("a", "L.a", "K.a", "M.a")] == [False, True, False, False]
    unit.incomplete = True
    assert scope.excused("a")


def test_every_kind_of_value_has_a_description() -> None:
    unit = Unit(SOURCE)
    block = parse(SOURCE)[0].statements[0]
    assert isinstance(block, Block)
    values: dict[str, Value] = {
        "a text": "a",
        "a number": 1.5,
        "a list": (1, 2),
        "a size": dimension("N"),
        "a node": NodeValue(0),
        "a fault": FAILED,
        "the block `f`": BlockValue(block, unit),
        "the operation `relu`": OPERATIONS["relu"],
        "the initialiser `he`": InitialiserValue("he"),
    }
    assert [described(value) for value in values.values()] == list(values)


SUM = Source("test", "a + bc")
HERE = Site(Scope(Unit(SUM)), SUM, Reporter())


def test_a_fault_is_reported_where_the_part_stands() -> None:
    expression = parse_expression(SUM)
    assert isinstance(expression, Infix)
    site = Site(HERE.scope, SUM, Reporter())
    site.tell(faults.UNKNOWN_NAME, expression.right, name="bc", hint="meant")
    (said,) = site.reporter.diagnostics
    assert (said.code, said.where, said.hint) == ("G101", site.span(expression.right), "meant")
    assert site.text(expression.right) == "bc"


def test_names_and_text_change_one_at_a_time() -> None:
    inner, other = Scope(HERE.scope.unit, "block"), Source("other", "c")
    assert HERE.inside(inner) == (inner, SUM, HERE.reporter)
    assert HERE.reading(other) == (HERE.scope, other, HERE.reporter)
