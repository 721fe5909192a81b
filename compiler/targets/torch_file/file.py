"""A spec as one file of Python with a module of PyTorch, which PyTorch differentiates and trains."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from ...shape import shape_text
from ..python.arrays import initial_function, rows_function
from ..python.body import Body
from ..python.file import Layout, whole_file
from ..python.names import in_docstring, quoted
from ..python.raw_rows import raw_functions
from ..python.subject import Subject
from .dialect import TORCH
from .functions import Methods
from .training import TorchTraining


def torch_file(subject: Subject, precision: Literal["float32", "float64"]) -> str:
    """The whole file; the same one for the same subject."""
    layout = Layout(
        f"It needs PyTorch; numbers are {precision}.",
        "Rows go into its steps as chainrule takes them; random numbers are those of PyTorch.",
        (
            ("import numpy as np\n", "np."),
            ("import torch\n", ""),
            ("from torch import nn\n", ""),
            ("from torch.nn import functional\n", "functional."),
        ),
        (f"REAL, INT = torch.{precision}, torch.int64", "Array: TypeAlias = Any  # a tensor, or what becomes one"),
        TORCH,
    )
    methods = Methods(subject.spec)
    code = "\n\n\n".join(["\n".join(part) for part in _parts(subject, methods)])
    return whole_file(subject, layout, methods, code)


def _parts(subject: Subject, methods: Methods) -> Iterator[list[str]]:
    forward, predicted = methods.forward()
    spec = subject.spec
    training = TorchTraining(methods, subject, spec.train) if spec.train is not None else None
    if methods.held:
        yield list(initial_function(subject, TORCH))
    yield _module(
        subject, methods, [forward, *(training.methods if training else [])], training.frozen if training else ()
    )
    yield _predict(methods, predicted)
    inputs = spec.graph.inputs
    needed = [node.path for node in predicted.leaves if node.path in inputs and inputs[node.path].default is None]
    if (prepared := subject.prepared(needed)) is not None:
        yield from raw_functions(methods, prepared, "net: Net")
    if training is None:
        if not methods.arguments(predicted)[0][1:]:
            yield [
                'if __name__ == "__main__":',
                "    for name, value in predict(Net()).items():",
                '        print(f"{name} = {value}")',
            ]
        return
    yield from training.parts
    if rows := training.rows(subject.data):
        yield list(rows_function(subject, methods, "rows", "The rows of the spec's data", rows))
    if rows := training.rows(subject.held_out, judged=True):
        yield list(rows_function(subject, methods, "held_out", "Rows that are not trained on", rows))
    if main := training.main():
        yield main


def _module(subject: Subject, methods: Methods, written: Sequence[list[str]], frozen: Collection[str]) -> list[str]:
    """The class: what the spec holds, then the methods."""
    spec = subject.spec
    graph, names = spec.full, methods.names
    states = [path for path in methods.held if path in graph.states]
    lines = ["class Net(nn.Module):", f'    """{in_docstring(spec.title or subject.origin)}"""', ""]
    lines += [*(f"    {names.of(path)}: Array" for path in states), *([""] if states else [])]
    lines += ["    def __init__(self) -> None:", "        super().__init__()"]
    lines += ["        held = initial()"] if methods.held else []
    for path in methods.held:
        name, shape = names.of(path), methods.held_type(path).shape
        told = f"  # {shape_text(shape)}" if shape else ""
        value = f"held[{quoted(path)}]"
        if path in states:
            lines.append(f'        self.register_buffer("{name}", {value}){told}')
        else:
            resting = ", requires_grad=False" if path in frozen else ""
            lines.append(f"        self.{name} = nn.Parameter({value}{resting}){told}")
    for method in written:
        lines += ["", *method]
    return lines


def _predict(methods: Methods, body: Body) -> list[str]:
    """`predict(net, x)`: the outputs by name, outside of training."""
    required, optional, names = methods.arguments(body)
    arguments = ", ".join(["net: Net", *required[1:], *optional])
    called = f"net({', '.join(f'{name}={name}' for name in names[1:])})"
    results = list(body.results)
    value = called if len(results) != 1 else f"{{{quoted(results[0])}: {called}}}"
    return [
        f"def predict({arguments}) -> dict[str, Array]:",
        '    """The outputs by name, outside of training."""',
        "    net.eval()",
        "    with torch.no_grad():",
        f"        values: dict[str, Array] = {value}",
        "    return values",
    ]
