"""Specs from text, and what is said about those that are wrong."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chainrule.compiler.build import build
from chainrule.compiler.elaborate.budget import Limits
from chainrule.compiler.elaborate.settings import read_setting
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]


def compiled(text: str, settings: Mapping[str, str] | None = None, limits: Limits | None = None) -> Spec:
    module, found = parse(Source("test.graph", text))
    chosen = [read_setting(name, value) for name, value in (settings or {}).items()]
    return build(module, found, settings=chosen, limits=limits)[0]


@pytest.fixture(scope="session")
def spec() -> Compile:
    """The checked spec of a text."""
    return compiled


@pytest.fixture(scope="session")
def paths(spec: Compile) -> Callable[[str], list[str]]:
    """The paths of a spec's nodes, in order; nodes without one are left out."""
    return lambda text: [node.path for node in spec(text).graph.nodes if node.path]


@pytest.fixture(scope="session")
def faults() -> Find:
    """The errors that a text has, in order; each lies inside of its text."""

    def found(
        text: str, settings: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> tuple[Diagnostic, ...]:
        with pytest.raises(SpecError) as caught:
            compiled(text, settings, limits)
        for diagnostic in caught.value.diagnostics:
            where: Any = diagnostic.where
            assert where is None or 0 <= where.start <= where.stop <= len(where.source.text)
        return caught.value.diagnostics

    return found


@pytest.fixture(scope="session")
def said(faults: Find) -> Callable[[str], list[str]]:
    """`line:column: code message` of each error of a text."""

    def lines(text: str) -> list[str]:
        found = []
        for diagnostic in faults(text):
            where: Any = diagnostic.where
            found.append(f"{where.line}:{where.column}: {diagnostic.code} {diagnostic.message}")
        return found

    return lines
