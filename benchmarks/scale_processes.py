"""Holds the plan of several devices (`show --after plan --devices N`) against steps of processes on this machine.

    python benchmarks/scale_processes.py               # 1, 2 and 4 processes: some minutes

What a process can do (arithmetic, memory, sending, latency, further sums in one call) is measured first, by as many
processes at the same time as train afterwards, each bound to one core; then the plan is made with these rates, and the
steps are taken. Needs the extra `jax`, and Linux.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

import chainrule
from chainrule.views.stages.devices_plan import Rates, devices_plan

NETS = {
    "784-256-256-10, batch 256": ((784, 256, 256), 256),
    "784-100-10, batch 128": ((784, 100), 128),
}
"""Widths of the layers but the last, and rows of a batch."""

ROUNDS = 3
SUMS = 8
"""Small arrays that are summed over processes in one call."""
FIRST, LAST, EVERY = 50, 250, 50
"""Steps: the first to count, when all is compiled; the last; those between two reports, which look at two batches."""

SECTION = """
train {{
  minimize = loss ; optimizer = sgd(lr = 0.01) ; steps = {steps} ; batch = {rows} ; data = d ; report = every({every})
}}
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", nargs=3, type=int, metavar=("PROCESS", "PROCESSES", "PORT"))
    given = parser.parse_args()
    if given.child:
        measure(*given.child)
        return
    print("medians of rounds, in each of which rates come first and steps after")
    for count in (1, 2, 4):
        for name, (widths, rows) in NETS.items():
            with tempfile.TemporaryDirectory() as folder:
                found = [held_against(written(Path(folder), widths, rows), count) for _ in range(ROUNDS)]
            rates, planned, taken = found[len(found) // 2]
            ratio = statistics.median(taken / planned for _, planned, taken in found)
            planned, taken = (statistics.median(each[place] for each in found) for place in (1, 2))
            print(f"{count} processes, {name}: {rates.flops:.1e} FLOP/s, {rates.memory:.1e} bytes/s, sent "
                  f"{rates.network:.1e} bytes/s, {rates.latency * 1e6:.0f} us late, {rates.collective * 1e6:.0f} us a "
                  f"further sum; planned {planned * 1e3:.1f} ms, taken {taken * 1e3:.1f} ms, {ratio:.2f} of it",
                  flush=True)  # fmt: skip


def held_against(spec: Path, count: int) -> tuple[Rates, float, float]:
    """The rates of so many processes, and the seconds of a step as they are planned, and as they are."""
    rates = rates_of(count)
    plan = devices_plan(chainrule.load(spec).spec, count, rates, {})
    assert plan is not None
    return rates, plan.seconds, step_of(spec, count)


def written(folder: Path, widths: tuple[int, ...], rows: int) -> Path:
    """A spec of a net, and rows for it."""
    lines, value = ["use chainrule.layers", "dim N", f"input x: [N, {widths[0]}]", "input t: int[N]"], "x"
    value += "".join(f" -> dense({width}) -> relu" for width in widths[1:])
    lines += [f"scores = {value} -> dense(10)", "loss = softmax-loss(scores, t)"]
    lines += ['data d { x = npz("rows.npz", "x") ; t = npz("rows.npz", "t") }']
    lines += [SECTION.format(steps=LAST, rows=rows, every=EVERY)]
    random = np.random.default_rng(0)
    np.savez(
        folder / "rows.npz", x=random.random((rows * 2, widths[0]), np.float32), t=random.integers(10, size=rows * 2)
    )
    path = folder / "net.graph"
    path.write_text("\n".join(lines))
    return path


def bound_to(number: int) -> list[str]:
    """What binds a process to one core."""
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[number % len(cores)])]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def rates_of(count: int) -> Rates:
    """What each of so many processes can do while the others do it too."""
    port = free_port()
    children = [
        subprocess.Popen(
            [*bound_to(number), sys.executable, __file__, "--child", str(number), str(count), str(port)],
            stdout=subprocess.PIPE, env={**os.environ, "JAX_PLATFORMS": "cpu"}, text=True,
        )
        for number in range(count)
    ]  # fmt: skip
    said = [child.communicate()[0] for child in children]
    return Rates(**json.loads(said[0].splitlines()[-1]))


def measure(number: int, count: int, port: int) -> None:
    """The rates of a process, as JSON."""
    import jax
    import jax.numpy as jnp
    from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

    if count > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(f"127.0.0.1:{port}", count, number)
    here = jax.local_devices()[0]
    mesh = Mesh(np.array(jax.devices()), ("d",), axis_types=(AxisType.Auto,))
    whole = NamedSharding(mesh, PartitionSpec())
    summed = jax.jit(lambda each: each.sum(axis=0), out_shardings=whole)
    all_summed = jax.jit(lambda every: [each.sum(axis=0) for each in every], out_shardings=whole)

    def parts(size: int) -> jax.Array:
        part = np.ones((1, size), np.float32)
        rows = NamedSharding(mesh, PartitionSpec("d"))
        return jax.make_array_from_callback((count, size), rows, lambda place: part)

    a, b = (jax.device_put(np.ones(shape, np.float32), here) for shape in ((256, 1024), (1024, 1024)))
    long = [jax.device_put(np.ones(1 << 24, np.float32), here)]
    few, many = parts(64), parts(1 << 22)
    product = jax.jit(jnp.dot)
    plus = jax.jit(lambda each: each + 1, donate_argnums=0)  # new memory each time would be what is measured

    def added() -> None:
        long[0] = plus(long[0]).block_until_ready()

    flops = 2 * 256 * 1024 * 1024 / seconds(lambda: product(a, b).block_until_ready(), 300)
    memory = 2 * long[0].nbytes / seconds(added, 60)
    found = {"flops": flops, "memory": memory}
    if count > 1:
        once = seconds(lambda: summed(few).block_until_ready(), 100)
        large = seconds(lambda: summed(many).block_until_ready(), 20)
        sent = 2 * (count - 1) / count * 4 * (1 << 22)
        several = [parts(64 + number) for number in range(SUMS)]
        every = seconds(lambda: jax.block_until_ready(all_summed(several)), 100)
        found["collective"] = max((every - once) / (SUMS - 1), 0.0)
        found |= {"latency": once / (2 * (count - 1)), "network": sent / max(large - once, 1e-9)}
    print(json.dumps(found))


def seconds(work: Callable[[], object], times: int) -> float:
    """The mean of so many calls: what waits for a core waits in a step as well."""
    work()
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times


def step_of(spec: Path, count: int) -> float:
    """Seconds of a step, by the reports of a run; compiling is over before the first that counts."""
    run = spec.parent / f"run-{time.monotonic_ns()}"
    command = [sys.executable, "-m", "chainrule", "train", str(spec), "--quiet", "--backend", "jax"]
    address = f"127.0.0.1:{free_port()}"
    shared = ["--coordinator", address, "--processes", str(count)] if count > 1 else ["--devices", "1"]
    processes = []
    for number in range(count):
        own = [*(["--process", str(number)] if count > 1 else []), *(["--run", str(run)] if number == 0 else [])]
        environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
        line = [*bound_to(number), *command, *shared, *own]
        processes.append(subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL))
    codes = [process.wait() for process in processes]
    assert not any(codes), codes
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    times = [(row["step"], row["seconds"]) for row in rows if row["step"] >= FIRST]
    return statistics.median((b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(times))


if __name__ == "__main__":
    main()
