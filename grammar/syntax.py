"""What a spec says, as frozen values: the output of the parser, the input of the compiler.

Every class carries `start` and `stop`, offsets into `Module.source`. They are named tuples because these are
made by the hundred thousand: a frozen dataclass takes three times as long to make. An index and a range are such
dataclasses all the same: mypy compares named tuples by their structure, and with these two it took minutes.

Over 300 lines: a class for each form of the language.
"""

from typing import Literal, NamedTuple, TypeAlias

from .source import Source

# --- expressions ------------------------------------------------------------------------------------------------


class Number(NamedTuple):
    """`2`, `2.`, `.5`, `1e-3`; an int where the text has neither point nor exponent."""

    value: int | float
    start: int
    stop: int


class Text(NamedTuple):
    """`"..."`, without its quotes."""

    value: str
    start: int
    stop: int


class Name(NamedTuple):
    """A name or a path (`x`, `fc1.W`, `tail[1].dense.W`), normalised to NFC."""

    name: str
    start: int
    stop: int


class Grouped(Name):
    """A name in parentheses: the same as without, but where an index follows (`(tail)[0]`, `tail[1]`)."""

    __slots__ = ()


class Dots(NamedTuple):
    """`...` in a list, a type or an index: the axes that are left."""

    start: int
    stop: int


class Argument(NamedTuple):
    """An argument of a call; `keyword` is None for a positional one."""

    keyword: Name | None
    value: "Expression"
    start: int
    stop: int


class Call(NamedTuple):
    """`relu(x)`, `L.dense(x, 10)`, `softmax-loss(y, t)`; a hyphen in an operation's name is kept.

    `like` is the call whose params this one shares: `net(x) like a`.
    """

    function: Name
    arguments: tuple[Argument, ...]
    start: int
    stop: int
    like: Name | None = None


class Infix(NamedTuple):
    """`left symbol right`, symbol one of `+ - * / @ **`."""

    symbol: str
    left: "Expression"
    right: "Expression"
    start: int
    stop: int


class Negative(NamedTuple):
    """Unary minus."""

    operand: "Expression"
    start: int
    stop: int


class List(NamedTuple):
    """`[1, 2, 3]`, nested for tensors; `[a, b]`; a shape, `[N, ..., 64]`."""

    items: tuple["Expression", ...]
    start: int
    stop: int


class Range(NamedTuple):
    """`begin:end:step` in an index, None where nothing stands."""

    begin: "Expression | None"
    end: "Expression | None"
    step: "Expression | None"
    start: int
    stop: int


class Index(NamedTuple):
    """`x[:, 0]`, `(tail)[0]`, `f(x)[-1]`; a single whole number after a name, `x[0]`, is a path and a Name."""

    operand: "Expression"
    places: tuple["Expression | Range", ...]
    start: int
    stop: int


class Stage(NamedTuple):
    """One stage of a chain: what the value goes into, and the name given with `as`."""

    target: "Call | Name | Repeat"
    name: Name | None
    start: int
    stop: int


class Repeat(NamedTuple):
    """`repeat count { stages }`."""

    count: "Expression"  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    stages: tuple[Stage, ...]
    start: int
    stop: int


class Chain(NamedTuple):
    """`first -> stage -> stage`."""

    first: "Expression"
    stages: tuple[Stage, ...]
    start: int
    stop: int


Expression: TypeAlias = Number | Text | Name | Call | Infix | Negative | List | Index | Chain | Dots

# --- statements -------------------------------------------------------------------------------------------------


class TypeAnnotation(NamedTuple):
    """`[N, 784]`, `int[N]`, `int`, `real`; `sizes` is None for a bare kind, which is a scalar."""

    kind: Literal["real", "int"]
    sizes: tuple[Expression, ...] | None
    start: int
    stop: int


class Header(NamedTuple):
    """`chainrule 1 "Title"`."""

    version: int
    title: str | None
    start: int
    stop: int


