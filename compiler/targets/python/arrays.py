"""Functions that give arrays: written out, or read from the file beside."""

from collections.abc import Iterator, Mapping
from typing import Any

from .names import Names, comment, quoted
from .subject import Subject
from .values import array_lines


def initial_function(subject: Subject) -> Iterator[str]:
    """`initial()`: params and states by path."""
    yield "def initial() -> Weights:"
    yield '    """What the spec\'s params and states were when this was written."""'
    yield from _arrays(subject, {path: (path, value) for path, value in subject.weights.items()}, "weights")


def rows_function(subject: Subject, names: Names, room: str, doc: str, rows: Mapping[str, Any]) -> Iterator[str]:
    """A function of that name: rows by argument, with the names of their classes."""
    yield f"def {room}() -> dict[str, Array]:"
    yield f'    """{doc}, by the argument that each is."""'
    for path, classes in subject.classes.items():
        if path in rows:
            listed = ", ".join(f"{number} {name}" for number, name in enumerate(classes))
            yield f"    # {comment(f'{names.of(path)}: {listed}')}"
    yield from _arrays(subject, {names.of(path): (path, value) for path, value in rows.items()}, room)


def _arrays(subject: Subject, arrays: Mapping[str, tuple[str, Any]], room: str) -> Iterator[str]:
    stored = {key: f"{room}/{path}" for key, (path, _) in arrays.items() if f"{room}/{path}" in subject.stored}
    if stored:
        yield f"    with np.load(Path(__file__).with_name({quoted(subject.beside)}), allow_pickle=False) as file:"
        yield "        return {"
        for key, name in stored.items():
            yield f"            {quoted(key)}: file[{quoted(name)}],"
        yield "        }"
        return
    yield "    return {"
    for key, (_, value) in arrays.items():
        kind = "np.int64" if value.dtype.kind == "i" else "np.float64"
        first, *others = array_lines(value.tolist(), "        ")
        if others:
            yield f"        {quoted(key)}: np.array({first}"
            yield from others[:-1]
            yield f"{others[-1]}, {kind}),"
        else:
            yield f"        {quoted(key)}: np.array({first}, {kind}),"
    yield "    }"
