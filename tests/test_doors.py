"""Every kind of array, as scripts have them, through every door: the right value, or a fault that names the input."""

import array
import datetime
import functools
import warnings
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas
import pytest

import chainrule

NET = """dim N
input x: [N, 2]
input t: int[N]
param W: [2, 3] = [[0.5, -1, 2], [1, 0.25, -0.5]]
output scores = x @ W
output loss = softmax-loss(scores, t)
train { minimize = loss; optimizer = sgd(lr = 0.5); steps = 3; precision = float64; data = rows }
data rows { x = [[1, 2], [3, 4]]; t = [2, 0] }
"""
X = [[1.0, 2.0], [3.0, 4.0]]
T = [2, 0]
W = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Entry: TypeAlias = Callable[[Any], Array]


class Tensor:
    """An array of another library, which may refuse to be read, as one that wants gradients does."""

    def __init__(self, held: object, refuses: str = "") -> None:
        self._held = np.array(held)
        self._refuses = refuses

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if self._refuses:
            raise RuntimeError(self._refuses)
        return self._held if dtype is None else self._held.astype(dtype)


class Sparse:
    """A matrix that numpy takes for a single object."""


class Own(np.ndarray[Any, np.dtype[Any]]):
    """A subclass that multiplies in its own way."""

    def __mul__(self, other: Any) -> Any:
        raise AssertionError("a subclass came in as it is")


def read_only(values: object) -> Array:
    made = np.array(values)
    made.flags.writeable = False
    return made


def unaligned(values: Any) -> Array:
    plain = np.array(values)
    memory = np.zeros(plain.nbytes + 1, "uint8")
    made = memory[1:].view(plain.dtype).reshape(plain.shape)
    made[...] = plain
    assert not made.flags.aligned
    return made


def mapped(values: Any, folder: Path) -> Array:
    np.save(folder / "values.npy", np.array(values))
    made: Array = np.load(folder / "values.npy", mmap_mode="r")
    return made


def framed(values: Any) -> Any:
    return pandas.DataFrame(values) if np.ndim(values) == 2 else pandas.Series(values)


def of_objects(values: Any, kind: Callable[[Any], object]) -> Array:
    plain = np.array(values)
    made = np.empty(plain.shape, object)
    for index in np.ndindex(plain.shape):
        made[index] = kind(plain[index].item())
    return made


GOOD: dict[str, Callable[[Any, Path], object]] = {
    "lists": lambda v, _: v,
    "tuples": lambda v, _: tuple(tuple(row) if isinstance(row, list) else row for row in v),
    "a list of arrays": lambda v, _: [np.array(row) for row in v],
    "numpy's numbers in lists": lambda v, _: [list(row) if np.ndim(row) else row for row in np.array(v)],
    "float64": lambda v, _: np.array(v, "float64"),
    "float32": lambda v, _: np.array(v, "float32"),
    "float16": lambda v, _: np.array(v, "float16"),
    "longdouble": lambda v, _: np.array(v, np.longdouble),
    "int8": lambda v, _: np.array(v, "int8"),
    "uint64": lambda v, _: np.array(v, "uint64"),
    "the other byte order": lambda v, _: np.array(v, ">f8"),
    "Fortran's order": lambda v, _: np.asfortranarray(np.array(v)),
    "backwards": lambda v, _: np.array(v)[::-1].copy()[::-1],
    "every other": lambda v, _: np.repeat(np.array(v), 2, axis=0)[::2],
    "read-only": lambda v, _: read_only(v),
    "unaligned": lambda v, _: unaligned(v),
    "a memory map": mapped,
    "a matrix": lambda v, _: np.array(v).view(np.matrix) if np.ndim(v) == 2 else np.array(v),
    "a subclass": lambda v, _: np.array(v).view(Own),
    "a masked array, nothing masked": lambda v, _: np.ma.masked_array(v, mask=False),
    "objects": lambda v, _: of_objects(v, lambda each: int(each)),
    "fractions": lambda v, _: of_objects(v, Fraction),
    "decimals": lambda v, _: of_objects(v, Decimal),
    "pandas": lambda v, _: framed(v),
    "pandas' whole numbers": lambda v, _: framed(v).astype("Int64"),
    "a memory view": lambda v, _: memoryview(np.array(v).data),
    "array.array": lambda v, _: array.array("q", v) if np.ndim(v) == 1 else [array.array("d", row) for row in v],
    "a tensor": lambda v, _: Tensor(v),
}
"""Kinds of arrays with the same numbers, made of lists of them."""