class Dim(NamedTuple):
    """`dim N, F`."""

    names: tuple[Name, ...]
    doc: tuple[str, ...]
    start: int
    stop: int


class Const(NamedTuple):
    """`const hidden = 100`."""

    name: Name
    value: Expression
    doc: tuple[str, ...]
    start: int
    stop: int


class Input(NamedTuple):
    """`input x: [N, 784]`, `input price = 100`."""

    name: Name
    type: TypeAnnotation | None
    default: Expression | None
    doc: tuple[str, ...]
    start: int
    stop: int


class Param(NamedTuple):
    """`param W: [784, hidden] = he()`."""

    name: Name
    type: TypeAnnotation | None
    value: Expression
    doc: tuple[str, ...]
    start: int
    stop: int


class State(NamedTuple):
    """`state seen: [C] = zeros()`."""

    name: Name
    type: TypeAnnotation | None
    value: Expression
    doc: tuple[str, ...]
    start: int
    stop: int


class Next(NamedTuple):
    """`next seen = 0.9 * seen + 0.1 * m`; `name` is that of a state."""

    name: Name
    value: Expression
    doc: tuple[str, ...]
    start: int
    stop: int


class Node(NamedTuple):
    """`h = relu(x)`, `m, s = stats(x)`."""

    names: tuple[Name, ...]
    value: Expression
    doc: tuple[str, ...]
    start: int
    stop: int


class Output(NamedTuple):
    """`output y = sigmoid(h)` (one name, a value) or `output y, loss` (names defined elsewhere, value None)."""

    names: tuple[Name, ...]
    value: Expression | None
    doc: tuple[str, ...]
    start: int
    stop: int


class Parameter(NamedTuple):
    """A parameter of a block: its name, the pattern of its type, its default."""

    name: Name
    type: TypeAnnotation | None
    default: Expression | None
    start: int
    stop: int


class Return(NamedTuple):
    """`return m, s`."""

    values: tuple[Expression, ...]
    start: int
    stop: int


class Block(NamedTuple):
    """`block dense(x: [N, I], units) { ... return y }`; `result` is None only where the text had a fault."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: tuple["Statement", ...]
    result: Return | None
    doc: tuple[str, ...]
    start: int
    stop: int


class Use(NamedTuple):
    """`use "layers.graph" as L`, `use chainrule.layers`; `path` is a Text for a file, a Name for the library."""

    path: Text | Name
    alias: Name | None
    doc: tuple[str, ...]
    start: int
    stop: int


class Entry(NamedTuple):
    """`key = expression` in a section."""

    key: Name
    value: Expression
    doc: tuple[str, ...]
    start: int
    stop: int


class Section(NamedTuple):
    """`data digits { ... }` or `train { ... }` (name None)."""

    kind: Literal["data", "train"]
    name: Name | None
    entries: tuple[Entry, ...]
    doc: tuple[str, ...]
    start: int
    stop: int


class Expect(NamedTuple):
    """`expect left comparison right [within tolerance] [after train]`."""

    left: Expression
    comparison: Literal["==", "<", "<=", ">", ">="]
    right: Expression
    within: Expression | None
    after_train: bool
    doc: tuple[str, ...]
    start: int
    stop: int


class Broken(NamedTuple):
    """A statement that did not parse: the names that it would have defined, so that their users stay quiet.

    `kind` tells the namespace: `value` (nodes, inputs, ...), `block`, or `section`.
    """

    kind: Literal["value", "block", "section"]
    names: tuple[str, ...]
    start: int
    stop: int


Statement: TypeAlias = (
    Dim | Const | Input | Param | State | Next | Node | Output | Block | Use | Section | Expect | Broken
)


class Comment(NamedTuple):
    """`# ...` up to the end of its line; `alone` when nothing stands before it there."""

    text: str
    alone: bool
    start: int
    stop: int


class Module(NamedTuple):
    """A parsed file."""

    source: Source
    header: Header | None
    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...]
