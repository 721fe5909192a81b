"""What other tools call things: hints that lead to what there is."""

import re

import pytest

from chainrule.compiler.elaborate.calls.scans import SCAN
from chainrule.compiler.elaborate.misuses import WRITTEN
from chainrule.compiler.elaborate.other_tools import TABLES, elsewhere, layers
from chainrule.compiler.graph.signatures import FITTED, GENERATORS, INITIALISERS, OPTIMISERS, READERS, SCHEDULES, STOPS
from chainrule.compiler.ops.table import OPERATIONS, find
from chainrule.compiler.sections.train_keys import KEYS
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile

CALLABLE = {
    *layers(),
    *INITIALISERS,
    *OPTIMISERS,
    *READERS,
    *GENERATORS,
    *FITTED,
    *SCHEDULES,
    *STOPS,
    "d",
    SCAN,
    "group",
}
NAMES = [(kind, name) for kind, table in TABLES.items() for names in table.values() for name in names.split()]
NAMES += [("operations", name) for each in OPERATIONS.values() for name in each.advice.other_names.split()]


@pytest.mark.parametrize("hint", sorted({hint for table in TABLES.values() for hint in table}))
def test_a_hint_names_what_there_is(hint: str) -> None:
    for name in re.findall(r"(?<!\w)-?([\w-]+)\(", " ".join(re.findall(r"`(.*?)`", hint))):
        assert find(name) or name in CALLABLE, name


@pytest.mark.parametrize("kind", TABLES)
def test_a_name_stands_once(kind: str) -> None:
    names = [re.sub("_", "", name) for each, name in NAMES if each == kind]
    assert len(set(names)) == len(names)


def test_no_name_is_one_of_ours() -> None:
    for kind, name in NAMES:
        if kind in ("operations", "readers"):
            assert name not in WRITTEN
            assert name not in CALLABLE
        if kind == "keys":
            assert name not in KEYS


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mean_squared_error", "write `mse(y, t)`"),
        ("nn.MSELoss", "write `mse(y, t)`"),
        ("MeanSquaredError", "write `mse(y, t)`"),
        ("np.exp", "write `exp(...)`"),
        ("tf.nn.log_softmax", "write `log-softmax(...)`"),
        ("F.cross_entropy", "write `softmax-loss(scores, t)`, which takes the softmax itself"),
        ("ReLU", "write `relu(...)`"),
        ("dense", "`use chainrule.layers` brings `dense`"),
        ("LayerNorm", "`use chainrule.layers` brings `layer_norm`"),
        ("Adam", "an optimiser stands in `train`: `optimizer = adam(lr = 0.1)`"),
        ("BCE", "write `sigmoid_loss(scores, t)`, which takes the sigmoid itself"),
        ("apples", None),
        ("sigmiod", None),
    ],
)
def test_operations(name: str, hint: str | None) -> None:
    assert elsewhere(name, "operations") == hint


def test_blocks_of_the_file_come_first() -> None:
    with pytest.raises(SpecError) as caught:
        compile("block Dropout(x) { return x + 1 }\noutput y = dropout(2)\n")
    assert caught.value.diagnostics[0].hint == "did you mean `Dropout`?"


@pytest.mark.parametrize(("key", "missing"), [("num_epochs", []), ("epoches", []), ("speed", ["`epochs` or `steps`"])])
def test_a_key_that_is_meant_is_not_missing(key: str, missing: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        compile(f"param w = 1\nloss = w * w\ntrain {{ minimize = loss; optimizer = sgd(lr = 0.1); {key} = 3 }}\n")
    said = [each.message for each in caught.value.diagnostics if each.code == "G302"]
    assert said == [f"`train` lacks {what}" for what in missing]
