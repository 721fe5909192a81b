"""Rows of a table for themselves: their gradients, and the table with other rows in their places.

So an update goes over the rows that were read, and its time does not grow with the table.
"""

import math

from ...shape import Clash, Shape, Type, shape_text
from ..attribute import Attribute, Attributes
from ..builder import Builder
from ..emitter import Buffer, Emitter
from ..facts import Array, Types, elements
from ..forms import along_axes
from ..forms.c import places as c_places
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import arrangement as onnx_arrangement
from ..operation import Namespace, Operation, Reference, Trial
from .taking import own_numbers


def _taken(builder: Builder, g: Reference, indices: Reference, wanted: Reference, shape: Shape) -> Reference:
    return builder.take(builder.take_gradient(g, indices, shape=shape, axis=0), wanted, axis=0)


def _taken_into(emit: Emitter, out: Buffer, g: Buffer, indices: Buffer, wanted: Buffer, shape: tuple[int, ...]) -> None:
    """Every number that counts has a row of its own among `sums`, which `rows` says; all others have one of zeros."""
    count, behind = shape[0], math.prod(shape[1:])
    own = own_numbers(emit, indices)
    number = own.shape[0]
    rows, places = emit.scratch((count,), "intp"), emit.scratch((number,), "intp")
    sought = own
    if wanted.name != indices.name:
        sought = own_numbers(emit, wanted)
        emit.line(f"{rows}[{sought}] = {emit.full(number, (), 'intp')}")
    back = ((number - 1,), (number,), (-1,))
    emit.line(f"{rows}[{emit.view(own, 'part', *back)}] = {emit.view(emit.arange(number), 'part', *back)}")
    emit.line(f"{emit.method(rows, 'take')}({own}, 0, {places}, 'clip')")  # where each number stands first
    sums = emit.scratch((number + 1, behind))
    emit.line(f"{emit.method(emit.view(sums, 'rows', number, number + 1), 'fill')}(0)")
    each = emit.view(g, "reshape", (number, behind))
    emit.call("add", each, emit.full(0.0, ()), emit.view(sums, "rows", 0, number))
    again = emit.scratch((number,), "intp")
    emit.call("subtract", emit.arange(number), places, again)
    emit.line(f"rest = {emit.method(again, 'nonzero')}()[0]")
    emit.call("add.at", sums, f"{places}[rest]", f"{each}[rest]")
    found = emit.scratch(sought.shape, "intp")
    emit.line(f"{emit.method(rows, 'take')}({sought}, 0, {found}, 'clip')")
    emit.line(f"{emit.method(sums, 'take')}({found}, 0, {emit.view(out, 'reshape', (*found.shape, behind))}, 'clip')")


def _taken_flops(types: Types, result: Type, attributes: Attributes) -> int:
    return elements(types[0])


def _put_type(types: Types) -> Type:
    x, indices, rows = types
    if indices.kind != "int" or not x.shape or rows.shape != (*indices.shape, *x.shape[1:]):
        raise Clash(f"put-rows: rows, {rows}, are not those that indices, {indices}, have in {shape_text(x.shape)}")
    return x


def _put(xp: Namespace, x: Array, indices: Array, rows: Array) -> Array:
    if hasattr(x, "at"):  # arrays of JAX do not change
        return x.at[indices].set(rows)
    made = x.copy()
    made[indices] = rows
    return made


def _put_into(emit: Emitter, out: Buffer, x: Buffer, indices: Buffer, rows: Buffer) -> None:
    own = own_numbers(emit, indices)
    if out.name != x.name:
        emit.copy(out, x)
    if out.shape[1:]:
        out = emit.view(out, "reshape", (out.shape[0], math.prod(out.shape[1:])))
    emit.line(f"{out}[{own}] = {emit.view(rows, 'reshape', (*own.shape, *out.shape[1:]))}")


TABLES = (((4,), (3,)), ((4,), ()), ((4, 3), (5,)), ((4, 3), (2, 2)), ((4, 2, 3), (6,)))
"""Shapes of a table and of numbers of its rows."""

TAKEN_GRADIENT = Operation(
    "taken-gradient",
    ("g", "indices", "wanted"),
    "g added up at the numbers, of the wanted rows",
    "The rows `wanted` of what brings the gradients of rows back to their table, which itself is not made.",
    define=_taken,
    kernel=_taken_into,
    c=c_places.TAKEN_GRADIENT,
    numpy=NumpyForm("take(take_gradient({0}, {1}, {shape}, 0), {2}, 0)", (along_axes.TAKE, along_axes.TAKE_GRADIENT)),
    integers=("indices", "wanted"),
    attributes=(Attribute("shape", "shape", required=True),),
    flops=_taken_flops,
    role="helper",
    trials=(
        *(
            Trial(((*numbers, *shape[1:]), Type("int", numbers), Type("int", numbers)), (shape,), classes=4)
            for shape, numbers in TABLES
        ),
        Trial(((3, 2), Type("int", (3,)), Type("int", (2, 2))), ((4, 2),), classes=4),
    ),
)
PUT_ROWS = Operation(
    "put-rows",
    ("x", "indices", "rows"),
    "x, with rows at the numbers",
    "A table whose rows of these numbers are others. Rows of one number must be equal.",
    infer=_put_type,
    forward=_put,
    kernel=_put_into,
    in_place=(0,),
    c=c_places.PUT_ROWS,
    onnx=onnx_arrangement.PUT_ROWS,
    numpy=NumpyForm("put_rows({0}, {1}, {2})", (along_axes.PUT_ROWS,)),
    integers=("indices",),
    flops=lambda types, result, attributes: 0,
    role="helper",
    trials=tuple(
        Trial((shape, Type("int", numbers), (*numbers, *shape[1:])), (), classes=4)
        for shape, _ in TABLES
        for numbers in ((), (1,), (1, 1))
    ),
)
