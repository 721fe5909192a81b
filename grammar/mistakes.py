"""What is said about text that does not parse: malformed examples -> messages.

Every state in which the parser can stop belongs to one situation; the examples say which. A situation has a message for
the signs that people often write there, and one for all others.

Over 300 lines: a table.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from .other_languages import NAMES, OVER_LINES, Message


class Situation(NamedTuple):
    """Where the parser stood: texts whose first fault is there, and what is said about it."""

    examples: tuple[str, ...]
    otherwise: Message
    at: Mapping[str, Message] = MappingProxyType({})  # by terminal
    start: str = "module"

    @property
    def texts(self) -> list[str]:
        """The examples, those with VALUE once for each kind of value: they end in states of their own."""
        values = {example: VALUES if "VALUE" in example else ("",) for example in self.examples}
        return [example.replace("VALUE", value) for example in self.examples for value in values[example]]


VALUES = ("b", "3", "-b", "b + c", "b -> c", "b()")
VALUE = "a value is a number, a name, a call, a list `[1, 2]` or an expression in parentheses"
KEYS = "a section holds lines `key = value`"
SIZES = "a type is `int`, `real`, or sizes such as `[N, 784]` and `int[N]`"
STATEMENT = "a statement is `name = expression`, or begins with a keyword such as `input`, `param` or `output`"
SEPARATORS = "`*` multiplies, `,` separates, a newline or `;` ends a statement"
BLOCK_HOLDS = "a block holds `const`, `param`, `state`, `next`, nodes and one `return`, last"
INDEX = "an index holds numbers, ranges such as `1:3` and `:`, or `...`, separated by `,`"
STAGE = "a stage is a name or a call, `x -> relu -> dense(10)`, or `repeat 3 { ... }`"

NO_PLUS = Message("there is no unary `+`", "leave it out")
EMPTY_LIST = Message("a list needs an element")
END_EXPECTED = Message("the statement should end before {found}", "a newline or `;` ends a statement")
NEXT_ARGUMENT = Message("`,` or `)` must stand before {found}", "arguments are separated by `,`")
NO_DOTS = Message("a name that is given has no dots: {found}", NAMES)

# --- situations -------------------------------------------------------------------------------------------------

# Signs that mean the same wherever they stand wrongly; a situation's own message comes first.
ANYWHERE = {
    "COMPARISON": Message(
        "`{found_text}` compares: that stands only in `expect`",
        "a claim is written `expect a > b`; 1 or 0 as a value is `less(a, b)` or `equal(a, b)`",
    ),
    "LIKE": Message("`like` stands only after a call", "write `b = net(y) like a`, or `b = y -> net like a`"),
    "AS": Message("`as` names a stage of a chain", "write `x -> relu as name`, or `name = relu(x)`"),
    "WITHIN": Message("`within` stands only in an `expect` line, after its comparison"),
    "AFTER": Message("`after train` stands only in an `expect` line, after its comparison"),
    "LBRACE": Message("this `{` opens nothing", "braces hold a block, a section or stages, `repeat 3 { ... }`"),
    "REPEAT": Message("`repeat` stands only in a chain, after `->`", "write `x -> repeat 3 { dense(32) -> relu }`"),
}  # fmt: skip

SITUATIONS = (
    # statements
    Situation(
        ("3", "chainrule 1\n3", 'chainrule 1 "a"\n3', "a = 1\n3", "## a\n3", "## a\n## b\n3", "## a\nb = 1\n3"),
        Message("a statement can't begin with {found}", STATEMENT),
        {
            "ARROW": Message("there is no statement above that this `->` could go on with"),
            **dict.fromkeys(
                ("PLUS", "MINUS", "STAR", "SLASH", "AT", "POWER"),
                Message("a line can't begin with {found}: the statement above has ended", OVER_LINES),
            ),
            "PATH": NO_DOTS,
            "RETURN": Message("`return` stands only in a block"),
            "TEXT": Message("a text is no statement", "a doc line begins with `##`, a comment with `#`"),
            "CHAINRULE": Message("`chainrule` stands only in the first line of a file, and once"),
            "EQUAL": Message("a name must stand before `=`"),
            "$END": Message("a statement must follow this doc line"),
        },
    ),
    Situation(
        ("block 3", "const 3", "data 3", "dim 3", "input 3", "output 3", "param 3", "state 3", "next 3", "a, 3"),
        Message("a name must follow `{before}`", NAMES),
        {"PATH": NO_DOTS, "LBRACE": Message("a name must follow `{before}`", NAMES)},
    ),
    Situation(
        (
            'use "a" as 3',
            "use a.b as 3",
            "use a as 3",
            "a = x -> relu as 3",
            "a = x -> relu() as 3",
            "a = x -> net like b as 3",
            "a = x -> net() like b as 3",
            "a = x -> repeat 2 { relu } as 3",
        ),
        Message("a name must follow `as`", NAMES),
        {"PATH": NO_DOTS},
    ),
    Situation(
        ("a = b() like 3", "a = b -> c like 3", "a = b -> c() like 3"),
        Message("the name of a call must follow `like`", "write `second = y -> net like first`"),
    ),
    Situation(
        ("a 3", "a, b 3"),
        Message("`=` is missing after `{before}`", "a node is `name = expression`"),
        {
            "NEWLINE": Message("`{before}` alone is no statement", "a node is `name = expression`"),
            "COLON": Message("a node has no type; only inputs, params and what a block takes have one"),
            "LPAR": Message("this value needs a name", "write `name = {before}(...)`"),
            "COMPARISON": Message("a claim begins with `expect`", "write `expect {before} {found_text} ...`"),
            "LBRACE": Message("`{before}` is no section", "sections are `data digits { ... }` and `train { ... }`"),
            "ARROW": Message("the value of a chain needs a name", "write `name = {before} -> ...`"),
            "LSQB": Message("an index makes a value, which needs a name", "write `name = {before}[...]`"),
            **dict.fromkeys(
                ("PLUS", "MINUS", "STAR", "SLASH", "AT", "POWER"),
                Message("this value needs a name", "write `name = {before} {found_text} ...`"),
            ),
        },
    ),
    Situation(
        ("a, b\n",),
        Message("`=` and a value must follow `{before}`", "a node is `name = expression`"),
    ),
    Situation(
        (
            "a = VALUE, c",
            "const a = VALUE, c",
            "param a = VALUE, c",
            "param a: int = VALUE, c",
            "state a = VALUE, c",
            "state a: int = VALUE, c",
            "next a = VALUE, c",
            "output a = VALUE, c",
            "input a = VALUE, c",
            "input a: int = VALUE, c",
            "train { a = VALUE, c }",
            "train {\n## d\na = VALUE, c }",
        ),
        END_EXPECTED,
        {"COMMA": Message("a name has one value", "several values are a list: `[1, 2]`")},
    ),
    Situation(
        (
            "block a() { } 3",
            "block a() { b = 1 } 3",
            "block a(b) { } 3",
            "block a(b) { c = 1 } 3",
            "train { } 3",
            "train { a = 1 } 3",
            "data a { } 3",
            "data a { b = 1 } 3",
        ),
        END_EXPECTED,
    ),
    # values
    Situation(
        ("a = 1 * *", "a = 1 / *", "a = 1 @ *", "a = 1 + *", "a = 1 - *", "a = 1 ** *", "a = - *"),
        Message("`{before}` needs a value on its right", VALUE),
        {"NEWLINE": Message("`{before}` needs a value on its right", OVER_LINES), "PLUS": NO_PLUS},
    ),
    Situation(
        (
            "a = *",
            "const a = *",
            "param a = *",
            "param a: int = *",
            "state a = *",
            "state a: int = *",
            "next a = *",
            "input a = *",
            "input a: int = *",
            "output a = *",
            "train { a = * }",
            "train {\n## b\na = * }",
            "a = b(c = *)",
            "block a(b = *)",
            "block a(b: int = *)",
        ),
        Message("a value must follow `=`", VALUE),
        {"PLUS": NO_PLUS, "EQUAL": Message("`==` compares, and comparisons stand only in `expect`", "write one `=`")},
    ),
    Situation(("a = (*)",), Message("a value must follow `(`", VALUE), {"PLUS": NO_PLUS}),
    Situation(
        ("a = b(*)", "a = b.c(*)", "a = softmax-loss(*)"),
        Message("an argument or `)` must follow `(`", VALUE),
        {"PLUS": NO_PLUS},
    ),
    Situation(
        ("a = b(c, *)",),
        Message("an argument must follow `,`", VALUE),
        {"PLUS": NO_PLUS, "RPAR": Message("an argument must follow `,`", "the last argument has no `,` after it")},
    ),
    Situation(
        ("a = [*]",),
        Message("a value must follow `[`", VALUE),
        {"PLUS": NO_PLUS, "RSQB": EMPTY_LIST},
    ),
    Situation(
        ("a = [b, *]",),
        Message("an element must follow `,`", VALUE),
        {"PLUS": NO_PLUS, "RSQB": Message("an element must follow `,`", "the last element has no `,` after it")},
    ),
    Situation(("*",), Message("a value can't begin with {found}", VALUE), {"PLUS": NO_PLUS}, start="value"),
    Situation(
        ("VALUE, b", "a\n3"),
        Message("the value should end before {found}", "several values are a list: `[1, 2]`"),
        start="value",
    ),
    Situation(
        (
            "a = b 3",
            "a = 3 3",
            'a = "b" 3',
            "a = b.c 3",
            "a = b() 3",
            "a = b(c) 3",
            "a = b.c() 3",
            "a = b.c(d) 3",
            "a = softmax-loss() 3",
            "a = softmax-loss(b) 3",
            "a = [b] 3",
            "a = b[:] 3",
            "a = (b) 3",
            "a = b() like c 3",
            "a = b() like c.d 3",
            "a = b -> c like d.e 3",
            "a = b(c 3)",
            "a = b(c[0] as d)",
            "a = b -> c as d 3",
            "a = b -> c() as d 3",
            "a = b -> c like d as e 3",
            "a = b -> c() like d as e 3",
            "a = b -> repeat 2 { c } as d 3",
            "a = b -> repeat 2 { c } 3",
        ),
        Message("an operator is missing before {found}", SEPARATORS),
        {
            "EQUAL": Message(
                "an expression holds no `=`",
                "a comparison is `==`, in `expect` lines; a new statement needs a new line or `;`",
            ),
            "COLON": Message("a type stands only after the name of an input, a param or what a block takes"),
            "KIND": Message("a type stands only after the name of an input, a param or what a block takes"),
            "LSQB": Message(
                "an index stands after a name, a call, a list or `)`, not after `{before}`",
                "an element of what a chain gives is `(x -> f)[0]`",
            ),
            "LPAR": Message("only a name is called", "`*` multiplies"),
        },
    ),
    Situation(
        (
            "a = 1 + b as c",
            "a = 1 + b() as c",
            "a = 1 - b as c",
            "a = 1 - b() as c",
            "a = 1 * b as c",
            "a = 1 * b() as c",
            "a = 1 / b as c",
            "a = 1 / b() as c",
            "a = 1 @ b as c",
            "a = 1 @ b() as c",
            "a = 1 ** b as c",
            "a = 1 ** b() as c",
            "a = -b as c",
            "a = -b() as c",
            "a = b\n  -> c }",
            "a = b -> c -> d }",
        ),
        Message("an operator is missing before {found}"),
    ),
    Situation(("a = (VALUE, c)",), Message("`)` must stand before {found}", "a list is written `[1, 2]`")),
    Situation(
        (
            "a = b(3 == c)",
            "a = b(-c == d)",
            "a = b(c() == d)",
            "a = b(c + d == e)",
            "a = b(c -> d == e)",
            "a = b(c = VALUE == d)",
            "block a(b = VALUE == c)",
            "block a(b: int = VALUE == c)",
        ),
        NEXT_ARGUMENT,
    ),
    Situation(
        ("a = [VALUE == c]", "a = [b, VALUE == d]", "a = [... == b]"),
        Message("`,` or `]` must stand before {found}"),
    ),
    # indices
    Situation(
        ("a = b[*]", "a = b[c, *]", "a = b[:, *]"),
        Message("{found} can't stand in an index", INDEX),
        {
            "PLUS": NO_PLUS,
            "RSQB": Message("an index needs a number or a range", "`x[0]` is the first element, `x[:]` are all"),
        },
    ),
    Situation(
        (
            "a = b[:*]",
            "a = b[::*]",
            "a = b[:c:*]",
            "a = b[c:*]",
            "a = b[c::*]",
            "a = b[c:d:*]",
        ),
        Message("{found} can't stand in a range", INDEX),
        {"PLUS": NO_PLUS, "COLON": Message("a range has two `:` at most", "`start:end:step`")},
    ),
    Situation(
        (
            "a = b[VALUE == c]",
            "a = b[:, VALUE == c]",
            "a = b[:VALUE == c]",
            "a = b[::VALUE == c]",
            "a = b[:c:VALUE == d]",
            "a = b[c:VALUE == d]",
            "a = b[c::VALUE == d]",
            "a = b[c:d:VALUE == e]",
        ),
        Message("`,` or `]` must stand before {found}", INDEX),
        {"COLON": Message("a range has two `:` at most", "`start:end:step`")},
    ),
    # chains
    Situation(
        ("a = b -> 3", "a = b -> c -> 3", "a = b -> repeat 2 { 3 }", "a = b -> repeat 2 { c -> 3 }"),
        Message("{found} is no stage of a chain", STAGE),
        {
            "NEWLINE": Message("a stage must follow `->`", "a chain goes on with a line that starts with `->`"),
            "RPAR": Message("a stage must follow `->`", STAGE),
            "RBRACE": Message("a stage must follow `{before}`", STAGE),
            "ARROW": Message("a stage must stand between two `->`", STAGE),
        },
    ),
    Situation(
        ("a = b -> c + 1", "a = b -> c() + 1", "a = b -> c like d + 1", "a = b -> c() like d + 1"),
        Message("{found} can't follow a stage: `->` binds weakest", "put the chain in parentheses: `(x -> relu) + 1`"),
        {"LSQB": Message("a stage takes no index: `->` binds weakest", "put the chain in parentheses: `(x -> f)[0]`")},
    ),
    Situation(
        (
            "a = b -> repeat n, { c }",
            "a = b -> repeat 2, { c }",
            "a = b -> repeat n(), { c }",
            "a = b -> repeat n * 2, { c }",
            "a = b -> repeat n + 1, { c }",
        ),
        Message("`{` must follow the number of copies", "write `repeat 3 { dense(32) -> relu }`"),
    ),
    Situation(
        ("a = b -> repeat 2 { c, d }", "a = b -> repeat 2 { c -> d, e }"),
        Message("`->` or `}` must stand before {found}", STAGE),
    ),
    # declarations
    Situation(
        ("chainrule x",),
        Message("the version must follow `chainrule`", 'the first line is `chainrule 1 "Title"`'),
    ),
    Situation(
        ("chainrule 1 x", 'chainrule 1 "a" x'),
        Message('only a title can follow the version, in `"`', None),
    ),
    Situation(
        ("use 3",),
        Message("a file or the library must follow `use`", 'write `use "layers.graph"` or `use chainrule.layers`'),
    ),
    Situation(
        ('use "a" b', "use a b", "use a.b c", 'use "a" as b c', "use a as b c", "use a.b as c d"),
        Message("only `as` and a name can follow here", 'write `use "layers.graph" as L`'),
    ),
    Situation(
        ("input a: 3", "param a: 3", "state a: 3", "block b(a: 3)"),
        Message("{found} is no type", SIZES),
    ),
    Situation(
        ("input a: [*]", "input a: int[*]"),
        Message("a size must stand between `[` and `]`", SIZES),
        {"RSQB": Message("a size must stand between `[` and `]`", "the type of a scalar is `real` or `int`")},
    ),
    Situation(
        ("input a: [b\n]c", "input a: int c", "input a: int[b] c", "input a: [b], c"),
        Message("`=` or the end of the statement must stand before {found}"),
    ),
    Situation(
        ("param a: [b]\n",),
        Message("a `param` needs its first value", "write `param W: [784, 10] = he()`"),
    ),
    Situation(
        ("param a b",),
        Message("`:` and a type, or `=` and a value, must follow `{before}`", "write `param W: [784, 10] = he()`"),
    ),
    Situation(
        ("state a: [b]\n",),
        Message("a `state` needs its first value", "write `state seen: [10] = zeros()`"),
    ),
    Situation(
        ("state a b",),
        Message("`:` and a type, or `=` and a value, must follow `{before}`", "write `state seen: [10] = zeros()`"),
    ),
    Situation(
        ("next a b",),
        Message("`=` and a value must follow `{before}`", "write `next seen = 0.9 * seen + 0.1 * m`"),
        {"COLON": Message("`next` has no type: it is that of the state", "write `next seen = 0.9 * seen + 0.1 * m`")},
    ),
    Situation(
        ("input a b",),
        Message("`:` and a type, or `=` and a default, can follow `{before}`", "write `input x: [N, 784]`"),
        {"COMMA": Message("an `input` line declares one input", "write a line for each")},
    ),
    Situation(("const a b",), Message("`=` and a value must follow `{before}`", "write `const hidden = 100`")),
    Situation(
        ("output a b",),
        Message("`=`, `,` or the end of the line must follow `{before}`", "write `output y, loss`"),
    ),
    Situation(
        ("output a, b = 3",),
        Message("an `output` line gives a value to one name", "write a line for each"),
    ),
    Situation(("dim N = 3",), Message("a `dim` has no value", "a number with a name is `const N = 3`")),
    # claims
    Situation(
        ("expect *",),
        Message("a claim must follow `expect`", "write `expect total == 220`"),
        {"PLUS": NO_PLUS},
    ),
    Situation(
        ("expect VALUE\n",),
        Message("a claim compares two values", "write `expect total == 220`, with == < <= > or >="),
    ),
    Situation(
        ("expect a == *",),
        Message("a value must follow `{before}`", VALUE),
        {"PLUS": NO_PLUS},
    ),
    Situation(
        ("expect a == VALUE == c",),
        Message("the claim should end before {found}", "after it only `within` and `after train` can follow"),
        {"COMPARISON": Message("a claim has one comparison", "two comparisons are two `expect` lines")},
    ),
    Situation(
        ("expect a == b within *",),
        Message("a distance must follow `within`", "write `within 1e-3`"),
        {"PLUS": NO_PLUS},
    ),
    Situation(
        ("expect a == b within VALUE, d",),
        Message("the claim should end before {found}", "a distance is one number"),
    ),
    Situation(
        ("expect a == b after b", "expect a == b within c after b"),
        Message("`train` must follow `after`"),
    ),
    Situation(
        ("expect a == b after train 3", "expect a == b within c after train 3"),
        Message("the claim should end before {found}", "`within` stands before `after train`"),
    ),
    # blocks
    Situation(
        ("block a b",),
        Message("`(` must follow the name of a block", "write `block dense(x, units) { ... }`"),
    ),
    Situation(
        ("block a(3)", "block a(b, 3)"),
        Message("a name must stand here: what the block takes", "write `block dense(x: [N, I], units, init = he)`"),
    ),
    Situation(("block a(b c)",), Message("`,` or `)` must stand before {found}", "names are separated by `,`")),
    Situation(
        ("block a() 3", "block a(b) 3"),
        Message("`{` must follow `)`, on the same line", BLOCK_HOLDS),
    ),
    Situation(
        (
            "block a() { 3 }",
            "block a(b) { 3 }",
            "block a() { b = 1; 3 }",
            "block a() { const b = 1; 3 }",
            "block a() { param b = 1; 3 }",
            "block a() { state b = 1; 3 }",
            "block a() { next b = 1; 3 }",
            "block a() { return b; 3 }",
            "block a() {\n## c\nb = 1; 3 }",
            "block a() {\n## c\nconst b = 1; 3 }",
            "block a() {\n## c\nparam b = 1; 3 }",
            "block a() {\n## c\nstate b = 1; 3 }",
            "block a() {\n## c\nnext b = 1; 3 }",
            "block a() {\n## c\ninput b\n}",
        ),
        Message("{found} can't begin a statement of a block", BLOCK_HOLDS),
        {
            "BLOCK": Message("a block can't stand inside a block", "write it beside this one; blocks call blocks"),
            "INPUT": Message("a block has no `input`", "what it takes stands in its parentheses: `block d(x)`"),
            "OUTPUT": Message("a block has no `output`", "what it gives follows `return`"),
            "DIM": Message("a block has no `dim`", "a name in the shape of what it takes is a size: `x: [N, I]`"),
            "ARROW": Message("there is no statement above that this `->` could go on with"),
        },
    ),
    Situation(("block a() { return * }",), Message("a value must follow `return`", VALUE), {"PLUS": NO_PLUS}),
    Situation(("block a() { return VALUE ]", "block a() { return b, VALUE ]"), END_EXPECTED),
    # sections
    Situation(
        ("train b",),
        Message("`{` must follow `train`, on the same line", KEYS),
        {"NAME": Message("`train` has no name: there is one in a file", "write `train { ... }`")},
    ),
    Situation(("data a b",), Message("`{` must follow `{before}`, on the same line", KEYS)),
    Situation(
        ("data a { 3 }", "train { 3 }", "train { a = 1; 3 }", "train {\n## b\na = 1; 3 }", "train {\n## b\ninput a\n}"),
        Message("{found} can't begin a line of a section", KEYS),
    ),
    Situation(
        ("train { a b }", "train {\n## b\na b }"),
        Message("`=` must follow `{before}`", KEYS),
        {"COLON": Message("`=` must follow `{before}`, not `:`", KEYS)},
    ),
)


def by_state(state_of: Callable[[str, str], int]) -> dict[int, Situation]:
    """The situation of each state; `state_of(text, start)` is where the parser stops."""
    return {state_of(example, situation.start): situation for situation in SITUATIONS for example in situation.texts}


def message(situation: Situation | None, terminal: str, found: str, before: str) -> Message:
    """What to say about `found`, a word of a terminal, after the word `before`."""
    if before == "repeat" and terminal in ("NUMBER", "NAME", "LBRACE"):
        chosen = ANYWHERE["REPEAT"]
    elif situation is None:
        chosen = ANYWHERE.get(terminal, UNKNOWN)
    else:
        chosen = situation.at.get(terminal) or ANYWHERE.get(terminal) or situation.otherwise
    facts = {"{found}": described(terminal, found), "{found_text}": found, "{before}": before}
    return Message(filled(chosen.problem, facts), chosen.hint and filled(chosen.hint, facts))


UNKNOWN = Message("{found} can't stand here", STATEMENT)


def described(terminal: str, found: str) -> str:
    """A word as a message names it."""
    if terminal == "NEWLINE":
        return "the end of the line"
    if terminal == "$END":
        return "the end of the file"
    return f"`{found}`" if len(found) <= 40 else f"`{found[:40]}...`"


def filled(text: str, facts: Mapping[str, str]) -> str:
    for key, fact in facts.items():
        text = text.replace(key, fact)
    return text
