"""What a compilation has made so far."""

from chainrule.compiler.blocks.expand import Expander
from chainrule.compiler.elaborate.budget import Limits
from chainrule.compiler.elaborate.draft import Draft
from chainrule.compiler.elaborate.reporter import Reporter
from chainrule.compiler.elaborate.scope import FAILED, NodeValue, Scope, Site, Unit
from chainrule.compiler.elaborate.settings import Settings
from chainrule.compiler.graph.graph import Graph, ParamDeclaration, StateDeclaration
from chainrule.compiler.sections.claims import ClaimNames
from chainrule.compiler.shape import SCALAR
from chainrule.grammar.source import Source
from chainrule.grammar.syntax import Name

SOURCE = Source("test", "y y")
FIRST, SECOND = Name("y", 0, 1), Name("y", 2, 3)


def draft() -> Draft:
    return Draft(Reporter(), Settings(), Limits(), Expander())


def test_a_name_that_stands_already_is_reported_at_the_later_place() -> None:
    for names in ((FIRST, SECOND), (SECOND, FIRST)):
        made = draft()
        site = Site(Scope(Unit(SOURCE)), SOURCE, made.reporter)
        for name in names:
            made.define(name, NodeValue(0), site)
        (said,) = made.reporter.diagnostics
        assert (said.code, said.where) == ("G102", site.span(SECOND))
        assert site.scope.values["y"] is FAILED


def test_only_nodes_are_named_and_only_lines_are_documented() -> None:
    made = draft()
    site = Site(Scope(Unit(SOURCE), "fc"), SOURCE, made.reporter)
    made.define(FIRST, NodeValue(0), site)
    made.define(Name("k", 2, 3), 3, site)
    made.document("fc.y", ())
    made.document("fc.k", ("three",))
    assert made.named == {"fc.y"}
    assert made.docs == {"fc.k": ("three",)}


def test_what_goes_on_shares_nodes_and_paths_but_declares_by_itself() -> None:
    made = draft()
    index = made.builder.param(made.paths.take("w"), SCALAR, None)
    made.params["w"] = ParamDeclaration(index, 0.5)
    graph = Graph(tuple(made.builder.nodes), {}, made.params, (), frozenset(), {}, {})
    following = made.continued(Expander(), ClaimNames(made.builder, graph, None))
    following.builder.constant(2.0)
    assert len(made.builder) == 2
    assert "w" in following.paths
    following.params["v"] = ParamDeclaration(index, 0.5)
    following.states["s"] = StateDeclaration(index, 0.0)
    following.aliases["v"] = "w"
    following.copies["tail"] = 3
    assert set(following.params) == {"w", "v"}
    assert set(made.params) == {"w"}
    assert not made.states
    assert not made.aliases
    assert not made.copies
    assert following.closed
    assert not made.closed
    assert made.names is None
