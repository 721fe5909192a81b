"""`--set NAME=VALUE`."""

from collections.abc import Callable

import pytest

from chainrule.compiler.elaborate.settings import read_setting
from chainrule.compiler.graph.signatures import Invocation
from chainrule.compiler.graph.spec import Read, Spec
from chainrule.grammar.spec_error import SettingError, SpecError
from chainrule.grammar.syntax import Infix, Text

Compile = Callable[..., Spec]

TEXT = """dim N
const k = 2
const file = "t.csv"
const rows = [1, 2]
block dense(x: [M, I], n) {
  param W: [I, n] = he()
  const twice = 2 * n
  return x @ W * twice
}
input x: [N, 2] = [[1, 2]]
input t: int = 1
param b = 0.5
y = x -> dense(k) as fc1 -> repeat 2 { dense(2) } as tail -> sum
other = y * b * t
data digits { x = csv(file, "x") }
train {
  minimize = y
  optimizer = sgd(lr = 0.1)
  epochs = 2
  hold_out = 0.1
  data = digits
}
"""


def test_a_constant_is_replaced_wherever_it_stands(spec: Compile) -> None:
    found = spec(TEXT, {"k": "3"})
    assert found.constants["k"] == 3
    graph = found.graph
    assert graph.nodes[graph.params["fc1.W"].index].type.shape == (2, 3)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("k", "2 * 3", 6),
        ("k", "-1e1", -10.0),
        ("file", "other.csv", "other.csv"),
        ("file", '"other file.csv"', "other file.csv"),
        ("file", "data/a-b.csv", "data/a-b.csv"),
        ("file", "12", "12"),
    ],
)
def test_values_of_constants(spec: Compile, name: str, value: str, wanted: object) -> None:
    text = 'const k = 2\nconst file = "t.csv"\ny = k\n'
    assert spec(text, {name: value}).constants[name] == wanted


def test_a_list_for_a_list(spec: Compile) -> None:
    graph = spec("const rows = [1, 2]\ny = rows\n", {"rows": "[3, 4, 5]"}).graph
    assert graph.nodes[0].attributes == ((3, 4, 5),)


def test_inputs_params_and_dims(spec: Compile) -> None:
    found = spec(TEXT, {"x": "[[3, 4], [5, 6]]", "t": "2", "b": "7", "fc1.W": "[[1, 2], [3, 4]]", "tail[2].W": "ones"})
    graph = found.graph
    assert graph.inputs["x"].default == ((3, 4), (5, 6))
    assert graph.inputs["t"].default == 2
    assert graph.params["b"].initial == 7
    assert graph.params["fc1.W"].initial == ((1, 2), (3, 4))
    starts = [graph.params[path].initial for path in ("tail[1].W", "tail[2].W")]
    assert [start.name for start in starts if isinstance(start, Invocation)] == ["he", "ones"]
    assert spec(TEXT, {"N": "1"}).dims == {"N": 1}
    assert spec(TEXT, {"fc1.twice": "5"}) is not None


def test_keys_of_train(spec: Compile) -> None:
    settings = {
        "train.epochs": "7",
        "train.optimizer": "adam(lr = 1e-3)",
        "train.precision": "float64",
        "train.batch": "32",
        "train.minimize": "other",
        "train.stop": "early(patience = 3)",
        "train.exact": "true",
    }
    train = spec(TEXT, settings).train
    assert train is not None
    assert (train.epochs, train.optimizer.name, train.precision, train.batch, train.loss, train.exact) == (
        *(7, "adam", "float64", 32, "other"),
        True,
    )


DRAWN = "param w: [2] = normal()\nparam b = 3\ny = sum(w) * b\n"


def test_the_seed_is_for_every_spec_that_draws_parameters(spec: Compile) -> None:
    assert spec(DRAWN).seed == 0
    assert spec(DRAWN, {"train.seed": "7"}).seed == 7
    assert spec(TEXT, {"train.seed": "7"}).seed == 7
    for text in (DRAWN.replace("normal()", "zeros()"), "input x = 1\ny = exp(x)\n"):
        with pytest.raises(SettingError, match="G119"):
            spec(text, {"train.seed": "7"})
    for value in ("-1", "a", "1.5"):
        with pytest.raises(SettingError, match="G120"):
            spec(DRAWN, {"train.seed": value})
    with pytest.raises(SettingError, match=r"did you mean `train\.seed`"):
        spec(DRAWN, {"train.sed": "7"})


