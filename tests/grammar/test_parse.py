"""What is read from texts: by examples, and for any text that follows the grammar or nearly does."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.expression_text import expression_text
from chainrule.grammar.lalr import machine
from chainrule.grammar.limits import Limits
from chainrule.grammar.parse import decode, parse, parse_expression
from chainrule.grammar.render import render, to_json
from chainrule.grammar.source import Source, Span
from chainrule.grammar.spec_error import SpecError
from chainrule.grammar.syntax import (
    Block,
    Broken,
    Chain,
    Comment,
    Expect,
    Grouped,
    Index,
    Infix,
    Input,
    Module,
    Name,
    Negative,
    Node,
    Number,
    Output,
    Param,
    Repeat,
    Section,
    Text,
    Use,
)
from chainrule.grammar.write import write

# --- helpers ----------------------------------------------------------------------------------------------------


def read(text: str) -> Module:
    module, faults = parse(Source("a.graph", text))
    assert not faults, [render(fault) for fault in faults]
    return module


def faults_of(text: str) -> list[tuple[int, int, str]]:
    """Line, column and code of each fault."""
    _, faults = parse(Source("a.graph", text))
    return [(*place(fault), fault.code) for fault in faults]


def place(fault: Diagnostic) -> tuple[int, int]:
    assert isinstance(fault.where, Span)
    return fault.where.line, fault.where.column


def bare(value: Any) -> Any:
    """A syntax value without its positions, and without parentheses about a name where no index follows them."""
    if isinstance(value, Index) and isinstance(value.operand, Grouped):
        return ("Index", "Grouped", value.operand.name, bare(value.places))
    if isinstance(value, Grouped):
        return ("Name", value.name)
    if hasattr(value, "__match_args__"):
        left_out = ("start", "stop", "source") if getattr(value, "like", None) else ("start", "stop", "source", "like")
        kept = [name for name in value.__match_args__ if name not in left_out]
        return (type(value).__name__, *(bare(getattr(value, name)) for name in kept))
    return tuple(map(bare, value)) if isinstance(value, tuple) else value


def value_of(text: str) -> Any:
    return bare(parse_expression(Source("--set", text)))


# --- statements -------------------------------------------------------------------------------------------------

APPLES = """chainrule 1 "Buying apples"             # optional
## price of one apple,
##in won
input price = 100
input count = 2
input tax   = 1.1
subtotal     = price * count            # the same node as mul(price, count)
output total = subtotal * tax
expect total == 220
expect d(total)/d(price) == 2.2 within 1e-3 after train
"""


def test_a_file() -> None:
    module = read(APPLES)
    assert module.header is not None
    assert (module.header.version, module.header.title) == (1, "Buying apples")
    assert [type(statement) for statement in module.statements] == [Input, Input, Input, Node, Output, Expect, Expect]
    assert module.statements[0].doc == ("price of one apple,", "in won")  # type: ignore[union-attr]  # no Broken here
    assert [(comment.text, comment.alone) for comment in module.comments] == [
        ("# optional", False),
        ("# the same node as mul(price, count)", False),
    ]
    claim = module.statements[-1]
    assert isinstance(claim, Expect)
    assert (claim.comparison, bare(claim.within), claim.after_train) == ("==", ("Number", 1e-3), True)


def test_spans_are_those_of_the_text() -> None:
    module = read(APPLES)
    texts = [module.source.text[s.start : s.stop] for s in module.statements]
    assert texts[0] == "input price = 100"
    assert texts[3] == "subtotal     = price * count"
    assert texts[6] == "expect d(total)/d(price) == 2.2 within 1e-3 after train"


def test_declarations() -> None:
    module = read("dim N, F\nconst sizes = [1, 2]\ninput t: int[N]\ninput k: int = 3\nparam W: [784, 2*N] = he()\n")
    assert bare(module.statements[2])[2] == ("TypeAnnotation", "int", (("Name", "N"),))
    assert bare(module.statements[3])[2:4] == (("TypeAnnotation", "int", None), ("Number", 3))
    weights = module.statements[4]
    assert isinstance(weights, Param)
    assert weights.type is not None
    assert bare(weights.type.sizes) == (("Number", 784), ("Infix", "*", ("Number", 2), ("Name", "N")))


def test_several_names() -> None:
    module = read("m, s = stats(x)\noutput y, loss\n")
    assert [tuple(name.name for name in s.names) for s in module.statements] == [("m", "s"), ("y", "loss")]  # type: ignore[union-attr]


def test_use() -> None:
    module = read('use "layers.graph" as L\nuse chainrule.layers\n')
    file, library = module.statements
    assert isinstance(file, Use)
    assert isinstance(library, Use)
    assert isinstance(file.path, Text)
    assert (file.path.value, file.alias and file.alias.name) == ("layers.graph", "L")
    assert isinstance(library.path, Name)
    assert library.path.name == "chainrule.layers"


def test_block() -> None:
    module = read("block d(x: [N, I], init = he) { param b: [I] = init() ; return x + b, b }\ny = 1")
    block = module.statements[0]
    assert isinstance(block, Block)
    assert [parameter.name.name for parameter in block.parameters] == ["x", "init"]
    assert [type(statement) for statement in block.body] == [Param]
    assert block.result is not None
    assert len(block.result.values) == 2


def test_sections() -> None:
    module = read("data digits { x = 1 ; t = 2 }\ntrain {\n  ## the loss\n  minimize = loss\n  data = digits }\n")
    data, train = module.statements
    assert isinstance(data, Section)
    assert isinstance(train, Section)
    assert (data.kind, data.name and data.name.name, train.kind, train.name) == ("data", "digits", "train", None)
    assert [entry.key.name for entry in train.entries] == ["minimize", "data"]
    assert train.entries[0].doc == ("the loss",)


def test_chains() -> None:
    module = read(
        "y = x -> dense(3) as fc1\n  # a comment\n  -> repeat n + 1 { relu -> L.drop\n -> f(2) } as tail -> relu"
    )
    chain = module.statements[0].value  # type: ignore[union-attr]  # a node
    assert isinstance(chain, Chain)
    assert [stage.name and stage.name.name for stage in chain.stages] == ["fc1", "tail", None]
    repeat = chain.stages[1].target
    assert isinstance(repeat, Repeat)
    assert bare(repeat.count) == ("Infix", "+", ("Name", "n"), ("Number", 1))
    assert len(repeat.stages) == 3


@pytest.mark.parametrize(
    "word", [*sorted(machine().vocabulary.keywords), "as", "within", "after", "repeat", "int", "real"]
)
def test_keywords_are_names_too(word: str) -> None:
    text = """WORD = 3
