"""Names of blocks, and of what is in them: what the copies share in the names that they had."""

import re
from collections import Counter
from collections.abc import Callable, Mapping

from ...compiler.graph.graph import Graph
from ...compiler.graph.names_alike import Alike, alike
from ...compiler.graph.repeated import Run
from .graph_text import legal_name

LONGEST_NAME = 60


class SharedNames:
    """What the copies of a run share in the names of the program that they come from."""

    def __init__(self, graph: Graph, run: Run, called: Mapping[int, str]) -> None:
        self.graph = graph
        rows = [row[: run.count] for row in run.body.params]
        rows += list(zip(*run.body.nodes[: run.count], strict=True))
        shared: dict[int, Alike] = {}
        for row in rows:
            names = [called.get(number, "") for number in row]
            if all(names) and (found := alike(names)) is not None:
                shared[row[0]] = found
        params = [shared[row[0]] for row in run.body.params if row[0] in shared]
        common = Counter((each.before, each.numbers) for each in params or shared.values()).most_common(1)
        self.stem, self.numbers = common[0][0] if common else ("", ())
        self.called = {row[0]: called[row[0]] for row in rows if row[0] in called}
        self.shared = {number for number, each in shared.items() if each[:2] == (self.stem, self.numbers)}
        self.called |= {number: re.sub(r"^[\W_]+", "", shared[number].after) for number in self.shared}

    def of(self, number: int) -> str:
        """A name for a node of the first copy."""
        name = self.called.get(number, "")
        name = name if number in self.shared else re.sub(r"[\W_]*\d+$", "", name)  # which only counts things up
        return legal_name(name)[:LONGEST_NAME].strip("_") if name else self.graph.nodes[number].operation.called


def block_name(stem: str) -> str:
    """`encoder_layer` for `encoder_layers`, `encoder_layer` for `encoder`."""
    if not stem:
        return "layer"
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
