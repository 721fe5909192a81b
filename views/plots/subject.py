"""What is plotted: a spec with its parameters."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...compiler.graph.spec import Read, Spec
from ...runtime.arrays import Array
from ...runtime.training.history import History
from ...runtime.training.job import Job
from .sheet import plain


class Subject(NamedTuple):
    """A spec and a model of it: parameters by path, names of class numbers by input, steps it was trained for.

    `job` is the training, its data read; `history` what it left behind. Both may raise SpecError.
    """

    spec: Spec
    parameters: Mapping[str, Array]
    classes: Mapping[str, tuple[str, ...]]
    trained: int
    job: Callable[[], Job]
    history: Callable[[], History]

    @property
    def title(self) -> str:
        """What the spec calls itself, else the name of its file."""
        return plain(self.spec.title or self.spec.source.name.rpartition("/")[2], 60)

    def column_names(self, path: str, width: int) -> tuple[str, ...]:
        """What the columns of an input are called: as the file names them, else `x[0]`, `x[1]`."""
        train = self.spec.train
        section = self.spec.data.get(train.data) if train and train.data else None
        column = section.columns.get(path) if section else None
        match column.steps if column else ():
            case [Read(reader=reader)] if reader.name == "csv":
                names = reader.texts("column")
                several = isinstance(reader.arguments["column"], tuple)
                if several and len(names) == width and not any(":" in name for name in names):
                    return names
        return tuple(f"{path}[{number}]" for number in range(width)) if width > 1 else (path,)
