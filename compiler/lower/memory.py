"""Memory by lifetimes: one block, whose parts are used again once nothing reads them any more."""

from bisect import bisect_left, insort

ALIGNMENT = 64
"""Bytes; a cache line, and the widest vector register."""


def aligned(size: int, alignment: int = ALIGNMENT) -> int:
    """So many bytes or a few more."""
    return max(alignment, -(-size // alignment) * alignment)


class Arena:
    """Gives out parts of one block of memory that does not exist yet; `bytes` is how large it must be.

    With `reuse` off a part that was freed is never given out again. With an `alignment` of 1 it counts whatever its
    user counts, elements of an array for one.
    """

    def __init__(self, *, reuse: bool = True, alignment: int = ALIGNMENT) -> None:
        self.bytes = 0
        self._reuse = reuse
        self._alignment = alignment
        # Free parts, neighbours always joined: their sizes by offset, offsets by end, and both in the order of sizes.
        self._free: dict[int, int] = {}
        self._ending: dict[int, int] = {}
        self._sizes: list[tuple[int, int]] = []

    def allocate(self, size: int) -> tuple[int, int]:
        """Offset and size of a part of at least so many bytes: the smallest free one that fits, else new memory."""
        size = aligned(size, self._alignment)
        place = bisect_left(self._sizes, (size, 0))
        if place < len(self._sizes):
            free, offset = self._sizes[place]
            self._taken(offset)
            if free > size:
                self._kept(offset + size, free - size)
            return offset, size
        offset = self.bytes
        if self.bytes in self._ending:
            offset = self._ending[self.bytes]
            self._taken(offset)
        self.bytes = offset + size
        return offset, size

    def reserve(self, size: int) -> tuple[int, int]:
        """Offset and size of memory that nothing has used and that is never given out again."""
        offset, size = self.bytes, aligned(size, self._alignment)
        self.bytes += size
        return offset, size

    def free(self, offset: int, size: int) -> None:
        """Takes a part back."""
        if not self._reuse:
            return
        if offset + size in self._free:
            size += self._taken(offset + size)
        if offset in self._ending:
            before = self._ending[offset]
            offset, size = before, size + self._taken(before)
        self._kept(offset, size)

    def _kept(self, offset: int, size: int) -> None:
        self._free[offset] = size
        self._ending[offset + size] = offset
        insort(self._sizes, (size, offset))

    def _taken(self, offset: int) -> int:
        """Takes a free part out of those that are free; its size."""
        size = self._free.pop(offset)
        del self._ending[offset + size]
        del self._sizes[bisect_left(self._sizes, (size, offset))]
        return size
