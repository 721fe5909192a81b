"""Claims: how derivatives bind, and which shapes may be held against each other."""

from collections.abc import Callable

import pytest

from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]

CUBE = "input x = 2\ny = x ** 3\n"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("d(y)/d(x)", 12),
        ("2 * d(y)/d(x)", 24),
        ("-d(y)/d(x)", -12),
        ("d(y)/d(x) ** 2", 144),
        ("-d(y)/d(x) ** 2", -144),
        ("2 * d(y)/d(x) ** 2 + 1", 289),
        ("d(y)/d(x) * d(y)/d(x)", 144),
        ("d(y)/d(x) / d(y)/d(x)", 1),
        ("d(d(y)/d(x))/d(x)", 12),
        ("d(d(d(y)/d(x))/d(x))/d(x)", 6),
        ("1 - d(y)/d(x)", -11),
        ("d(y)/d(x) / 2", 6),
        ("- -d(y)/d(x)", 12),
        ("3 - 2 * -d(y)/d(x)", 27),
        ("2 ** d(y)/d(x)", 4096),
        ("x * (d(y)/d(x))", 24),
        ("exp(d(y)/d(x) - 12)", 1),
        ("d(y)/d(x) -> mul(2)", 24),
        ("d(y * x + 1)/d(x)", 32),
        ("d(y)/d(y)", 1),
        ("d(x)/d(y)", 0),
        ("d(5)/d(x)", 0),
    ],
)
def test_a_derivative_binds_like_a_call(written: str, value: float) -> None:
    (result,) = compile(f"{CUBE}expect {written} == {value}\n").test()
    assert result.left == value


ROWS = "dim N\ninput x: [N, 2] = [[1, 2], [3, 4]]\ny = 2 * x\n"


def test_a_free_size_is_held_against_a_number_once_it_has_a_value() -> None:
    (right, wrong) = compile(f"{ROWS}expect y == [[2, 4], [6, 8]]\nexpect y == [[2, 4], [6, 8], [0, 0]]\n").test()
    assert right.holds
    assert not wrong.holds
    assert wrong.diagnostics


def test_sizes_that_can_never_fit_are_an_error_before() -> None:
    with pytest.raises(SpecError, match=r"shapes \[N, 2\] and \[3\] do not broadcast"):
        compile(f"{ROWS}expect y == [1, 2, 3]\n")


# --- names ------------------------------------------------------------------------------------------------------

PATHS = """block dense(x: [N, I], units) {
  param W: [I, units] = ones()
  h = x @ W
  return relu(h)
}
input x = [[1, 2]]
y = x -> dense(2) as fc1 -> repeat 2 { dense(2) -> tanh } as tail -> sum
"""


@pytest.mark.parametrize(
    "path",
    ["fc1.W", "fc1.h", "fc1", "tail", "tail[2]", "tail[1].dense.W", "tail[2].dense.h", "tail[1].dense", "y", "x"],
)
def test_any_path_may_be_named(spec: Compile, path: str) -> None:
    made = spec(f"{PATHS}expect sum({path}) > 0\nexpect sum(d(y)/d({path})) >= 0\n")
    assert len(made.claims) == 2
    index = made.graph.index[path]
    assert any(index in node.inputs for node in made.full.nodes[len(made.graph.nodes) :])


def test_paths_lead_somewhere(faults: Find) -> None:
    (fault,) = faults(f"{PATHS}expect sum(fc1.w) > 0\n")
    assert (fault.code, fault.message) == ("G101", "nothing here is called `fc1.w`")
    assert fault.hint is not None
    assert "`fc1.W`" in fault.hint


def test_a_block_called_d_is_called_outside_of_quotients(spec: Compile) -> None:
    text = "block d(x) { return x * 2 }\ninput x = 3\ny = d(x) / d(x)\nz = x * x\n"
    made = spec(f"{text}expect d(x) == 6\nexpect d(z)/d(x) == 6\n")
    assert [node.operation.name for node in made.graph.nodes] == ["input", "constant", "mul", "mul", "div", "mul"]
    assert all(result.holds for result in compile(f"{text}expect d(x) == 6\nexpect d(z)/d(x) == 6\n").test())


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        ("d(y)/d(x) == 1", "G208 what is differentiated must be a scalar, but `y` has shape [2]"),
        ("d(s)/d(t) == 1", "G313 no gradient flows to `t`: it is int"),
        ("d(t)/d(x) == 1", "G313 no gradient flows to `t`: it is int"),
        ("d(s)/d(zz) == 1", "G101 nothing here is called `zz`"),
        ("d(s) == 1", "G103 there is no operation or block called `d`"),
        ("d(s)/s == 1", "G103 there is no operation or block called `d`"),
        ("s == 1 within -1", "G303 `within` takes a number of at least 0"),
        ('s == 1 within "a"', "G303 `within` takes a number of at least 0"),
        ("s == 1 within s", "G110 a tolerance must be known before anything runs, but `s` is computed"),
        ("s == 1 after train", "G312 `after train` needs a `train` section"),
        ("y == [1, 2, 3]", "G201 expect: shapes [2] and [3] do not broadcast"),
        ('s == "a"', "G109 a text is not a value that can be computed with"),
        ("train.s == 1", "G101 nothing here is called `train.s`"),
    ],
)
def test_faults(faults: Find, claim: str, fault: str) -> None:
    text = "input x = [1, 2]\ninput t: int = 1\ny = x * x * t\ns = sum(y)\n"
    found = faults(f"{text}expect {claim}\n")
    assert f"{found[0].code} {found[0].message}" == fault


