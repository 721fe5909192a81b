"""Compiled specs as data: what comes back is what was stored, and nothing else than a spec does."""

import copy
import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from forgery import places

from chainrule.compiler.compile import compiled, compiled_file
from chainrule.compiler.graph.graph import Node
from chainrule.compiler.graph.spec import Compiled
from chainrule.compiler.graph.stored_graph import kinds_of
from chainrule.compiler.graph.stored_kinds import Damaged, record
from chainrule.compiler.graph.stored_spec import restored, stored
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Type
from chainrule.grammar.source import Source

SPECS = sorted((Path(__file__).parents[3] / "specs").glob("*.graph"))
SETTINGS = {"apple": {"price": "1.5"}, "iris": {"train.epochs": "3"}}


def again(made: Compiled) -> Compiled:
    """A compilation, stored as text and restored."""
    return back(made, json.loads(json.dumps(stored(made))))


def back(made: Compiled, data: Any) -> Compiled:
    return restored(data, made.spec.source, made.used, made.settings)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_comes_back_as_it_was(path: Path) -> None:
    made = compiled_file(path, SETTINGS.get(path.stem))
    other = again(made)
    assert other.spec == made.spec
    assert repr(other.spec.graph.nodes) == repr(made.spec.graph.nodes), "1 and 1.0 are equal, and not the same"
    assert repr(other.spec.full.nodes) == repr(made.spec.full.nodes)
    assert other.diagnostics == made.diagnostics
    assert other.meaning() == made.meaning()


def test_calls_of_the_library_come_back(tmp_path: Path) -> None:
    file = tmp_path / "net.graph"
    file.write_text("use chainrule.layers\ninput x = [[1, 2]]\noutput y = x -> mlp(3, 2, 1)\n", encoding="utf-8")
    made = compiled_file(file)
    calls = [node.span.call.text for node in made.spec.graph.nodes if node.span and node.span.call]
    assert set(calls) == {"mlp(3, 2, 1)"}
    assert again(made).spec == made.spec


def test_the_nodes_of_a_spec_are_shared_by_its_graphs() -> None:
    spec = again(compiled_file(SPECS[0])).spec
    for node, same in zip(spec.graph.nodes, spec.full.nodes, strict=False):
        assert node is same


def test_a_record_is_stored_with_all_its_fields() -> None:
    """One that has a default would be forgotten in silence."""
    with pytest.raises(AssertionError, match="Type"):
        record(Type)
    assert Node._fields == ("operation", "inputs", "attributes", "type", "path", "span"), "as stored_graph writes them"


def test_every_attribute_has_a_kind() -> None:
    for operation in OPERATIONS.values():
        assert len(kinds_of(operation)) == len(operation.attributes)


# --- forged data ------------------------------------------------------------------------------------------------

TEXT = """
use chainrule.layers
dim N, K
const width = 2
const label = "a"
input x: [N, 3]
input t: int[N]
input rate = 0.5
param W: [3, 2] = uniform(low = -1)
param start: [2] = [1, 2]
## what is scored
scores = x @ W + start -> repeat 2 { dense(width) -> relu } as body -> dense(3)
loss = softmax-loss(scores, t)
unused = quadratic-loss(scores, scores * 2)
kept = sum(x, axis = 1)
data points { x = csv("p.csv", ["a", "b", "c"]) / 255 + [1, 2, 3] ; t = spiral("t", rows = 9) }
data more { x = scale(fill(raw, mean), 0, 2)[1:-2, ..., ::-1]; t = one_hot(fill(idx("r.idx"), "?"), unknown = true)
            raw = npy("q.npy"); K = classes(raw) }
train { minimize = loss * rate + sum(kept) / N ; optimizer = adam(lr = 0.1) ; steps = 3 ; data = points ; test = more
  groups = [group("body*", frozen = true), group("*.b", lr = 0.5, weight_decay = 0.1, shard = columns)]
  batch = 2 ; schedule = step(every = 3) ; metrics = [accuracy(scores, t), top-k(scores, t, k = 2)]
  stop = early(patience = 2) ; report = every(1) ; exact = true ; seed = 4 ; precision = bfloat16 }
expect d(loss)/d(rate) == 0 within 0.5
expect accuracy > 0.5 after train
"""


