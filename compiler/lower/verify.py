"""What holds of every computation, before and after each pass."""

from .computation import Computation


class Broken(Exception):
    """A computation that is not sound: a fault of the compiler, never of a spec. `passes` are those that ran."""

    def __init__(self, message: str, passes: tuple[str, ...] = ()) -> None:
        after = f" after {', '.join(passes)}" if passes else ""
        super().__init__(message + after)


def verify(computation: Computation, passes: tuple[str, ...] = (), *, symbols: bool = False) -> None:
    """Operands stand before their users, types are those that the operations infer, targets exist. Raises Broken.

    Sizes are numbers, but for a computation that is only shown: that may have `symbols`.
    """
    nodes = computation.nodes
    for number, node in enumerate(nodes):
        operation, given, known = node.operation, len(node.inputs), len(node.operation.operands)
        if given != known and not (operation.variadic and given > known):
            raise Broken(f"node {number}, {operation.name}, has {given} operands", passes)
        if not all(0 <= operand < number for operand in node.inputs):
            raise Broken(f"node {number}, {operation.name}, stands before an operand", passes)
        if not (symbols or all(isinstance(size, int) for size in node.type.shape)):
            raise Broken(f"node {number}, {operation.name}, has a size that is no number", passes)
        if operation.role == "leaf":
            continue
        inferred = operation.infer(tuple([nodes[operand].type for operand in node.inputs]), *node.attributes)
        if inferred != node.type:
            raise Broken(f"node {number}, {operation.name}, is {node.type} but should be {inferred}", passes)
    if not all(0 <= target < len(nodes) for target in computation.targets):
        raise Broken("a target does not exist", passes)
