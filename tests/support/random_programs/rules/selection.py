"""Elements by their places."""

from ..maker import Maker
from ..terms import SIZES, Term


def taken(maker: Maker) -> Term | None:
    """Elements by their numbers, some several times: literals, and class numbers of the rows."""
    if not maker.scalar and maker.random.random() < 0.4:
        classes = maker.random.choice(SIZES[2:])
        width = maker.sizes(maker.random.randint(0, 2))
        return Term(f"take({maker.param([classes, *width])}, {maker.labels(classes)})", ("N", *width))
    term = maker.term(lambda shape: any(isinstance(size, int) for size in shape))
    if term is None:
        return None
    axis = maker.random.choice([axis for axis, size in enumerate(term.shape) if isinstance(size, int)])
    size = int(term.shape[axis])
    numbers = [maker.random.randrange(size) for _ in range(maker.random.randint(1, 3))]
    text, shape = maker.random.choice(
        (
            (str(numbers), (len(numbers),)),
            (str(numbers), (len(numbers),)),
            (str(numbers[0]), ()),
            (f"range({size})", (size,)),
            (f"[{numbers}, {numbers[::-1]}]", (2, len(numbers))),
        )
    )
    if len(term.shape) + len(shape) > 4:
        return None
    return Term(f"take({term.text}, {text}, axis = {axis})", (*term.shape[:axis], *shape, *term.shape[axis + 1 :]))


def indexed(maker: Maker) -> Term | None:
    """Parts of a value by NumPy's basic indexing: numbers, ranges either way, `...`."""
    random, term = maker.random, maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    rows = random.choice((":", ":", ":", "::-1"))
    written: list[str] = []
    shape: list[int | str] = []
    for size in term.shape:
        if not isinstance(size, int):
            written.append(rows)
            shape.append(size)
            continue
        first, last = sorted((random.randint(0, size - 1), random.randint(1, size)))
        step = random.choice((2, -1, -2))
        parts: tuple[tuple[str, int | None], ...] = (
            (":", size),
            (":", size),
            (str(first), None),
            (str(first - size), None),
            (f"{first}:{max(last, first + 1)}", max(last, first + 1) - first),
            (f"{first - size}:", size - first),
            (f"::{step}", len(range(size)[::step])),
        )
        text, kept = random.choice(parts)
        written.append(text)
        shape += [] if kept is None else [kept]
    while len(written) > 1 and written[-1] == ":" and random.random() < 0.5:
        written.pop()
    text = ", ".join(written)
    if text.strip(":, ") == "" or random.random() < 0.2:
        text += ", ..."
    return Term(f"({term.text})[{text}]", tuple(shape))


def hot(maker: Maker) -> Term | None:
    if maker.scalar:
        return None
    classes = maker.random.choice(SIZES[2:])
    return Term(f"one-hot({maker.labels(classes)}, {classes}) * 0.8", ("N", classes))


def counted(maker: Maker) -> Term | None:
    """The numbers of places as values, of a size or of the rows."""
    size = maker.random.choice((1, 2, 3) if maker.scalar else (1, 2, 3, "N"))
    text = f"range({size}) * 0.2"
    return Term(text, (size,))
