"""Groups of params: which paths a pattern matches, and which group holds for a path."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.graph.groups import Group, frozen_paths, grouped, groups_text, matcher
from chainrule.compiler.graph.signatures import OPTIMISERS, Invocation, group_signature
from chainrule.grammar.source import Source, Span

NOWHERE = Span(Source("test.graph", ""), 0, 0)


def group(pattern: str, *, frozen: bool = False, **settings: float) -> Group:
    return Group(pattern, frozen, settings, NOWHERE)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("fc1.W", "fc1.W", True),
        ("fc1.W", "fc1.Ws", False),
        ("fc1", "fc1.W", False),
        ("*.b", "body[3].dense.b", True),
        ("*.b", "b", False),
        ("body[1].*", "body[1].dense.W", True),
        ("body[1].*", "body1.dense.W", False),
        ("body[12].*", "body[1].W", False),
        ("*", "w", True),
        ("f?.W", "fc.W", False),
        ("*dense*W", "body[3].dense.W", True),
        ("a*a", "a", False),
        ("a*b*c", "a.c.b", False),
        ("", "w", False),
        ("머리.*", "머리.W", True),
    ],
)
def test_patterns(pattern: str, path: str, matches: bool) -> None:
    assert matcher(pattern)(path) is matches


@given(st.text("ab.*[", max_size=8), st.text("ab.[", max_size=12))
def test_patterns_are_those_of_regular_expressions(pattern: str, path: str) -> None:
    wanted = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), path)
    assert matcher(pattern)(path) is (wanted is not None)


def test_many_stars_take_no_longer() -> None:
    began = time.perf_counter()
    assert not matcher("*a" * 2000 + "b")("a" * 100_000)
    assert time.perf_counter() - began < 5  # a backtracking search would not end


def test_the_first_that_matches_holds() -> None:
    groups = [group("x.W"), group("*.b"), group("x.*"), group("x.b"), group("y.W")]
    paths = ["x.W", "x.b", "x.c", "y.W", "z"]
    assert grouped(groups, paths) == {"x.W": 0, "x.b": 1, "x.c": 2, "y.W": 4}
    assert grouped([], paths) == {}


@given(st.lists(st.text("ab*.", max_size=4), max_size=5), st.lists(st.text("ab.", min_size=1, max_size=5), max_size=6))
def test_groups_are_those_of_a_plain_search(patterns: list[str], paths: list[str]) -> None:
    groups = [group(pattern) for pattern in patterns]
    plain = {
        path: next(number for number, pattern in enumerate(patterns) if matcher(pattern)(path))
        for path in paths
        if any(matcher(pattern)(path) for pattern in patterns)
    }
    assert grouped(groups, paths) == plain


def test_what_is_frozen() -> None:
    assert frozen_paths([group("a.b"), group("a.*", frozen=True)], ["a.W", "a.b", "c"]) == {"a.W"}


def test_settings_replace_those_of_the_optimiser() -> None:
    optimizer = Invocation("momentum", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.0})
    made = group("*", momentum=0.5, lr=1.0).of(optimizer)
    assert made.arguments == {"lr": 1.0, "momentum": 0.5, "weight_decay": 0.0}
    assert optimizer.arguments["lr"] == 0.1


@pytest.mark.parametrize("name", OPTIMISERS)
def test_all_settings_can_be_replaced_but_the_norm_of_all(name: str) -> None:
    names = {each.name for each in group_signature(name).parameters} - {"pattern", "frozen", "shard"}
    assert names == {each.name for each in OPTIMISERS[name].parameters} - {"clip_norm"}
    assert all(each.default in (None, False) for each in group_signature(name).parameters)


def test_groups_as_text() -> None:
    made = [group("a.*", frozen=True), group("*.b", lr=0.5, weight_decay=0.0), group("c")]
    made += [each._replace(columns=True) for each in made[1:]]
    wanted = (
        '[group("a.*", frozen = true), group("*.b", lr = 0.5, weight_decay = 0.0), group("c"), '
        'group("*.b", lr = 0.5, weight_decay = 0.0, shard = columns), group("c", shard = columns)]'
    )
    assert groups_text(made) == wanted
