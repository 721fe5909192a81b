"""How a file of Python computes with arrays: the library that it has, and the forms of operations there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ...ops.draws import key_of
from ...ops.forms.numpy_form import NumpyForm, renamed
from ...ops.operation import Operation
from ...passes.pipeline import PIPELINE, Pass
from ...shape import Type

QUIET = '@np.errstate(all="ignore")'
"""Before a function: what numpy computes beside the point, as 1 / 0 in an arm of `where`, is worth no warning."""


@dataclass(frozen=True)
class Dialect:
    """`form` is how an operation is written, `real` and `whole` are the types of numbers.

    `array`, `scalar`, `given` and `given_one` make arrays of a text {0} in a type {1}: of lists, of one number, of what
    a function is given, of what it is given for a scalar. `argument` is what functions take that draw at random, `key`
    the slot {key} of such a form from a seed and a path.
    """

    form: Callable[[Operation], NumpyForm | None]
    module: str
    real: str
    whole: str
    array: str
    scalar: str
    given: str
    given_one: str
    argument: str
    key: Callable[[int, str], str]
    quiet: tuple[str, ...] = ()
    """Lines before a function that computes."""
    passes: Sequence[Pass] = PIPELINE
    first: bool = False
    """Whether the `argument` stands before those that have a default."""
    reserved: tuple[str, ...] = ()
    """Names of the file's own, beside those of every file."""

    def kind(self, type: Type) -> str:
        """The type of an array's numbers."""
        return self.whole if type.kind == "int" else self.real

    def one(self, text: str, type: Type) -> str:
        """A number as an array without axes."""
        return self.scalar.format(text, self.kind(type))

    def taken(self, name: str, type: Type) -> str:
        """An argument as an array."""
        return (self.given if type.shape else self.given_one).format(name, self.kind(type))

    def listed(self, first: str, others: Sequence[str], kind: str, comment: str = "") -> list[str]:
        """The lines of an array's numbers, of a type, as a call; the comment stands behind the first one."""
        opening, _, closing = self.array.partition("{0}")
        closing = closing.format("", kind)
        if not others:
            return [f"{opening}{first}{closing}{comment}"]
        return [f"{opening}{first}{comment}", *others[:-1], f"{others[-1]}{closing}"]


NUMPY = Dialect(
    form=lambda operation: operation.numpy,
    module="np",
    real="np.float64",
    whole="np.int64",
    array="np.array({0}, {1})",
    scalar="{1}({0})",
    given="np.asarray({0}, {1})",
    given_one="{1}({0})",
    argument="step: int = 0",
    key=lambda seed, path: str(key_of(seed, path)),
    quiet=(QUIET,),
)


def of_columns(name: str) -> str:
    """What a function of numpy is called in a file that has one of that name for its own library."""
    return f"column_{name}"


COLUMNS = replace(
    NUMPY, form=lambda operation: renamed(operation.numpy, of_columns) if operation.numpy is not None else None
)
"""Numpy in a file of another library, for what is made of the columns of a table."""
