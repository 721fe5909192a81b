"""The `train` section: every key, and everything that can be wrong with one."""

from collections.abc import Callable

import pytest

from chainrule.compiler.graph.groups import grouped
from chainrule.compiler.graph.shares import Fold, Share, Taken
from chainrule.compiler.graph.spec import Spec, TrainSection
from chainrule.compiler.sections.train_keys import KEYS
from chainrule.grammar.diagnostic import Diagnostic

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]

START = """dim N
const k = 2
input x: [N, 3]
input t: int[N]
param W: [3, 4] = he()
scores = x @ W
loss = softmax-loss(scores, t)
vector = sum(scores, axis = 0)
data digits { x = npy("x.npy") ; t = npy("t.npy") }
data digits_test { x = npy("x2.npy") ; t = npy("t2.npy") }
"""
NEEDED = {"minimize": "loss", "optimizer": "sgd(lr = 0.1)", "epochs": "3", "data": "digits"}


def text(**keys: str | None) -> str:
    """A spec whose section has the needed keys, others given, those given as None left out."""
    given = {**NEEDED, **keys}
    lines = [f"  {key} = {value}\n" for key, value in given.items() if value is not None]
    return f"{START}train {{\n{''.join(lines)}}}\n"


def section(spec: Compile, **keys: str | None) -> TrainSection:
    train = spec(text(**keys)).train
    assert train is not None
    return train


def test_defaults(spec: Compile) -> None:
    train = section(spec)
    assert (train.epochs, train.steps, train.data, train.test, train.hold_out) == (3, None, "digits", None, None)
    assert (train.batch, train.sampling, train.report, train.stop) == (None, "shuffle", None, None)
    assert (train.schedule.name, train.precision, train.seed, train.exact) == ("constant", "float32", 0, False)
    assert (train.loss, train.metrics) == ("loss", {})
    assert spec(text()).full.nodes[train.minimize].path == "loss"


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("epochs", "16", 16),
        ("epochs", "2 * k", 4),
        ("epochs", "0", 0),
        ("test", "digits_test", "digits_test"),
        ("hold_out", "0.1", Share(0.1)),
        ("hold_out", "last(0.1)", Share(0.1, last=True)),
        ("validate", "digits_test", "digits_test"),
        ("batch", "100", 100),
        ("accumulate", "4", 4),
        ("sampling", "replacement", "replacement"),
        ("sampling", "ordered", "ordered"),
        ("report", "every(50)", 50),
        ("precision", "float64", "float64"),
        ("seed", "111", 111),
        ("seed", str(2**63 - 1), 2**63 - 1),
        ("exact", "true", True),
        ("backend", "jax", "jax"),
    ],
)
def test_plain_keys(spec: Compile, key: str, value: str, wanted: object) -> None:
    train = section(spec, **{key: value})
    assert getattr(train, key) == wanted
    assert train.spans[key].text == f"{key} = {value}"


def test_steps_instead_of_epochs(spec: Compile) -> None:
    train = section(spec, epochs=None, steps="1000")
    assert (train.epochs, train.steps) == (None, 1000)


def test_what_is_minimised_may_be_an_expression(spec: Compile) -> None:
    made = spec(text(minimize="loss + 0.1 * sum(W * W)"))
    assert made.train is not None
    assert made.train.loss == "loss"
    assert made.train.minimize >= len(made.graph.nodes)
    assert made.full.nodes[made.train.minimize].path == "train.minimize"


def test_metrics_are_called_by_their_operation_or_node(spec: Compile) -> None:
    made = spec(text(metrics="[accuracy(scores, t), other]") + "other = mean(scores)\n")
    assert made.train is not None
    assert list(made.train.metrics) == ["accuracy", "other"]
    nodes = made.full.nodes
    assert [nodes[index].operation.name for index in made.train.metrics.values()] == ["accuracy", "mean"]
    assert list(section(spec, metrics="accuracy(scores, t)").metrics) == ["accuracy"]


@pytest.mark.parametrize(
    ("keys", "stop", "watch"),
    [
        ({"test": "digits_test"}, "early()", "test.loss"),
        ({"hold_out": "0.1"}, "early(patience = 3)", "test.loss"),
        ({}, "early()", "train.loss"),
        ({"test": "digits_test"}, "early(watch = train.loss)", "train.loss"),
        ({"test": "digits_test"}, "early(watch = test.accuracy)", "test.accuracy"),
        ({"test": "digits_test"}, "early(watch = accuracy)", "test.accuracy"),
        ({}, "below(loss, 0.01)", "train.loss"),
        ({}, "below(accuracy, 0.01)", "train.accuracy"),
        ({"test": "digits_test"}, "above(accuracy, 0.99)", "test.accuracy"),
    ],
)
def test_what_a_stop_rule_watches(spec: Compile, keys: dict[str, str], stop: str, watch: str) -> None:
    train = section(spec, **keys, stop=stop, metrics="[accuracy(scores, t)]")
    assert train.stop is not None
    assert train.stop.text("watch") == watch


