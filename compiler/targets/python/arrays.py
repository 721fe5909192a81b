"""Functions that give arrays: written out, or read from the file beside."""

from collections.abc import Iterator, Mapping
from typing import Any

from .dialect import NUMPY, Dialect
from .functions import Functions
from .names import comment, quoted
from .subject import Subject
from .values import array_lines


def initial_function(subject: Subject, dialect: Dialect) -> Iterator[str]:
    """`initial()`: params and states by path."""
    yield "def initial() -> Weights:"
    yield '    """What the spec\'s params and states were when this was written."""'
    given = {path: (path, value) for path, value in subject.weights.items()}
    yield from _arrays(subject, dialect, given, "weights")


def rows_function(
    subject: Subject, functions: Functions, room: str, doc: str, rows: Mapping[str, Any]
) -> Iterator[str]:
    """A function of that name: rows by argument, with the names of their classes."""
    names = functions.names
    yield f"def {room}() -> dict[str, Array]:"
    yield f'    """{doc}, by the argument that each is."""'
    for path, classes in subject.classes.items():
        if path in rows:
            listed = ", ".join(f"{number} {name}" for number, name in enumerate(classes))
            yield f"    # {comment(f'{names.of(path)}: {listed}')}"
    given = {names.of(path): (path, value) for path, value in rows.items()}
    yield from _arrays(subject, functions.dialect, given, room)


def _arrays(subject: Subject, dialect: Dialect, arrays: Mapping[str, tuple[str, Any]], room: str) -> Iterator[str]:
    stored = {key: f"{room}/{path}" for key, (path, _) in arrays.items() if f"{room}/{path}" in subject.stored}
    if stored:
        yield f"    with np.load(Path(__file__).with_name({quoted(subject.beside)}), allow_pickle=False) as file:"
        yield "        return {"
        for key, name in stored.items():
            value = f"file[{quoted(name)}]"
            if dialect is not NUMPY:
                value = dialect.array.format(value, _kind(dialect, arrays[key][1]))
            yield f"            {quoted(key)}: {value},"
        yield "        }"
        return
    yield "    return {"
    for key, (_, value) in arrays.items():
        first, *others = array_lines(value.tolist(), "        ", dialect.module)
        first, *others = dialect.listed(first, others, _kind(dialect, value))
        lines = [f"        {quoted(key)}: {first}", *others]
        lines[-1] += ","
        yield from lines
    yield "    }"


def _kind(dialect: Dialect, value: Any) -> str:
    return dialect.whole if value.dtype.kind == "i" else dialect.real
