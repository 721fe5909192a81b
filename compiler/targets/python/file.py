"""A spec as one file of Python that needs numpy alone: forward, gradients and update, as one writes them by hand."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...derive.gradients import gradient_graph, paths_with_gradients
from ...derive.training import TrainingGraph, training_graph
from ...graph.form import form_of
from ...graph.graph import Graph, Node
from ...graph.spec import Spec
from ...ops.leaves import FED, INPUT
from ...ops.table import ALL
from .body import QUIET, Body, Request, body_of
from .names import Names, comment, in_docstring, quoted
from .update import updates_of
from .values import array_lines, attribute_text

RESERVED = tuple(
    """
    np Any TypeAlias Path math Array Weights initial gradients train_step train update clipped fresh rows held_out order
    factor weights memory step steps d after value name upstream chosen file rest trained
    """.split()  # noqa: SIM905  # a list of names
)
"""Names of the file's own."""

CALLED = ("predict", "loss", "metrics", "line")
"""Functions that a training calls beside its inputs; nodes may have their names."""

FUNCTIONS = tuple({name for each in ALL if each.numpy for source in each.numpy.functions
                   for name in re.findall(r"^def (\w+)", source, re.MULTILINE)})  # fmt: skip


@dataclass(frozen=True)
class Loop:
    """The training that a spec asks for: how many steps, which rows go into each, how the rate changes, how often it
    is reported. `rows` is a function of the file's own, as text; empty where a step takes all rows."""

    steps: int
    report: int
    factor: str
    rows: str


@dataclass(frozen=True)
class Subject:
    """What is written: a spec, the values of its params and states, the rows of its data, and its training.

    `stored` are arrays that lie in a file beside it, by the name under which they stand there.
    """

    spec: Spec
    origin: str
    weights: Mapping[str, Any]
    data: Mapping[str, Any]
    held_out: Mapping[str, Any]
    classes: Mapping[str, Sequence[str]]
    loop: Loop | None
    stored: frozenset[str]
    beside: str


def python_file(subject: Subject) -> str:
    """The whole file."""
    return _File(subject).text()


