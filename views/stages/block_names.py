"""Names of blocks, and of what is in them: what the copies share in the names that they had."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from ...compiler.graph.graph import Graph
from ...compiler.graph.names_alike import Alike, alike
from ...compiler.graph.repeated import Run
from .graph_text import legal_name

LONGEST_NAME = 60


class SharedNames:
    """What the copies of a run share in the names of the program that they come from: what the block may be called,
    what all copies together (`stem`, if there is anything) and each one, empty where nothing says so.

    `encoder.0.bias` and `encoder.1.bias` are `bias` in copies of `encoder`; of `calm.bias` and `still.bias` the copies
    are `calm` and `still`.
    """

    def __init__(self, graph: Graph, run: Run, called: Mapping[int, str]) -> None:
        self.graph = graph
        params = [row[: run.count] for row in run.body.params]
        nodes = list(zip(*run.body.nodes[: run.count], strict=True))
        names = {row[0]: [called.get(number, "") for number in row] for row in (*params, *nodes)}
        shared = {number: found for number, each in names.items() if all(each) and (found := alike(each))}
        stem, numbers = _most_common([shared[row[0]] for row in params if row[0] in shared] or [*shared.values()])
        self.called: dict[int, str] = {}
        """What nodes of the first copy are called in it."""
        own = {row[0] for row in params}
        before: list[list[str]] = []
        for number, each in names.items():
            if number in shared and shared[number][:2] == (stem, numbers):
                self.called[number] = re.sub(r"^[\W_]+", "", shared[number].after)
            elif ending := _ending(each):
                self.called[number] = ending
                if number in own or not own:
                    before.append([name.removesuffix(ending) for name in each])
            elif each[0]:
                self.called[number] = re.sub(r"[\W_]*\d+\W*$", "", each[0])  # which only counts things up
        self.stem = _fitting(stem)
        result = nodes[run.body.results[-1]][0]
        self.block = _block_name(self.stem) if self.stem else _fitting(self.called.get(result, "")) or "layer"
        self.copies = [""] * run.count
        if numbers:
            self.copies = [f"{self.stem or self.block}_{number}" for number in numbers]
        elif len({*map(tuple, before)}) == 1:
            self.copies = [_fitting(each) for each in before[0]]

    def of(self, number: int) -> str:
        """A name for a node of the first copy."""
        return _fitting(self.called.get(number, "")) or self.graph.nodes[number].operation.called


def _most_common(found: Sequence[Alike]) -> tuple[str, tuple[int, ...]]:
    counted = Counter((each.before, each.numbers) for each in found).most_common(1)
    return counted[0][0] if counted else ("", ())


def _ending(names: Sequence[str]) -> str:
    """What comes behind the last dot or slash, where that is the same in all names and other things stand before it."""
    endings = {re.split(r"[./]", name)[-1] for name in names}
    ending = endings.pop()
    return ending if ending and not endings and len({*names}) > 1 else ""


def _fitting(name: str) -> str:
    """A name, not too long; empty where nothing of it can be one."""
    return legal_name(name)[:LONGEST_NAME].strip("_") if re.search(r"[^\W\d_]", name) else ""


def _block_name(stem: str) -> str:
    """`encoder_layer` for `encoder_layers`, and for `encoder`."""
    plural = re.search(r"[^\Ws]s$", stem) is not None and len(stem) > 3
    return stem[:-1] if plural else stem if stem.endswith(("layer", "block", "cell")) else f"{stem}_layer"


def unique(wanted: str, taken: Callable[[str], bool], take: Callable[[str], None]) -> str:
    """A name that is not taken; `take` keeps it."""
    wanted = legal_name(wanted)
    name, number = wanted, 1
    while taken(name):
        number += 1
        name = f"{wanted}_{number}"
    take(name)
    return name
