"""The same elements elsewhere."""

import numpy as np

from ..maker import Maker
from ..terms import MOST, Shape, Term


def reshaped(maker: Maker) -> Term | None:
    term = maker.term(lambda shape: len(shape) >= 2)
    if term is None:
        return None
    if maker.random.random() < 0.5:
        return Term(f"transpose({term.text})", (*term.shape[:-2], term.shape[-1], term.shape[-2]))
    if not all(isinstance(size, int) for size in term.shape[1:]):
        return None
    return Term(f"flatten({term.text})", (term.shape[0], int(np.prod([int(size) for size in term.shape[1:]]))))


def arranged(maker: Maker) -> Term | None:
    """The same elements in another shape or another order."""
    term = maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    shape = list(term.shape)
    if maker.random.random() < 0.5:
        order = list(range(len(shape)))
        maker.random.shuffle(order)
        return Term(f"transpose({term.text}, axes = {order})", tuple(shape[axis] for axis in order))
    known = [size for size in shape if isinstance(size, int)]
    total = int(np.prod(known)) if known else 1
    if shape.count("N") > 1 or "N" in shape[1:]:  # sizes that are left out stand behind the rows
        return None
    lead: list[int | str] = ["N"] if "N" in shape else []
    divisor = maker.random.choice([size for size in range(1, total + 1) if total % size == 0])
    made: list[int | str] = maker.random.choice(([*lead, divisor, total // divisor], [*lead, total], [*lead, 1, total]))
    written = [str(size) for size in made]
    if maker.random.random() < 0.5:
        written[-1] = "-1"
    return Term(f"reshape({term.text}, [{', '.join(written)}])", tuple(made))


def expanded(maker: Maker) -> Term | None:
    term = maker.term(lambda shape: len(shape) <= 3)
    if term is None:
        return None
    sizes = [maker.random.choice((1, 2, 3)) if size == 1 else size for size in term.shape]
    if len(sizes) < 3 and maker.random.random() < 0.5:
        sizes.insert(0, "N" if not maker.scalar and "N" not in sizes else 2)
    if not sizes:
        return None
    return Term(f"expand({term.text}, [{', '.join(map(str, sizes))}])", tuple(sizes))


def joined(maker: Maker) -> Term | None:
    """Values side by side along an axis of known size, one of them several times."""
    term = maker.term(lambda shape: any(isinstance(size, int) for size in shape))
    if term is None:
        return None
    axis = maker.random.choice([axis for axis, size in enumerate(term.shape) if isinstance(size, int)])
    rest = (term.shape[:axis], term.shape[axis + 1 :])
    other = maker.term(
        lambda shape: (
            len(shape) == len(term.shape) and (shape[:axis], shape[axis + 1 :]) == rest and isinstance(shape[axis], int)
        )
    )
    parts = [term, *maker.random.choice(([term], [other or term], [other or term, term], [term, other or term, term]))]
    total = sum(int(part.shape[axis]) for part in parts)
    if total > MOST:
        return None
    written = maker.random.choice((axis, axis - len(term.shape)))
    text = f"concat({', '.join(part.text for part in parts)}, axis = {written})"
    return Term(text, (*rest[0], total, *rest[1]))


def stacked(maker: Maker) -> Term | None:
    """Values of one shape along an axis of their own, one of them twice."""
    term = maker.term(lambda shape: len(shape) <= 3)
    other = maker.term(lambda shape: shape == term.shape) if term else None
    if term is None or other is None:
        return None
    axis = maker.random.randint(0, len(term.shape))
    written = maker.random.choice((axis, axis - len(term.shape) - 1))
    text = f"stack({term.text}, {other.text}, {term.text}, axis = {written})"
    return Term(text, (*term.shape[:axis], 3, *term.shape[axis:]))


def padded(maker: Maker) -> Term | None:
    term = maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    widths, sizes = [], []
    for size in term.shape:
        before, after = maker.random.choice(((0, 0), (1, 0), (0, 2), (1, 1))) if isinstance(size, int) else (0, 0)
        widths.append(f"[{before}, {after}]" if before != after else str(before))
        sizes.append(size + before + after if isinstance(size, int) else size)
    if any(isinstance(size, int) and size > MOST for size in sizes):
        return None
    value = maker.random.choice(("", ", value = 0.5", ", value = -1"))
    return Term(f"pad({term.text}, [{', '.join(widths)}]{value})", tuple(sizes))


def listed(maker: Maker) -> Term | None:
    """A list of values: one above the other, along a new first axis; of lists, too."""
    term = maker.term(lambda shape: len(shape) <= 2)
    other = maker.term(lambda shape: shape == term.shape) if term else None
    if term is None or other is None:
        return None
    if maker.random.random() < 0.3:
        text = f"[[{term.text}, {other.text}], [{other.text}, 0.5 * {term.text}]]"
        return Term(text, (2, 2, *term.shape))
    return Term(f"[{term.text}, {other.text}, {term.text}]", (3, *term.shape))


def along_new_axis(maker: Maker) -> Term | None:
    """A value repeated along an axis of its own, or given the shape of another one with as many elements."""
    term = maker.term(lambda shape: len(shape) <= 2)
    if term is None:
        return None
    if maker.random.random() < 0.5 and (other := maker.term(lambda shape: _elements(shape) == _elements(term.shape))):
        return Term(f"reshape_like({term.text}, {other.text})", other.shape)
    axis, size = maker.random.randint(0, len(term.shape)), maker.random.choice((1, 2, 3))
    shape = (*term.shape[:axis], size, *term.shape[axis:])
    return Term(f"expand({term.text}, [{', '.join(map(str, shape))}], axis = {axis})", shape)


def _elements(shape: Shape) -> tuple[int, int]:
    return shape.count("N"), int(np.prod([size for size in shape if isinstance(size, int)]))
