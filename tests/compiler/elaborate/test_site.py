"""Where a piece of text stands."""

from chainrule.compiler import faults
from chainrule.compiler.elaborate.reporter import Reporter
from chainrule.compiler.elaborate.scope import Scope, Unit
from chainrule.compiler.elaborate.site import Site
from chainrule.grammar.parse import parse_expression
from chainrule.grammar.source import Source
from chainrule.grammar.syntax import Infix

SOURCE = Source("test", "a + bc")
HERE = Site(Scope(Unit(SOURCE)), SOURCE, Reporter())


def test_a_fault_is_reported_where_the_part_stands() -> None:
    expression = parse_expression(SOURCE)
    assert isinstance(expression, Infix)
    site = Site(HERE.scope, SOURCE, Reporter())
    site.tell(faults.UNKNOWN_NAME, expression.right, name="bc", hint="meant")
    (said,) = site.reporter.diagnostics
    assert (said.code, said.where, said.hint) == ("G101", site.span(expression.right), "meant")
    assert site.text(expression.right) == "bc"


def test_names_and_text_change_one_at_a_time() -> None:
    inner, other = Scope(HERE.scope.unit, "block"), Source("other", "c")
    assert HERE.inside(inner) == (inner, SOURCE, HERE.reporter)
    assert HERE.reading(other) == (HERE.scope, other, HERE.reporter)