WORD, b = f(WORD, WORD = 1)
output WORD
y = WORD + WORD(WORD) -> WORD
block WORD(WORD) { WORD = 1; return WORD }
train { WORD = WORD }
z = x -> f as WORD
expect WORD == WORD
expect (WORD) == -WORD within WORD
"""
    module = read(text.replace("WORD", word))
    assert not [statement for statement in module.statements if isinstance(statement, Broken)]
    assert len(module.statements) == 9


def test_return_needs_no_space() -> None:
    block = read("block d(x) { return(x) }").statements[0]
    assert isinstance(block, Block)
    assert block.result is not None


def test_layout_of_statements() -> None:
    module = read("\ufeff"[1:] + "a = 1;b = add(\n1,\n# why\n2\n) ;; c = [1,\r\n2]\r\n\r\n;d = 4")
    assert [statement.names[0].name for statement in module.statements] == ["a", "b", "c", "d"]  # type: ignore[union-attr]


def test_a_doc_line_is_a_comment_where_no_statement_follows() -> None:
    module = read(
        "## header\nchainrule 1\nblock d(x) {\n ## y\n y = x\n ## result\n return y\n ## end\n}\na = 1 ## a\n## last"
    )
    assert [comment.text for comment in module.comments] == ["## header", "## result", "## end", "## a", "## last"]
    assert module.statements[0].body[0].doc == ("y",)  # type: ignore[union-attr]  # a block's node


def test_names_are_normalised() -> None:
    module = read("\u1112\u1161\u11ab = 1\ny = \ud55c + a[007].b")
    assert module.statements[0].names[0].name == "\ud55c"  # type: ignore[union-attr]
    assert bare(module.statements[1].value) == ("Infix", "+", ("Name", "\ud55c"), ("Name", "a[7].b"))  # type: ignore[union-attr]


# --- expressions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1 + 2 * 3", "1 + (2 * 3)"), ("1 - 2 - 3", "(1 - 2) - 3"), ("2 ** 3 ** 4", "2 ** (3 ** 4)"),
        ("-x ** 2", "-(x ** 2)"), ("2 ** -1", "2 ** (-1)"), ("a-b", "a - b"), ("a-relu(b)", "a - (relu(b))"),
        ("x + 1 -> relu", "(x + 1) -> relu"), ("-d(y)/d(x)", "(-d(y)) / d(x)"), ("a @ b / c", "(a @ b) / c"),
        ("softmax-loss(y)", "softmax-loss( y )"), ("--x", "-(-x)"), ("a - -b", "a - (-b)"), ("f(x=1)", "f(x = (1))"),
    ],
)  # fmt: skip
def test_what_binds_stronger(text: str, same: str) -> None:
    assert value_of(text) == value_of(same)


def test_a_hyphen_is_a_minus_elsewhere() -> None:
    assert value_of("softmax-loss (y)") == ("Infix", "-", ("Name", "softmax"), ("Call", ("Name", "loss"), ARGUMENT))
    assert value_of("my-loss(y)")[0] == "Infix"
    assert value_of("a-softmax-loss(y)")[3][1] == ("Name", "softmax-loss")


ARGUMENT = (("Argument", None, ("Name", "y")),)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2),
        ("2.", 2.0),
        (".5", 0.5),
        ("1e-3", 1e-3),
        ("1E+3", 1000.0),
        ("0" * 5000 + "7", None),
        ("5e-324", 5e-324),
    ],
)
def test_numbers(text: str, value: float | None) -> None:
    if value is None:
        return
    read_value = value_of(text)
    assert read_value == ("Number", value)
    assert type(read_value[1]) is type(value)


@pytest.mark.parametrize("text", ["1e999", "1" * 400, "1" * 5000, "1e-400", "9" * 309])
def test_numbers_out_of_range(text: str) -> None:
    assert faults_of(f"a = {text}\n") == [(1, 5, "G012")]


@pytest.mark.parametrize("text", ["", "1 2", "a = 3", "1\n2", "(1", "1)", "+1", "'a'", "\n", "# a", "1;2", "\0"])
def test_values_that_are_none(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_expression(Source("--set", text))
    assert all(isinstance(fault.where, Span) for fault in caught.value.diagnostics)


def test_deep_expressions() -> None:
    deep = 20_000
    for text in ("(" * deep + "1" + ")" * deep, "f(" * deep + "1" + ")" * deep, "-" * deep + "1", "2 ** " * deep + "1"):
        expression = parse_expression(Source("--set", text))
        assert isinstance(expression, Number) or len(expression_text(expression)) >= deep


# --- after a fault ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "version"),
    [("chainrule 2", "2"), ("chainrule 2.0", "2.0"), ("chainrule.5", ".5"), ('chainrule 3 "1"', "3")],
)
def test_another_version_is_shown_as_written(header: str, version: str) -> None:
    _, found = parse(Source("text.graph", f"{header}\na = 1\n"))
    assert [fault.message for fault in found] == [f"version {version} of the language is not known; this is version 1"]


def test_all_faults_of_a_file() -> None:
    text = "a = 1 +\nb = add(1, 2\nc = 3 $ 4\nd = d e\nblock f(x) { y = x }\nexpect\ng = 1e999\nh = 1"
    assert faults_of(text) == [
        (1, 8, "G030"), (2, 8, "G020"), (3, 7, "G031"), (4, 7, "G030"), (5, 7, "G040"), (6, 7, "G030"), (7, 5, "G012"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "names"),
    [
        ("a, b = 1 1", "value", ("a", "b")), ("input x: [", "value", ("x",)), ("dim N, F = 3", "value", ("N", "F")),
        ("output y = *", "value", ("y",)), ("y = x -> f( -> as c\n -> g as d", "value", ("y", "c", "d")),
        ("block d(3) { return 1 }", "block", ("d",)), ("data d [", "section", ("d",)),
        ("train d {}", "section", ("train",)),
        ("expect a b", "value", ()), ("a = add(1, 2\n", "value", ("a",)), ("3 = 4", "value", ()),
    ],
)  # fmt: skip
def test_a_broken_statement_defines_its_names(text: str, kind: str, names: tuple[str, ...]) -> None:
    module, faults = parse(Source("a.graph", f"before = 1\n{text}\nafterwards = 2\n"))
    assert len(faults) == 1
    before, broken, afterwards = module.statements
    assert bare(broken) == ("Broken", kind, names)
    assert (bare(before), bare(afterwards)) == tuple(map(bare, read("before = 1\nafterwards = 2").statements))


def test_inside_a_body_only_the_statement_is_broken() -> None:
    module, faults = parse(
        Source("a.graph", "block d(x) {\n  y = x x\n  z = y\n  return z\n}\ntrain { a = 1 1; b = 2 }")
    )
    block, section, broken = module.statements
    assert len(faults) == 2
    assert isinstance(block, Block)
    assert isinstance(section, Section)
    assert [type(statement) for statement in block.body] == [Broken, Node]
    assert [entry.key.name for entry in section.entries] == ["b"]
    assert bare(broken) == ("Broken", "section", ("train",))


def test_an_unclosed_block_ends_where_a_statement_of_files_stands() -> None:
    module, faults = parse(Source("a.graph", "block d(x) {\n  y = x\n\ninput z\nw = z"))
    assert [place(fault) for fault in faults] == [(1, 12)]
    assert [type(statement) for statement in module.statements] == [Broken, Input, Node]


def test_a_bracket_may_stand_open_for_lines() -> None:
    text = "y = add(1,\n   2 3,\n   c = 5)\nz = 1 1\n"
    assert faults_of(text) == [(2, 6, "G030"), (4, 7, "G030")]


def test_one_fault_a_statement() -> None:
    assert faults_of("a = 3 \u00d7 \u00d7 4 4\nb = 'x' 'y'\n") == [(1, 7, "G010"), (2, 5, "G031")]


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("a = " + "(" * 50 + "1" + ")" * 50, Limits(nesting=20), "G005"),
        ("a = 1" + " + 1" * 50, Limits(statement_tokens=20), "G005"),
        ("a = 1\n" * 50, Limits(tokens=20), "G005"),
        ("# a\n" * 50, Limits(comments=20), "G005"),
        (")\n" * 50, Limits(faults=20), "G006"),
        ("\0" * 50, Limits(faults=20), "G003"),
    ],
)
def test_budgets(text: str, limits: Limits, code: str) -> None:
    module, faults = parse(Source("a.graph", text), limits)
    assert faults[-1].code == code
    assert len(faults) <= 22
    assert len(module.statements) <= 22
    if code == "G005":
        assert "CHAINRULE_LIMITS=" in (faults[-1].hint or "")


def test_a_limit_that_is_reached_at_the_end_leaves_the_statements() -> None:
    pairs = "".join(
        f"{latin * n} = 1\n{latin.translate(TO_CYRILLIC) * n} = 2\n" for latin in "aceopx" for n in range(1, 9)
    )
    module, faults = parse(Source("a.graph", pairs), Limits(faults=20))
    assert faults[-1].code == "G006"
    assert len(module.statements) == 96


TO_CYRILLIC = str.maketrans("aceopx", "асеорх")


# --- any text ---------------------------------------------------------------------------------------------------

SPELLED = {
    "NAME": ["x", "y", "fc1", "사과", "Δ", "input", "as", "within", "data", "e5"],
    "PATH": ["fc1.W", "tail[1].dense.W", "a[2]", "L.dense"],
    "NUMBER": ["0", "2", "2.", ".5", "1e-3", "1.5E+2"],
    "TEXT": ['"a"', '""', '"# ; ->"'],
    "OPERATION": ["softmax-loss", "log-softmax"],
    "KIND": ["int", "real"],
    "COMPARISON": ["==", "<", "<=", ">", ">="],
    "DOC": ["## about this\n", "##\n", "##a\n\n"],
    "NEWLINE": ["\n", "\n\n", " ; ", " # why\n", "\n# alone\n", "\r\n"],
}
"""How terminals of the grammar may stand in a text; literals stand as they are."""

SHORTEST = [
    "NEWLINE", "RPAR", "RSQB", "RBRACE", "NUMBER", "NAME", "EQUAL", "COMPARISON", "LBRACE", "LPAR", "TRAIN",
    "KIND", "TEXT",
]  # fmt: skip
"""What leads to the end of a statement, from whatever state."""


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A text that follows the grammar: a walk through the parser's states."""
    lark = machine().begin("module")
    literals = {name: word for word, name in (machine().vocabulary.keywords | machine().vocabulary.signs).items()}
    literals |= {"AS": "as", "LIKE": "like", "WITHIN": "within", "AFTER": "after", "REPEAT": "repeat"}
    budget = draw(st.integers(0, 80))
    parts: list[str] = []
    free = 0  # open brackets in which newlines mean nothing
    opened: list[bool] = []
    previous = head = ""
    while True:
        possible = sorted(lark_accepts(lark, previous))
        if "$END" in possible and (len(parts) >= budget or draw(st.integers(0, 9)) == 0):
            return "".join(parts)
        choices = possible if len(parts) < budget else [next(t for t in SHORTEST if t in possible)]
        kind = draw(st.sampled_from([choice for choice in choices if choice != "$END"]))
        feed(lark, kind)
        head = kind if previous in ("", "NEWLINE", "DOC") or (previous == "LBRACE" and not opened[-1]) else head
        if kind == "LBRACE":
            opened.append(head not in ("BLOCK", "DATA", "TRAIN") or bool(opened))
        elif kind in ("LPAR", "LSQB"):
            opened.append(True)
        elif kind in ("RPAR", "RSQB", "RBRACE"):
            opened.pop()
        free = bool(opened) and opened[-1]
        word = draw(st.sampled_from(SPELLED.get(kind) or [literals.get(kind, "==")]))
        word = "1" if previous == "CHAINRULE" else word
        parts.append(word)
        if kind not in ("OPERATION", "DOC"):
            parts.append(draw(st.sampled_from([" ", "  ", "\n ", " # in\n"])) if free and kind != "REPEAT" else " ")
        previous = kind


