"""The lowest versions that pyproject.toml allows, a requirement a line: python lowest.py pyproject.toml EXTRA..."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path


def requirements(project: dict[str, list[str]], extras: list[str]) -> Iterator[str]:
    """Those of the package and of some extras, those that an extra takes from others included."""
    listed = [*project["dependencies"], *(each for extra in extras for each in project["optional-dependencies"][extra])]
    for requirement in listed:
        own = re.match(rf"{re.escape(project['name'])}\[(.*)\]", requirement)
        yield from requirements({**project, "dependencies": []}, own[1].split(",")) if own else [requirement]


def lowest(requirement: str) -> str:
    """`numpy>=2.0.2,<3` as `numpy==2.0.2`."""
    return re.sub(r">=\s*([\w.]+)[^;]*", r"==\1", requirement)


if __name__ == "__main__":
    document = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(*sorted({lowest(each) for each in requirements(document["project"], sys.argv[2:])}), sep="\n")
