"""What each rule of graph.lark makes: a syntax class, from the list of its children.

Children are tokens and what the rules below made of theirs. A list rule (`items`, `names`, ...) grows one Python list
in place, so that long lists stay linear.

Over 300 lines: an action for each rule of the grammar.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Literal, TypeAlias

from .scan import Token
from .syntax import (
    Argument,
    Block,
    Broken,
    Call,
    Chain,
    Const,
    Dim,
    Dots,
    Entry,
    Expect,
    Grouped,
    Header,
    Index,
    Infix,
    Input,
    List,
    Name,
    Negative,
    Next,
    Node,
    Number,
    Output,
    Param,
    Parameter,
    Range,
    Repeat,
    Return,
    Section,
    Stage,
    State,
    Statement,
    Text,
    TypeAnnotation,
    Use,
)
from .tables import Production

Children: TypeAlias = list[Any]
Action: TypeAlias = Callable[[Children], Any]


def name(token: Token) -> Name:
    return Name(token.text, token.start, token.stop)


def after(children: Children, kind: str) -> Any:
    """The child that follows the token of a type; None where there is no such token."""
    for index, child in enumerate(children):
        if isinstance(child, Token) and child.type == kind:
            return children[index + 1]
    return None


# --- expressions ------------------------------------------------------------------------------------------------


def number(c: Children) -> Number:
    word, start, stop = c[0].text, c[0].start, c[0].stop
    return Number(int(word) if word.isdecimal() else float(word), start, stop)


def text(c: Children) -> Text:
    token = c[0]
    return Text(token.text[1:-1], token.start, token.stop)


def infix(c: Children) -> Infix:
    left, sign, right = c
    return Infix(sign.text, left, right, left.start, right.stop)


def negative(c: Children) -> Negative:
    return Negative(c[1], c[0].start, c[1].stop)


def parentheses(c: Children) -> Any:
    """The expression inside, its span that of the parentheses."""
    inside, start, stop = c[1], c[0].start, c[2].stop
    if type(inside) is Name:
        return Grouped(inside.name, start, stop)
    if isinstance(inside, Index):
        return inside._replace(start=start, stop=stop)
    return inside._replace(start=start, stop=stop)


def call(c: Children) -> Call:
    function = name(c[0])
    return Call(function, tuple(c[2]) if len(c) == 4 else (), function.start, c[-1].stop)


def shared(c: Children) -> Call:
    """A call, or in a chain the name of one, that shares the params of another."""
    called = c[0] if isinstance(c[0], Call) else Call(c[0], (), c[0].start, c[0].stop)
    return called._replace(like=name(c[2]), stop=c[2].stop)


def argument(c: Children) -> Argument:
    if len(c) == 1:
        return Argument(None, c[0], c[0].start, c[0].stop)
    return Argument(name(c[0]), c[2], c[0].start, c[2].stop)


def literal(c: Children) -> List:
    return List(tuple(c[1]), c[0].start, c[2].stop)


def dots(c: Children) -> Dots:
    return Dots(c[0].start, c[0].stop)


def index(c: Children) -> Index | Name:
    """An index; a single whole number after a name makes a path, as the scanner does where no space is between."""
    operand, _, places, closer = c
    first = places[0]
    if type(operand) is Name and len(places) == 1 and type(first) is Number and isinstance(first.value, int):
        return Name(f"{operand.name}[{first.value}]", operand.start, closer.stop)
    return Index(operand, tuple(places), operand.start, closer.stop)


def between_colons(c: Children) -> Range:
    """The parts of a range, which may be left out."""
    parts: Children = [None]
    for child in c:
        if isinstance(child, Token):
            parts.append(None)
        else:
            parts[-1] = child
    begin, end, step = (*parts, None)[:3]
    return Range(begin, end, step, c[0].start, c[-1].stop)


def chain(c: Children) -> list[Any]:
    """First value, stage, stage, ...: a list until `expression` closes it."""
    if not isinstance(c[0], list):
        return [c[0], c[2]]
    return grow(c)


def expression(c: Children) -> Chain:
    first, *stages = c[0]
    return Chain(first, tuple(stages), first.start, stages[-1].stop)


def stage(c: Children) -> Stage:
    return Stage(c[0], name(c[2]) if len(c) == 3 else None, c[0].start, c[-1].stop)


def repeat(c: Children) -> Repeat:
    return Repeat(c[1], tuple(c[3]), c[0].start, c[4].stop)


# --- statements -------------------------------------------------------------------------------------------------


def statement(c: Children) -> Any:
    """The declaration before NEWLINE, with its doc lines."""
    if len(c) < 3:
        return c[0]
    docs, declared = c[0], c[1]
    return declared._replace(doc=tuple(token.text[2:].strip() for token in docs))


def entry(c: Children) -> Entry:
    documented = len(c) == 5
    key, value = c[documented], c[documented + 2]
    doc = tuple(token.text[2:].strip() for token in c[0]) if documented else ()
    return Entry(name(key), value, doc, key.start, value.stop)


def header(c: Children) -> Header:
    version = int(c[1].text) if c[1].text.isdecimal() else 0
    title = c[2].text[1:-1] if len(c) == 4 else None
    return Header(version, title, c[0].start, c[-2].stop)


def module(c: Children) -> tuple[Header | None, list[Statement]]:
    """Header and statements; the parser makes the Module, which knows its source."""
    first = c[0] if c and isinstance(c[0], Header) else None
    return first, c[-1] if c and isinstance(c[-1], list) else []


def dim(c: Children) -> Dim:
    return Dim(tuple(c[1]), (), c[0].start, c[1][-1].stop)


def const(c: Children) -> Const:
    return Const(name(c[1]), c[3], (), c[0].start, c[3].stop)


def graph_input(c: Children) -> Input:
    return Input(name(c[1]), after(c, "COLON"), after(c, "EQUAL"), (), c[0].start, c[-1].stop)


def param(c: Children) -> Param:
    return Param(name(c[1]), after(c, "COLON"), c[-1], (), c[0].start, c[-1].stop)


def state(c: Children) -> State:
    return State(name(c[1]), after(c, "COLON"), c[-1], (), c[0].start, c[-1].stop)


def following(c: Children) -> Next:
    return Next(name(c[1]), c[3], (), c[0].start, c[3].stop)


def node(c: Children) -> Node:
    names = tuple(c[0])
    return Node(names, c[2], (), names[0].start, c[2].stop)


def output(c: Children) -> Output:
    if len(c) == 2:
        return Output(tuple(c[1]), None, (), c[0].start, c[1][-1].stop)
    return Output((name(c[1]),), c[3], (), c[0].start, c[3].stop)


def use(c: Children) -> Use:
    path = Text(c[1].text[1:-1], c[1].start, c[1].stop) if c[1].type == "TEXT" else name(c[1])
    return Use(path, name(c[3]) if len(c) == 4 else None, (), c[0].start, c[-1].stop)


def expect(c: Children) -> Expect:
    trained = isinstance(c[-1], Token)
    return Expect(c[1], c[2].text, c[3], after(c, "WITHIN"), trained, (), c[0].start, c[-1].stop)


def block(c: Children) -> Block:
    """A block; a second `return` stays in the body as broken."""
    parameters = c[3] if c[3] and isinstance(c[3], list) else []
    members = c[-2] if isinstance(c[-2], list) else []
    returns = [member for member in members if isinstance(member, Return)]
    result = returns[0] if returns else None
    body = [
        Broken("value", (), member.start, member.stop) if isinstance(member, Return) else member
        for member in members
        if member is not result
    ]
    return Block(name(c[1]), tuple(parameters), tuple(body), result, (), c[0].start, c[-1].stop)


def parameter(c: Children) -> Parameter:
    return Parameter(name(c[0]), after(c, "COLON"), after(c, "EQUAL"), c[0].start, c[-1].stop)


def give(c: Children) -> Return:
    return Return(tuple(c[1]), c[0].start, c[1][-1].stop)


def section(c: Children) -> Section:
    entries = c[-2] if isinstance(c[-2], list) else []
    named = name(c[1]) if c[0].type == "DATA" else None
    return Section("data" if named else "train", named, tuple(entries), (), c[0].start, c[-1].stop)


def kind_of_value(c: Children) -> TypeAnnotation:
    kind: Literal["real", "int"] = "int" if c[0].text == "int" else "real"
    sizes = tuple(c[-2]) if len(c) > 1 else None
    return TypeAnnotation(kind, sizes, c[0].start, c[-1].stop)


# --- lists, and the table ---------------------------------------------------------------------------------------


def begin(c: Children) -> list[Any]:
    return c


def grow(c: Children) -> list[Any]:
    c[0].append(c[-1])
    return c[0]  # type: ignore[no-any-return]


def begin_names(c: Children) -> list[Name]:
    return [name(c[0])]


def grow_names(c: Children) -> list[Name]:
    c[0].append(name(c[-1]))
    return c[0]  # type: ignore[no-any-return]


LISTS = {"items", "elements", "places", "arguments", "parameters", "stages"}
ACTIONS: dict[str, Action] = {
    "number": number, "text": text, "name": lambda c: name(c[0]), "call": call, "shared": shared, "shared_name": shared,
    "argument": argument, "list": literal,
    "dots": dots, "index": index, "range": between_colons,
    "chain": chain, "expression": expression, "stage": stage, "repeat": repeat,
    "value": itemgetter(0), "module": module, "header": header, "statement": statement, "member": statement,
    "entry": entry, "dim": dim, "const": const, "input": graph_input, "param": param, "state": state,
    "next": following, "node": node, "output": output, "use": use, "expect": expect, "block": block,
    "parameter": parameter, "return": give, "data": section,
    "train": section, "type": kind_of_value,
}  # fmt: skip


def action(rule: Production) -> Action:
    """What a rule of the grammar makes."""
    first = rule.symbols[:1]
    if rule.name in LISTS or rule.name.startswith("__"):
        return grow if first == (rule.name,) else begin
    if rule.name == "names":
        return grow_names if first == ("names",) else begin_names
    if rule.name in ACTIONS:
        return ACTIONS[rule.name]
    if first == ("LPAR",):
        return parentheses
    return negative if first == ("MINUS",) else infix
