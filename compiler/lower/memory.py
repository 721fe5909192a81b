"""Memory by lifetimes: one block, whose parts are used again once nothing reads them any more."""

ALIGNMENT = 64
"""Bytes; a cache line, and the widest vector register."""


def aligned(size: int) -> int:
    """So many bytes or a few more."""
    return max(ALIGNMENT, -(-size // ALIGNMENT) * ALIGNMENT)


class Arena:
    """Gives out parts of one block of memory that does not exist yet; `bytes` is how large it must be.

    With `reuse` off a part that was freed is never given out again.
    """

    def __init__(self, *, reuse: bool = True) -> None:
        self.bytes = 0
        self._reuse = reuse
        self._free: dict[int, int] = {}
        """Sizes of free parts by offset; neighbours are always joined."""

    def allocate(self, size: int) -> tuple[int, int]:
        """Offset and size of a part of at least so many bytes: the smallest free one that fits, else new memory."""
        size = aligned(size)
        fitting = [(free, offset) for offset, free in self._free.items() if free >= size]
        if fitting:
            free, offset = min(fitting)
            del self._free[offset]
            if free > size:
                self._free[offset + size] = free - size
            return offset, size
        offset = self.bytes
        last = next((start for start, free in self._free.items() if start + free == self.bytes), None)
        if last is not None:
            offset = last
            del self._free[last]
        self.bytes = offset + size
        return offset, size

    def reserve(self, size: int) -> tuple[int, int]:
        """Offset and size of memory that nothing has used and that is never given out again."""
        offset, size = self.bytes, aligned(size)
        self.bytes += size
        return offset, size

    def free(self, offset: int, size: int) -> None:
        """Takes a part back."""
        if not self._reuse:
            return
        following = self._free.pop(offset + size, None)
        if following is not None:
            size += following
        before = next((start for start, free in self._free.items() if start + free == offset), None)
        if before is not None:
            offset, size = before, size + self._free.pop(before)
        self._free[offset] = size