class _File:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.spec = subject.spec
        self.names = Names([*RESERVED, *FUNCTIONS, *CALLED])
        graph = self.spec.full
        for path in (*self.spec.graph.inputs, *self.spec.graph.held):
            self.names.of(path)
        self.names.free(*CALLED)
        self.held = graph.held
        self.functions: dict[str, None] = {}
        self.has_metrics = False
        self.told: set[str] = set()
        """Paths whose doc lines stand somewhere already."""

    def text(self) -> str:
        parts = ["\n".join(part) for part in self._parts()]
        code = "\n\n\n".join(parts)
        imports = [
            line for line, word in (("import math\n", "math."), ("from pathlib import Path\n", "Path(")) if word in code
        ]
        opening = "".join(["\n".join(self._preface()), "\n\n", *imports, "from typing import Any, TypeAlias\n\n"])
        weights = "Weights: TypeAlias = dict[str, Any]  # arrays by name\n" if self.held or self.spec.train else ""
        head = f"{opening}import numpy as np\n\nArray: TypeAlias = Any  # of numpy, or one of its numbers\n{weights}"
        functions = _called_in(code, list(self.functions))
        return "\n\n\n".join([head.rstrip(), *functions, code]).rstrip() + "\n"

    def _preface(self) -> Iterator[str]:
        title = in_docstring(self.spec.title or self.subject.origin)
        yield f'"""{title}'
        yield ""
        origin = in_docstring(self.subject.origin)
        yield f"Written by chainrule from {origin}. It needs numpy alone; numbers are float64."
        if self.subject.stored:
            yield f"{in_docstring(self.subject.beside)} has the arrays, and belongs beside it."
        if self.spec.train is not None and self.spec.train.stop is not None:
            yield "The rule by which the spec stops early is not carried out."
        yield '"""'

    def _parts(self) -> Iterator[list[str]]:
        if self.held:
            yield list(self._initial())
        yield self._predict()
        if self.spec.train is None:
            if (of := self._differentiated()) is not None:
                yield self._gradients(self._plain.graph, of, self._gradient_paths(of), {}, "")
            main = self._main_of_predict()
        else:
            yield from self._judging()
            yield from self._training()
            main = self._main_of_training()
        if self.subject.data:
            yield list(self._rows("rows", "The rows of the spec's data", self._fed(self.subject.data, self.trained)))
        if self.subject.held_out:
            rest = self._fed(self.subject.held_out, self.judged.leaves)
            yield list(self._rows("held_out", "Rows that are not trained on", rest))
        if main:
            yield main

    # --- arrays -------------------------------------------------------------------------------------------------

    def _initial(self) -> Iterator[str]:
        yield "def initial() -> Weights:"
        yield '    """What the spec\'s params and states were when this was written."""'
        yield from self._arrays({path: (path, value) for path, value in self.subject.weights.items()}, "weights")

    def _rows(self, function: str, doc: str, rows: Mapping[str, Any]) -> Iterator[str]:
        yield f"def {function}() -> dict[str, Array]:"
        yield f'    """{doc}, by the argument that each is."""'
        for path, names in self.subject.classes.items():
            if path in rows:
                listed = ", ".join(f"{number} {name}" for number, name in enumerate(names))
                yield f"    # {comment(f'{self.names.of(path)}: {listed}')}"
        yield from self._arrays({self.names.of(path): (path, value) for path, value in rows.items()}, function)

    def _arrays(self, arrays: Mapping[str, tuple[str, Any]], room: str) -> Iterator[str]:
        stored = {key: f"{room}/{path}" for key, (path, _) in arrays.items() if f"{room}/{path}" in self.subject.stored}
        if stored:
            beside = quoted(self.subject.beside)
            yield f"    with np.load(Path(__file__).with_name({beside}), allow_pickle=False) as file:"
            yield "        return {"
            for key, name in stored.items():
                yield f"            {quoted(key)}: file[{quoted(name)}].astype({_type_text(arrays[key][1])}),"
            yield "        }"
            return
        yield "    return {"
        for key, (_, value) in arrays.items():
            first, *others = array_lines(value.tolist(), "        ")
            if others:
                yield f"        {quoted(key)}: np.array({first}"
                yield from others[:-1]
                yield f"{others[-1]}, {_type_text(value)}),"
            else:
                yield f"        {quoted(key)}: np.array({first}, {_type_text(value)}),"
        yield "    }"

    # --- functions ----------------------------------------------------------------------------------------------

    def _body(
        self,
        graph: Graph,
        targets: Mapping[str, int],
        called: Mapping[int, str] = {},
        names: Names | None = None,  # nobody writes into it
    ) -> Body:
        docs = {path: lines for path, lines in graph.docs.items() if path not in self.told}
        body = body_of(Request(graph, targets, self._leaf, self.spec.known_dims, docs, called), names or self.names)
        self.functions |= dict.fromkeys(body.functions)
        return body

    def _leaf(self, node: Node, name: str) -> str:
        if node.path in self.held:
            return f"weights[{quoted(node.path)}]"
        if node.operation is FED:
            return "np.float64(upstream)" if not node.type.shape else "np.asarray(upstream, np.float64)"
        kind = "int64" if node.type.kind == "int" else "float64"
        return f"np.float64({name})" if node.type == ("real", ()) else f"np.asarray({name}, np.{kind})"

    def _arguments(self, bodies: Iterable[Body], *, weights: bool | None = None) -> tuple[list[str], list[str]]:
        """The arguments of a function: how they are declared, and how another one passes them on."""
        needed = {node.path for body in bodies for node in body.leaves}
        sizes = sorted({size for body in bodies for size in body.sizes})
        declared: list[str] = []
        optional: list[str] = []
        if weights or (weights is None and needed & set(self.held)):
            declared.append("weights: Weights")
        passed = [each.partition(":")[0] for each in declared]
        inputs = self.spec.graph.inputs
        for path in sorted((path for path in needed if path in inputs), key=lambda path: inputs[path].index):
            default, name = inputs[path].default, self.names.of(path)
            passed.append(name)
            if default is None:
                declared.append(f"{name}: Array")
            else:
                optional.append(f"{name}: Array = {_default_text(default)}")
        declared += [f"{size}: int" for size in sizes]
        return [*declared, *optional], [*passed, *sizes]

    def _function(self, name: str, arguments: Sequence[str], result: str, doc: str, lines: Iterable[str]) -> list[str]:
        declaration = f"def {name}({', '.join(arguments)}) -> {result}:"
        if len(declaration) > 116:
            listed = "".join(f"    {each},\n" for each in arguments)
            declaration = f"def {name}(\n{listed}) -> {result}:"
        return [QUIET, declaration, f'    """{doc}"""', *(f"    {line}" for line in lines)]

    def _predict(self) -> list[str]:
        graph = self._plain.graph
        wanted = dict(zip(graph.output_names, graph.outputs, strict=True)) or self._ends(graph)
        if self.spec.train is not None and self.spec.train.minimize < len(graph.nodes):
            behind = graph.dependents([self.spec.train.minimize])
            wanted = {name: number for name, number in wanted.items() if not behind[number]} or wanted
        body = self._body(graph, wanted)
        self.told |= {node.path for node in graph.nodes}
        self.predicted = body
        arguments, _ = self._arguments([body])
        extra = ["step: int = 0"] if body.draws else []
        results = ", ".join(f"{quoted(name)}: {text}" for name, text in body.results.items())
        outputs = "The spec's outputs." if graph.outputs else "What the spec computes."
        return self._function(
            "predict", [*arguments, *extra], "dict[str, Array]", outputs, [*body.lines, f"return {{{results}}}"]
        )

    @property
    def _plain(self) -> Spec:
        return form_of(self.spec, training=False)

    def _ends(self, graph: Graph) -> dict[str, int]:
        read = {operand for node in graph.nodes for operand in node.inputs}
        return {node.path: number for number, node in enumerate(graph.nodes)
                if number not in read and node.path and number not in graph.idle}  # fmt: skip

    # --- gradients ----------------------------------------------------------------------------------------------

    def _differentiated(self) -> int | None:
        """What is differentiated where nothing is trained: the only scalar among the outputs, or the only output."""
        graph = self._plain.graph
        outputs = [number for number in dict.fromkeys(graph.outputs) if graph.nodes[number].type.kind == "real"]
        scalars = [number for number in outputs if not graph.nodes[number].type.shape]
        found = scalars if len(scalars) == 1 else outputs
        return found[0] if len(found) == 1 else None

    def _gradient_paths(self, of: int) -> list[str]:
        return paths_with_gradients(self._plain.graph, of)

    def _gradients(
        self, graph: Graph, of: int, paths: Sequence[str], following: Mapping[str, int], doc: str
    ) -> list[str]:
        node = graph.nodes[of]
        every = paths_with_gradients(graph, of, unnamed=True)
        made = gradient_graph(graph, of, list(dict.fromkeys([*paths, *every])), upstream=bool(node.type.shape))
        called = {number: f"d_{path}" for path, number in reversed(list(made.gradients.items()))}
        found = {f"d {path}": made.gradients[path] for path in paths}
        after = {f"next {path}": number for path, number in following.items()}
        body = self._body(made.graph, {"value": of, **found, **after}, called)
        self.differentiated = body
        arguments, self.passed = self._arguments(
            [body], weights=True if self.spec.train is not None and self.held else None
        )
        arguments += ["upstream: Array"] if made.upstream else []
        arguments = [*(each for each in arguments if "=" not in each), *(each for each in arguments if "=" in each)]
        arguments += ["step: int = 0"] if body.draws else []
        d = ", ".join(f"{quoted(path)}: {body.results[f'd {path}']}" for path in paths)
        states = ", ".join(f"{quoted(path)}: {body.results[f'next {path}']}" for path in following)
        name = comment(node.path or "the value")
        doc = doc or f"{name}, and its derivatives by each that it depends on."
        results = f"return {body.results['value']}, {{{d}}}" + (f", {{{states}}}" if following else "")
        kind = f"tuple[Array, dict[str, Array]{', Weights' if following else ''}]"
        return self._function("gradients", arguments, kind, in_docstring(doc), [*body.lines, results])

    # --- training -----------------------------------------------------------------------------------------------

    def _judging(self) -> Iterator[list[str]]:
        """The loss; and, where the spec has metrics, these with it."""
        section, graph = self.spec.train, self._plain.full
        assert section is not None
        self.judged = self._body(graph, {"loss": section.minimize})
        yield self._of_rows("loss", self.judged, "Array", "What a training makes small.", self.judged.results["loss"])
        metrics = {
            name: each for name, each in section.metrics.items() if graph.nodes[each].operation.numpy is not None
        }
        if not metrics:
            return
        self.has_metrics = True
        self.judged = body = self._body(graph, {section.loss: section.minimize, **metrics})
        results = ", ".join(f"{quoted(name)}: {text}" for name, text in body.results.items())
        yield self._of_rows("metrics", body, "dict[str, Array]", "How good the weights are.", f"{{{results}}}")
        yield [
            "def line(values: dict[str, Array]) -> str:",
            '    """Numbers with their names."""',
            '    return ", ".join(f"{name} {value:.6g}" for name, value in values.items())',
        ]

    def _of_rows(self, name: str, body: Body, kind: str, doc: str, result: str) -> list[str]:
        arguments, _ = self._arguments([body], weights=bool(self.held))
        extra = ["step: int = 0"] if body.draws else []
        return self._function(name, [*arguments, *extra], kind, doc, [*body.lines, f"return {result}"])

    def _training(self) -> Iterator[list[str]]:
        section = self.spec.train
        assert section is not None
        training = training_graph(self.spec.full, section.minimize, section.optimizer, section.groups)
        following = {path: each.value for path, each in training.next.items()}
        forward = replace(form_of(self.spec, training=True).full, idle=frozenset())
        doc = f"What a step makes small, its derivatives{', and the states after the step' if following else ''}."
        yield self._gradients(forward, section.minimize, list(training.parameters), following, doc)
        update = updates_of(training, section, self.names)
        self.functions |= dict.fromkeys(update.functions)
        yield from update.definitions
        yield self._train_step(training, update.lines, update.memory)
        if self.subject.loop is not None:
            yield from self._train(self.subject.loop)

    def _train_step(self, training: TrainingGraph, lines: Sequence[str], memory: Sequence[str]) -> list[str]:
        arguments, _ = self._arguments([self.differentiated], weights=True)
        head, *rest = arguments
        required = [each for each in rest if "=" not in each]
        optional = [each for each in rest if "=" in each]
        given = [head, "memory: Weights", *required, *optional, "step: int = 0", "factor: float = 1.0"]
        steps = ["step"] if self.differentiated.draws else []
        passed = [each if each == "weights" else f"{each}={each}" for each in (*self.passed, *steps)]
        after = ", after" if training.next else ""
        call = f"value, d{after} = gradients({', '.join(passed)})"
        doc = (
            "One step, counted from 0: changes weights and memory, and gives what it makes small, as it was before it."
        )
        body = [call, *lines, *(["weights.update(after)"] if after else []), "return value"]
        return ["def train_step(", *(f"    {each}," for each in given), ") -> Array:", f'    """{doc}"""',
                *(f"    {line}" for line in body)]  # fmt: skip

    def _train(self, loop: Loop) -> Iterator[list[str]]:
        if loop.rows:
            yield loop.rows.splitlines()
        names = [self.names.of(path) for path in self._fed(self.subject.data, self.trained)]
        others = [self.names.of(path) for path in self._lacking]
        given = [f"{name}: Array" for name in (*names, *others)]
        declared = ["weights: Weights", *given, f"steps: int = {loop.steps}"]
        passed = ", ".join(
            f"{name}={f'{name}[chosen]' if loop.rows and name in names else name}"
            for name in (*names, *others)
            if name in self.passed
        )
        whole = ", ".join(["weights", *(f"{name}={name}" for name in (*names, *others) if name in self._judged_names)])
        lines = [
            f"def train({', '.join(declared)}) -> None:",
            '    """Changes the weights step by step, and prints how it goes."""',
            "    memory = fresh(weights)",
            "    for step in range(steps):",
        ]
        if loop.rows:
            lines.append(f"        chosen = order(step, len({names[0]}))")
        factor = f", factor={loop.factor}" if loop.factor else ""
        lines.append(f"        train_step(weights, memory{', ' if passed else ''}{passed}, step=step{factor})")
        lines.append(f"        if (step + 1) % {loop.report} == 0:")
        lines.append(f'            print(f"step {{step + 1}}: {self._told(whole)}")')
        yield lines

    def _told(self, arguments: str) -> str:
        """What is printed of some rows, inside of a text of Python's."""
        return f"{{line(metrics({arguments}))}}" if self.has_metrics else f"{{loss({arguments}):.6g}}"

    @property
    def trained(self) -> Sequence[Node]:
        """The leaves that a training reads."""
        return (*self.differentiated.leaves, *self.judged.leaves)

    @property
    def _lacking(self) -> list[str]:
        """Inputs that a training reads and that neither a default nor the data give."""
        read, inputs = {node.path for node in self.trained}, self.spec.graph.inputs
        return [path for path in inputs if path in read - {*self.subject.data} and inputs[path].default is None]

    def _fed(self, rows: Mapping[str, Any], leaves: Sequence[Node]) -> dict[str, Any]:
        """Of rows those that are read."""
        read = {node.path for node in leaves}
        return {path: value for path, value in rows.items() if path in read}

    @property
    def _judged_names(self) -> set[str]:
        return {self.names.of(node.path) for node in self.judged.leaves if node.operation is INPUT}

    # --- what a file does by itself -----------------------------------------------------------------------------

    def _main_of_predict(self) -> list[str]:
        arguments, _ = self._arguments([self.predicted])
        if any("=" not in each and each != "weights: Weights" for each in arguments):
            return []
        given = "initial()" if "weights: Weights" in arguments else ""
        return ['if __name__ == "__main__":', f"    for name, value in predict({given}).items():",
                '        print(f"{name} = {value}")']  # fmt: skip

    def _main_of_training(self) -> list[str]:
        loop = self.subject.loop
        if loop is None or self._lacking:
            return []
        lines = ['if __name__ == "__main__":', "    trained = initial()" if self.held else "    trained: Weights = {}"]
        lines.append(f"    train(trained{', **rows()' if self.subject.data else ''})")
        if self.subject.held_out:
            lines.append(f'    print(f"rows that are not trained on: {self._told("trained, **held_out()")}")')
        return lines


def _called_in(code: str, functions: Sequence[str]) -> list[str]:
    """Of the functions those that the code calls, or one of them calls."""
    kept: list[str] = []
    words = set(re.findall(r"\w+(?=\()", code))
    for source in map(str.strip, reversed(functions)):
        if re.match(r"def (\w+)", source)[1] in words:  # type: ignore[index]  # each begins so
            kept.append(source)
            words |= set(re.findall(r"\w+(?=\()", source))
    return kept[::-1]


def _type_text(array: Any) -> str:
    return "np.int64" if array.dtype.kind == "i" else "np.float64"


def _default_text(value: object) -> str:
    return attribute_text(value)
