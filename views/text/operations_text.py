"""The reference of operations, made from their table."""

from ...compiler.ops.attribute import Attribute, attribute_text
from ...compiler.ops.operation import Operation
from ...compiler.ops.table import OPERATIONS
from .json_values import Json

ROLES = {"operation": "Operations", "metric": "Metrics (no gradient)"}


def operations_text() -> str:
    """Every operation that a spec may call: its call, formula and sentence."""
    parts = []
    for role, title in ROLES.items():
        parts.append(f"{title}\n")
        parts += [
            _entry(operation) for operation in OPERATIONS.values() if operation.written and operation.role == role
        ]
    return "\n".join(parts)


def operations_document() -> list[Json]:
    """The same as JSON."""
    return [
        {
            "name": operation.name,
            "operands": list(operation.parameters),
            "by_name": list(OPERATIONS[operation.weighted].by_name) if operation.weighted else [],
            "attributes": {each.name: _json(each.default) for each in _attributes(operation)},
            "formula": operation.formula,
            "doc": operation.doc,
            "role": operation.role,
            "differentiable": operation.vjp is not None,
        }
        for operation in OPERATIONS.values()
        if operation.written
    ]


def _entry(operation: Operation) -> str:
    arguments = [*operation.parameters]
    arguments += [
        attribute.name if attribute.default is None else f"{attribute.name} = {attribute_text(attribute.default)}"
        for attribute in _attributes(operation)
    ]
    arguments += OPERATIONS[operation.weighted].by_name if operation.weighted else ()
    return f"  {operation.name}({', '.join(arguments)})\n      = {operation.formula}\n      {operation.doc}\n"


def _attributes(operation: Operation) -> list[Attribute]:
    """The attributes that a spec may write."""
    return [attribute for attribute in operation.attributes if attribute.written]


def _json(value: object) -> Json:
    """A default as JSON."""
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    return value if isinstance(value, int | float | str) else None
