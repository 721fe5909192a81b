"""The update of a training as functions of Python: one for each way in which params are changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...derive.training import GRADIENT, LEARNING_RATE, PARAMETER, STEP_COUNT, TrainingGraph, packed_update
from ...graph.graph import Graph, Node
from ...graph.signatures import Invocation
from ...ops.leaves import FED
from .body import Request, body_of
from .dialect import NUMPY, Dialect
from .names import Names, quoted


@dataclass(frozen=True)
class Updates:
    """Functions, the lines of a step that call them, and the sources of what they call themselves."""

    definitions: tuple[list[str], ...]
    lines: tuple[str, ...]
    functions: tuple[str, ...]


def updates_of(training: TrainingGraph, names: Names, dialect: Dialect = NUMPY) -> Updates:
    """The update of all params of a training."""
    definitions: list[list[str]] = []
    lines: list[str] = []
    used: dict[str, None] = {}
    if any(each.direction != each.gradient for each in training.parameters.values()):
        made, functions = _clipping(training, names, dialect)
        definitions.append(made)
        used |= dict.fromkeys(functions)
        lines.append("d = clipped(d)")
    for number, (settings, paths) in enumerate(alike(training)):
        function = "update" if not number else f"update_{number + 1}"
        made, functions, states, given = _rule(function, settings, dialect)
        definitions.append(made)
        used |= dict.fromkeys(functions)
        rate = f"{settings.number('lr')!r} * factor"
        lines += _calls(function, paths, states, given, rate)
    definitions.append(_fresh(training, dialect))
    return Updates(tuple(definitions), tuple(lines), tuple(used))


def alike(training: TrainingGraph) -> list[tuple[Invocation, list[str]]]:
    """Params by their settings, in order."""
    found: dict[str, tuple[Invocation, list[str]]] = {}
    for path, each in training.parameters.items():
        key = repr((each.settings.name, sorted(each.settings.arguments.items())))
        found.setdefault(key, (each.settings, []))[1].append(path)
    return list(found.values())


def _rule(
    function: str, settings: Invocation, dialect: Dialect
) -> tuple[list[str], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The function of a rule: its lines, what it calls, its states, its arguments."""
    packed = packed_update(2, settings)
    called = {PARAMETER: "parameter", GRADIENT: "gradient", LEARNING_RATE: "rate", STEP_COUNT: "count"}
    called |= {f"{PARAMETER} {state}": state for state in packed.states}
    names = Names()
    for path, name in called.items():
        names.take(path, name)
    targets = dict(zip(("parameter", *packed.states), packed.targets, strict=True))
    after = {number: f"new_{name}" for name, number in targets.items()}
    body = body_of(Request(packed.graph, targets, lambda node, name: "", {}, {}, after, dialect), names)
    arguments = [name for path, name in called.items() if any(node.path == path for node in body.leaves)]
    result = "Array" if len(targets) == 1 else f"tuple[{', '.join(['Array'] * len(targets))}]"
    lines = [line.partition("  # [2]")[0] for line in body.lines]
    listed = ", ".join(f"{name} = {value!r}" for name, value in settings.arguments.items() if value is not None)
    kept = ", and what is remembered for the next" if packed.states else ""
    made = [
        *dialect.quiet,
        f"def {function}({', '.join(f'{each}: Array' for each in arguments)}) -> {result}:",
        f'    """A param after a step of {settings.name}({listed}){kept}."""',
        *(f"    {line}" for line in lines),
        f"    return {', '.join(body.results.values())}",
    ]
    return made, body.functions, packed.states, tuple(arguments)


def _calls(
    function: str, paths: Sequence[str], states: Sequence[str], arguments: Sequence[str], rate: str
) -> Iterator[str]:
    yield f"for name in ({', '.join(map(quoted, paths))}{',' if len(paths) == 1 else ''}):"
    values = {"parameter": "weights[name]", "gradient": "d[name]", "rate": rate, "count": "step + 1.0"}
    values |= {state: f'memory[f"{{name}} {state}"]' for state in states}
    results = ", ".join([values["parameter"], *(values[state] for state in states)])
    yield f"    {results} = {function}({', '.join(values[each] for each in arguments)})"


def _fresh(training: TrainingGraph, dialect: Dialect) -> list[str]:
    lines = ["def fresh(weights: Weights) -> Weights:", '    """What is remembered from step to step: nothing yet."""']
    if not training.states:
        return [*lines, "    return {}"]
    lines.append("    return {")
    lines += [
        f"        {quoted(path)}: {dialect.module}.zeros_like(weights[{quoted(each.parameter)}]),"
        for path, each in training.states.items()
    ]
    return [*lines, "    }"]


def _clipping(training: TrainingGraph, names: Names, dialect: Dialect) -> tuple[list[str], tuple[str, ...]]:
    """The function that clips gradients."""
    nodes = list(training.graph.nodes)
    for path, each in training.parameters.items():
        node = nodes[each.gradient]
        nodes[each.gradient] = Node(FED, (), (), node.type, f"d {path}", None)
    graph = Graph(tuple(nodes), {}, {}, (), frozenset(), {}, {})
    targets = {path: each.direction for path, each in training.parameters.items()}

    def leaf(node: Node, name: str) -> str:
        return f"d[{quoted(node.path.removeprefix('d '))}]"

    body = body_of(Request(graph, targets, leaf, {}, {}, {}, dialect), names)
    results = ", ".join(f"{quoted(path)}: {text}" for path, text in body.results.items())
    return [
        *dialect.quiet,
        "def clipped(d: dict[str, Array]) -> dict[str, Array]:",
        '    """The derivatives, shortened as the optimiser asks for."""',
        *(f"    {line}" for line in body.lines),
        f"    return {{{results}}}",
    ], body.functions
