"""How an operation is written for whoever has numpy alone: what its record gives to `export --to python`."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from ...shape import Size, Type
from ..attribute import Attributes
from ..facts import Types

Text: TypeAlias = str | Callable[[Types, Type, Attributes], str]
"""A text, or a function of (types of the operands, type of the result, attributes) that gives it."""


class NumpyForm(NamedTuple):
    """An expression of numpy, whose value in float64 has the bits of `forward`.

    `text` has {0}, {1} for operands, which are names or numbers, {operands} for all of them, {axis} for an attribute,
    {shape} for the shape of the result. What draws at random also has {key}, and the name `step`. `functions` are the
    sources of what it calls, each behind those that it calls itself. `view` stands in its place where all who read the
    value take elements as they lie. `arrays`: operands are arrays, and a number of Python's will not do.

    A form of another library has the same shape, see `Operation.torch` and `Operation.jnp`.
    """

    text: Text
    functions: tuple[str, ...] = ()
    view: Text | None = None
    arrays: bool = False

    def written(self, types: Types, result: Type, attributes: Attributes, *, as_view: bool = False) -> str:
        """The text for operands of these types."""
        text = self.view if as_view and self.view is not None else self.text
        return text if isinstance(text, str) else text(types, result, attributes)


def changed(form: NumpyForm, change: Callable[[str], str]) -> NumpyForm:
    """The form with its texts and the sources of its functions changed."""

    def after(text: Text) -> Text:
        if isinstance(text, str):
            return change(text)
        return lambda types, result, attributes: change(text(types, result, attributes))

    view = None if form.view is None else after(form.view)
    return form._replace(text=after(form.text), functions=tuple(map(change, form.functions)), view=view)


def renamed(form: NumpyForm, rename: Callable[[str], str]) -> NumpyForm:
    """The form with other names for the functions that it calls."""
    own = [name for source in form.functions for name in re.findall(r"^def (\w+)", source, re.MULTILINE)]
    if not own:
        return form
    called = re.compile(rf"(?<![\w.])({'|'.join(own)})(?=\()")
    return changed(form, lambda text: called.sub(lambda found: rename(found[1]), text))


def tuple_text(sizes: Sequence[Size]) -> str:
    """`(N, 3)`, `(N,)`."""
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def times_text(sizes: Sequence[Size]) -> str:
    """`N * 3`; sizes of 1 are left out."""
    factors = [str(size) if isinstance(size, int) else _in_brackets(str(size)) for size in sizes if size != 1]
    return " * ".join(factors) or "1"


def _in_brackets(size: str) -> str:
    return size if size.isidentifier() else f"({size})"


def reducing(function: str) -> NumpyForm:
    """A call of a function of numpy's with the axis and `keepdims` of a reduction."""

    def text(types: Types, result: Type, attributes: Attributes) -> str:
        axis, keepdims = attributes
        along = "" if axis is None else ", axis={axis}"
        return f"np.{function}({{0}}{along}{', keepdims=True' if keepdims else ''})"

    return NumpyForm(text)
