"""What the nets of four specs come to beside the same nets in torch: settings and start alike, batches torch's own.

    python -m chainrule.benchmarks.textbook_learning [SEEDS] [NAME ...]

Needs torch in the same environment. A net of torch begins with the parameters that the spec draws for a seed, and takes
as many steps of torch's adam on as many rows; which rows are held out, the batches, and what is drawn are its own.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

import chainrule
from chainrule.program.program import Program

SPECS = Path(chainrule.__file__).parent / "specs"

Held = Mapping[str, Tensor]
Rows = Mapping[str, Tensor]


def dense(held: Held, name: str, x: Tensor) -> Tensor:
    """x @ W + b."""
    return x @ held[f"{name}.W"] + held[f"{name}.b"]


def wrong(scores: Tensor, said: Tensor) -> Tensor:
    """The mean cross-entropy of scores [..., C]."""
    return functional.cross_entropy(scores.flatten(0, -2), said.flatten())


def right(scores: Tensor, said: Tensor) -> float:
    """The share of scores [..., C] whose largest is the right one, in percent."""
    return 100 * float((scores.argmax(-1) == said).float().mean())


# --- the nets, by the names that the specs give their parameters ------------------------------------------------


def rhyme(held: Held, read: Tensor, told: int) -> Tensor:
    """Scores of continuing.graph, which is `told` so many letters."""
    h = torch.zeros(len(read), 64)
    scores: list[Tensor] = []
    for place in range(read.shape[1]):
        letter = read[:, place] if place < told else scores[-1].argmax(1)
        h = torch.tanh(dense(held, "states.turn", torch.cat([held["states.place.table"][letter], h], 1)))
        scores.append(dense(held, "states.say", h))
    return torch.stack(scores, 1)


def gru(held: Held, name: str, x: Tensor) -> Tensor:
    """States of a GRU at all times."""
    inputs = dense(held, f"{name}.input", x)
    h = torch.zeros(len(x), len(held[f"{name}.states.U"]))
    states = []
    for z in inputs.unbind(1):
        old = h @ held[f"{name}.states.U"]
        (zr, zk, zc), (r, k, c) = z.chunk(3, 1), old.chunk(3, 1)
        keep = torch.sigmoid(zk + k)
        h = (1 - keep) * torch.tanh(zc + torch.sigmoid(zr + r) * (c + held[f"{name}.states.b"])) + keep * h
        states.append(h)
    return torch.stack(states, 1)


def digits(held: Held, read: Tensor, *, told: bool) -> Tensor:
    """Scores of reversing.graph; `told` what should have been said before."""
    heard = gru(held, "reader", held["sign.table"][read])
    kept, last = heard[:, -1], torch.full((len(read),), 10)
    scores: list[Tensor] = []
    for place in range(read.shape[1]):
        kept = torch.tanh(dense(held, "asked.turn", torch.cat([held["asked.letter.table"][last], kept], 1)))
        weights = torch.softmax((heard * kept[:, None]).sum(2), 1)
        found = (heard * weights[:, :, None]).sum(1)
        scores.append(dense(held, "asked.say", torch.cat([kept, found], 1)))
        last = read[:, -1 - place] if told else scores[-1].argmax(1)
    return torch.stack(scores, 1)


def counts(held: Held, word: Tensor) -> Tensor:
    """Scores of transformer.graph."""

    def normed(name: str, x: Tensor) -> Tensor:
        return functional.layer_norm(x, (16,), held[f"{name}.scale"], held[f"{name}.shift"])

    x = held["letter.table"][word] + held["at"]
    for body in ("body[1]", "body[2]"):
        calm = normed(f"{body}.calm", x)
        q, k, v = (
            dense(held, f"{body}.look.{name}.dense", calm).unflatten(2, (2, 8)).transpose(1, 2) for name in "qkv"
        )
        looked = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + dense(held, f"{body}.look.out", looked)
        still = normed(f"{body}.still", x)
        x = x + dense(held, f"{body}.back", functional.gelu(dense(held, f"{body}.wide", still)))
    return dense(held, "say", normed("last", x))


def often(word: Tensor) -> Tensor:
    """How often each place's letter stands in its word."""
    return (word[:, :, None] == word[:, None, :]).sum(2)


def company(held: Held, window: Tensor) -> Tensor:
    """The loss of words.graph."""
    words, count = len(held["company"]), len(window)
    word, around = window[:, 2], window[:, [0, 1, 3, 4]]
    total = torch.zeros(())
    meant = held["company"][around].mean(1, keepdim=True)
    for of, table, those in ((meant, "guessed", word[:, None]), (held["centre"][word][:, None], "nearby", around)):
        fits = (of * held[table][those]).sum(2)
        misfits = (of * held[table][torch.randint(words, (count, 5))]).sum(2)
        total = total + functional.softplus(-fits).mean() + 5 * functional.softplus(misfits).mean()
    return total


COUNTING = [57, 127, 142, 63, 54, 132]
"""The six words that count, as words.graph numbers them."""


