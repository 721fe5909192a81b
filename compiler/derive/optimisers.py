"""Update rules, as nodes: from (parameter, gradient, states) to (parameter, states). The formulas are torch.optim's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from ..graph.graph import GraphBuilder
from ..graph.signatures import Invocation
from ..ops.operation import Reference

References: TypeAlias = tuple[Reference, ...]


@dataclass(frozen=True)
class Update:
    """What a rule works with, besides parameter, gradient and states: its settings, and two scalar nodes.

    `step` counts from 1.
    """

    builder: GraphBuilder
    settings: Invocation
    learning_rate: Reference
    step: Reference

    def number(self, name: str) -> Reference:
        """A setting, as a constant."""
        return self.builder.constant(self.settings.number(name))

    def descend(self, parameter: Reference, direction: Reference) -> Reference:
        """parameter - learning_rate * direction"""
        return self.builder.sub(parameter, self.builder.mul(self.learning_rate, direction))

    def running(self, state: Reference, value: Reference, decay: str) -> Reference:
        """decay * state + (1 - decay) * value"""
        builder = self.builder
        rest = builder.constant(1 - self.settings.number(decay))
        return builder.add(builder.mul(self.number(decay), state), builder.mul(rest, value))

    def weight(self, decay: str) -> Reference:
        """What a running mean that began at zero must be divided by, to be without its bias towards it: a scalar."""
        return self.builder.bias_correction(self.step, decay=self.settings.number(decay))


UpdateRule: TypeAlias = Callable[[Update, Reference, Reference, References], tuple[Reference, References]]


@dataclass(frozen=True)
class Optimiser:
    """An optimiser: the states that it keeps for each parameter, all zero at first, and its update rule.

    `decays_weights`: the rule itself carries out `weight_decay`, which otherwise goes into the gradient.
    """

    name: str
    states: tuple[str, ...]
    rule: UpdateRule
    decays_weights: bool = False


def _sgd(update: Update, p: Reference, g: Reference, states: References) -> tuple[Reference, References]:
    return update.descend(p, g), ()


def _momentum(update: Update, p: Reference, g: Reference, states: References) -> tuple[Reference, References]:
    builder = update.builder
    velocity = builder.add(builder.mul(update.number("momentum"), states[0]), g)
    return update.descend(p, velocity), (velocity,)


def _nesterov(update: Update, p: Reference, g: Reference, states: References) -> tuple[Reference, References]:
    builder = update.builder
    momentum = update.number("momentum")
    velocity = builder.add(builder.mul(momentum, states[0]), g)
    return update.descend(p, builder.add(g, builder.mul(momentum, velocity))), (velocity,)


def _scaled(update: Update, direction: Reference, squares: Reference) -> Reference:
    """direction / (sqrt(squares) + eps)"""
    builder = update.builder
    return builder.div(direction, builder.add(builder.sqrt(squares), update.number("eps")))


def _adagrad(update: Update, p: Reference, g: Reference, states: References) -> tuple[Reference, References]:
    builder = update.builder
    squares = builder.add(states[0], builder.mul(g, g))
    return update.descend(p, _scaled(update, g, squares)), (squares,)


def _rmsprop(update: Update, p: Reference, g: Reference, states: References) -> tuple[Reference, References]:
    squares = update.running(states[0], update.builder.mul(g, g), "decay")
    return update.descend(p, _scaled(update, g, squares)), (squares,)


def _adam(update: Update, p: Reference, g: Reference, states: References) -> tuple[Reference, References]:
    builder = update.builder
    mean = update.running(states[0], g, "beta1")
    square = update.running(states[1], builder.mul(g, g), "beta2")
    # The corrections meet as few long rows as can be: a division takes several times as long as a product.
    root = builder.div(builder.sqrt(square), builder.sqrt(update.weight("beta2")))
    rate = builder.div(update.learning_rate, update.weight("beta1"))
    direction = builder.div(mean, builder.add(root, update.number("eps")))
    return builder.sub(p, builder.mul(rate, direction)), (mean, square)


def _adamw(update: Update, p: Reference, g: Reference, states: References) -> tuple[Reference, References]:
    builder = update.builder
    shrunk = builder.sub(p, builder.mul(builder.mul(update.learning_rate, update.number("weight_decay")), p))
    return _adam(update, shrunk, g, states)


OPTIMISERS: Mapping[str, Optimiser] = MappingProxyType(
    {
        optimiser.name: optimiser
        for optimiser in (
            Optimiser("sgd", (), _sgd),
            Optimiser("momentum", ("velocity",), _momentum),
            Optimiser("nesterov", ("velocity",), _nesterov),
            Optimiser("adagrad", ("squares",), _adagrad),
            Optimiser("rmsprop", ("squares",), _rmsprop),
            Optimiser("adam", ("mean", "square"), _adam),
            Optimiser("adamw", ("mean", "square"), _adamw, decays_weights=True),
        )
    }
)
