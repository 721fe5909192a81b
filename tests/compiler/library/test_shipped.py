"""The shipped library as files: its blocks are checked here, not in each spec that uses one."""

from pathlib import Path

import pytest

from chainrule.compiler.compile import compiled
from chainrule.compiler.files.carried import Carried
from chainrule.compiler.library.shipped import as_shipped, shipped_names, shipped_source
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError


def used(name: str, text: str) -> list[str]:
    """What a spec is told that uses a file, whose text it carries: each of its blocks is checked."""
    spec = Source("user.graph", f"use {name}\ninput x = 1\noutput y = x * x\n")
    try:
        return [found.message for found in compiled(spec, Path(), carried=Carried({name: text}, {})).diagnostics]
    except SpecError as error:
        return [found.message for found in error.diagnostics]


@pytest.mark.parametrize("name", shipped_names())
def test_its_blocks_hold(name: str) -> None:
    assert used(name, shipped_source(name).text) == []


@pytest.mark.parametrize("name", shipped_names())
def test_what_is_wrong_in_a_block_is_found(name: str) -> None:
    assert used(name, shipped_source(name).text + "\nblock wrong(x) { return x + nothing }\n") != []


def test_a_text_that_is_carried_is_not_the_shipped_one() -> None:
    name = shipped_names()[0]
    assert as_shipped(shipped_source(name))
    assert not as_shipped(Source(name, shipped_source(name).text))
