"""Every operation, with each of its optional operands and settings, through every target: a file, or words."""

from collections.abc import Iterator

import pytest

import chainrule
from chainrule.compiler.graph.graph import Graph, GraphBuilder, InputDeclaration
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.program.exported import Options
from chainrule.views.stages.graph_text import graph_text

CALLED = [
    each for each in OPERATIONS.values() if each.role in ("operation", "metric") and each.trials and not each.implicit
]
TARGETS = {"python": Options(), "c": Options(), "onnx": Options()}
IN_WORDS = {"c": "G670", "onnx": "G680"}
"""What says that an operation has no form in a target."""


def specs_of(operation: Operation) -> Iterator[tuple[chainrule.Program, bool]]:
    """A program for each trial that a spec can say, and whether one number that hangs on the operation is derived."""
    for trial in operation.trials:
        builder = GraphBuilder()
        leaves = {f"x{number}": builder.input(f"x{number}", type, None) for number, type in enumerate(trial.types)}
        made = builder.make(operation.name, tuple(leaves.values()), trial.attributes)
        outputs = {"y": made}
        derived = operation.role != "metric" and builder.type(made).kind == "real"
        if derived and builder.type(made).shape:
            outputs["m"] = builder.mean(made)
        inputs = {path: InputDeclaration(number, None) for path, number in leaves.items()}
        text = graph_text(Graph(tuple(builder.nodes), inputs, {}, (), frozenset(), {}, {}), outputs)
        try:
            yield chainrule.compile(text), derived
        except chainrule.SpecError:  # rows and empty shapes that a spec does not write
            continue


@pytest.mark.parametrize("operation", CALLED, ids=lambda each: each.name)
def test_an_operation_is_written_or_refused_in_words(operation: Operation) -> None:
    tried = 0
    for program, derived in specs_of(operation):
        tried += 1
        for target, options in {**TARGETS, "c": Options(train_step=derived)}.items():
            try:
                made = program.exported(target, options=options)
            except chainrule.SpecError as error:
                found = error.diagnostics[0]
                assert found.code == IN_WORDS[target], (target, found)
                assert found.where is not None
            else:
                assert made.text or made.content
    assert tried
