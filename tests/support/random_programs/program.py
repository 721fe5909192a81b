"""A whole program: values that grow from its inputs, losses of some of them, and how they are trained."""

from random import Random

from .losses import LOSSES, PENALTIES
from .maker import Maker
from .measures import measure
from .rules import RULES
from .terms import RandomProgram, Shape, Term, bracketed, typed
from .training import EXTRAS, OPTIMISERS, ROWS, groups

LONG = 0.1
"""How many programs are longer than the others, up to some 60 nodes."""


def random_program(random: Random) -> RandomProgram:
    """A program that is a function of the random numbers alone."""
    maker = Maker(random)
    for _ in range(random.randint(10, 40) if random.random() < LONG else random.randint(2, 9)):
        _grow(maker)
    losses = [_loss(maker) for _ in range(random.choice((1, 1, 2)))]
    if random.random() < 0.3 and (judged := measure(maker)):
        maker.statements.append(f"output judged = {judged}")
    if not maker.params:
        maker.param(())
    penalties = [_penalty(maker) for _ in range(random.choice((0, 1, 1, 2)))]
    unused = [f"0.1 * sum({name})" for name in maker.params if random.random() < 0.1]
    optimiser, grouped = random.choice(OPTIMISERS), ""
    if random.random() < 0.35:
        trained = random.choice(list(maker.params))
        unused.append(f"0.01 * sum({trained} ** 2)")
        grouped = groups(random, optimiser.partition("(")[0], list(maker.params), trained)
    maker.statements.append("loss = " + " + ".join([*losses, *penalties, *unused]))
    maker.statements += [rule for name, shape in maker.states.items() if (rule := _next(maker, name, shape))]
    precision = random.choice(("float32", "float64", "float64"))
    text = _written(maker, optimiser, grouped, precision)
    return RandomProgram(text, maker.inputs, random.choice(ROWS), precision)


def _grow(maker: Maker) -> None:
    """Adds a term by a rule that applies; as a node of its own, or to be written again where it is read."""
    made = None
    while made is None:
        made = maker.random.choice(RULES)(maker)
    if maker.random.random() < 0.75 or len(made.text) > 400:
        name = f"n{len(maker.statements)}"
        maker.statements.append(f"{name} = {made.text}")
        made = Term(name, made.shape)
    elif len(made.text) > 60:
        return
    maker.terms.append(Term(made.text if made.text.isidentifier() else f"({made.text})", made.shape))


def _loss(maker: Maker) -> str:
    made = None
    while made is None:
        made = maker.random.choice(LOSSES)(maker)
    return made


def _penalty(maker: Maker) -> str:
    name = maker.random.choice(list(maker.params))
    other = maker.random.choice([other for other, shape in maker.params.items() if shape == maker.params[name]])
    template = maker.random.choice(PENALTIES)
    return template.replace("P", name).replace("Q", other)


def _next(maker: Maker, name: str, shape: Shape) -> str | None:
    """What a state becomes: of any of the values, params and states; of rows their mean."""
    random = maker.random
    if random.random() < 0.1:
        return None
    held = [other for table in (maker.params, maker.states) for other, its in table.items() if its == shape]
    if random.random() < 0.4:  # params that change, states that do, a state of its own
        return f"next {name} = {random.choice(held)}"
    term = maker.term(lambda other: other == shape)
    rows = None if term else maker.term(lambda other: other[:1] == ("N",) and other[1:] == shape)
    value = term.text if term else f"mean({rows.text}, axis = 0)" if rows else random.choice(held)
    other = random.choice(held)
    template = random.choice(
        ("0.9 * S + 0.1 * tanh(V)", "tanh(V)", "tanh(V) - S", "0.5 * (H + tanh(V))", "tanh(V + H)")
    )
    return f"next {name} = " + template.replace("S", name).replace("V", value).replace("H", other)


# --- the text ---------------------------------------------------------------------------------------------------


def _written(maker: Maker, optimiser: str, grouped: str, precision: str) -> str:
    random = maker.random
    declared = [f"input {name}: {typed(*given)}" for name, given in maker.inputs.items()]
    params = [f"param {name}: {bracketed(shape)} = {_initial(maker, shape)}" for name, shape in maker.params.items()]
    states = [f"state {name}{_start(maker, shape)}" for name, shape in maker.states.items()]
    lines = [*declared, *params, *states, *maker.statements]
    if random.random() < 0.6:  # the order of statements has no meaning, but nodes are numbered by it
        random.shuffle(lines)
    given = f"optimizer = {optimiser}{random.choice(EXTRAS) if random.random() < 0.25 else ''}) ; {grouped}"
    several = random.choice(("", "", "", "", "accumulate = 2 ; ", "accumulate = 3 ; "))
    train = f"train {{ minimize = loss ; {given}{several}steps = 9 ; precision = {precision} }}"
    dims = [] if maker.scalar else ["dim N"]
    return "\n".join([*dims, *lines, train]) + "\n"


def _initial(maker: Maker, shape: Shape) -> str:
    made = ["normal(std = 0.5)", "normal(std = 0.5)", "ones()", "uniform()", "zeros()"]
    return maker.random.choice([*made, "he()", "glorot()"] if len(shape) == 2 else made)


def _start(maker: Maker, shape: Shape) -> str:
    alike = [name for name, other in maker.params.items() if other == shape]
    if alike and maker.random.random() < 0.4:
        return f" = {maker.random.choice(alike)}"
    return f": {bracketed(shape)} = {_initial(maker, shape)}"
