"""Claims: the two sides of an `expect` line as nodes, with derivatives, paths and metrics."""

from __future__ import annotations

from collections.abc import Mapping

from ..grammar.source import Source
from ..grammar.suggestion import suggestion
from ..grammar.syntax import Call, Expect, Expression, Infix, Name, Negative
from . import faults
from .constants import constant
from .elaborate import Elaborator
from .evaluation import DERIVATIVE, Evaluation
from .graph import Graph
from .misuses import derivative_meant, index_meant
from .ops.leaves import METRIC
from .ordering import first_name
from .reporter import span_of
from .reverse import differentiate
from .shape import SCALAR, comparable, shape_text
from .spec import Claim, TrainSection
from .values import FAILED, Failed, NodeValue, Scope, Value

AFTER_TRAIN_TOLERANCE = 1e-5


class ClaimElaborator(Elaborator):
    """An elaborator in whose expressions `d(y)/d(x)`, paths and metrics have a meaning."""

    derivatives = True

    def adopt(self, other: Elaborator, graph: Graph, train: TrainSection | None, *, trains: bool) -> None:
        """Goes on with another's nodes; `trains`: there is a `train` section, even if it is faulty."""
        self.builder, self.origins, self.paths = other.builder, other.origins, other.paths
        self.graph = graph
        self.train, self.trains = train, trains
        self.after_train = False
        self._gradients: dict[tuple[int, int], int] = {}
        self._metrics: dict[str, int] = {}

    def claim(self, statement: Expect, scope: Scope, source: Source) -> Claim | None:
        """A checked claim; None where it has a fault, which is reported."""
        span = span_of(source, statement)
        if statement.after_train and self.train is None:
            if not self.trains:
                self.reporter.report(faults.NO_TRAIN, span)
            return None
        self.after_train = statement.after_train
        tolerance = self._tolerance(statement, scope, source)
        if isinstance(tolerance, Failed):
            return None
        left = self._side(statement.left, scope, source)
        right = self._side(statement.right, scope, source)
        if left is None or right is None:
            return None
        shapes = self.builder.type(left).shape, self.builder.type(right).shape
        if not comparable(*shapes):
            sides = " and ".join(map(shape_text, shapes))
            self.reporter.report(faults.SHAPE_CLASH, span, message=f"expect: shapes {sides} do not broadcast")
            return None
        return Claim(span.text, left, right, statement.comparison, tolerance, statement.after_train, span)

    def _tolerance(self, statement: Expect, scope: Scope, source: Source) -> float | Failed | None:
        """The distance that `within` gives, None for the default."""
        if statement.within is None:
            return None
        place = span_of(source, statement.within)
        if statement.comparison != "==":
            self.reporter.report(faults.WITHIN_INEQUALITY, place, comparison=statement.comparison)
            return FAILED
        within = constant(statement.within, scope, source, self.reporter, "a tolerance")
        if isinstance(within, Failed):
            return FAILED
        if not isinstance(within, int | float) or within < 0:
            self.reporter.report(faults.WRONG_SETTING, place, key="within", wanted="a number of at least 0")
            return FAILED
        return float(within)

    def _side(self, expression: Expression, scope: Scope, source: Source) -> int | None:
        evaluation = Evaluation(self, scope, source, "expect", "expect")
        value = evaluation.value(expression)
        return None if isinstance(value, Failed) else evaluation.reference(value, span_of(source, expression))

    # --- names --------------------------------------------------------------------------------------------------

    def metric(self, name: str) -> int | None:
        """The leaf of a metric's value after training, None where no metric is called so."""
        train = self.train
        if not self.after_train or train is None:
            return None
        prefix, dot, rest = name.partition(".")
        has_test = train.test is not None or train.hold_out is not None
        if not dot:
            prefix, rest = ("test" if has_test else "train"), name
        if rest not in (train.loss, *train.metrics) or prefix not in ("train", "test"):
            return None
        if prefix == "test" and not has_test:
            return None
        full = f"{prefix}.{rest}"
        if full not in self._metrics:
            self._metrics[full] = self.builder.leaf(METRIC, SCALAR, full, None)
        return self._metrics[full]

    def special_name(self, name: Name, evaluation: Evaluation) -> Value | None:
        if (index := self.graph.index.get(name.name)) is not None:
            return NodeValue(index)
        scope = evaluation.scope
        if scope.excused(name.name) or isinstance(scope.lookup(first_name(name.name)), Failed):
            return FAILED
        known = [*scope.known, *(path for path in self.graph.index if "." in path)]
        hint = self._meant(name.name, known) or suggestion(name.name, known, what="names")
        evaluation.reporter.report(faults.UNKNOWN_NAME, span_of(evaluation.source, name), name=name.name, hint=hint)
        return FAILED

    def _meant(self, name: str, known: list[str]) -> str | None:
        """What may be meant by an index, and by `dy` of `dy/dx`."""
        first = first_name(name)
        index = self.graph.index.get(first)
        if index is not None and name[len(first) :].startswith("[") and f"{first}[1]" not in self.graph.index:
            return index_meant(first, self.graph.nodes[index].type.shape)
        return derivative_meant(name, known)

    # --- derivatives --------------------------------------------------------------------------------------------

    def derivative(self, expression: Infix) -> Expression | None:
        """`d(y)/d(x)` binds like a call: `2 * d(y)/d(x)`, which parses as `(2 * d(y)) / d(x)`, is 2 times it.

        Likewise `d(y)/d(x) ** 2`, which parses as `d(y) / (d(x) ** 2)`, is its square.
        """
        by = expression.right
        power = by if isinstance(by, Infix) and by.symbol == "**" else None
        by = power.left if power else by
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
        if power is not None:
            quotient = Infix(power.symbol, quotient, power.right, end.start, power.stop)
        for part in reversed(spine):
            if isinstance(part, Infix):
                quotient = Infix(part.symbol, part.left, quotient, part.start, expression.stop)
            else:
                quotient = Negative(quotient, part.start, expression.stop)
        return quotient

    def gradient(self, of: Value, by: Value, call: Call, evaluation: Evaluation) -> Value:
        """The node of one derivative."""
        places = [span_of(evaluation.source, argument) for argument in call.arguments]
        references = [evaluation.reference(value, place) for value, place in zip((of, by), places, strict=True)]
        y, x = references
        if y is None or x is None:
            return FAILED
        type_of, type_by = self.builder.type(y), self.builder.type(x)
        if type_of.shape:
            self.reporter.report(
                faults.NOT_SCALAR,
                places[0],
                what="what is differentiated",
                name=places[0].text,
                shape=shape_text(type_of.shape),
            )
            return FAILED
        for type_, place in ((type_of, places[0]), (type_by, places[1])):
            if type_.kind == "int":
                self.reporter.report(faults.NO_GRADIENT, place, name=place.text)
                return FAILED
        if (y, x) not in self._gradients:
            self._gradients[y, x] = differentiate(self.builder, y, [x])[x]
        return NodeValue(self._gradients[y, x])


def _is_d(expression: Expression) -> bool:
    return (
        isinstance(expression, Call)
        and expression.function.name == "d"
        and len(expression.arguments) == 1
        and expression.arguments[0].keyword is None
    )


def resolve(path: str, aliases: Mapping[str, str]) -> str:
    """The path that a chain of aliases ends at."""
    seen = set()
    while path in aliases and path not in seen:
        seen.add(path)
        path = aliases[path]
    return path
