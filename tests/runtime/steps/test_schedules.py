"""Schedules against their closed forms."""

import math

import pytest

from chainrule.compiler.graph.signatures import SCHEDULES as SIGNATURES
from chainrule.compiler.graph.signatures import ArgumentValue, Invocation
from chainrule.runtime.steps.schedules import SCHEDULES, Factor, Length, schedule

LENGTH = Length(None, 10, lambda: 10)


def made(name: str, **arguments: ArgumentValue) -> Factor:
    defaults = {parameter.name: parameter.default for parameter in SIGNATURES[name].parameters}
    factor = schedule(Invocation(name, {**defaults, **arguments}), LENGTH)
    assert factor is not None
    return factor


def test_every_schedule_that_may_be_written_exists() -> None:
    assert list(SCHEDULES) == list(SIGNATURES)


def test_constant() -> None:
    assert schedule(Invocation("constant", {"warmup": 0}), LENGTH) is None
    factor = made("constant", warmup=4)
    assert [factor(step) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]


def test_step() -> None:
    factor = made("step", every=30, factor=0.5)
    assert [factor(step) for step in (0, 29, 30, 59, 60, 99)] == [1, 1, 0.5, 0.5, 0.25, 0.125]


def test_exponential_falls_after_each_epoch() -> None:
    factor = made("exponential", factor=0.9)
    assert [factor(step) for step in (0, 9, 10, 25, 99)] == pytest.approx([1, 1, 0.9, 0.81, 0.9**9])


@pytest.mark.parametrize(("final", "warmup"), [(0.0, 0), (0.1, 0), (0.25, 20)])
def test_cosine(final: float, warmup: int) -> None:
    factor = made("cosine", final=final, warmup=warmup)
    for step in range(warmup, 101):
        angle = math.pi * (step - warmup) / (100 - warmup)
        assert factor(step) == pytest.approx(final + (1 - final) * 0.5 * (1 + math.cos(angle)))
    assert factor(100) == factor(1000) == final


def test_piecewise_has_a_factor_from_each_epoch_on() -> None:
    factor = made("piecewise", at=(2.0, 2.5, 7.0), factors=(0.5, 0.25, 3.0))
    pieces = {step: factor(step) for step in (0, 19, 20, 24, 25, 69, 70, 99)}
    assert pieces == {0: 1, 19: 1, 20: 0.5, 24: 0.5, 25: 0.25, 69: 0.25, 70: 3, 99: 3}
    assert made("piecewise", at=(0.0,), factors=(0.1,))(0) == 0.1
    assert made("piecewise", at=(1.0,), factors=(0.1,), warmup=20)(10) == pytest.approx(0.1 * 11 / 20)


def test_one_cycle() -> None:
    factor = made("one_cycle", peak=10.0)
    rates = [factor(step) for step in range(100)]
    assert rates[0] == 1
    assert rates[29] == max(rates) == 10
    assert rates[99] == pytest.approx(1e-4)
    assert rates[:30] == sorted(rates[:30])
    assert rates[29:] == sorted(rates[29:], reverse=True)
    assert factor(1000) == pytest.approx(1e-4)


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("rise", [0.0, 0.3, 0.9])
def test_one_cycle_of_a_short_training(steps: int, rise: float) -> None:
    call = Invocation("one_cycle", {"peak": 2.0, "rise": rise, "final": 0.5})
    factor = schedule(call, Length(steps, None, lambda: 1))
    assert factor is not None
    rates = [factor(step) for step in range(steps)]
    assert all(0.5 <= rate <= 2 for rate in rates)
    assert steps < 2 or rates[-1] == 0.5


@pytest.mark.parametrize("name", ["constant", "exponential", "cosine"])
def test_warm_up_rises_in_equal_steps(name: str) -> None:
    factor = made(name, warmup=5)
    assert [factor(step) for step in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert factor(5) <= 1


def test_a_warm_up_longer_than_the_training() -> None:
    factor = made("cosine", warmup=1000)
    assert [factor(step) for step in (0, 99)] == pytest.approx([0.001, 0.1])


# --- against torch and optax, with `pytest -m proof` ------------------------------------------------------------


@pytest.mark.proof
def test_factors_of_torch() -> None:
    torch = pytest.importorskip("torch")
    schedules = torch.optim.lr_scheduler
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    epochs = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    twins = {
        made("constant", warmup=8): schedules.LinearLR(optimizer, 1 / 8, total_iters=7),
        made("step", every=30, factor=0.5): schedules.StepLR(optimizer, 30, gamma=0.5),
        made("cosine", final=0.0): schedules.CosineAnnealingLR(optimizer, LENGTH.steps),
    }
    for ours, theirs in twins.items():
        optimizer.param_groups[0]["lr"] = theirs.get_last_lr()[0] if ours(0) < 1 else 1.0
        for step in range(LENGTH.steps):
            assert ours(step) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12), step
            optimizer.step()
            theirs.step()
    cycles = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    for rise, final in ((0.3, 1e-4), (0.5, 0.2)):
        theirs = schedules.OneCycleLR(
            cycles,
            8.0,
            total_steps=100,
            pct_start=rise,
            div_factor=8.0,
            final_div_factor=1 / final,
            cycle_momentum=False,
        )
        ours = made("one_cycle", peak=8.0, rise=rise, final=final)
        for step in range(LENGTH.steps):
            assert ours(step) == pytest.approx(cycles.param_groups[0]["lr"], rel=1e-11, abs=1e-14), step
            cycles.step()
            theirs.step() if step < 99 else None
    pieces = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    ours, theirs = made("piecewise", at=(3.0, 6.0), factors=(0.1, 0.01)), schedules.MultiStepLR(pieces, [3, 6], 0.1)
    for step in range(LENGTH.steps):
        assert ours(step) == pytest.approx(pieces.param_groups[0]["lr"], rel=1e-12)
        pieces.step()
        if (step + 1) % LENGTH.epoch_steps == 0:
            theirs.step()
    ours, theirs = made("exponential", factor=0.9), schedules.ExponentialLR(epochs, 0.9)
    for step in range(LENGTH.steps):
        assert ours(step) == pytest.approx(epochs.param_groups[0]["lr"], rel=1e-12)
        epochs.step()
        if (step + 1) % LENGTH.epoch_steps == 0:
            theirs.step()


@pytest.mark.proof
def test_factors_of_optax() -> None:
    optax, jax = pytest.importorskip("optax"), pytest.importorskip("jax")
    with jax.enable_x64(True):
        twins = {
            made("constant"): optax.constant_schedule(1.0),
            made("constant", warmup=8): lambda step: optax.linear_schedule(0.0, 1.0, 8)(step + 1),
            made("step", every=30, factor=0.5): optax.exponential_decay(1.0, 30, 0.5, staircase=True),
            made("exponential", factor=0.9): optax.exponential_decay(1.0, LENGTH.epoch_steps, 0.9, staircase=True),
            made("cosine", final=0.1): optax.cosine_decay_schedule(1.0, LENGTH.steps, alpha=0.1),
        }
        for ours, theirs in twins.items():
            for step in range(LENGTH.steps):
                assert ours(step) == pytest.approx(float(theirs(step)), rel=1e-12), step
