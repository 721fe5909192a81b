"""Specs for the tests of data."""

from collections.abc import Callable

import pytest

from chainrule.compiler.build import build
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source


@pytest.fixture(scope="session")
def compiled() -> Callable[[str], Spec]:
    """The function from a text to its checked spec."""

    def compile_text(text: str) -> Spec:
        return build(*parse(Source("test.graph", text)))[0]

    return compile_text
