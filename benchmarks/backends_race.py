"""What steps on JAX cost beside the same net by hand in JAX: single ones, and a loop over an epoch.

    python benchmarks/backends_race.py                 # a minute or two, on a quiet machine

Processor time, medians of the ratios of rounds in which each way comes once. Needs the extra `jax`.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import nets
import numpy as np

import chainrule
from chainrule.runtime.arrays import Array
from chainrule.runtime.training.train import Training

ROUNDS, TAKEN = 15, 60
"""Single steps are taken so many at a time."""

LOOPS, ROWS = 25, 10_000
"""Rounds of the loop, and rows of its data."""

NET = """
dim N
input x: [N, 784]
input t: int[N]
param W1: [784, 100] = he()
param b1: [100] = zeros()
param W2: [100, 10] = he()
param b2: [10] = zeros()
loss = softmax-loss(affine(relu(affine(x, W1, b1)), W2, b2), t)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 100000 ; batch = BATCH ; backend = jax }
"""


def main() -> None:
    for rows in (100, 1000):
        told(f"a step of {rows} rows that are fed", singles(rows), TAKEN)
        told(f"a step of {rows} rows in a loop over {ROWS}", loops(rows), ROWS // rows)


def told(what: str, times: Mapping[str, list[float]], steps: int) -> None:
    """The ratio of two ways, and the least time of ours."""
    ratio = statistics.median(one / other for one, other in zip(times["ours"], times["theirs"], strict=True))
    least = min(times["ours"]) / steps * 1e6
    print(f"{what}: {ratio:.3f} of the processor time of JAX by hand, {least:.0f} us at least", flush=True)


def timed(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """The processor time of each way, in each round."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, take in ways.items():
            take()  # it has its caches again
            begun = time.process_time()
            take()
            times[name].append(time.process_time() - begun)
    return times


def batches(rows: int) -> tuple[Array, Array]:
    random = np.random.default_rng(0)
    return random.normal(size=(rows, 784)).astype("float32"), random.integers(10, size=rows)


# --- single steps -----------------------------------------------------------------------------------------------


class Task:
    """What `nets.jax` asks of a task: one batch, all the time."""

    adam = False
    batches = 1

    def __init__(self, weights: list[Array], x: Array, t: Array) -> None:
        self.weights, self.x, self.t, self.rows = weights, x, t.astype("int32"), len(x)

    def batch(self) -> slice:
        return slice(0, self.rows)


def singles(rows: int) -> dict[str, list[float]]:
    """Steps that a script feeds, beside those of `nets.jax`, whose rows lie in JAX already."""
    x, t = batches(rows)
    program = chainrule.compile(NET.replace("batch = BATCH ;", ""))
    trainer = program.trainer(rows, data={"x": x, "t": t}, optimise=True)
    step, wait, _ = nets.jax(Task([np.array(trainer.params[f"W{number}"]) for number in (1, 2)], x, t))

    def taken(one: Callable[[], Any]) -> None:
        for _ in range(TAKEN):
            float(one())
        wait()

    return timed({"ours": partial(taken, partial(trainer.step, x=x, t=t)), "theirs": partial(taken, step)}, ROUNDS)


# --- a loop over an epoch ---------------------------------------------------------------------------------------


def loops(rows: int) -> dict[str, list[float]]:
    """An epoch of shuffled rows that lie in JAX, beside `jax.lax.scan` over a step that gathers its rows as well."""
    import jax
    import jax.numpy as jnp

    x, t = batches(ROWS)
    program, steps = chainrule.compile(NET.replace("BATCH", str(rows))), ROWS // rows
    trainings = program._trainings
    with trainings.on(trainings.given(None, {"x": x, "t": t}, None)):
        training = Training(trainings.job(None))
    trainer, loop = training.trainer, training._loop
    assert loop is not None

    def ours() -> None:
        done = 0
        while done < steps:
            done += len(trainer.take_from(loop, steps - done))

    weights = [np.array(trainer.params[f"W{number}"]) for number in (1, 2)]
    held = [[(jnp.array(weight), jnp.zeros(weight.shape[1], "float32")) for weight in weights]]
    placed = jnp.asarray(x), jnp.asarray(t.astype("int32"))

    def loss_of(params: list[Any], x: jax.Array, t: jax.Array) -> jax.Array:
        for weight, shift in params[:-1]:
            x = jax.nn.relu(x @ weight + shift)
        weight, shift = params[-1]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x @ weight + shift), t[:, None], 1))

    def whole(params: list[Any], x: jax.Array, t: jax.Array, order: jax.Array) -> Any:
        def stepped(params: list[Any], numbers: jax.Array) -> Any:
            loss, gradients = jax.value_and_grad(loss_of)(params, x[numbers], t[numbers])
            return jax.tree.map(lambda one, other: one - 0.1 * other, params, gradients), loss

        return jax.lax.scan(stepped, params, order)

    function, random = jax.jit(whole, donate_argnums=0), np.random.default_rng(1)

    def theirs() -> None:
        order = random.permutation(ROWS).astype("int32").reshape(steps, rows)
        held[0], losses = function(held[0], *placed, order)
        np.asarray(losses)

    return timed({"ours": ours, "theirs": theirs}, LOOPS)


if __name__ == "__main__":
    main()