BAD: dict[str, tuple[Callable[[Any], object], str]] = {
    "an element is None": (lambda v: replaced(v, None), "G505"),
    "texts": (lambda v: np.array(v).astype(int).astype(str).tolist(), "G505"),
    "a text": (lambda v: "1", "G505"),
    "an element is a text": (lambda v: of_objects(v, str), "G505"),
    "bytes": (lambda v: b"12", "G505"),
    "complex numbers": (lambda v: np.array(v) + 0j, "G505"),
    "dates": (lambda v: np.array(v).astype(int).astype("M8[s]"), "G505"),
    "Python's dates": (lambda v: of_objects(v, lambda each: datetime.date(2020, 1, 1)), "G505"),
    "spans of time": (lambda v: np.array(v).astype(int).astype("m8[s]"), "G505"),
    "records": (lambda v: np.zeros(2, [("a", "f8"), ("b", "f8")]), "G505"),
    "masked": (lambda v: np.ma.masked_equal(np.array(v), np.array(v).max()), "G506"),
    "masked rows in a list": (lambda v: list(np.ma.masked_equal(np.array(v), np.array(v).max())), "G506"),
    "rows of different lengths": (lambda v: [v, v[0]] if np.ndim(v) == 1 else [v[0], v[1][:1]], "G505"),
    "a set": (lambda v: {1, 2}, "G505"),
    "a dict": (lambda v: {0: 1, 1: 2}, "G505"),
    "a generator": (lambda v: (row for row in v), "G505"),
    "an integer of 400 digits": (lambda v: replaced(v, 10**400), "G446"),
    "pandas' missing value": (lambda v: pandas.Series([1, pandas.NA], dtype=object), "G505"),
    "a tensor that wants gradients": (lambda v: Tensor(v, "Can't call numpy() on Tensor that requires grad."), "G505"),
    "a matrix of another library": (lambda v: Sparse(), "G505"),
    "a row too many in shape": (lambda v: [v], "G203"),
    "a number": (lambda v: 1.0, "G203"),
    "an axis too few": (lambda v: np.array(v).ravel()[0:0], ""),
}
"""Kinds that no door takes, and the code that says so; of the last, a size or a rank is wrong."""

LABELS: dict[str, tuple[object, str]] = {
    "beyond the last class": ([0, 3], "G444"),
    "negative": ([-1, 0], "G444"),
    "a fraction": ([0.5, 1], "G443"),
    "NaN": ([np.nan, 1], "G443"),
    "infinity": ([np.inf, 1], "G443"),
    "beyond 64 bits": (np.array([2**63 + 1, 1], "uint64"), "G443"),
    "far beyond 64 bits": ([2**70, 1], "G443"),
    "texts": (["setosa", "virginica"], "G505"),
}


def replaced(values: Any, element: object) -> object:
    """The lists with another first element."""
    return [[element, *values[0][1:]], *values[1:]] if isinstance(values[0], list) else [element, *values[1:]]


# --- doors ------------------------------------------------------------------------------------------------------


def program() -> chainrule.Program:
    return chainrule.compile(NET)


def bits(values: Mapping[str, Array | float]) -> Array:
    return np.concatenate([np.ravel(value) for value in values.values()])


def by_function(name: str) -> Callable[[Mapping[str, Any]], Array]:
    def call(given: Mapping[str, Any]) -> Array:
        value, gradients = program().function("loss", [name])(**{"x": np.array(X), "t": np.array(T), **given})
        return bits({"loss": value, **gradients})

    return call


def by_later_function(given: Mapping[str, Any]) -> Array:
    """The same function, called with what is right before."""
    function = program().function("loss", ["W"])
    function(x=np.array(X), t=np.array(T))
    value, gradients = function(**{"x": np.array(X), "t": np.array(T), **given})
    return bits({"loss": value, **gradients})


def by_step(given: Mapping[str, Any], *, later: bool = False, optimise: bool = True) -> Array:
    trainer = program().trainer(precision="float64", optimise=optimise)
    if later:
        trainer.step(x=np.array(X), t=np.array(T))
    before = {path: value.copy() for path, value in trainer.params.items()}
    try:
        loss = trainer.step(**{"x": np.array(X), "t": np.array(T), **given})
    except chainrule.SpecError:
        assert all(np.array_equal(value, before[path]) for path, value in trainer.params.items())
        raise
    return bits({"loss": loss, **trainer.params})


INPUTS: dict[str, Callable[[Mapping[str, Any]], Array]] = {
    "run": lambda given: bits(program().run({"x": X, "t": T, **given})),
    "grad": lambda given: bits(program().grad("loss", {"x": X, "t": T, **given})),
    "function": by_function("W"),
    "a function again": by_later_function,
    "predict": lambda given: bits(program().predict({"x": X, "t": T, **given})),
    "step": by_step,
    "a later step": lambda given: by_step(given, later=True),
    "a plain step": lambda given: by_step(given, optimise=False),
}
"""Doors for inputs."""


