"""What programs minimise."""

from collections.abc import Callable

from .maker import Maker


def mean(maker: Maker) -> str | None:
    term = maker.term()
    templates = ("mean(X)", "0.1 * sum(X)", "mean(X ** 2)", "0.1 * sum(X * X)", "mean(tanh(X))", "0.3 * mean(X) ** 2")
    return term and maker.random.choice(templates).replace("X", term.text)


def distance(maker: Maker) -> str | None:
    first = maker.term()
    second = first and maker.term(lambda shape: shape == first.shape)
    if first is None or second is None:
        return None
    name = maker.random.choice(("mse", "quadratic-loss", "huber", "sigmoid_loss"))
    delta = maker.random.choice(("", ", delta = 0.3")) if name == "huber" else ""
    return f"{name}({first.text}, {second.text} * 0.5{delta}{maker.weight(first.shape)})"


def classified(maker: Maker) -> str | None:
    scores = maker.term(
        lambda shape: len(shape) >= 2 and shape[0] == "N" and all(isinstance(size, int) for size in shape[1:])
    )
    if scores is None or scores.shape[-1] == 1:
        return None
    soft = maker.term(lambda shape: shape == scores.shape) or scores
    *inner, classes = (int(size) for size in scores.shape[1:])
    t, weight = maker.labels(classes, *inner), maker.weight(scores.shape[:-1])
    smoothing = maker.random.choice(("", "", ", smoothing = 0.1"))
    return maker.random.choice(
        (
            f"softmax-loss({scores.text}, {t}{smoothing}{weight})",
            f"softmax-loss({scores.text}, {t})",
            f"softmax-loss({scores.text}, softmax({soft.text}){smoothing}{weight})",
            f"cross-entropy(softmax({scores.text}), {t}{weight})",
        )
    )


LOSSES: tuple[Callable[[Maker], str | None], ...] = (mean, mean, distance, classified, classified)


PENALTIES = (
    "0.1 * sum(P ** 2)", "0.1 * sum((P - 1) ** 2)", "0.1 * sum(P)", "0.1 * sum(P) ** 2", "0.1 * mean(tanh(P))",
    "0.05 * sum(P * Q)", "0.1 * sum(abs(P))", "0.1 * sum(P * 1)",
)  # fmt: skip
"""What a loss may add for a param P, and another one Q of its shape."""
