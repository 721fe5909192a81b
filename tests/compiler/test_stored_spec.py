"""Compiled specs as data: what comes back is what was stored, and nothing else does."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.compiling import compiled_file
from chainrule.compiler.graph import Graph
from chainrule.compiler.spec import Compiled
from chainrule.compiler.stored_spec import RECORDS, Damaged, restored, stored

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.graph"))
SETTINGS = {"apple": {"price": "[1.5"[1:]}, "iris": {"train.epochs": "3"}}


def again(made: Compiled) -> Compiled:
    """A compilation, stored as text and restored."""
    data = json.loads(json.dumps(stored(made)))
    return restored(data, made.spec.source, made.used, made.settings)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_comes_back_as_it_was(path: Path) -> None:
    made = compiled_file(path, SETTINGS.get(path.stem))
    other = again(made)
    assert other.spec == made.spec
    assert repr(other.spec.graph.nodes) == repr(made.spec.graph.nodes), "1 and 1.0 are equal, and not the same"
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


def test_every_field_of_a_graph_is_stored() -> None:
    """A field that has a default would be forgotten in silence."""
    assert {field.name for field in fields(Graph)} == set(Graph.__dataclass_fields__)
    assert RECORDS["Graph"] is Graph


@given(st.data())
def test_other_data_are_refused(data: Any) -> None:
    made = compiled_file(SPECS[0])
    lists = [value for value in _walk(stored(made)) if isinstance(value, list) and value]
    damaged = json.loads(json.dumps(stored(made)))
    target = [value for value in _walk(damaged) if isinstance(value, list) and value]
    number = data.draw(st.integers(1, len(lists) - 1))
    place = data.draw(st.integers(0, len(target[number]) - 1))
    target[number][place] = data.draw(st.sampled_from(["nonsense", None, 10**9, ["Spec"], ["eval", "1"], []]))
    try:
        other = restored(damaged, made.spec.source, made.used, made.settings)
    except Damaged:
        return
    assert isinstance(other, Compiled), "a changed number or text is data like any other: the cache's hash tells"


def _walk(data: object) -> list[object]:
    found, work = [], [data]
    while work:
        value = work.pop()
        found.append(value)
        if isinstance(value, list):
            work += value
    return found
