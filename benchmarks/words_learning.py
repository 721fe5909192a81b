"""Word vectors beside the same nets in torch: step for step on the same rows, then each with chance of its own.

    python -m chainrule.benchmarks.words_learning [SEEDS]

Needs torch in the same environment. The nets are those of specs/words.graph, with the words that are drawn given as an
input; start, settings and epochs are the spec's. A tenth of the windows is held out.

Step for step: both get the same rows in the same order and the same drawn words, so they differ by rounding alone. How
far their losses and params come to be apart is printed, and how many of each word's five nearest, over the whole
vocabulary, they have in common. Each by itself: order and drawn words are its own; what counts is the share of held-out
windows whose true word is among the ten of the whole vocabulary that fit best.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

import chainrule
from chainrule.program.program import Program

SPEC = Path(chainrule.__file__).parent / "specs" / "words.graph"
DRAWN = ("others", "others_again")
BEST, NEAREST = 10, 5
TABLES = {"CBOW": "company", "skip-gram": "centre"}

Array = np.ndarray[Any, Any]
Held = Mapping[str, Array]


class Training(NamedTuple):
    """The rows of each step, and the words drawn in it; what it begins with, and adam's rate."""

    windows: list[Array]
    drawn: list[dict[str, Array]]
    start: Held
    rate: float


def given(words: int) -> str:
    """The nets and the train section of the spec, whose drawn words are inputs."""
    nets, _, rest = SPEC.read_text(encoding="utf-8").partition("\n# How alike words are")
    nets = nets.replace("dim N, V\n", f"dim N\nconst V = {words}\n")
    for name in DRAWN:
        nets = nets.replace(f"{name} = floor(V * uniform_like(expand(0, [N, drawn])))", f"input {name}: int[N, drawn]")
    section = "train {" + rest.partition("train {")[2].partition("}")[0] + "}"
    kept = [line for line in section.splitlines() if line.split("=")[0].strip() not in ("data", "report", "metrics")]
    return f"{nets}\n" + "\n".join(kept) + "\n"


def chance(chosen: np.random.Generator, spec: Program, windows: Array, start: Held) -> Training:
    """Batches of these windows in an order by chance, and the words drawn for them."""
    section = spec.spec.train
    assert section is not None
    assert section.batch is not None
    batches: list[Array] = []
    for _ in range(section.epochs or 1):
        order = chosen.permutation(len(windows))
        batches += [windows[order[at : at + section.batch]] for at in range(0, len(windows), section.batch)]
    drawn = [{name: chosen.integers(len(start["company"]), size=(len(each), 5)) for name in DRAWN} for each in batches]
    return Training(batches, drawn, start, float(section.optimizer.arguments["lr"]))


def ours(text: str, training: Training, precision: str) -> tuple[Held, list[float]]:
    """The params after a training, and its losses."""
    program = chainrule.compile(text, precision=precision)  # type: ignore[arg-type]  # one of the two
    trainer = program.trainer(precision=precision)  # type: ignore[arg-type]  # as above
    for name, value in training.start.items():
        trainer.params[name][...] = value
    steps = zip(training.windows, training.drawn, strict=True)
    losses = [float(trainer.step(window=window, **drawn)) for window, drawn in steps]
    return {name: np.array(value) for name, value in trainer.params.items()}, losses


def loss_of(held: Mapping[str, Tensor], window: Tensor, drawn: Mapping[str, Tensor]) -> Tensor:
    """The loss of the spec."""
    word, around = window[:, 2], window[:, [0, 1, 3, 4]]
    total = torch.zeros(())
    pairs = (
        (held["company"][around].mean(1, keepdim=True), "guessed", word[:, None], "others"),
        (held["centre"][word][:, None], "nearby", around, "others_again"),
    )
    for of, table, those, others in pairs:
        fits, misfits = ((of * held[table][each]).sum(2) for each in (those, drawn[others]))
        total = total + functional.softplus(-fits).mean() + 5 * functional.softplus(misfits).mean()
    return total