@cache
def forged() -> Compiled:
    """A compilation with something of everything that can be stored."""
    return compiled(Source("forged.graph", TEXT), Path())


INSTEAD: tuple[Any, ...] = (
    "nonsense",
    "1 if __import__('os') else 3)#",
    [],
    ["add"],
    10**400,
    -1,
    2**62,
    0.5,
    None,
    {},
)


@pytest.mark.parametrize("literal", [[1, [], 3], [[1, 2], [3]], [1, [2, 3]]], ids=str)
def test_a_list_of_a_column_that_has_no_shape_is_refused(literal: object) -> None:
    made = forged()
    data = json.loads(json.dumps(stored(made)))
    lists = [(holder, key) for holder, key, _ in places(data) if holder[key] == [1, 2, 3]]
    assert lists
    for holder, key in lists:
        holder[key] = literal
        with pytest.raises(Damaged):
            back(made, data)
        holder[key] = [1, 2, 3]
    assert back(made, data).spec == made.spec


def test_the_forged_spec_has_something_of_everything() -> None:
    spec = forged().spec
    assert spec.train is not None
    assert spec.train.groups
    assert spec.claims
    assert spec.graph.expansions
    assert spec.graph.docs
    assert spec.graph.aliases
    assert forged().diagnostics


@pytest.mark.parametrize("value", INSTEAD, ids=lambda value: str(value)[:12])
def test_another_value_at_any_place_is_refused_or_a_spec_all_the_same(value: object) -> None:
    made = forged()
    data = json.loads(json.dumps(stored(made)))
    everywhere = [(holder, key) for holder, key, _ in places(data)]
    assert len(everywhere) > 800
    for holder, key in everywhere[INSTEAD.index(value) % 4 :: 4]:  # benchmarks/damage.py tries all
        before = holder[key]
        holder[key] = copy.copy(value)
        try:
            other = back(made, data)
        except Damaged:
            continue
        finally:
            holder[key] = before
        assert_sound(other)


def assert_sound(made: Compiled) -> None:
    """Storing it again gives what a spec gives: texts where texts are, numbers where numbers are."""
    assert again(made).spec == made.spec


@pytest.mark.parametrize("at", [[1.0], [2.0, 1.0], [1.0, 1.0], [1.0, -1.0], [1, 2], "x", []], ids=str)
def test_a_schedule_whose_pieces_are_astray_is_refused(at: object) -> None:
    text = "param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 3\n"
    text += "schedule = piecewise(at = [1, 2], factors = [0.5, 0.25]) }\n"
    made = compiled(Source("pieces.graph", text), Path())
    assert again(made).spec == made.spec
    data = json.loads(json.dumps(stored(made)))
    (holder,) = [holder for holder, key, _ in places(data) if key == "at"]
    holder["at"] = at
    with pytest.raises(Damaged):
        back(made, data)


def test_what_is_left_out_is_refused() -> None:
    made = forged()
    data = json.loads(json.dumps(stored(made)))
    for holder, key, _ in list(places(data))[::4]:
        if isinstance(holder, list):
            before = list(holder)
            del holder[key]
            try:
                assert_sound(back(made, data))
            except Damaged:
                pass
            finally:
                holder[:] = before


@pytest.mark.parametrize("seed", range(4))
def test_what_is_put_in_anothers_place_is_refused_or_a_spec(seed: int) -> None:
    made = forged()
    draw = random.Random(seed)
    for _ in range(50):
        data = json.loads(json.dumps(stored(made)))
        everywhere = [(holder, key) for holder, key, _ in places(data)]
        for _ in range(draw.choice((1, 2, 5))):
            (to, key), (of, other) = draw.choice(everywhere), draw.choice(everywhere)
            if other in (range(len(of)) if isinstance(of, list) else of):
                to[key] = copy.deepcopy(of[other])
        try:
            assert_sound(back(made, data))
        except Damaged:
            continue


@pytest.mark.parametrize("depth", [65, 500, 100_000])
def test_deeply_nested_data_are_refused(depth: int) -> None:
    made = forged()
    nested: Any = 1
    for _ in range(depth):
        nested = [nested]
    for number in range(len(stored(made))):
        data: Any = stored(made)
        data[number] = nested
        with pytest.raises(Damaged):
            back(made, data)
