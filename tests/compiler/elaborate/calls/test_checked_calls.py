"""Calls of settings, held against their signatures."""

from collections.abc import Callable

import pytest

from chainrule.compiler.elaborate.calls.checked_calls import out_of_range
from chainrule.compiler.graph.signatures import OPTIMISERS, SCHEDULES, STOPS, Invocation, Parameter
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]

START = "const k = 2\nparam w = 1\nloss = w * w\ntrain {{ minimize = loss; epochs = 1; {} }}\n"


def optimizer(spec: Compile, text: str) -> Invocation:
    train = spec(START.format(f"optimizer = {text}")).train
    assert train is not None
    return train.optimizer


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_has_its_defaults(spec: Compile, name: str) -> None:
    arguments = dict(optimizer(spec, f"{name}(lr = 0.5)").arguments)
    assert arguments.pop("lr") == 0.5
    defaults = {each.name: each.default for each in OPTIMISERS[name].parameters if each.name != "lr"}
    assert arguments == defaults


def test_arguments_by_place_by_name_and_as_expressions(spec: Compile) -> None:
    found = optimizer(spec, "momentum(1e-1 / k, weight_decay = 1 / 4)")
    assert (found.number("lr"), found.number("momentum"), found.number("weight_decay")) == (0.05, 0.9, 0.25)
    assert found.arguments["clip_norm"] is None
    assert optimizer(spec, "adam").number("lr") == 0.001


def test_an_invocation_gives_values_of_one_kind() -> None:
    found = Invocation("f", {"a": 1, "b": 0.5, "c": "x"})
    assert (found.number("a"), found.integer("a"), found.number("b"), found.text("c")) == (1.0, 1, 0.5, "x")
    for ask in (lambda: found.number("c"), lambda: found.integer("b"), lambda: found.text("a")):
        with pytest.raises(TypeError):
            ask()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("optimizer = sdg(lr = 1)", "G309 `sdg` is not an optimiser"),
        ("optimizer = sgd", "G108 sgd(lr, weight_decay, clip_value, clip_norm) lacks `lr`"),
        ("optimizer = sgd(lr = -1)", "G304 `sgd: lr` must be at least 0; this is -1"),
        ('optimizer = sgd(lr = "fast")', "G303 `sgd: lr` takes a number"),
        ("optimizer = sgd(lr = [1])", "G303 `sgd: lr` takes a number"),
        ("optimizer = sgd(lr = w)", "G110 `sgd: lr` must be known before anything runs, but `w` is computed"),
        (
            "optimizer = sgd(rate = 1)",
            "G106 sgd(lr, weight_decay, clip_value, clip_norm) has no argument called `rate`",
        ),
        (
            "optimizer = momentum(lr = 1, momentum = 1)",
            "G304 `momentum: momentum` must be at least 0 and less than 1; this is 1",
        ),
        ("optimizer = adam(eps = 0)", "G304 `adam: eps` must be more than 0; this is 0"),
        ("optimizer = 3", "G303 `an optimiser` takes a call such as `sgd(...)`"),
        ("optimizer = sgd(lr = 1); schedule = cosin()", "G309 `cosin` is not a schedule"),
        ("optimizer = sgd(lr = 1); schedule = step(every = 0)", "G304 `step: every` must be at least 1; this is 0"),
        ("optimizer = sgd(lr = 1); schedule = step()", "G108 step(every, factor, warmup) lacks `every`"),
        ("optimizer = sgd(lr = 1); schedule = cosine(warmup = 1.5)", "G303 `cosine: warmup` takes a whole number"),
        ("optimizer = sgd(lr = 1); report = 50", "G303 `an interval` takes a call such as `every(...)`"),
        ("optimizer = sgd(lr = 1); stop = never()", "G309 `never` is not a stop rule"),
        (
            "optimizer = sgd(lr = 1); stop = early(watch = 3)",
            "G303 `early: watch` takes the name of a metric, such as `test.loss`",
        ),
        ("optimizer = sgd(lr = 1); stop = below(loss)", "G108 below(watch, value) lacks `value`"),
        (
            'optimizer = sgd(lr = 1); schedule = piecewise(at = "3", factors = 1)',
            "G303 `piecewise: at` takes a number or a list of numbers",
        ),
        (
            "optimizer = sgd(lr = 1); schedule = piecewise(at = [[3]], factors = 1)",
            "G303 `piecewise: at` takes a number or a list of numbers",
        ),
        (
            "optimizer = sgd(lr = 1); schedule = piecewise(at = [3, 6], factors = [0.1, -1])",
            "G304 `piecewise: factors` must be at least 0; this is -1",
        ),
        (
            "optimizer = sgd(lr = 1); schedule = piecewise(at = [3, 6], factors = 0.1)",
            "G324 `at` has 2, `factors` has 1: each epoch needs a factor",
        ),
        (
            "optimizer = sgd(lr = 1); schedule = piecewise(at = [3, 3], factors = [1, 0.1])",
            "G325 the epochs of `at` do not rise",
        ),
    ],
)
def test_faults(faults: Find, text: str, fault: str) -> None:
    (found,) = faults(START.format(text))
    assert f"{found.code} {found.message}" == fault


def test_schedules_and_stops_have_their_defaults(spec: Compile) -> None:
    for name in SCHEDULES:
        given = {"step": "every = 3", "piecewise": "at = 3, factors = 0.1", "one_cycle": "peak = 10"}
        required = given.get(name, "")
        train = spec(START.format(f"optimizer = sgd(lr = 1); schedule = {name}({required})")).train
        assert train is not None
        assert set(train.schedule.arguments) == {each.name for each in SCHEDULES[name].parameters}
    assert {name: [each.name for each in signature.parameters] for name, signature in STOPS.items()} == {
        "early": ["watch", "patience", "delta"],
        "below": ["watch", "value"],
        "above": ["watch", "value"],
    }


def test_ranges() -> None:
    parameter = Parameter("p", "number", minimum=0, below=1)
    assert [out_of_range(value, parameter) is None for value in (-0.1, 0, 0.99, 1)] == [False, True, True, False]
    assert out_of_range(2, parameter) == "at least 0 and less than 1"
    assert out_of_range(0, Parameter("p", "number", above=0, maximum=5)) == "more than 0 and at most 5"
    assert out_of_range(float("nan"), parameter)
