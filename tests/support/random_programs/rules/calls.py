"""Blocks, repeats, scans, and states."""

from ..maker import Maker
from ..terms import SIZES, Shape, Term, bracketed, broadcast


def scanned(maker: Maker) -> Term | None:
    """A value gone through by a cell of its own, there or back; its params are used by their paths too."""
    random = maker.random
    term = maker.term(lambda shape: 1 <= len(shape) <= 3 and any(isinstance(size, int) for size in shape))
    if term is None:
        return None
    axis = random.choice([axis for axis, size in enumerate(term.shape) if isinstance(size, int)])
    row = (*term.shape[:axis], *term.shape[axis + 1 :])
    layer = len(row) == 2 and isinstance(row[1], int)
    state: Shape = (row[0], random.choice(SIZES)) if layer else row
    if axis > len(state):
        return None
    name = f"z{len(maker.statements)}"
    if layer:
        weights = f"param w: [{row[1]}, {state[1]}] = normal(std = 0.5) ; param u: [{state[1]}, {state[1]}] = uniform()"
        weighed: Shape = (int(row[1]), int(state[1]))
        value = "tanh(row @ w + h @ u)"
    else:
        weights, weighed, value = "param w = 0.7", (), "tanh(row * w + 0.5 * h)"
    several = random.random() < 0.3
    taken, given = ("h, c, row", f"{value} * c, 0.5 * c + 0.1 * h") if several else ("h, row", value)
    maker.statements.append(f"block {name}_cell({taken}) {{ {weights} ; return {given} }}")
    start = f"expand(0.5, {bracketed(state)})" if state else "0.5"
    starts = f"{start}, {start}" if several else start
    names = f"{name}, {name}_c" if several else name
    back = random.choice(("", ", reverse = true"))
    sequence = f"1 * {term.text}" if term.text.startswith("([") else term.text  # a list itself is several sequences
    call = f"scan({sequence}, {name}_cell, {starts}, axis = {axis}{back})"
    maker.statements.append(f"{names} = {call}")
    maker.terms.append(Term(f"{name}.w", weighed))
    shape: Shape = (*state[:axis], term.shape[axis], *state[axis:])
    maker.terms.append(Term(f"{name}[1]", state))
    if several or random.random() < 0.6:
        return Term(name, shape)
    maker.statements.append(f"{name}_like = scan({term.text} * 0.5, {name}_cell, {starts}, axis = {axis}) like {name}")
    return Term(f"({name} - {name}_like)", shape)


def called(maker: Maker) -> Term | None:
    """A block of its own: called once, in a chain of copies, or by two calls with the same params and states."""
    random, term = maker.random, maker.term(lambda shape: len(shape) >= 1 and isinstance(shape[-1], int))
    if term is None:
        return None
    name, features = f"z{len(maker.statements)}", term.shape[-1]
    kept = random.random() < 0.5
    state = f" ; state seen: [{features}] = zeros() ; next seen = 0.5 * seen + 0.1 * tanh(w)" if kept else ""
    body = random.choice(("tanh(v * w)", "v * w + 0.1 * v", "in_training(v * w, v)", "v * less(uniform_like(v), 0.8)"))
    value = f"{body} + {'seen' if kept else 'w'}"
    kept_param = f"param w: [{features}] = normal(std = 0.5){state}"
    maker.statements.append(f"block {name}_net(v: {bracketed(term.shape)}) {{ {kept_param} ; return {value} }}")
    if random.random() < 0.4:
        maker.statements.append(f"{name} = {term.text} -> repeat 2 {{ {name}_net as each }}")
        maker.terms.append(Term(f"{name}[2].each.w", (features,)))
        return Term(name, term.shape)
    maker.statements.append(f"{name} = {term.text} -> {name}_net")
    maker.terms.append(Term(f"{name}.w", (features,)))
    if kept:
        maker.terms.append(Term(f"{name}.seen", (features,)))
    if random.random() < 0.5:
        return Term(name, term.shape)
    maker.statements.append(f"{name}_like = 0.5 * {term.text} -> {name}_net like {name}")
    return Term(f"({name} - {name}_like)", term.shape)


def kept(maker: Maker) -> Term | None:
    """A state beside a value, or by itself."""
    if len(maker.states) > 3:
        return None
    if maker.states and maker.random.random() < 0.3:
        name = maker.random.choice(list(maker.states))
        return Term(name, maker.states[name])
    term, name = maker.term(), f"s{len(maker.states)}"
    known = () if term is None else tuple(size if isinstance(size, int) else 1 for size in term.shape)
    if known and term is not None and term.shape[0] == "N":
        known = known[maker.random.choice((0, 1)) :]
    maker.states[name] = known
    if term is None or maker.random.random() < 0.3:
        return Term(name, known)
    template = maker.random.choice(("A + B", "A - B", "A * B", "tanh(A) + B", "detach(A) * B", "maximum(A, B)"))
    shape = broadcast(term.shape, known)
    return None if shape is None else Term(template.replace("A", term.text).replace("B", name), shape)
