"""What differs between two specs."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.build import build
from chainrule.compiler.files.loading import FileLoader
from chainrule.compiler.graph.diff import ChangedNode, Difference, LoneNode, Parameters, difference
from chainrule.compiler.graph.diff_sections import Change
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.parse import parse
from chainrule.grammar.read import read_source
from chainrule.grammar.source import Source

SPECS = Path(__file__).parents[3] / "specs"

NET = """input x: [2] = [1, 2]
param W: [2, 3] = he()
param b: [3] = zeros()
h = relu(affine(x, W, b))
output loss = sum(h) * 2
train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 3 }
"""


def spec(text: str) -> Spec:
    module, found = parse(Source("text.graph", text))
    return build(module, found, loader=FileLoader(module, Path()))[0]


def diff(before: str, after: str) -> Difference:
    return difference(spec(before), spec(after))


def from_file(name: str) -> Spec:
    path = SPECS / f"{name}.graph"
    module, found = parse(read_source(path))
    return build(module, found, loader=FileLoader(module, SPECS))[0]


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.graph")), ids=lambda path: path.stem)
def test_a_spec_is_like_itself(path: Path) -> None:
    found = difference(from_file(path.stem), from_file(path.stem))
    assert found.alike
    assert found.renamed == ()
    assert found.parameters[0] == found.parameters[1]


def test_the_chain_and_the_long_form_of_mnist_are_the_same_graph() -> None:
    found = difference(from_file("mnist"), from_file("mnist-long"))
    assert found.alike
    assert ("fc1.W", "W1") in found.renamed
    assert ("fc4", "scores") in found.renamed
    elements = 784 * 100 + 100 + 100 * 64 + 64 + 64 * 32 + 32 + 32 * 10 + 10
    assert found.parameters == (Parameters(8, elements), Parameters(8, elements))


def test_spaces_order_and_doc_lines_do_not_count() -> None:
    shuffled = NET.replace("param W: [2, 3] = he()\n", "") + "## Weights.\nparam  W : [2,3]=he()  # weights\n"
    assert diff(NET, shuffled).alike
    assert diff(NET, 'chainrule 1 "A title"\n' + NET + "expect loss == 3\n").alike


def test_renamed_nodes() -> None:
    found = diff(NET, NET.replace("h =", "hidden =").replace("sum(h)", "sum(hidden)").replace("W", "V"))
    assert found.alike
    assert found.renamed == (("W", "V"), ("h.affine", "hidden.affine"), ("h", "hidden"))


def test_inputs_are_known_by_their_names() -> None:
    found = diff("input x = 1\noutput y = exp(x)\n", "input z = 1\noutput y = exp(z)\n")
    assert [node.path for node in found.removed] == ["x"]
    assert [node.path for node in found.added] == ["z"]
    assert found.changed == (ChangedNode("y", "y", (Change("inputs", "x", "z"),)),)


@pytest.mark.parametrize(
    ("old", "new", "path", "change"),
    [
        ("relu(", "tanh(", "h", Change("operation", "relu", "tanh")),
        ("* 2", "* 3", "loss", Change("inputs", "loss.sum, 2.0", "loss.sum, 3.0")),
        ("= he()", "= xavier()", "W", Change("start", "he()", "xavier()")),
        ("= zeros()", "= [1, 2, 3]", "b", Change("start", "zeros()", "[1, 2, 3]")),
        ("= [1, 2]", "= [1, 3]", "x", Change("default", "[1, 2]", "[1, 3]")),
        (" = [1, 2]", "", "x", Change("default", "[1, 2]", "none")),
        ("sum(h)", "sum(h, axis = 0)", "loss.sum", Change("attributes", "axis = None", "axis = 0")),
    ],
)
def test_what_changes_about_a_node(old: str, new: str, path: str, change: Change) -> None:
    found = diff(NET, NET.replace(old, new))
    changes = {node.before: node.changes for node in found.changed}
    assert change in changes[path]
    assert not found.same_graph


def test_shapes_are_followed_through_the_graph() -> None:
    found = diff(NET, NET.replace("[2, 3]", "[2, 4]").replace("[3]", "[4]"))
    assert [node.before for node in found.changed] == ["W", "b", "h.affine", "h"]
    assert all(node.changes[0].what == "shape" for node in found.changed)
    assert found.parameters == (Parameters(2, 9), Parameters(2, 12))


def test_new_and_gone_nodes() -> None:
    more = NET.replace("output loss = sum(h) * 2", "g = tanh(h)\noutput loss = sum(g) * 2")
    found = diff(NET, more)
    assert found.added == (LoneNode("g", "tanh", ("h",), "[3]"),)
    assert found.changed == (ChangedNode("loss.sum", "loss.sum", (Change("inputs", "h", "g"),)),)
    assert diff(more, NET).removed == found.added


def test_another_operation_under_another_path_is_another_node() -> None:
    found = diff(NET, NET.replace("sum(h)", "mean(h)"))
    assert [node.path for node in found.removed] == ["loss.sum"]
    assert [node.path for node in found.added] == ["loss.mean"]


def test_weights_that_are_shared_are_not_two_weights() -> None:
    shared = "input x: [2] = [1, 2]\nparam W: [2, 2] = he()\noutput y = x @ W @ W\n"
    apart = "input x: [2] = [1, 2]\nparam W: [2, 2] = he()\nparam V: [2, 2] = he()\noutput y = x @ W @ V\n"
    assert not diff(shared, apart).same_graph


def test_settings() -> None:
    found = diff(NET, NET.replace("epochs = 3", "steps = 5; seed = 7").replace("sgd(lr = 0.1)", "adam()"))
    assert found.same_graph
    assert not found.alike
    assert {change.what for change in found.settings} == {
        "train.optimizer",
        "train.epochs",
        "train.steps",
        "train.seed",
    }
    assert {change.what for change in diff(NET, NET[: NET.index("train")]).settings} >= {"train.optimizer"}
    other = NET.replace("minimize = loss", "minimize = loss * 2")
    assert [change.what for change in diff(NET, other).settings] == ["train.minimize"]
    assert diff(other, other.replace("loss * 2", "loss*2")).alike


def grouped(groups: str) -> str:
    return NET.replace("epochs = 3", f"epochs = 3; groups = {groups}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('[group("W", lr = 1)]', '[group("W*", lr = 1)]'),
        ('[group("W", lr = 1), group("b", frozen = true)]', '[group("b", frozen = true), group("*", lr = 1)]'),
        ('[group("W")]', '[group("*")]'),
    ],
)
def test_groups_are_known_by_what_they_do(one: str, other: str) -> None:
    assert diff(grouped(one), grouped(other)).alike


@pytest.mark.parametrize(
    ("one", "other", "changes"),
    [
        (
            '[group("W", lr = 1)]',
            '[group("W", lr = 1, weight_decay = 0.5)]',
            [("W", "lr = 1.0", "lr = 1.0, weight_decay = 0.5")],
        ),
        ('[group("W", lr = 1)]', '[group("b", lr = 1)]', [("W", "lr = 1.0", "none"), ("b", "none", "lr = 1.0")]),
        (
            '[group("W", frozen = true), group("*", lr = 1)]',
            '[group("*", lr = 1)]',
            [("W", "frozen = true", "none")],
        ),
    ],
)
def test_groups_that_differ(one: str, other: str, changes: list[tuple[str, str, str]]) -> None:
    found = diff(grouped(one), grouped(other))
    assert [tuple(each) for each in found.settings] == [(f"train.groups {name}", *texts) for name, *texts in changes]
    assert [each.what for each in diff(NET, grouped('[group("W", lr = 1)]')).settings] == ["train.groups W"]


def test_groups_in_another_order() -> None:
    one, other = '[group("W", lr = 1), group("*", lr = 2)]', '[group("*", lr = 2), group("W", lr = 1)]'
    (found,) = diff(grouped(one), grouped(other)).settings
    assert found.what == "train.groups"


TRAINED = """dim N, M
input x: [N, 2]
input z: [M, 2]
input t: [N, 2]
const scale = 2
param w: [2] = ones()
y = x * w
fit = mse(y, t)
data rows { x = csv("a.csv", ["a", "b"]) / scale; t = csv("a.csv", ["c", "d"]) }
data more { x = csv("b.csv", ["a", "b"]) / scale; t = csv("b.csv", ["c", "d"]) }
train {
  minimize = fit + 0.01 * sum(w * w); optimizer = sgd(lr = 0.1 * scale); epochs = 3; data = rows; test = more
  metrics = [mae(y, t), fit]; stop = early(watch = test.loss)
}
"""


@pytest.mark.parametrize(
    "names",
    [
        {"N": "Rows", "M": "N"},
        {"rows": "study", "more": "rows"},
        {"scale": "factor"},
        {"y": "out"},
        {"w": "weights"},
        {"fit": "cost"},
    ],
)
def test_no_name_but_an_inputs_counts(names: dict[str, str]) -> None:
    def renamed(found: re.Match[str]) -> str:
        return names.get(found[0], found[0])

    other = re.sub(r"\b\w+\b", renamed, TRAINED)
    assert other != TRAINED
    assert diff(TRAINED, other).alike
    assert diff(other, TRAINED).alike


def test_dims_are_known_by_their_inputs() -> None:
    lines = TRAINED.splitlines(keepends=True)
    assert diff(TRAINED, "".join([lines[0], lines[2], lines[1], *lines[3:]])).alike
    assert not diff(TRAINED, TRAINED.replace("t: [N, 2]", "t: [1, 2]").replace("x: [N, 2]", "x: [1, 2]")).same_graph
    found = diff("dim N\ninput x: [N, N]\ny = exp(x)\n", "dim N, M\ninput x: [N, M]\ny = exp(x)\n")
    assert [change.after for node in found.changed for change in node.changes] == ["[N, M]", "[N, M]"]


@pytest.mark.parametrize(
    ("old", "new", "keys"),
    [
        ("data = rows", "data = more", {"train.data"}),
        ("a.csv", "other.csv", {"rows.x", "rows.t"}),
        ("const scale = 2", "const scale = 3", {"rows.x", "more.x", "train.optimizer"}),
        ("0.01 *", "0.02 *", {"train.minimize", "train.stop"}),
        ("sum(w * w)", "sum(w * w * w)", {"train.minimize", "train.stop"}),
        ("watch = test.loss", "watch = train.loss", {"train.stop"}),
        ("watch = test.loss", "watch = test.fit", {"train.stop"}),
        ("[mae(y, t), fit]", "[mae(y, t)]", {"train.metrics"}),
        ("mae(y, t), fit", "r2(y, t), fit", {"train.metrics"}),
    ],
)
def test_what_trains_otherwise(old: str, new: str, keys: set[str]) -> None:
    found = diff(TRAINED, TRAINED.replace(old, new))
    assert {change.what for change in found.settings} == keys
    assert found.same_graph
    assert not found.alike


def test_dims_leave_the_number_of_elements_open() -> None:
    text = "dim N\ninput x: [N]\nparam W: [N] = zeros()\noutput y = sum(x * W)\n"
    assert diff(text, text).parameters == (Parameters(1, None), Parameters(1, None))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["add", "mul"]), st.integers(0, 20), st.integers(0, 20)), max_size=12))
def test_renaming_every_node_leaves_the_same_graph(steps: list[tuple[str, int, int]]) -> None:
    def written(prefix: str) -> str:
        names = ["x"]
        lines = ["input x = 1"]
        for operation, one, other in steps:
            lines.append(f"{prefix}{len(names)} = {operation}({names[one % len(names)]}, {names[other % len(names)]})")
            names.append(f"{prefix}{len(names)}")
        return "\n".join([*lines, f"output y = exp({names[-1]})", ""])

    found = diff(written("a"), written("b"))
    assert found.alike
    assert found.renamed == tuple((f"a{number}", f"b{number}") for number in range(1, len(steps) + 1))


def test_a_long_chain() -> None:
    text = "input x = 1\na0 = x\n" + "".join(f"a{i} = exp(a{i - 1})\n" for i in range(1, 3000))
    found = diff(text, text.replace("a", "b"))
    assert found.alike
    assert len(found.renamed) == 3000
