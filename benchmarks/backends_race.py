"""Steps of JAX beside the same net that is written in JAX by hand: 784-100-10, softmax-loss, sgd, float32.

    python benchmarks/backends_race.py                 # on one core, by processor time
    python benchmarks/backends_race.py --cores 2       # by the clock: what threads that wait use up is no work

The compiled step alone, called with arrays that lie in JAX already; single steps that a script feeds; steps in a loop
over an epoch. The ways take turns; a figure is the median of the ratios of all rounds. Needs the extra `jax`; Linux.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

import nets
import numpy as np

import chainrule
from chainrule.runtime.arrays import Array
from chainrule.runtime.steps.jax_step import JaxBackend, JaxStep
from chainrule.runtime.steps.trainer import Trainer
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


Clock: TypeAlias = Callable[[], float]
Ways: TypeAlias = Mapping[str, Callable[[], object]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cores", type=int, default=1)
    cores = parser.parse_args().cores
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])
    clock = time.process_time if cores == 1 else time.perf_counter
    for rows in (100, 1000):
        raced(f"a compiled step of {rows} rows alone", alone(rows), TAKEN, ROUNDS, clock)
        raced(f"a step of {rows} rows that are fed", singles(rows), TAKEN, ROUNDS, clock)
        raced(f"a step of {rows} rows in a loop over {ROWS}", loops(rows), ROWS // rows, LOOPS, clock)


def raced(what: str, ways: Ways, steps: int, rounds: int, clock: Clock) -> None:
    """Prints how long ours takes, as a share of what each other way takes."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, take in ways.items():
            take()  # it has its caches again
            begun = clock()
            take()
            times[name].append(clock() - begun)
    ours = times.pop("ours")
    ratios = [
        f"{statistics.median(one / other for one, other in zip(ours, theirs, strict=True)):.3f} of {name}"
        for name, theirs in times.items()
    ]
    print(f"{what}: {', '.join(ratios)}, {min(ours) / steps * 1e6:.0f} us at least", flush=True)


def batches(rows: int) -> tuple[Array, Array]:
    random = np.random.default_rng(0)
    return unaligned(random.normal(size=(rows, 784)).astype("float32")), unaligned(random.integers(10, size=rows))


def unaligned(array: Array) -> Array:
    """An array where numpy puts three of four: XLA must copy it, since its address is no multiple of 64."""
    memory = np.empty(array.nbytes + 80, np.uint8)
    start = -memory.ctypes.data % 64 + 16
    placed: Array = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    placed[...] = array
    return placed


# --- single steps -----------------------------------------------------------------------------------------------


class Task:
    """What `nets.jax` asks of a task: one batch, all the time."""

    adam = False
    batches = 1

    def __init__(self, weights: list[Array], x: Array, t: Array) -> None:
        self.weights, self.x, self.t, self.rows = weights, x, t.astype("int32"), len(x)

    def batch(self) -> slice:
        return slice(0, self.rows)


BY_HAND, FED = "JAX by hand", "JAX by hand that is fed"


def alone(rows: int) -> Ways:
    """What our step compiles beside that of `nets.jax`: both are called with arrays of JAX, and their losses read."""
    import jax
    import jax.numpy as jnp

    trainer, x, t = begun(rows)
    trainer.step(x=x, t=t)
    step, backend = trainer._last, trainer.backend
    assert isinstance(step, JaxStep)
    assert isinstance(backend, JaxBackend)
    held = [[jnp.array(each) for each in backend.at(step.changing).values()]]
    with jax.enable_x64(True):
        placed: list[Any] = [jnp.asarray(each) for each in (x, t, np.float32(0.1))]

    def ours() -> Any:
        with jax.enable_x64(True):
            loss, held[0] = step._function(held[0], [], placed)
        return loss

    return {"ours": partial(taken, ours), BY_HAND: partial(taken, by_hand(trainer, x, t))}


def singles(rows: int) -> Ways:
    """Steps that a script feeds, beside those of `nets.jax`, whose rows lie in JAX already, or are fed as well."""
    trainer, x, t = begun(rows)
    return {
        "ours": partial(taken, partial(trainer.step, x=x, t=t)),
        BY_HAND: partial(taken, by_hand(trainer, x, t)),
        FED: partial(taken, by_hand(trainer, x, t, fed=True)),
    }


def begun(rows: int) -> tuple[Trainer, Array, Array]:
    x, t = batches(rows)
    program = chainrule.compile(NET.replace("batch = BATCH ;", ""))
    return program.trainer(rows, data={"x": x, "t": t}, optimise=True), x, t


def by_hand(trainer: Trainer, x: Array, t: Array, *, fed: bool = False) -> Callable[[], Any]:
    task: Any = Task([np.array(trainer.params[f"W{number}"]) for number in (1, 2)], x, t)
    return nets.jax(task, fed=fed)[0]


def taken(one: Callable[[], Any]) -> None:
    """Steps, of each of which the loss is read."""
    for _ in range(TAKEN):
        float(one())


# --- a loop over an epoch ---------------------------------------------------------------------------------------


def loops(rows: int) -> Ways:
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

    return {"ours": ours, BY_HAND: theirs}


if __name__ == "__main__":
    main()
