"""Places in data as JSON holds them, where a forger can put something else."""

from collections.abc import Iterator
from typing import Any


def places(data: Any) -> Iterator[tuple[Any, Any, str]]:
    """Every place: the list or object that holds it, its index or key there, and how to call it (`/rows/3`).

    What stands at a place may be replaced while it is the last one given, and must
    be back before the next is asked for.
    """
    work = [(data, "")]
    while work:
        value, path = work.pop()
        for key in range(len(value)) if isinstance(value, list) else list(value):
            yield value, key, f"{path}/{key}"
            if isinstance(value[key], list | dict):
                work.append((value[key], f"{path}/{key}"))