def theirs(training: Training, precision: str) -> tuple[Held, list[float]]:
    """The same of torch."""
    held = {name: torch.tensor(value.astype(precision)).requires_grad_() for name, value in training.start.items()}
    adam, losses = torch.optim.Adam(held.values(), training.rate), []
    for window, drawn in zip(training.windows, training.drawn, strict=True):
        adam.zero_grad()
        loss = loss_of(held, torch.tensor(window), {name: torch.tensor(each) for name, each in drawn.items()})
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return {name: value.detach().numpy() for name, value in held.items()}, losses


# --- measures -----------------------------------------------------------------------------------------------------


def nearest(table: Array) -> list[set[int]]:
    """Of each word the nearest by the cosine."""
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    likeness = unit @ unit.T
    np.fill_diagonal(likeness, -np.inf)
    return [set(row[:NEAREST].tolist()) for row in np.argsort(-likeness, axis=1)]


def in_common(one: Held, other: Held, table: str) -> float:
    """The share of the nearest that both have, in percent."""
    both = zip(nearest(one[table]), nearest(other[table]), strict=True)
    return float(np.mean([100 * len(a & b) / NEAREST for a, b in both]))


def found(held: Held, windows: Array) -> dict[str, float]:
    """The share of windows whose true word is among those that fit best, in percent: of skip-gram, each true one."""
    word, around = windows[:, 2], windows[:, [0, 1, 3, 4]]
    by_cbow = held["company"][around].mean(1) @ held["guessed"].T
    by_skip_gram = held["centre"][word] @ held["nearby"].T
    shares = {}
    for name, scores, true in (("CBOW", by_cbow, word[:, None]), ("skip-gram", by_skip_gram, around)):
        best = np.argsort(-scores, axis=1)[:, :BEST]
        shares[name] = float(100 * np.mean([np.isin(each, row).mean() for each, row in zip(true, best, strict=True)]))
    return shares


def main() -> None:
    """Prints both comparisons."""
    torch.set_num_threads(1)
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
    made = chainrule.load(SPEC)
    windows = np.asarray(made.rows()["window"], np.int64)
    text = given(len(made.params["company"]))
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in TABLES}
    for seed in seeds:
        spec = chainrule.compile(text, set={"train.seed": seed})
        chosen = np.random.default_rng(seed)
        order = chosen.permutation(len(windows))
        unseen, seen = windows[order[: len(windows) // 10]], windows[order[len(windows) // 10 :]]
        start = {name: np.asarray(value) for name, value in spec.params.items()}
        same = chance(chosen, spec, seen, start)
        for precision in ("float64", "float32"):
            (a, one), (b, other) = ours(text, same, precision), theirs(same, precision)
            apart = max(float(np.abs(a[name] - b[name]).max()) for name in a)
            losses = float(np.abs(np.array(one) / np.array(other) - 1).max())
            alike = ", ".join(f"{name} {in_common(a, b, table):.1f}%" for name, table in TABLES.items())
            print(f"seed {seed}, {precision}: losses {losses:.1e} apart, params {apart:.1e}; nearest alike: {alike}")
        mine, others = (
            found(run(chance(chosen, spec, seen, start))[0], unseen)
            for run in (lambda training: ours(text, training, "float32"), lambda training: theirs(training, "float32"))
        )
        for name, pairs in results.items():
            pairs.append((mine[name], others[name]))
    print(f"held-out windows whose word is among the {BEST} that fit best, percent, {len(seeds)} seeds")
    for name, pairs in results.items():
        values = np.array(pairs)
        off = values[:, 0] - values[:, 1]
        error = off.std(ddof=1) / np.sqrt(len(off)) if len(off) > 1 else np.nan
        chainrules, torches = values.mean(0)
        print(f"{name:10} chainrule {chainrules:6.2f}  torch {torches:6.2f}  {off.mean():+.2f} (error {error:.2f})")


if __name__ == "__main__":
    main()
