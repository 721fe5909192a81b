"""Matrix products and layers."""

import numpy as np

from ..maker import Maker
from ..terms import SIZES, Term


def layer(maker: Maker) -> Term | None:
    rows = maker.term(lambda shape: len(shape) >= 2 and all(isinstance(size, int) for size in shape[1:]))
    if rows is None:
        return None
    features = int(np.prod([int(size) for size in rows.shape[1:]]))
    units = maker.random.choice(SIZES)
    W, text = maker.param([features, units]), rows.text if len(rows.shape) == 2 else f"flatten({rows.text})"
    b = maker.param(maker.random.choice([[units], [units], [units], [1], [], [1, units]]))
    template = maker.random.choice(
        [
            "affine(X, W, B)",
            "affine(X, W, B)",
            "relu(affine(X, W, B))",
            "X @ W",
            "X @ W + B",
            "X @ W - B",
            "tanh(X @ W)",
        ]
    )
    if len(maker.params[b]) == 2:
        template = "X @ W + B"
    return Term(template.replace("X", text).replace("W", W).replace("B", b), (rows.shape[0], units))


def product(maker: Maker) -> Term | None:
    """Products of values that share their rows, or with a transposed param."""
    rows = maker.term(lambda shape: len(shape) == 2)
    if rows is None:
        return None
    if maker.random.random() < 0.4 and isinstance(rows.shape[1], int):
        units = maker.random.choice(SIZES)
        return Term(f"{rows.text} @ transpose({maker.param([units, rows.shape[1]])})", (rows.shape[0], units))
    if maker.random.random() < 0.3:
        return Term(f"{rows.text} @ transpose({rows.text}) @ {rows.text} * 0.1", rows.shape)
    other = maker.term(lambda shape: len(shape) == 2 and shape[0] == rows.shape[0])
    if other is None or "N" in (rows.shape[1], other.shape[1]):
        return None
    return Term(f"transpose({rows.text}) @ {other.text}", (rows.shape[1], other.shape[1]))


def vector(maker: Maker) -> Term | None:
    """Matrices and rows by turns: [R, K] @ [K], and [K] @ [K, C]."""
    matrix = maker.term(lambda shape: len(shape) == 2 and isinstance(shape[1], int))
    if matrix is None:
        return None
    row = maker.param([int(matrix.shape[1])])
    return Term(f"{matrix.text} @ {row}", matrix.shape[:1])


def stacked_layer(maker: Maker) -> Term | None:
    """A layer over the last of several axes, with its bias or without."""
    term = maker.term(lambda shape: len(shape) >= 1 and isinstance(shape[-1], int))
    if term is None:
        return None
    units = maker.random.choice(SIZES)
    W, b = maker.param([int(term.shape[-1]), units]), maker.param([units])
    return Term(f"affine({term.text}, {W}, {b}, flatten = false)", (*term.shape[:-1], units))


def batches(maker: Maker) -> Term | None:
    """Products of matrices, one for each row; and of a row with a matrix."""
    term = maker.term(lambda shape: len(shape) == 3)
    if term is not None and maker.random.random() < 0.7:
        if maker.random.random() < 0.5:
            return Term(f"{term.text} @ transpose({term.text}) * 0.1", (*term.shape[:2], term.shape[1]))
        return Term(f"0.1 * transpose({term.text}) @ {term.text}", (term.shape[0], term.shape[2], term.shape[2]))
    row = maker.term(lambda shape: len(shape) == 1 and isinstance(shape[0], int))
    if row is None:
        return None
    units = maker.random.choice(SIZES)
    return Term(f"{row.text} @ {maker.param([int(row.shape[0]), units])}", (units,))
