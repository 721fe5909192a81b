"""Names and texts of a spec in a file of Python: none of them means anything but itself there."""

import builtins
import json
import keyword
import unicodedata
from collections.abc import Iterable

from ....grammar.hidden import one_line

DOUBTFUL = ("l", "O", "I")
"""Names that linters refuse, because they look like numbers."""


class Names:
    """Gives each path an identifier of its own, always the same one; none is a word of Python or `reserved`."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = {*keyword.kwlist, *dir(builtins), *DOUBTFUL, *reserved}
        self._known: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        """The last number that was put behind a name."""

    def of(self, path: str, wanted: str = "") -> str:
        """The identifier of a path, as the text of the spec has it; it is like another text if one is given."""
        if path not in self._known:
            self._known[path] = self.another(wanted or path)
        return self._known[path]

    def another(self, wanted: str) -> str:
        """A new identifier that is like a text."""
        name = identifier(wanted)
        if name in self._taken and f"{name}_" not in self._taken and not name.endswith("_"):
            name = f"{name}_"
        base = name.rstrip("_")
        while name in self._taken:
            self._numbers[base] = self._numbers.get(base, 1) + 1
            name = f"{base}_{self._numbers[base]}"
        self._taken.add(name)
        return name

    def take(self, path: str, name: str) -> None:
        """Gives a path this very name."""
        self._known[path] = name
        self._taken.add(name)

    def free(self, *names: str) -> None:
        """Gives up what was reserved, as far as it is no path's."""
        self._taken -= {*names} - {*self._known.values()}

    def copy(self) -> "Names":
        """The same names so far; what is given from now on is not shared."""
        made = Names()
        made._taken, made._known, made._numbers = {*self._taken}, {**self._known}, {**self._numbers}
        return made


def identifier(path: str) -> str:
    """A path as Python reads names: `tail[1].dense.W` becomes `tail_1_dense_W`."""
    text = unicodedata.normalize("NFKC", path)  # as Python does: w₁ and w1 are one name to it
    name = "".join(each if f"_{each}".isidentifier() else "_" for each in text.replace("]", "")).rstrip("_")
    return name if name.isidentifier() else f"n_{name}"


def quoted(text: str) -> str:
    """A text as a string of Python."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else ascii(text)


def comment(text: str) -> str:
    """A text as it may stand behind a `#`."""
    return one_line(text).strip()


def in_docstring(text: str) -> str:
    """A text as it may stand between three double quotes, before the end of a line."""
    return one_line(text).replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip()
