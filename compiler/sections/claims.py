"""Claims: the two sides of an `expect` line as nodes, with derivatives, paths and metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...grammar.suggestion import suggestion
from ...grammar.syntax import Call, Expect, Expression, Index, Infix, Name, Negative
from .. import faults
from ..blocks.expand import Expander
from ..derive.gradients import held_fixed
from ..derive.reverse import differentiate
from ..elaborate.draft import Draft, Names
from ..elaborate.expressions.append import reference
from ..elaborate.expressions.constants import constant
from ..elaborate.expressions.evaluate import DERIVATIVE, value_of
from ..elaborate.misuses import derivative_meant
from ..elaborate.order import first_name
from ..elaborate.scope import FAILED, Failed, NodeValue, Site, Value
from ..elaborate.state_faults import HELD_FIXED
from ..graph.form import has_forms
from ..graph.graph import Graph, GraphBuilder
from ..graph.spec import Claim, TrainSection
from ..ops.chance import IN_TRAINING
from ..ops.leaves import METRIC
from ..shape import SCALAR, comparable, shape_text


def claims_of(
    expected: Iterable[Expect], site: Site, draft: Draft, graph: Graph, train: TrainSection | None, *, trains: bool
) -> tuple[Claim, ...]:
    """The checked claims of a file, their nodes after those of its graph; faults are reported.

    `trains`: there is a `train` section, even if it is faulty.
    """
    names = ClaimNames(draft.builder, graph, train)
    following = draft.continued(Expander(), names)
    claims: list[Claim] = []
    for statement in expected:
        if statement.after_train and train is None:
            if not trains:
                site.tell(faults.NO_TRAIN, statement)
            continue
        names.after_train = statement.after_train
        if (claim := _claim(following, statement, site)) is not None:
            claims.append(claim)
    return tuple(claims)


def _claim(draft: Draft, statement: Expect, site: Site) -> Claim | None:
    """A checked claim; None where it has a fault, which is reported."""
    tolerance = _tolerance(statement, site)
    if isinstance(tolerance, Failed):
        return None
    left, right = (
        reference(draft, value_of(draft, site, side, "expect"), site.span(side))
        for side in (statement.left, statement.right)
    )
    if left is None or right is None:
        return None
    shapes = draft.builder.type(left).shape, draft.builder.type(right).shape
    if not comparable(*shapes):
        sides = " and ".join(map(shape_text, shapes))
        site.tell(faults.SHAPE_CLASH, statement, message=f"expect: shapes {sides} do not broadcast")
        return None
    span = site.span(statement)
    return Claim(span.text, left, right, statement.comparison, tolerance, statement.after_train, span)


def _tolerance(statement: Expect, site: Site) -> float | Failed | None:
    """The distance that `within` gives, None for the default."""
    if statement.within is None:
        return None
    if statement.comparison != "==":
        site.tell(faults.WITHIN_INEQUALITY, statement.within, comparison=statement.comparison)
        return FAILED
    within = constant(statement.within, site, "a tolerance")
    if isinstance(within, Failed):
        return FAILED
    if not isinstance(within, int | float) or within < 0:
        site.tell(faults.WRONG_SETTING, statement.within, key="within", wanted="a number of at least 0")
        return FAILED
    return float(within)


class ClaimNames(Names):
    """What paths, metrics and `d(y)/d(x)` mean in claims."""

    def __init__(self, builder: GraphBuilder, graph: Graph, train: TrainSection | None) -> None:
        self.builder = builder
        self.graph = graph
        self.train = train
        self.after_train = False
        """Whether the claim at hand is about the trained model."""
        self._gradients: dict[tuple[int, int], int] = {}
        self._metrics: dict[str, int] = {}

    def metric(self, name: str) -> int | None:
        """The leaf of a metric's value after training, None where no metric is called so."""
        train = self.train
        if not self.after_train or train is None:
            return None
        prefix, dot, rest = name.partition(".")
        if not dot:
            prefix, rest = train.judging, name
        if rest not in (train.loss, *train.metrics) or prefix not in train.sides:
            return None
        full = f"{prefix}.{rest}"
        if full not in self._metrics:
            self._metrics[full] = self.builder.leaf(METRIC, SCALAR, full, None)
        return self._metrics[full]

    def node(self, path: str) -> int | None:
        return self.graph.index.get(path)

    def special(self, name: Name, site: Site) -> Value:
        """A node by its path."""
        if (index := self.node(name.name)) is not None:
            return NodeValue(index)
        scope = site.scope
        if scope.excused(name.name) or isinstance(scope.lookup(first_name(name.name)), Failed):
            return FAILED
        known = [*scope.known, *(path for path in self.graph.index if "." in path)]
        hint = derivative_meant(name.name, known) or suggestion(name.name, known, what="names")
        site.tell(faults.UNKNOWN_NAME, name, name=name.name, hint=hint)
        return FAILED

    # --- derivatives --------------------------------------------------------------------------------------------

    def derivative(self, expression: Infix) -> Expression | None:
        """`d(y)/d(x)` binds like a call: `2 * d(y)/d(x)`, which parses as `(2 * d(y)) / d(x)`, is 2 times it.

        Likewise `d(y)/d(x) ** 2`, which parses as `d(y) / (d(x) ** 2)`, is its square, and `d(y)/d(x)[0]` its element.
        """
        by = expression.right
        power = by if isinstance(by, Infix) and by.symbol == "**" else None
        by = power.left if power else by
        indices: list[Index] = []
        while isinstance(by, Index):
            indices.append(by)
            by = by.operand
        if expression.symbol != "/" or not _is_d(by):
            return None
        spine: list[Infix | Negative] = []
        end = expression.left
        while isinstance(end, Infix | Negative) and not _is_d(end):
            spine.append(end)
            end = end.right if isinstance(end, Infix) else end.operand
        if not _is_d(end):
            return None
        assert isinstance(end, Call) and isinstance(by, Call)  # noqa: PT018  # _is_d saw both
        quotient: Expression = Call(
            Name(DERIVATIVE, end.start, by.stop), (*end.arguments, *by.arguments), end.start, by.stop
        )
        for index in reversed(indices):
            quotient = Index(quotient, index.places, end.start, index.stop)
        if power is not None:
            quotient = Infix(power.symbol, quotient, power.right, end.start, power.stop)
        for part in reversed(spine):
            if isinstance(part, Infix):
                quotient = Infix(part.symbol, part.left, quotient, part.start, expression.stop)
            else:
                quotient = Negative(quotient, part.start, expression.stop)
        return quotient

    def gradient(self, of: int, by: int, call: Call, site: Site) -> Value:
        """The node of one derivative."""
        places = [site.span(argument) for argument in call.arguments]
        type_of, type_by = self.builder.type(of), self.builder.type(by)
        if type_of.shape:
            site.reporter.report(
                faults.NOT_SCALAR,
                places[0],
                what="what is differentiated",
                name=places[0].text,
                shape=shape_text(type_of.shape),
            )
            return FAILED
        for type_, place in ((type_of, places[0]), (type_by, places[1])):
            if type_.kind == "int":
                site.reporter.report(faults.NO_GRADIENT, place, name=place.text)
                return FAILED
        if what := held_fixed(self.builder.nodes[by]):
            site.reporter.report(HELD_FIXED, places[1], name=places[1].text, what=what)
            return FAILED
        if (of, by) not in self._gradients:
            self._gradients[of, by] = self._derived(of, by)
        return NodeValue(self._gradients[of, by])

    def _derived(self, of: int, by: int) -> int:
        """The derivative; where a spec has two forms, that of each in its own."""
        builder = self.builder
        needed = replace(self.graph, nodes=tuple(builder.nodes)).ancestors([of])
        if not has_forms(node for node, is_needed in zip(builder.nodes, needed, strict=True) if is_needed):
            return differentiate(builder, of, [by])[by]
        forms = [differentiate(builder, of, [by], training=training)[by] for training in (True, False)]
        return builder.append(IN_TRAINING, tuple(forms))


def _is_d(expression: Expression) -> bool:
    return (
        isinstance(expression, Call)
        and expression.function.name == "d"
        and len(expression.arguments) == 1
        and expression.arguments[0].keyword is None
    )
