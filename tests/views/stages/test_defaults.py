"""What is written out means what was left out."""

from pathlib import Path

import pytest

import chainrule
from chainrule.compiler.graph.graph import ParamDeclaration
from chainrule.compiler.graph.signatures import Invocation
from chainrule.compiler.graph.spec import Spec
from chainrule.program.program import Program
from chainrule.views.stages.defaults import defaults_text

SPECS = sorted((Path(__file__).parents[3] / "specs").glob("*.graph"))

NET = """dim N
block scaled(x: [N, I], units, normal = 2, init = normal) {
  param W: [I, units] = init()
  return x @ W * normal
}
const width = 3
input x: [1, 2]
input t = [1, 2]
param W: [2, width] = normal(std = (0.1))
param b = [0, 0, 0]
h = x -> affine(W, b) -> repeat 2 { softmax -> exp }
p = sigmoid(sum(h, axis = 1))
loss = cross-entropy(softmax(h), [[1, 0, 0]])
data d { x = circles("x", noise = 0) }
train { minimize = loss; optimizer = adam; epochs = 3; data = d; stop = early # two
}
"""


def meaning(spec: Spec) -> object:
    """All that a spec says, without places."""
    nodes = [(node.operation, node.inputs, node.attributes, node.type, node.path) for node in spec.full.nodes]
    inputs = {path: (each.index, each.default) for path, each in spec.graph.inputs.items()}
    params = {path: (each.index, start(each)) for path, each in spec.graph.params.items()}
    columns = {
        (name, column.name): [
            [part if not isinstance(part, Invocation) else call(part) for part in step[:-1]] for step in column.steps
        ]
        for name, section in spec.data.items()
        for column in section.columns.values()
    }
    train = None
    if spec.train is not None:
        keys = vars(spec.train)
        train = {key: call(keys[key]) if isinstance(keys[key], Invocation) else keys[key] for key in keys}
        train["groups"] = [(*group[:3], group.columns) for group in spec.train.groups]
        del train["spans"]
    claims = [(claim.left, claim.right, claim.comparison, claim.within, claim.after_train) for claim in spec.claims]
    return nodes, inputs, params, columns, train, claims, spec.graph.outputs, spec.graph.output_names, spec.graph.docs


def call(invocation: Invocation) -> tuple[str, dict[str, object]]:
    return invocation.name, dict(invocation.arguments)


def start(declaration: ParamDeclaration) -> object:
    return call(declaration.initial) if isinstance(declaration.initial, Invocation) else declaration.initial


def filled(program: Program) -> str:
    return defaults_text(program.spec, program.settings)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs_mean_the_same(path: Path) -> None:
    program = chainrule.load(path)
    text = filled(program)
    again = chainrule.compile(text, folder=path.parent)
    assert meaning(again.spec) == meaning(program.spec)
    assert filled(again) == text


def test_a_net_means_the_same() -> None:
    program = chainrule.compile(NET)
    text = filled(program)
    assert meaning(chainrule.compile(text).spec) == meaning(program.spec)
    for written in (
        "input t: [2] = [1, 2]",
        "normal(std = (0.1), mean = 0.0)",
        "param b: [3] = [0, 0, 0]",
        "eps = 1e-07",
        'circles("x", noise = 0, rows = 200, seed = 0)',
        "adam(lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-08, weight_decay = 0.0)",
        "early(patience = 5, delta = 0.0)",
        "sampling = shuffle",
        "precision = float32",
        "# batch: all rows",
        "# report: once an epoch",
    ):
        assert written in text
    assert "init = normal)" in text  # the block's own argument, not the initialiser


def test_settings_stand_in_the_text() -> None:
    settings = {"width": "4", "b": "0", "train.steps": "9", "train.seed": "3", "d.x": "[[1, 2]]", "t": "[3, 4]"}
    text = filled(chainrule.compile(NET.replace("b = [0, 0, 0]", "b: [width] = 1").replace("1, 0, 0", "1, 0, 0, 0"),
                                    set=settings))  # fmt: skip
    for written in ("width = 4", "b: [width] = 0", "steps = 9", "seed = 3", "x = [[1, 2]]", "t: [2] = [3, 4]"):
        assert written in text
    assert "epochs" not in text
    assert "not in this text" not in text


def test_settings_without_a_place_are_told() -> None:
    text = filled(chainrule.compile("dim N\ninput x: [N]\noutput y = sum(x) * N\n", set={"N": "3"}))
    assert text.startswith("# not in this text: --set N=3\n")
    chainrule.compile(text)


def test_an_input_without_a_default_takes_a_setting() -> None:
    assert "input x: real = 3\n" in filled(chainrule.compile("input x\noutput y = x * 2\n", set={"x": "3"}))
    assert "input x: [2] = [1, 2]\n" in filled(
        chainrule.compile("input x: [2]\noutput y = x * 2\n", set={"x": "[1, 2]"})
    )