def test_claims_do_not_add_to_the_graph(spec: Compile) -> None:
    made = spec(f"{CUBE}expect d(y)/d(x) + x == 14\n")
    assert [node.path for node in made.graph.nodes] == ["x", "", "y"]
    assert made.full.nodes[: len(made.graph.nodes)] == made.graph.nodes
    assert made.graph.output_names == made.full.output_names == ("y",)


def test_a_claim_keeps_its_text_and_tolerance(spec: Compile) -> None:
    first, second = spec(f"const eps = 1e-3\n{CUBE}expect y <= 9\nexpect y == 8 within 2 * eps # so\n").claims
    assert (first.text, first.comparison, first.within) == ("expect y <= 9", "<=", None)
    assert (second.text, second.comparison, second.within) == ("expect y == 8 within 2 * eps", "==", 0.002)


# --- after training ---------------------------------------------------------------------------------------------

TRAINED = """input x: [4] = [1, 2, 3, 4]
param w = 1
loss = mse(w * x, 2 * x)
half = w / 2
data rows { x = [1, 2, 3, 4] }
train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; metrics = [half]; data = rows; TEST }
"""


def metric_names(spec: Compile, claim: str, test: str = "hold_out = 0.5") -> list[str]:
    made = spec(TRAINED.replace("TEST", test) + f"expect {claim} after train\n")
    return [node.path for node in made.full.nodes if node.operation.name == "metric"]


def test_names_are_metrics_first(spec: Compile) -> None:
    assert metric_names(spec, "loss + half > 0") == ["test.loss", "test.half"]
    assert metric_names(spec, "train.loss + test.half > 0") == ["train.loss", "test.half"]
    assert metric_names(spec, "loss + half > 0", test="seed = 1") == ["train.loss", "train.half"]
    assert metric_names(spec, "w > 0") == []


def test_what_is_differentiated_is_a_node(spec: Compile) -> None:
    assert metric_names(spec, "d(loss)/d(w) < loss") == ["test.loss"]
    assert metric_names(spec, "d(d(loss)/d(w))/d(w) > 0") == []


def test_without_after_train_names_are_nodes(spec: Compile, faults: Find) -> None:
    made = spec(TRAINED.replace("TEST", "seed = 1") + "expect loss > 0\n")
    assert made.claims[0].left == made.graph.index["loss"]
    (fault,) = faults(TRAINED.replace("TEST", "seed = 1") + "expect train.loss > 0\n")
    assert fault.code == "G101"
    (fault,) = faults(TRAINED.replace("TEST", "seed = 1") + "expect test.loss > 0 after train\n")
    assert fault.code == "G101"


def test_a_faulty_train_section_is_not_a_missing_one(faults: Find) -> None:
    found = faults(TRAINED.replace("TEST", "epoch = 1") + "expect loss < 1 after train\n")
    assert [fault.code for fault in found] == ["G301"]


DEEP = 20_000


@pytest.mark.parametrize(
    "side",
    [
        "-" * DEEP + "d(y)/d(x)",
        "1 + " * DEEP + "d(y)/d(x)",
        "1 ** " * DEEP + "d(y)/d(x)",
        "(" * DEEP + "y" + ")" * DEEP,
    ],
    ids=["minus", "plus", "power", "parentheses"],
)
def test_depth_is_no_matter(spec: Compile, side: str) -> None:
    assert len(spec(f"{CUBE}expect {side} > 0\n").claims) == 1


def test_derivatives_of_derivatives_of_derivatives(spec: Compile) -> None:
    order = 6
    claim = "d(" * order + "y" + ")/d(x)" * order
    made = spec(f"input x = 2\ny = x * x * x\nexpect {claim} == 0\n")
    assert len(made.full.nodes) < 500
