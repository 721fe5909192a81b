"""The form of every operation over `jax.numpy` reads no value and writes into no array."""

import re

import pytest

from chainrule.compiler.ops.forms.jnp_form import REPLACED
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.targets.jax_file.dialect import jnp_form


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS.values() if each.numpy is not None], ids=lambda each: each.name
)
def test_a_form_can_be_traced(operation: Operation) -> None:
    form = jnp_form(operation)
    assert form is not None
    for source in form.functions:
        compile(source, operation.name, "exec")
        assert not re.search(r"\bnp\.|\braise\b|\.at\(|np\.add\.at", source)
        assert not re.search(r"^\s+\w+\[[^\]]*\] [+*]?= ", source, re.MULTILINE)  # which jax.numpy has no arrays for


def test_what_is_replaced_is_called_the_same() -> None:
    for name, sources in REPLACED.items():
        assert sources[-1].startswith(f"\ndef {name}(")
