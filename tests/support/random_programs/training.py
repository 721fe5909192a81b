"""How random programs are trained: rows of batches, optimisers and their settings, groups of params."""

from collections.abc import Sequence
from random import Random

ROWS = ((1, 1, 1), (1, 3), (2, 1, 2), (5, 5, 1), (4, 4), (3, 2, 1), (7, 7))
"""Rows of the batches of a training, one after the other."""

OPTIMISERS = (
    *("sgd(lr = 0.1",) * 6, "momentum(lr = 0.05", "nesterov(lr = 0.05", "adagrad(lr = 0.05",
    "rmsprop(lr = 0.01", "adam(lr = 0.01", "adam(lr = 0.01, lazy = true", "adamw(lr = 0.01",
)  # fmt: skip
"""Open for further arguments. Plain sgd comes more often: only its updates are fused."""

OWN = {
    "sgd": (), "momentum": ("momentum = 0.5", "momentum = 0"), "nesterov": ("momentum = 0.7",),
    "adagrad": ("eps = 0.001",), "rmsprop": ("decay = 0.5", "eps = 0.1"), "adam": ("beta1 = 0", "beta2 = 0.5"),
    "adamw": ("beta1 = 0.5, beta2 = 0.9", "eps = 0.001"),
}  # fmt: skip
"""What groups may replace of an optimiser, beside what they may of each."""

EXTRAS = (", weight_decay = 0.02", ", clip_norm = 0.5", ", clip_value = 0.05", ", weight_decay = 0.1, clip_norm = 1")


def groups(random: Random, optimiser: str, params: Sequence[str], trained: str) -> str:
    """Groups of the params, some of them frozen, but for one that is trained."""
    made = []
    for _ in range(random.randint(1, 3)):
        name = random.choice(params)
        pattern = random.choice((name, name, f"*{name[1:]}", "p*", "*", f"{name}*"))
        if name != trained and random.random() < 0.4:
            made.append(f'group("{name}", frozen = true)')
            continue
        settings = random.choice(
            ("lr = 0.02", "lr = 0", "weight_decay = 0.05", "clip_value = 0.1", "weight_decay = 0", *OWN[optimiser])
        )
        if random.random() < 0.3 and "lr" not in settings:
            settings += f", lr = {random.choice((0.03, 0.05))}"
        made.append(f'group("{pattern}", {settings})')
    return f"groups = [{', '.join(made)}] ; "
