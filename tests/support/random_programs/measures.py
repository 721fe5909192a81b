"""Metrics: nodes that no gradient passes."""

from .maker import Maker


def measure(maker: Maker) -> str | None:
    """A metric of scores and classes, of a column and classes, or of two values of one shape."""
    random = maker.random
    kind = random.choice(("classes", "column", "values"))
    if kind == "values":
        first = maker.term()
        second = first and maker.term(lambda shape: shape == first.shape)
        if first is None or second is None:
            return None
        name = random.choice(("mae", "r2") if first.shape else ("mae",))
        return f"{name}({first.text}, {second.text} * 0.5{maker.weight(first.shape)})"
    if kind == "column":
        scores = maker.term(lambda shape: shape in (("N",), ("N", 1)))
        if scores is None:
            return None
        t = maker.labels(2, *(int(size) for size in scores.shape[1:]))
        name = random.choice(("accuracy", "precision", "recall", "f1", "auc", "confusion"))
        threshold = random.choice(("", ", threshold = 0")) if name != "auc" else ""
        return f"{name}({scores.text}, {t}{threshold}{maker.weight(scores.shape)})"
    scores = maker.term(lambda shape: len(shape) == 2 and shape[0] == "N" and shape[1] not in ("N", 1))
    if scores is None:
        return None
    classes = int(scores.shape[1])
    name = random.choice(("accuracy", "top-k", "precision", "recall", "f1", "confusion"))
    more = f", k = {random.randint(1, classes)}" if name == "top-k" else ""
    if name in ("precision", "recall", "f1") and random.random() < 0.5:
        more = f", of = {random.randrange(classes)}"
    return f"{name}({scores.text}, {maker.labels(classes)}{more}{maker.weight(('N',))})"
