"""`bench`: what this machine needs for a spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from .shared.verb import Amount, Request, example, verb

if TYPE_CHECKING:
    from ..program.program import Program
    from ..runtime.steps.trainer import Trainer
    from ..views.text.json_values import Json

REFERENCE = """
dim N
input x: [N, 784]
input t: int[N]
block layer(h: [N, I], units) { param W: [I, units] = he() ; param b: [units] = zeros() ; return affine(h, W, b) }
scores = x -> layer(100) as fc1 -> relu -> layer(64) as fc2 -> relu -> layer(32) as fc3 -> relu -> layer(10) as fc4
loss = softmax-loss(scores, t)
train { minimize = loss ; optimizer = sgd(lr = 0.001) ; epochs = 1 }
"""
"""What is measured without a spec: digits of 28 x 28, three hidden layers, random rows."""

DISTURBED = (
    "A step holds its matrix products, so it can't take less: the machine was busy with other work.\n"
    "Measure again when it is idle, or for longer (--seconds 0.5)."
)


@click.command(epilog=example("chainrule bench", "chainrule bench specs/mnist.graph"))
@click.argument("file", required=False)
@click.option(
    "--seconds", type=Amount(3600), default=0.05, show_default=True, help="Time of each round of each measurement."
)
@verb
def bench(request: Request, file: str | None, seconds: float) -> dict[str, Json]:
    """Measure this machine: a training step, its share of its own matrix products, compile time, memory.

    Without FILE: a net 784-100-64-32-10 on batches of 100 random rows. All are taken in turn, so that other work on
    the machine disturbs them alike; where it shows all the same, that is said.
    """
    from time import perf_counter

    from ..program.front_door import compile
    from ..runtime.runs.machine_record import blas

    began = perf_counter()
    program = request.load(file) if file else compile(REFERENCE, request.precision, name="<reference>")
    read = perf_counter()
    trainer, plain = program.trainer(), program.trainer(optimise=False)
    differentiated = perf_counter()
    feeds = _feeds(program)
    ready = perf_counter()
    trainer.step(feeds)
    first = perf_counter()
    stages = {
        "text to graph": read - began,
        "reverse pass and update": (differentiated - read) / 2,
        "passes, plan, code, first step": first - ready,
    }
    document, lines = _step(trainer, plain, feeds, seconds)
    document["stages"] = dict(stages)
    document["blas"] = [{key: str(value) for key, value in each.items()} for each in blas()]
    lines += [f"{name:32}{taken * 1e3:9.1f} ms" for name, taken in stages.items()]
    lines += [f"{each['library']} {each['version']}, {each['kernels']}, {each['threads']} threads" for each in blas()]
    request.say("\n".join(lines))
    return document


def _step(
    trainer: Trainer, plain: Trainer, feeds: dict[str, object], seconds: float
) -> tuple[dict[str, Json], list[str]]:
    """What a step takes, as a document and as lines."""
    from ..runtime.checks.benchmark import peak_bytes, products_alone, timings

    functions: list[Callable[[], object]] = [lambda: trainer.step(feeds), lambda: plain.step(feeds)]
    compiled = trainer.compiled
    if compiled is not None and compiled.source.products:
        functions.append(products_alone(compiled.source.products, compiled.memory.precision))
    step, node_by_node, *floor = timings(functions, seconds)
    document: dict[str, Json] = {"step": step.median, "node by node": node_by_node.median}
    lines = [_line("step", step.median, ""), _line("node by node", node_by_node.median, "")]
    if floor:
        share = step.median / floor[0].median
        document |= {"matrix products": floor[0].median, "step / matrix products": share, "disturbed": share < 1}
        lines.append(_line("matrix products alone", floor[0].median, f"   a step is {share:.2f} times that"))
        lines += [DISTURBED] if share < 1 else []
    if compiled is not None:
        sizes = {
            "buffers": compiled.source.arena,
            "parameters and states": compiled.memory.array.nbytes,
            "allocated in a step": peak_bytes(lambda: trainer.step(feeds)),
        }
        document["bytes"] = dict(sizes)
        lines += [f"{name:32}{size:12,} bytes" for name, size in sizes.items()]
    return document, lines


def _line(name: str, seconds: float, note: str) -> str:
    return f"{name:32}{seconds * 1e6:9,.1f} us{note}"


def _feeds(program: Program) -> dict[str, object]:
    """A batch: of the spec's own data, else of random rows."""
    import numpy as np

    section, nodes = program.spec.train, program.spec.graph.nodes
    assert section is not None  # a trainer was made of it
    batch = section.batch or 100
    rows = program.rows(0, section.batch) if section.data is not None else {}
    generator = np.random.default_rng(0)
    feeds: dict[str, object] = {}
    for path, declaration in program.spec.graph.inputs.items():
        kind, shape = nodes[declaration.index].type
        sizes = [size if isinstance(size, int) else batch for size in shape]
        dtype = "int64" if kind == "int" else section.precision
        if path in rows:
            feeds[path] = np.ascontiguousarray(rows[path], dtype)
        elif declaration.default is None:
            feeds[path] = (generator.integers(2, size=sizes) if kind == "int" else generator.random(sizes)).astype(
                dtype
            )
    return feeds