def test_a_key_that_cannot_stand_beside_another_replaces_it(spec: Compile) -> None:
    train = spec(TEXT, {"train.steps": "10", "train.test": "digits"}).train
    assert train is not None
    assert (train.epochs, train.steps, train.hold_out, train.test) == (None, 10, None, "digits")


def test_columns(spec: Compile) -> None:
    found = spec(TEXT, {"digits.x": 'npy("a.npy") / 255', "digits.t": "[1, 2]"})
    x, t = found.data["digits"].columns["x"], found.data["digits"].columns["t"]
    assert (x.folder, t.folder) == (".", ".")
    assert isinstance(x.steps[0], Read)
    assert spec(TEXT).data["digits"].columns["x"].folder is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("zz", "1", "nothing is called `zz` that could be set"),
        ("y", "1", "nothing is called `y` that could be set"),
        ("fc1.V", "1", "nothing is called `fc1.V` that could be set"),
        ("train.bach", "1", "nothing is called `train.bach` that could be set"),
        ("digits.zz", "[1]", "nothing is called `digits.zz` that could be set"),
        ("x", "[1,", "`x`: this `[` is never closed"),
        ("x", "", "`x`: a value can't begin with the end of the line"),
        ("x", "k", "`x`: nothing here is called `k`"),
        ("x", "exp(1)", "`x`: a literal must be known before anything runs, but `exp(...)` is computed"),
        ("x", '"a"', "`x`: a text is not a value that can be computed with"),
        ("k", "abc", "`k`: nothing here is called `abc`"),
        ("N", "abc", "`N`: nothing here is called `abc`"),
        ("b", "hee()", "`b`: `hee` is not an initialiser"),
        ("train.epochs", "many", "`train.epochs`: nothing here is called `many`"),
        ("train.epochs", "2.5", "`train.epochs`: `epochs` takes a whole number"),
        ("train.epochs", "-1", "`train.epochs`: `epochs` must be at least 0; this is -1"),
        ("train.optimizer", "sdg(lr = 1)", "`train.optimizer`: `sdg` is not an optimiser"),
        ("train.data", "digts", "`train.data`: there is no data section called `digts`"),
        ("digits.x", "foo", "`digits.x`: nothing here is called `foo`"),
        ("digits.x", 'cvs("a", "b")', "`digits.x`: there is no operation or block called `cvs`"),
    ],
)
def test_what_cannot_be_set_is_the_command_lines_fault(spec: Compile, name: str, value: str, said: str) -> None:
    with pytest.raises(SettingError) as caught:
        spec(TEXT, {name: value})
    (fault,) = caught.value.diagnostics
    assert fault.message == said


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("x", "[1, 2, 3]", "G203"),
        ("t", "[1]", "G203"),
        ("t", "0.5", "G205"),
        ("fc1.W", "[1, 2]", "G203"),
        ("N", "0", "G204"),
        ("N", "2", "G203"),
        ("train.minimize", "x", "G208"),
    ],
)
def test_a_value_that_does_not_fit_is_the_specs_fault(spec: Compile, name: str, value: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec(TEXT, {name: value})
    assert type(caught.value) is SpecError
    assert [fault.code for fault in caught.value.diagnostics] == [code]


def test_what_is_wrong_with_the_spec_comes_first(spec: Compile) -> None:
    with pytest.raises(SpecError) as caught:
        spec(f"{TEXT}q = zz\n", {"nothing": "1"})
    assert type(caught.value) is SpecError


def test_unknown_names_get_a_hint(spec: Compile) -> None:
    with pytest.raises(SettingError) as caught:
        spec(TEXT, {"train.epoch": "1", "fc1.w": "2"})
    assert [fault.hint for fault in caught.value.diagnostics] == [
        "did you mean `train.epochs` or `train.report` or `train.steps`?",
        "did you mean `fc1.W`?",
    ]


def test_a_setting_is_an_expression_where_it_can_be_read_as_one() -> None:
    assert isinstance(read_setting("file", "a/b.csv").expression, Infix)
    assert isinstance(read_setting("file", "a b").expression, Text)
    assert read_setting("file", "a b").fault is not None
    assert read_setting("file", "a b").source.name == "--set file"
