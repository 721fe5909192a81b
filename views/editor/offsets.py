"""Offsets of a text in characters, and in UTF-16 units, which browsers and language servers count."""

from bisect import bisect_right


class Offsets:
    """Turns offsets of one text into the other kind; beyond its ends it gives its ends."""

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self._wide = [place for place, letter in enumerate(text) if letter > "\uffff"] if not text.isascii() else []
        """Where characters of two units stand."""

    @property
    def units(self) -> int:
        """The length of the text in units."""
        return self.length + len(self._wide)

    def to_units(self, character: int) -> int:
        """The offset in units of one in characters."""
        character = min(max(character, 0), self.length)
        return character + bisect_right(self._wide, character - 1)

    def to_characters(self, unit: int) -> int:
        """The offset in characters of one in units; between the halves of a character it is that of the character."""
        unit = min(max(unit, 0), self.units)
        low, high = max(0, unit - len(self._wide)), min(unit, self.length)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.to_units(middle) <= unit else (low, middle - 1)
        return low