def test_training_without_data(spec: Compile) -> None:
    made = spec("param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 9 }\n")
    assert made.train is not None
    assert made.train.data is None


def test_the_section_may_stand_anywhere(spec: Compile) -> None:
    head, _, tail = text().partition("train {")
    assert spec(f"train {{{tail}{head}").train is not None


NET = """input x: [2, 3] = [[1, 2, 3], [4, 5, 6]]
block dense(x: [N, I], units) {
  param W: [I, units] = he()
  param b: [units] = zeros()
  return affine(x, W, b)
}
y = x -> repeat 3 { dense(3) } as body -> dense(1) as head
loss = mean(y)
train { minimize = loss ; optimizer = adam(lr = 0.01, weight_decay = 0.1) ; steps = 1 ; groups = GROUPS }
"""


def test_the_first_group_that_matches_holds(spec: Compile) -> None:
    groups = '[group("body[1].*", frozen = true), group("*.b", weight_decay = 0), group("*y*W", lr = 1, beta1 = 0)]'
    made = spec(NET.replace("GROUPS", groups))
    assert made.train is not None
    assert [(each.pattern, each.frozen, dict(each.settings)) for each in made.train.groups] == [
        ("body[1].*", True, {}),
        ("*.b", False, {"weight_decay": 0.0}),
        ("*y*W", False, {"lr": 1.0, "beta1": 0.0}),
    ]
    assert grouped(made.train.groups, made.graph.params) == {
        "body[1].W": 0,
        "body[1].b": 0,
        "body[2].W": 2,
        "body[2].b": 1,
        "body[3].W": 2,
        "body[3].b": 1,
        "head.b": 1,
    }
    assert made.frozen == {"body[1].W", "body[1].b"}
    assert made.train.groups[2].of(made.train.optimizer).arguments["weight_decay"] == 0.1


def test_a_group_alone_may_stand_without_a_list(spec: Compile) -> None:
    train = section(spec, groups='group("W", lr = 0.5)')
    assert train.groups[0].pattern == "W"


def test_a_group_may_hold_for_no_param(spec: Compile) -> None:
    """That is a warning, and the training is the one without it."""
    train = section(spec, groups='[group("*", lr = 0.5), group("W", lr = 0.2)]')
    assert [each.settings for each in train.groups] == [{"lr": 0.5}, {"lr": 0.2}]


def test_a_param_that_is_frozen_may_be_among_what_is_minimised(spec: Compile) -> None:
    keys = {"minimize": "loss + sum(V * V)", "groups": '[group("V", frozen = true)]'}
    assert spec(text(**keys) + "param V: [2] = ones()\n").frozen == {"V"}


