"""Layout: what goes element by element between operations with rows last is computed with rows last too."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from ..graph.graph import Node
from ..lower.computation import Computation, rewritten
from ..ops.arrangement.moved_axes import inverse
from ..ops.operation import Operation
from ..ops.table import MOVED


@dataclass(frozen=True)
class KeepRowsLast:
    """Puts transposes that bring rows back to the front behind operations that go element by element, where they meet
    those of what follows, and takes out two that undo one another.

    The elements are the same and so are their neighbours' bits: only where they lie is another.
    """

    name: str = "keep rows last"
    concerns: Callable[[Operation], object] = attrgetter("rows.last")

    def __call__(self, computation: Computation) -> Computation:
        if not any(_brings_rows_back(node) for node in computation.nodes):
            return computation
        return rewritten(computation, _moved)


def _moved(made: list[Node], node: Node) -> Node | int:
    if node.operation is MOVED:
        below, order = made[node.inputs[0]], _order(node)
        undone = order and below.operation is MOVED and _order(below) == inverse(order)
        return below.inputs[0] if undone else node
    if not node.operation.rows.each or node.operation.define is not None or node.operation.role == "leaf":
        return node
    large = [each for each in node.inputs if made[each].type.shape]
    if not large or not all(
        _brings_rows_back(made[each]) and made[each].type.shape == node.type.shape for each in large
    ):
        return node
    back = made[large[0]]
    inputs = tuple([made[each].inputs[0] if each in large else each for each in node.inputs])
    shape = made[back.inputs[0]].type.shape
    made.append(node._replace(inputs=inputs, type=node.type._replace(shape=shape), path=""))
    return back._replace(inputs=(len(made) - 1,), type=node.type, path=node.path, span=node.span)


def _brings_rows_back(node: Node) -> bool:
    """Whether it makes the last axis of three or more the first."""
    order = _order(node) if node.operation is MOVED else ()
    return len(order) > 2 and order == (len(order) - 1, *range(len(order) - 1))


def _order(node: Node) -> tuple[int, ...]:
    """The axes as a transpose names them; none where it swaps the last two, of which nothing is to be gained."""
    (axes,) = node.attributes
    assert axes is None or isinstance(axes, tuple)
    return axes or ()  # type: ignore[return-value]  # axes are numbers
