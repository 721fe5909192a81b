"""Forms that put elements elsewhere: padded, joined, taken by numbers, and what comes back to where it was taken."""

from .block import Block
from .form import Written
from .value import CValue, Numbers


def _padded(block: Block, out: CValue, x: CValue, widths: tuple[Numbers, ...], value: float) -> None:
    number = f"{int(value)}" if out.kind == "int" else repr(float(value))
    block.fill(out, number.replace("inf", "INFINITY").replace("nan", "NAN"))
    start = sum(int(before) * by for (before, _), by in zip(widths, out.strides, strict=True))
    block.each(out.moved(start, x.shape, out.strides), (x,), "{0}")


def _part_back(
    block: Block, out: CValue, g: CValue, shape: Numbers, start: Numbers, count: Numbers, step: Numbers
) -> None:
    block.fill(out, "0.0")
    offset = sum(first * by for first, by in zip(start, out.strides, strict=True))
    strides = tuple([by * each for by, each in zip(out.strides, step, strict=True) if each])
    block.each(out.moved(offset, g.shape, strides), (g,), "{0}")


def _joined(block: Block, out: CValue, *given: object) -> None:
    operands = [each for each in given if isinstance(each, CValue)]
    axis = int(str(given[-1])) % len(out.shape)
    start = 0
    for each in operands:
        block.each(out.moved(start * out.strides[axis], each.shape, out.strides), (each,), "{0}")
        start += each.shape[axis]


def _stacked(block: Block, out: CValue, *given: object) -> None:
    operands = [each for each in given if isinstance(each, CValue)]
    axis = int(str(given[-1])) % len(out.shape)
    rest = (*out.strides[:axis], *out.strides[axis + 1 :])
    for number, each in enumerate(operands):
        block.each(out.moved(number * out.strides[axis], each.shape, rest), (each,), "{0}")


def _taken(block: Block, out: CValue, x: CValue, numbers: CValue, axis: int) -> None:
    axis %= len(x.shape)
    rank, size = len(numbers.shape), x.shape[axis]
    none = "0" if x.kind == "int" else "NAN"
    with block.over(out.shape) as index:
        place = numbers.at(index[axis : axis + rank])
        own = x.at([*index[:axis], f"({place})", *index[axis + rank :]])
        block.line(f"{out.at(index)} = {place} >= 0 && {place} < {size} ? {own} : {none};")


def _brought_back(block: Block, out: CValue, g: CValue, numbers: CValue, shape: Numbers, axis: int) -> None:
    axis %= len(out.shape)
    rank = len(numbers.shape)
    block.fill(out, "0.0")
    with block.over(g.shape) as index:
        place = numbers.at(index[axis : axis + rank])
        own = out.at([*index[:axis], f"({place})", *index[axis + rank :]])
        with block.inside(f"if ({place} >= 0 && {place} < {out.shape[axis]})"):
            block.line(f"{own} += {g.at(index)};")


def _put(block: Block, out: CValue, x: CValue, numbers: CValue, rows: CValue) -> None:
    rank = len(numbers.shape)
    block.each(out, (x,), "{0}")
    with block.over(rows.shape) as index:
        place = numbers.at(index[:rank])
        own = out.at([f"({place})", *index[rank:]])
        block.line(f"if ({place} >= 0 && {place} < {out.shape[0]})")
        block.line(f"    {own} = {rows.at(index)};")


def _taken_back(block: Block, out: CValue, g: CValue, numbers: CValue, wanted: CValue, shape: Numbers) -> None:
    """Rows that are wanted, each added up of the gradients that have its number: the table itself takes no memory."""
    rank = len(wanted.shape)
    with block.over(out.shape) as index:
        block.line("real sum = 0.0;")
        with block.over(numbers.shape) as each, block.inside(f"if ({numbers.at(each)} == {wanted.at(index[:rank])})"):
            block.line(f"sum += {g.at([*each, *index[rank:]])};")
        block.line(f"{out.at(index)} = sum;")


def _counted(block: Block, out: CValue, count: int) -> None:
    with block.over(out.shape) as (index,):
        block.line(f"{out.at([index])} = {index};")


PAD = Written(_padded, strided=True)
PART_BACK = Written(_part_back, strided=True)
CONCAT = Written(_joined, strided=True)
STACK = Written(_stacked, strided=True)
TAKE = Written(_taken, strided=True)
TAKE_GRADIENT = Written(_brought_back, strided=True)
TAKEN_GRADIENT = Written(_taken_back, strided=True)
PUT_ROWS = Written(_put, strided=True)
RANGE = Written(_counted)
