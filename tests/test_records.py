"""Records stay what they were made: no field of theirs can be set, but of those that are named here."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import chainrule

CHANGING = {
    "grammar": "",
    "compiler": "CallSizes Draft Expander Scope SharedCalls Sharing Stack Unit UsedFiles _Shared",
    "runtime": "Placement Site Watch Weights",
    "views": "Frame FrameLayout LinkPart Sides _Block _Scope",
}
"""By room the records that whoever makes them goes on writing into."""


def records(room: str) -> Iterator[type]:
    package = importlib.import_module(f"{chainrule.__name__}.{room}")
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for each in vars(importlib.import_module(found.name)).values():
            if isinstance(each, type) and each.__module__ == found.name and dataclasses.is_dataclass(each):
                yield each


def can_be_set(record: type) -> bool:
    try:
        setattr(object.__new__(record), dataclasses.fields(record)[0].name, None)
    except dataclasses.FrozenInstanceError:
        return False
    return True


@pytest.mark.parametrize("room", CHANGING)
def test_records_stay_as_they_are(room: str) -> None:
    assert sorted(each.__name__ for each in records(room) if can_be_set(each)) == CHANGING[room].split()