FAULTS: list[tuple[dict[str, str | None], str]] = [
    ({"minimize": None}, "G302 `train` lacks `minimize`"),
    ({"optimizer": None}, "G302 `train` lacks `optimizer`"),
    ({"epochs": None}, "G302 `train` lacks `epochs` or `steps`"),
    ({"steps": "3"}, "G306 `epochs` and `steps` cannot stand together"),
    ({"test": "digits", "hold_out": "0.1"}, "G306 `test` and `hold_out` cannot stand together"),
    ({"lr": "0.1"}, "G301 `train` has no key called `lr`"),
    ({"minimize": "vector"}, "G208 what is minimised must be a scalar, but `vector` has shape [4]"),
    ({"minimize": "zz"}, "G101 nothing here is called `zz`"),
    ({"minimize": '"loss"'}, "G109 a text is not a value that can be computed with"),
    ({"epochs": "2.5"}, "G303 `epochs` takes a whole number"),
    ({"epochs": "-1"}, "G304 `epochs` must be at least 0; this is -1"),
    ({"epochs": "many"}, "G101 nothing here is called `many`"),
    ({"epochs": "loss"}, "G110 `epochs` must be known before anything runs, but `loss` is computed"),
    ({"batch": "0"}, "G304 `batch` must be at least 1; this is 0"),
    ({"hold_out": "0"}, "G304 `hold_out` must be more than 0 and less than 1; this is 0"),
    ({"hold_out": "1"}, "G304 `hold_out` must be more than 0 and less than 1; this is 1"),
    ({"data": "digts"}, "G305 there is no data section called `digts`"),
    ({"data": "2"}, "G305 there is no data section called `2`"),
    ({"test": "x"}, "G305 there is no data section called `x`"),
    ({"sampling": "all"}, "G303 `sampling` takes `shuffle` or `replacement` or `ordered`"),
    ({"sampling": "2"}, "G303 `sampling` takes `shuffle` or `replacement` or `ordered`"),
    ({"backend": "torch"}, "G303 `backend` takes `numpy` or `jax`"),
    ({"precision": "float16"}, "G303 `precision` takes `float32` or `float64` or `bfloat16`"),
    ({"seed": "-1"}, "G304 `seed` must be at least 0 and at most 9,223,372,036,854,775,807; this is -1"),
    ({"exact": "1"}, "G303 `exact` takes `true` or `false`"),
    ({"metrics": "[zz]"}, "G101 nothing here is called `zz`"),
    ({"metrics": "[rleu(x)]"}, "G103 there is no operation or block called `rleu`"),
    ({"metrics": "[vector]"}, "G208 a metric must be a scalar, but `vector` has shape [4]"),
    ({"metrics": "[loss]"}, "G310 two metrics are called `loss`"),
    ({"metrics": "[sum(W), sum(scores)]"}, "G310 two metrics are called `sum`"),
    ({"metrics": "[loss + 1]"}, "G311 a metric is a node or the call of an operation"),
    ({"metrics": "[k]"}, "G311 a metric is a node or the call of an operation"),
    ({"groups": '[group("V", lr = 1)]'}, "G317 no param is called `V`"),
    ({"groups": '[group("w*", lr = 1)]'}, "G317 no param is called `w*`"),
    ({"groups": '[group("", lr = 1)]'}, "G317 no param is called ``"),
    ({"groups": '[group("W", momentum = 0.5)]'}, "G318 `sgd` has no setting called `momentum`"),
    (
        {"groups": '[group("*", frozen = true)]'},
        "G319 every param that `loss` depends on is frozen: nothing is left to train",
    ),
    (
        {"groups": '[group("W", frozen = true, lr = 1)]'},
        "G321 a frozen group has no settings; `lr` would change nothing",
    ),
    (
        {"groups": '[group("W", clip_norm = 1)]'},
        "G323 `clip_norm` is over all params that are not frozen, not over those of a group",
    ),
    ({"groups": '[group("W", lr = -1)]'}, "G304 `group: lr` must be at least 0; this is -1"),
    ({"groups": '[group("W", weight_decay = "much")]'}, "G303 `group: weight_decay` takes a number"),
    ({"groups": '[group("W", frozen = 1)]'}, "G303 `group: frozen` takes `true` or `false`"),
    ({"groups": "[group(W, lr = 1)]"}, "G110 `group: pattern` must be known before anything runs, but `W` is computed"),
    ({"groups": "[group(3, lr = 1)]"}, 'G303 `group: pattern` takes a text, `"..."`'),
    ({"groups": '[grup("W", lr = 1)]'}, "G309 `grup` is not a group"),
    ({"groups": "2"}, "G303 `a group` takes a call such as `group(...)`"),
    ({"stop": "early(watch = accuracy)"}, "G314 `accuracy` is not a metric of this file"),
    ({"stop": "early(watch = test.loss)"}, "G314 `test.loss` is not a metric of this file"),
    ({"stop": "early(watch = validate.loss)"}, "G314 `validate.loss` is not a metric of this file"),
    ({"hold_out": '"some"'}, "G303 `hold_out` takes a share of the rows, such as `0.2` or `last(0.2)`"),
    ({"hold_out": "last"}, "G108 last(share) lacks `share`"),
    ({"hold_out": "last(1)"}, "G304 `last: share` must be more than 0 and less than 1; this is 1"),
    ({"hold_out": "fold(1, 2)"}, "G309 `fold` is not a share of rows"),
    ({"accumulate": "0"}, "G304 `accumulate` must be at least 1; this is 0"),
    ({"validate": "1"}, "G304 `validate` must be more than 0 and less than 1; this is 1"),
    ({"validate": "fold(0, 2)"}, "G304 `fold: number` must be at least 1; this is 0"),
    ({"validate": "fold(1, 1)"}, "G304 `fold: of` must be at least 2; this is 1"),
    ({"validate": "fold(3, 2)"}, "G513 there is no fold 3 of 2"),
    ({"rows": "0"}, "G304 `rows` must be more than 0 and at most 1; this is 0"),
    ({"rows": "fold(1, 2)"}, "G309 `fold` is not a share of rows"),
    ({"validate": "digts"}, "G305 there is no data section called `digts`"),
    ({"validate": "0.1", "stratify": "k"}, "G511 rows cannot be stratified by `k`: it is no input"),
    (
        {"validate": "0.1", "hold_out": "0.1", "stop": "below(test.loss, 1)"},
        "G510 `test.loss` decides when training stops, although there are rows to validate on",
    ),
    ({"stop": "below(train.lss, 1)"}, "G314 `train.lss` is not a metric of this file"),
]


