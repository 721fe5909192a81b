"""One mistake in a file's syntax tree."""

import ast
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
"""What stands in the place of an operator."""


class Mutant(NamedTuple):
    """A file's text with one mistake, where it is, and what was there and is there now.

    `function` is the innermost function that it is in, as `name_of` has it; empty where it is in none.
    """

    text: str
    line: int
    column: int
    change: str
    function: str


def places(tree: ast.AST) -> list[ast.AST]:
    """Where a mistake can be put in, in the order of the text; not into texts, types or imports."""
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        for part in ("annotation", "returns")
        if isinstance(outer := getattr(node, part, None), ast.AST)
        for inner in ast.walk(outer)
    }
    return [node for node in ast.walk(tree) if id(node) not in skipped and _can_change(node)]


def checks(tree: ast.AST) -> set[int]:
    """Those of the places, by number, at which no mistake changes what a right program does: in an `assert`, in the
    `strict` of `zip`, and in `if TYPE_CHECKING`."""
    within: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Assert() | ast.keyword(arg="strict"):
                within |= {id(each) for each in ast.walk(node)}
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                within.add(id(node))
    return {number for number, node in enumerate(places(tree)) if id(node) in within}


def named_places(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The places, by number, at which a mistake matters, each with a name that stays while others come and go: what it
    is within, its text, and which of those of the same text it is."""
    owners = dict(_owners(tree, ""))
    left_out = checks(tree)
    seen: Counter[str] = Counter()
    for number, node in enumerate(places(tree)):
        name = f"{owners[id(node)]} {_first_line(node)}"
        seen[name] += 1
        if number not in left_out:
            yield f"{name} {seen[name]}", number


def _owners(tree: ast.AST, within: str) -> Iterator[tuple[int, str]]:
    """By the identity of each node the functions and classes that it is within."""
    for node in ast.iter_child_nodes(tree):
        yield id(node), within
        yield from _owners(
            node, f"{within}.{node.name}" if isinstance(node, ast.FunctionDef | ast.ClassDef) else within
        )


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0]


def _can_change(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float, bool)
    if isinstance(node, ast.BinOp):
        return type(node.op) in SWAPPED
    if isinstance(node, ast.Compare):
        return len(node.ops) == 1 and type(node.ops[0]) in SWAPPED
    return isinstance(node, ast.BoolOp | ast.If | ast.IfExp) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub)
    )


def mutant(text: str, place: int) -> Mutant:
    """A file with the mistake that fits one of its places."""
    tree = ast.parse(text)
    node = places(tree)[place]
    function = dict(_functions(tree, "", ""))[id(node)]
    before = _first_line(node)
    line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    changed = _changed(node)
    after = _first_line(changed)
    made = ast.unparse(ast.fix_missing_locations(_Replaced(node, changed).visit(tree)))
    return Mutant(made + "\n", line, column, f"{before}  ->  {after}", function)


def name_of(qualified: str) -> str:
    """A function by the names of what it is in; all lambdas of one place have one name, and so have comprehensions."""
    return ".".join(part for part in qualified.split(".") if part == LAMBDA or not part.startswith("<"))


LAMBDA = "<lambda>"


def _functions(tree: ast.AST, within: str, function: str) -> Iterator[tuple[int, str]]:
    """By the identity of each node the function that runs it; decorators and defaults are run outside of theirs."""
    name = f"{within}.{LAMBDA if isinstance(tree, ast.Lambda) else getattr(tree, 'name', '')}".removeprefix(".")
    for field, value in ast.iter_fields(tree):
        parts = (within, function)
        if field == "body" and isinstance(tree, ast.FunctionDef | ast.Lambda):
            parts = (name, name)
        elif field == "body" and isinstance(tree, ast.ClassDef):
            parts = (name, function)
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST):
                yield id(node), parts[1]
                yield from _functions(node, *parts)


def _changed(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.Constant):
        return ast.Constant(not node.value if isinstance(node.value, bool) else node.value + 1)  # type: ignore[operator]  # a number
    if isinstance(node, ast.BinOp):
        return ast.BinOp(node.left, SWAPPED[type(node.op)](), node.right)  # type: ignore[arg-type]  # an operator of its kind
    if isinstance(node, ast.Compare):
        return ast.Compare(node.left, [SWAPPED[type(node.ops[0])]()], node.comparators)  # type: ignore[list-item]  # the same
    if isinstance(node, ast.BoolOp):
        return ast.BoolOp(SWAPPED[type(node.op)](), node.values)  # type: ignore[arg-type]  # the same
    if isinstance(node, ast.If):
        return ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    if isinstance(node, ast.IfExp):
        return ast.IfExp(node.test, node.orelse, node.body)
    assert isinstance(node, ast.UnaryOp)
    return node.operand


class _Replaced(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)
