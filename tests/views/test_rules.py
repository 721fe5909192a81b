"""The written rules against what the operations do."""

import numpy as np
import pytest

import chainrule
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.views.rules import SCALAR_RULES, TENSOR_RULES, WORDS, local_rule, tensor_rule
from chainrule.views.walk import walk

VALUES = (0.7, 1.3)


@pytest.mark.parametrize("name", [name for name in SCALAR_RULES if OPERATIONS[name].role == "operation"])
def test_a_rule_says_what_the_operation_does(name: str) -> None:
    operation = OPERATIONS[name]
    inputs = dict(zip(operation.operands, VALUES, strict=False))
    declared = "".join(f"input {operand} = {value}\n" for operand, value in inputs.items())
    program = chainrule.compile(f"{declared}output result = {name}({', '.join(inputs)})")
    taken = walk(program.spec, program.spec.graph.index["result"], {}, {})
    for slot, rule in enumerate(SCALAR_RULES[name]):
        written = chainrule.compile(f"{declared}output slope = {rule}").run()["slope"]
        np.testing.assert_allclose(taken.locals[len(inputs), slot], written, rtol=1e-12)


@pytest.mark.parametrize("table", [SCALAR_RULES, TENSOR_RULES, WORDS])
def test_rules_fit_the_operations(table: dict[str, tuple[str, ...]]) -> None:
    for name, rules in table.items():
        assert len(rules) == len(OPERATIONS[name].operands)


@pytest.mark.parametrize("name", [name for name, op in OPERATIONS.items() if op.vjp is not None and op.operands])
def test_every_operation_has_some_rule(name: str) -> None:
    for slot in range(len(OPERATIONS[name].operands)):
        assert local_rule(OPERATIONS[name], slot)
        assert tensor_rule(OPERATIONS[name], slot)
