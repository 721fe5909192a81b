"""What shows itself in a notebook, in the way that whoever makes it says: how things look is not known here."""

from collections.abc import Callable
from typing import Any


class Showing:
    """Shows itself by `show`, which gives texts by their media types; without one, as its `repr`."""

    show: Callable[[Any], dict[str, Any]] | None = None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return self.show(self) if self.show is not None else {"text/plain": repr(self)}
