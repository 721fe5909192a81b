"""Hints for a wrong name: the nearest known spellings, or all that are known."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest
from itertools import islice

from .diagnostic import LONGEST_SHOWN, shown

COMPARED = 1000
"""Names that a wrong one is compared with: of more, those of like beginning and length."""

LISTED = 40
"""Names that a hint lists."""


def suggestion(name: str, known: Iterable[str] | Mapping[str, object], *, what: str) -> str:
    """A hint that names near spellings, else the whole legal list (`what` names its kind in the plural)."""
    names = list(known)
    if matches := near(name, names):
        return f"did you mean {' or '.join(f'`{shown(n)}`' for n in matches)}?"
    if not names:
        return f"there are no {what} here"
    listed = ", ".join(shown(n) for n in nsmallest(LISTED, names))
    return f"{what} are: {listed}{', ...' if len(names) > LISTED else ''}"


def near(name: str, names: Sequence[str]) -> list[str]:
    """The nearest spellings, at most three."""
    if len(name) > LONGEST_SHOWN:
        return []
    if len(names) > COMPARED:
        start, shortest, longest = name[:1], len(name) - 2, len(name) + 2
        like = (n for n in names if n.startswith(start) and shortest <= len(n) <= longest)
        names = list(islice(like, COMPARED))
    from difflib import get_close_matches  # slow to import, and only mistakes ask for it

    lower: dict[str, list[str]] = {}
    for each in sorted(names):
        lower.setdefault(each.lower(), []).append(each)
    return [each for low in get_close_matches(name.lower(), lower, n=3, cutoff=0.6) for each in lower[low]][:3]