def neighbours(tables: Mapping[str, Tensor]) -> dict[str, float]:
    """Of the words that are nearest to each of the six that count, the share that is of the six too, in percent."""
    shares = {}
    for name, table in tables.items():
        unit = functional.normalize(table)
        nearest = (unit[COUNTING] @ unit.T).topk(6).indices  # the first is the word itself
        among = torch.isin(nearest, torch.tensor(COUNTING)).float()
        shares |= {f"{name}, {count} nearest": 100 * float(among[:, 1 : count + 1].mean()) for count in (3, 5)}
    return shares


# --- both sides --------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """A spec; the loss of torch's net over a batch, its measures over the rows that count, and those of a spec."""

    spec: str
    loss: Callable[[Held, Rows], Tensor]
    measured: Callable[[Held, Rows], dict[str, float]]
    ours: Callable[[Program, Mapping[str, float]], dict[str, float]]
    epochs: int
    """How long both train: to the end of what they learn, where the spec stops on the way."""


CASES = (
    Case(
        "continuing",
        lambda held, rows: wrong(rhyme(held, rows["read"], 40), rows["next_ones"]),
        lambda held, rows: {
            "next letter": right(rhyme(held, rows["read"], 40), rows["next_ones"]),
            "on its own": right(rhyme(held, rows["read"], 10)[:, 10:], rows["next_ones"][:, 10:]),
        },
        lambda program, last: {"next letter": 100 * last["train.accuracy"], "on its own": 100 * last["train.right"]},
        epochs=15,
    ),
    Case(
        "reversing",
        lambda held, rows: wrong(digits(held, rows["read"], told=True), rows["read"].flip(1)),
        lambda held, rows: {"test rows": right(digits(held, rows["read"], told=False), rows["read"].flip(1))},
        lambda program, last: {"test rows": 100 * last["test.accuracy"]},
        epochs=4,
    ),
    Case(
        "words",
        lambda held, rows: company(held, rows["window"]),
        lambda held, rows: neighbours({"skip-gram": held["centre"], "CBOW": held["company"]}),
        lambda program, last: neighbours(
            {"skip-gram": torch.tensor(program.params["centre"]), "CBOW": torch.tensor(program.params["company"])}
        ),
        epochs=200,
    ),
    Case(
        "transformer",
        lambda held, rows: wrong(counts(held, rows["word"]), often(rows["word"])),
        lambda held, rows: {"test rows": right(counts(held, rows["word"]), often(rows["word"]))},
        lambda program, last: {"test rows": 100 * last["test.accuracy"]},
        epochs=10,
    ),
)


def in_torch(case: Case, program: Program, seed: int) -> dict[str, float]:
    """The measures of torch's net after the training that the spec asks for."""
    torch.manual_seed(seed)
    section = program.spec.train
    assert section is not None
    rows = {name: torch.tensor(np.asarray(each, np.int64)) for name, each in program.rows().items()}
    count = len(next(iter(rows.values())))
    order = torch.randperm(count)
    held_out = int(count * section.hold_out.fraction) if section.hold_out is not None else 0
    seen, unseen = order[held_out:], order[:held_out]
    held = {name: torch.tensor(np.float32(each)).requires_grad_() for name, each in program.params.items()}
    settings = section.optimizer.arguments
    adam = torch.optim.Adam(held.values(), float(settings["lr"]), foreach=True)
    for _ in range(section.epochs or 1):
        for batch in seen[torch.randperm(len(seen))].split(section.batch or len(seen)):
            adam.zero_grad()
            case.loss(held, {name: each[batch] for name, each in rows.items()}).backward()
            if (norm := settings.get("clip_norm")) is not None:
                torch.nn.utils.clip_grad_norm_(held.values(), float(norm))
            adam.step()
    asked = unseen if held_out else seen
    with torch.no_grad():
        return case.measured(held, {name: each[asked] for name, each in rows.items()})


def in_chainrule(case: Case, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """The measures of the spec after its training with a seed, and those of torch's net."""
    program = chainrule.load(SPECS / f"{case.spec}.graph", set={"train.seed": seed, "train.epochs": case.epochs})
    program.rows(0, 1)  # the data say how many letters there are
    theirs = in_torch(case, program, seed)
    return case.ours(program, program.train().last), theirs


def main() -> None:
    """Prints the means over the seeds, in percent."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(f"percent, means of {seeds} seeds\n{'':28}chainrule   torch  difference")
    for case in CASES:
        if sys.argv[2:] and case.spec not in sys.argv[2:]:
            continue
        both = [in_chainrule(case, seed) for seed in range(seeds)]
        for name in both[0][0]:
            ours, theirs = (float(np.mean([side[name] for side in sides])) for sides in zip(*both, strict=True))
            print(f"{case.spec + ', ' + name:28}{ours:9.2f}{theirs:8.2f}{ours - theirs:+12.2f}", flush=True)


if __name__ == "__main__":
    main()