def lark_accepts(lark: Any, previous: str) -> set[str]:
    """The terminals that can come next, as the scanner gives them."""
    found = set()
    for terminal in lark.parse_conf.states[lark.position]:
        if terminal == "$END" or terminal.isupper():
            found.add(terminal)
    found = {terminal for terminal in found if taken(lark, terminal)}
    if previous == "REPEAT":  # what the scanner takes for a number of copies
        found &= {"NUMBER", "NAME", "PATH", "LPAR"}
    return found


def taken(lark: Any, terminal: str) -> bool:
    """Whether the parser can shift a terminal from where it stands."""
    states, rows = list(lark.state_stack), lark.parse_conf.states
    while True:
        action = rows[states[-1]].get(terminal)
        if action is None:
            return False
        if str(action[0]) == "Shift":
            return True
        rule = action[1]
        del states[len(states) - len(rule.expansion) :]
        if rule.origin.name == "module":
            return True
        states.append(rows[states[-1]][rule.origin.name][1])


def feed(lark: Any, terminal: str) -> None:
    states, rows = lark.state_stack, lark.parse_conf.states
    while True:
        action, argument = rows[states[-1]][terminal]
        if str(action) == "Shift":
            states.append(argument)
            return
        del states[len(states) - len(argument.expansion) :]
        states.append(rows[states[-1]][argument.origin.name][1])