def trained(given: object) -> Array:
    made = program()
    made.train(initial={"W": given})
    return made.params["W"]


def restored(given: object) -> Array:
    made = program()
    made.restore({"W": given})
    return bits(made.run(x=X, t=T))


def assigned(given: Any) -> Array:
    made = program()
    made.params = {"W": given}
    return bits(made.run(x=X, t=T))


def written(given: object, *, optimise: bool = True) -> Array:
    trainer = program().trainer(precision="float64", optimise=optimise)
    before = trainer.params["W"].copy()
    try:
        trainer.write({"W": given})
    except chainrule.SpecError:
        assert np.array_equal(trainer.params["W"], before)
        raise
    return trainer.params["W"]


PARAMETERS: dict[str, Entry] = {
    "train": trained,
    "restore": restored,
    "params": assigned,
    "write": written,
    "write to a plain step": lambda given: written(given, optimise=False),
    "run": lambda given: bits(program().run(x=X, t=T, W=given)),
    "grad": lambda given: bits(program().grad("loss", x=X, t=T, W=given)),
    "function": lambda given: by_function("W")({"W": given}),
    "a function again": lambda given: by_later_function({"W": given}),
    "predict": lambda given: bits(program().predict(x=X, W=given)),
}
"""Doors for parameters."""


def of_input(door: Callable[[Mapping[str, Any]], Array], name: str) -> Entry:
    return lambda value: door({name: value})


DOORS: dict[str, tuple[Entry, str, list[Any]]] = {
    **{f"x of {name}": (of_input(door, "x"), "x", X) for name, door in INPUTS.items()},
    **{f"t of {name}": (of_input(door, "t"), "t", T) for name, door in INPUTS.items()},
    **{f"W of {name}": (door, "W", W) for name, door in PARAMETERS.items()},
    "upstream": (lambda v: bits(program().grad("scores", x=X, t=T, upstream=v)), "upstream", W),
}
"""Every door: what it computes of a value, what the value is called, and lists that it takes."""


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@functools.cache
def plainly(door: str) -> Array:
    """What a door computes of arrays that are right already."""
    enter, _, values = DOORS[door]
    return enter(np.array(values, "int64" if values is T else "float64"))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", GOOD)
def test_the_same_numbers_have_the_same_bits(kind: str, door: str, tmp_path: Path) -> None:
    enter, _, values = DOORS[door]
    assert np.array_equal(
        enter(GOOD[kind](values, tmp_path)), enter(np.array(values, "int64" if door[0] == "t" else float))
    )


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_array_of_numbers_is_refused_by_name(kind: str, door: str) -> None:
    enter, name, values = DOORS[door]
    make, code = BAD[kind]
    with pytest.raises(chainrule.SpecError) as caught:
        enter(make(values))
    found = caught.value.diagnostics[0]
    assert f"`{name}" in found.message or (name == "upstream" and "upstream gradient" in found.message)
    assert found.code in (code or {"G203", "G210", "G201"}) or (name == "upstream" and found.code == "G201")


@pytest.mark.parametrize("door", INPUTS)
@pytest.mark.parametrize("kind", LABELS)
def test_what_is_no_class_is_refused_by_row_and_range(kind: str, door: str) -> None:
    labels, code = LABELS[kind]
    for given in (labels, np.array(labels)):
        with pytest.raises(chainrule.SpecError) as caught:
            INPUTS[door]({"t": given})
        (found,) = caught.value.diagnostics
        assert found.code == code
        assert "`t`" in found.message
        assert code != "G444" or "the classes are 0 to 2" in found.message


@pytest.mark.parametrize("door", [door for door in DOORS if door != "upstream"])  # there None means that there is none
def test_none_is_no_value(door: str) -> None:
    enter, name, _ = DOORS[door]
    with pytest.raises(chainrule.SpecError, match=f"`{name}` is no number and no array of numbers: it is None"):
        enter(None)


@pytest.mark.parametrize("door", INPUTS)
def test_unknown_names_are_refused(door: str) -> None:
    for name, said in (("y", "inputs are: "), ("scores", "is computed"), ("xx", "did you mean `x`?")):
        with pytest.raises(chainrule.SpecError) as caught:
            INPUTS[door]({name: X})
        (found,) = caught.value.diagnostics
        assert (found.code, f"`{name}`" in found.message) == ("G503", True)
        assert said in (found.hint or "")
