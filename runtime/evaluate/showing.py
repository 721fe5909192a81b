"""What shows itself, in the way that whoever makes it says: how things look is not known here."""

from collections.abc import Callable, Mapping
from typing import Any

from ..arrays import Array


class Showing(Mapping[str, Array]):
    """Arrays by path that show themselves, printed and in a notebook, by `show`: texts by their media types.

    Copied and sent to other processes they are a plain dict.
    """

    show: Callable[[Any], dict[str, Any]] | None = None

    def __repr__(self) -> str:
        return str(self.show(self)["text/plain"]) if self.show is not None else super().__repr__()

    def __reduce__(self) -> tuple[type[dict[str, Array]], tuple[dict[str, Array]]]:
        return dict, (dict(self),)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return self.show(self) if self.show is not None else {"text/plain": repr(self)}