STRUCTURE = {"G040", "G041"}
"""Faults of texts that follow the grammar: where a block returns."""


@settings(max_examples=150)
@given(texts())
@example("expect a == b -> c within 1 after train\n")
def test_what_follows_the_grammar_is_read_and_written_back(text: str) -> None:
    module, faults = parse(Source("a.graph", text))
    assert {fault.code for fault in faults} <= STRUCTURE, text
    assert not any(isinstance(statement, Broken) for statement in module.statements)
    written = write(module)
    again, _ = parse(Source("a.graph", written))
    assert bare(again.header) == bare(module.header)
    assert bare(again.statements) == bare(module.statements), written
    assert texts_of(again.comments) == texts_of(module.comments), written
    assert write(again) == written


def texts_of(comments: tuple[Comment, ...]) -> list[str]:
    return [comment.text for comment in comments]


@settings(max_examples=150)
@given(texts())
def test_expressions_are_written_back(text: str) -> None:
    module, _ = parse(Source("a.graph", text))
    for expression in expressions(module):
        assert bare(parse_expression(Source("e", expression_text(expression)))) == bare(expression)


def expressions(module: Module) -> Iterator[Any]:
    """The values of nodes, and both sides of claims."""
    for statement in module.statements:
        if isinstance(statement, Node):
            yield statement.value
        elif isinstance(statement, Expect):
            yield from (statement.left, statement.right)


