"""Advice about models: what is found, where, and that nothing else is."""

import re
from pathlib import Path

import pytest

from chainrule.compiler.advice.faults import FAULTS
from chainrule.compiler.advice.rules import CODES, advice, silenced
from chainrule.compiler.build import build
from chainrule.compiler.files.loading import FileLoader
from chainrule.grammar.diagnostic import Diagnostic, Fault
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source, Span

SPECS = Path(__file__).parents[2] / "advice"
"""A folder for each code, with specs about which it `speaks-...` and specs about which all advice is `silent-...`."""

TRAIN = "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1 }\n"


def findings(text: str) -> list[Diagnostic]:
    module, found = parse(Source("text.graph", text))
    spec, _ = build(module, found, loader=FileLoader(module, Path()))
    return advice(spec, module)


def places(text: str) -> list[tuple[str, int, str]]:
    """Code, line and text of each finding."""
    found = []
    for finding in findings(text):
        assert isinstance(finding.where, Span)
        found.append((finding.code, finding.where.line, finding.where.text))
    return found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_each_example_has_what_it_shows(fault: Fault) -> None:
    assert fault.code in [finding.code for finding in findings(fault.example)]
    assert fault.cause
    assert fault.fix


def test_codes_are_their_own() -> None:
    codes = [fault.code for fault in FAULTS]
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("G6") for code in codes)


def test_the_page_lists_every_code() -> None:
    page = (Path(__file__).parents[3] / "docs" / "advice.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (G\d+) \|", page, re.MULTILINE) == [fault.code for fault in FAULTS]


def test_build_gives_advice() -> None:
    module, found = parse(Source("text.graph", "input x = 2\noutput y = 1 / (1 + exp(-x))\n"))
    _, diagnostics = build(module, found)
    assert [(each.code, each.severity) for each in diagnostics] == [("G611", "hint")]


# --- specs of each code -----------------------------------------------------------------------------------------


def test_every_code_has_specs() -> None:
    assert {folder.name for folder in SPECS.iterdir()} == {fault.code for fault in FAULTS}
    for folder in SPECS.iterdir():
        names = [path.stem for path in folder.glob("*.graph")]
        assert sum(name.startswith("silent") for name in names) >= 3, folder.name
        assert sum(name.startswith("speaks") for name in names) >= 1, folder.name
        assert all(name.startswith(("silent-", "speaks")) for name in names)


