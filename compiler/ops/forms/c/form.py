"""How an operation is written in C: what its record gives to `export --to c`."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from ....shape import Type
from ...attribute import Attributes
from .value import CValue


class Each(NamedTuple):
    """An expression for each element: {0}, {1} are those of operands, {limit} an attribute.

    `functions` are sources of what it calls, each behind those that it calls itself.
    """

    text: str
    functions: tuple[str, ...] = ()


class Seen(NamedTuple):
    """The operand in another form, `see(value, type of the result, attributes)`; None where it must be copied into
    order before."""

    see: Callable[[CValue, Type, Attributes], CValue | None]


class Written(NamedTuple):
    """Lines: `write(block, out, *operands, *attributes)`; elements of operands lie in order unless it is `strided`."""

    write: Callable[..., None]
    functions: tuple[str, ...] = ()
    strided: bool = False


CForm: TypeAlias = Each | Seen | Written