@st.composite
def nearly(draw: st.DrawFn) -> str:
    """A text that follows the grammar, some of it cut out, doubled or replaced."""
    text = draw(texts())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = draw(st.integers(start, min(len(text), start + 12)))
        middle = draw(
            st.sampled_from(
                ["", text[start:stop] * 2, *"()[]{};,=+-*#\n\"'^$.>:", "->", "\r", "\0", "as", "²", "1e999"]
            )
        )
        text = text[:start] + middle + text[stop:]
    return text


@settings(max_examples=300)
@given(nearly() | st.text(max_size=60))
@example("block d(x) { return x } y = 3")
@example("train { a = 1 }}")
@example("x = (1\n{")
def test_any_text_gets_an_answer(text: str) -> None:
    module, faults = parse(Source("a.graph", text))
    for fault in faults:
        assert isinstance(fault.where, Span)
        assert 0 <= fault.where.start <= fault.where.stop <= len(text)
        assert "can't stand here" not in fault.message, "a state without a message"
        assert "__" not in fault.message or "__" in text
        assert render(fault)
        assert to_json(fault)["line"] >= 1
    for statement in module.statements:
        assert 0 <= statement.start <= statement.stop <= len(text)
    assert bool(faults) >= any(isinstance(statement, Broken) for statement in module.statements)
    write(module)


@given(st.binary(max_size=40))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    try:
        parse(decode(data, "a.graph"))
    except SpecError as error:
        fault = error.diagnostics[0]
    else:
        return
    assert fault.code == "G002"


# --- shape of the result -----------------------------------------------------------------------------------------


def test_infix_is_made_of_its_operands() -> None:
    expression = parse_expression(Source("e", "(a + b) * -c"))
    assert isinstance(expression, Infix)
    assert (expression.start, expression.stop) == (0, 12)
    assert (expression.left.start, expression.left.stop) == (0, 7)
    assert isinstance(expression.right, Negative)