@pytest.mark.parametrize(
    "path", sorted(SPECS.rglob("speaks*.graph")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_advice_speaks(path: Path) -> None:
    assert path.parent.name in [finding.code for finding in findings(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    "path", sorted(SPECS.rglob("silent*.graph")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_advice_is_silent(path: Path) -> None:
    assert findings(path.read_text(encoding="utf-8")) == []


# --- what nothing needs -----------------------------------------------------------------------------------------


def test_a_param_that_the_loss_does_not_reach() -> None:
    text = "input t: int[1] = [0]\nparam w = [[1, 2]]\nparam v = [[2, 1]]\noutput loss = softmax-loss(w, t)\n"
    text += "output right = accuracy(v, t)\n" + TRAIN
    (finding,) = findings(text)
    assert (finding.code, finding.severity) == ("G601", "warning")
    assert "`v`" in finding.message


def test_without_training_a_param_needs_a_user() -> None:
    assert places("param w = 1\nparam v = 2\noutput y = w * 2\n") == [("G602", 2, "param v = 2")]


def test_metrics_claims_and_outputs_are_users() -> None:
    text = "param w = 1\na = w * 2\nb = w * 3\nc = w * 4\nloss = w * w\noutput y, c\ny = w + 1\n"
    text += "expect a == 2\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; metrics = [b] }\n"
    assert findings(text) == []


def test_without_outputs_what_feeds_nothing_is_one() -> None:
    assert findings("input x = 1\na = x + 1\nb = x + 2\n") == []


def test_unused_nodes_inside_blocks_are_said_once() -> None:
    text = "block f(x) {\n  spare = x * 3\n  return x + 1\n}\ninput x = 1\noutput y = x -> repeat 3 { f }\n"
    assert places(text) == [("G602", 2, "x * 3")]


def test_names_used_in_sizes_blocks_sections_and_claims() -> None:
    text = "dim N, M, L\nconst a = 2\nconst b = 3\nconst c = 4\nconst d = 5\n"
    text += "const e = 6\nblock f(x: [M, I], n = b) { return x * a + n }\ninput x: [N, c]\noutput y = sum(f(x))\n"
    text += "param w = 1\noutput loss = w * w\nexpect loss == d within e after train\n" + TRAIN
    assert places(text) == [("G603", 1, "M"), ("G603", 1, "L")]


def test_a_library_keeps_its_constants() -> None:
    assert findings("const rate = 3\nblock f(x) { return x + 1 }\n") == []


# --- forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("1 / (1 + exp(-x))", "G611"),
        ("1 / (exp(-x) + 1)", "G611"),
        ("div(1, add(1, exp(neg(x))))", "G611"),
        ("exp(x) / (1 + exp(x))", "G611"),
        ("exp(x) / sum(exp(x))", "G612"),
        ("log(1 + exp(x))", "G613"),
        ("log(exp(-x) + 1)", "G613"),
        ("log(softmax(x))", "G614"),
        ("x -> softmax -> identity -> log", "G614"),
        ("log(sigmoid(x))", "G615"),
        ("1 / (1 + exp(x + 1))", None),
        ("2 / (1 + exp(-x))", None),
        ("1 / (2 + exp(-x))", None),
        ("exp(x) / (1 + exp(x + 1))", None),
        ("exp(x) / sum(exp(x + 1))", None),
        ("log(2 + exp(x))", None),
        ("log(relu(x) + 1)", None),
        ("sigmoid(x)", None),
        ("softplus(x) + log-softmax(x)", None),
    ],
)
def test_forms(expression: str, code: str | None) -> None:
    found = places(f"input x = [1, 2, 3]\noutput y = {expression}\n")
    assert [each[0] for each in found] == ([] if code is None else [code])


def test_a_form_in_several_statements() -> None:
    text = "input x = 2\ne = exp(-x)\nbelow = 1 + e\noutput y = 1 / below\n"
    assert places(text) == [("G611", 4, "1 / below")]


@pytest.mark.parametrize(("given", "found"), [("softmax(x)", 1), ("log-softmax(x)", 1), ("sigmoid(x)", 1), ("x", 0)])
def test_softmax_loss_takes_scores(given: str, found: int) -> None:
    text = f"input x = [[1, 2]]\ninput t: int[1] = [0]\noutput loss = softmax-loss({given}, t)\n"
    assert len(findings(text)) == found


# --- nets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "activation", "code"),
    [
        ("he", "sigmoid", "G622"),
        ("he", "tanh", "G622"),
        ("he", "relu", None),
        ("xavier", "relu", "G623"),
        ("xavier", "sigmoid", None),
        ("normal", "sigmoid", None),
        ("zeros", "relu", None),
    ],
)
@pytest.mark.parametrize("sum_", ["affine(x, W, b)", "x @ W", "x @ W + b", "identity(b + x @ W)"])
def test_starts_and_activations(start: str, activation: str, code: str | None, sum_: str) -> None:
    text = f"input x = [[1, 2]]\nparam W: [2, 3] = {start}()\nparam b: [3] = zeros()\n"
    text += f"output y = {activation}({sum_} + b)\n"
    found = findings(text)
    assert [finding.code for finding in found] == ([] if code is None else [code])
    assert all(finding.notes[0].where.line == 2 for finding in found if isinstance(finding.notes[0].where, Span))


def test_layers_of_the_library_are_blamed_where_they_are_called() -> None:
    text = "use chainrule.layers\ninput x = [[1, 2]]\noutput y = x\n  -> mlp(3, 2, 1, activation = tanh)\n"
    (finding,) = findings(text)
    assert finding.code == "G622"
    assert isinstance(finding.where, Span)
    assert finding.where.source.name == "text.graph"
    assert finding.where.line == 3


def test_sigmoids_in_a_row() -> None:
    net = "use chainrule.layers\ninput x = [[1, 2]]\noutput y = x -> repeat {} {{ dense(3, xavier) -> {} }}\n"
    assert [each[0] for each in places(net.format(3, "sigmoid"))] == []
    assert [each[0] for each in places(net.format(4, "sigmoid"))] == ["G624"]
    assert [each[0] for each in places(net.format(40, "sigmoid"))] == ["G624"]
    assert places(net.format(40, "tanh")) == []
    assert places(net.format(40, "sigmoid -> relu")) == []
    block = "block step(x: [N, I]) { return x + sigmoid(x -> dense(I, xavier)) }\n"
    assert places(block + net.format(40, "sigmoid").replace("dense(3, xavier) -> sigmoid", "step")) == []


# --- claims -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "idle"),
    [
        ("y == y", True),
        ("y <= y", True),
        ("y + 1 == y+1", True),
        ("y < y", False),
        ("1 == 1", True),
        ("1 + 1 > 0", True),
        ("s >= 0", True),
        ("s <= 1", True),
        ("0 <= s", True),
        ("s > 0", False),
        ("s < 1.5", True),
        ("s == 0.5 within 0.5", True),
        ("s == 0.5 within 0.4", False),
        ("s == 0.7", False),
        ("relu(y) >= -1", True),
        ("relu(y) <= 1", False),
        ("y >= 0", False),
        ("y == z", False),
        ("two == 2", False),
        ("d(y)/d(x) == d(z)/d(x)", False),
    ],
)
def test_claims_that_cannot_fail(claim: str, idle: bool) -> None:
    text = f"input x = 2\ny = x * x\nz = x * x\ns = sigmoid(x)\ntwo = 1 + 1\nexpect {claim}\n"
    assert [each[0] for each in places(text)] == (["G604"] if idle else [])


def test_claims_about_metrics() -> None:
    text = "input x = [[1, 2]]\ninput t: int[1] = [0]\nparam W: [2, 2] = he()\ns = x @ W\nloss = softmax-loss(s, t)\n"
    text += "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; metrics = [accuracy(s, t)] }\n"
    text += "expect accuracy >= 0 after train\nexpect accuracy > 0.5 after train\nexpect loss >= 0 after train\n"
    assert [each[1] for each in places(text)] == [7, 9]


# --- scale ------------------------------------------------------------------------------------------------------


def test_a_long_chain_takes_no_recursion() -> None:
    lines = ["input x = 1", "a0 = x"] + [f"a{i} = log(1 + exp(a{i - 1}))" for i in range(1, 5000)]
    assert len(findings("\n".join(lines) + "\n")) == 4999


# --- silences ---------------------------------------------------------------------------------------------------


def left(text: str, *severities: str, code: str = "G602") -> list[tuple[str, int]]:
    """What is left of findings at the word `here`, wherever it stands: code and line."""
    source = Source("text.graph", text)
    module, _ = parse(source)
    start = text.index("here")
    found = [Diagnostic(code, each, "", Span(source, start, start + 4)) for each in severities]  # type: ignore[arg-type]  # one of three
    return [(each.code, each.where.line) for each in silenced(module, found, CODES) if isinstance(each.where, Span)]


@pytest.mark.parametrize(
    "text",
    [
        "here = 1 # silence G602: shown in the lecture\n",
        "here = 1 #silence G602:x\n",
        "here = 1   ## silence  G602 : a reason: with a colon\n",
        "# silence G602: a reason\nhere = 1\n",
        "# silence G602: a reason\n# more words\n\nhere = 1\n",
        "# silence G611, G602 , G603: a reason\nhere = 1\n",
        "a = exp(\n  here # silence G602: a reason\n)\n",
    ],
)
def test_what_silences(text: str) -> None:
    assert ("G602", text[: text.index("here")].count("\n") + 1) not in left(text, "hint", "warning")


@pytest.mark.parametrize(
    "text",
    [
        "here = 1 # G602: shown in the lecture\n",
        "here = 1 # silence is golden\n",
        "here = 1 # silence G603: another\n",
        "# silence G602: a reason\na = 1\nhere = 1\n",
        "here = 1\n# silence G602: below\n",
        "here = 1; b = 2\nc = 3 # silence G602: elsewhere\n",
        "here = 1 # silence G602\n",
        "here = 1 # silence G602:\n",
        "here = 1 # silence G602:   \n",
    ],
)
def test_what_does_not(text: str) -> None:
    line = text[: text.index("here")].count("\n") + 1
    assert left(text, "hint").count(("G602", line)) == 1


def test_errors_are_never_silenced() -> None:
    text = "here = 1 # silence G602: a reason\n"
    assert ("G602", 1) in left(text, "error")


def test_a_silence_without_a_reason_is_reported() -> None:
    assert left("here = 1 # silence G602\n", "hint") == [("G602", 1), ("G631", 1)]


def test_a_silence_of_nothing_is_reported() -> None:
    assert left("a = 1 # silence G602: gone\nhere = 2\n") == [("G632", 1)]
    assert left("a = 1 # silence G499: found elsewhere\nhere = 2\n") == []


def test_one_silence_serves_all_of_its_line() -> None:
    assert left("here = 1 # silence G602: a reason\n", "hint", "hint") == []