@pytest.mark.parametrize(("keys", "fault"), FAULTS, ids=[fault for _, fault in FAULTS])
def test_faults(faults: Find, keys: dict[str, str | None], fault: str) -> None:
    (found,) = faults(text(**keys))
    assert f"{found.code} {found.message}" == fault


@pytest.mark.parametrize("key", ["batch", "test", "hold_out", "validate", "rows", "stratify", "sampling"])
def test_what_is_said_of_rows_waits_for_them(spec: Compile, key: str) -> None:
    values = {
        "batch": "10",
        "test": "digits",
        "hold_out": "0.1",
        "validate": "0.1",
        "rows": "0.1",
        "stratify": "t",
        "sampling": "shuffle",
    }
    made = spec(text(data=None, **{key: values[key]})).train
    assert made is not None
    assert made.about_rows == (key,)


STOPS = {"early()": True, "early(loss)": True, "early(train.loss)": False, "below(test.loss, 0.1)": False}


@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_rule_that_names_no_side_follows_the_rows_of_a_script(spec: Compile, stop: str) -> None:
    made = spec(text(data=None, stop=stop)).train
    assert made is not None
    assert made.follows is STOPS[stop]
    whole = spec(text(stop="early()", hold_out="0.1")).train
    assert whole is not None
    assert not whole.follows


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("0.1", Share(0.1)),
        ("last(share = 0.2)", Share(0.2, last=True)),
        ("fold(2, 5)", Fold(2, 5)),
        ("digits_test", None),
    ],
)
def test_rows_to_validate_on(spec: Compile, written: str, taken: Taken | None) -> None:
    train = section(spec, validate=written)
    assert train.validate_share == taken
    assert train.validate == (None if taken else "digits_test")
    assert train.sides == ("train", "validate")


SIDES: list[tuple[dict[str, str], tuple[str, ...], str, str]] = [
    ({}, ("train",), "train", "train"),
    ({"hold_out": "0.1"}, ("train", "test"), "test", "test"),
    ({"test": "digits_test"}, ("train", "test"), "test", "test"),
    ({"validate": "0.1"}, ("train", "validate"), "validate", "validate"),
    ({"validate": "0.1", "hold_out": "0.1"}, ("train", "validate", "test"), "test", "validate"),
    ({"validate": "digits_test", "test": "digits_test"}, ("train", "validate", "test"), "test", "validate"),
]


@pytest.mark.parametrize(("keys", "sides", "judging", "deciding"), SIDES)
@pytest.mark.parametrize(
    ("stop", "name"), [("early", "loss"), ("early(watch = loss)", "loss"), ("below(fit, 1)", "fit")]
)
def test_which_rows_judge_and_which_decide(
    spec: Compile, keys: dict[str, str], sides: tuple[str, ...], judging: str, deciding: str, stop: str, name: str
) -> None:
    made = spec(
        text(**keys, stop=stop, metrics="[fit]").replace("vector =", "fit = mse(scores[:, 0], scores[:, 1])\nvector =")
    )
    train = made.train
    assert train is not None
    assert (train.sides, train.judging, train.deciding) == (sides, judging, deciding)
    assert train.stop is not None
    assert train.stop.text("watch") == f"{deciding}.{name}"


def test_stratify_names_the_classes(spec: Compile) -> None:
    assert section(spec, hold_out="0.1", stratify="t").stratify == "t"


def test_all_faults_of_a_section_are_reported(faults: Find) -> None:
    found = faults(text(minimize=None, minimise="loss", epochs="1.5", seed="-1", metrics="[zz, vector]", foo="1"))
    assert sorted(fault.code for fault in found) == ["G101", "G208", "G301", "G301", "G303", "G304"]
    assert found[[fault.code for fault in found].index("G301")].hint


def test_a_key_stands_once(faults: Find) -> None:
    (fault,) = faults(text().replace("  epochs = 3\n", "  epochs = 3\n  epochs = 4\n"))
    assert (fault.code, fault.message) == ("G102", "`epochs` is defined twice")
    assert fault.notes


def test_a_file_trains_once(faults: Find) -> None:
    (fault,) = faults(text() + "train { minimize = loss; optimizer = sgd(lr = 1); steps = 1 }\n")
    assert fault.code == "G308"


def test_a_key_that_could_not_be_read_is_not_missing(faults: Find) -> None:
    found = faults(text(minimize="loss +", optimizer="sgd(lr = )"))
    assert {fault.code for fault in found} == {"G030"}


def test_every_key_was_tried() -> None:
    tried = {key for keys, _ in FAULTS for key in keys} | {"optimizer", "schedule", "report"}
    assert tried >= set(KEYS)
