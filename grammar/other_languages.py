"""Habits from other languages, and how it is written here."""

from typing import NamedTuple


class Message(NamedTuple):
    """What is wrong, and what to write instead; `{found}` and `{before}` are the words at the fault and before it."""

    problem: str
    hint: str | None = None


NAMES = "a name is made of letters, digits and `_`"
PARAM = "a value that training changes is `param W: [3, 2] = he()`"
OVER_LINES = "inside ( ) and [ ] an expression goes on over several lines"

COMMENT_MEANT = Message("this is no comment", "a comment starts with `#`, and a doc line with `##`")

SIGNS = {
    "^": Message("`^` is no operator here", "a power is written `**`: `x ** 2`"),
    ":=": Message("`:=` is not how a name is given", "write `=`"),
    "!=": Message("there is no `!=`", "claims compare with == < <= > >="),
    "//": Message("`//` is neither an operator nor a comment", "a comment starts with `#`; a quotient is written `/`"),
    "/*": Message("there is no `/*`", "a comment starts with `#`, on each of its lines"),
    "&&": Message("there is no `&&`", "two claims are two `expect` lines"),
    "||": Message("there is no `||`"),
    "&": Message("there is no `&`"),
    "|": Message("there is no `|`", "a chain is written `->`"),
    "+=": Message("a name is given once, so there is no `+=`", "give the sum a name of its own: `b = a + 1`"),
    "-=": Message("a name is given once, so there is no `-=`", "give the difference a name of its own"),
    "*=": Message("a name is given once, so there is no `*=`", "give the product a name of its own"),
    "/=": Message("a name is given once, so there is no `/=`", "give the quotient a name of its own"),
    "=>": Message("there is no `=>`", "a chain is written `->`; a comparison `>=`"),
    "%": Message("there is no remainder `%`", "a comment starts with `#`"),
    "!": Message("there is no `!`"),
    "~": Message("there is no `~`"),
    "?": Message("there is no `?`"),
    "$": Message("there is no `$`", NAMES),
    "\\": Message("a line does not go on after `\\`", OVER_LINES),
    "`": Message("a backquote means nothing here", 'a text stands between two `"`'),
    "'": Message("a text stands between two `\"`, not `'`"),
    ".": Message("a `.` stands only inside a number or a path such as `fc1.W`", "write a path without spaces"),
}

LOOPS = "a chain makes copies, `x -> repeat 3 { dense(32) }`; `scan(x, cell, h0, axis = 1)` goes along an axis"

WORDS = {
    "import": Message("there is no `import`", 'blocks of another file are taken in by `use "layers.graph"`'),
    "from": Message("there is no `from`", 'blocks of another file are taken in by `use "layers.graph"`'),
    "include": Message("there is no `include`", 'blocks of another file are taken in by `use "layers.graph"`'),
    "def": Message("there is no `def`", "a reusable piece is `block name(x) { ... return y }`"),
    "function": Message("there is no `function`", "a reusable piece is `block name(x) { ... return y }`"),
    "class": Message("there is no `class`", "a reusable piece is `block name(x) { ... return y }`"),
    "layer": Message("there is no `layer`", "a reusable piece is `block name(x) { ... return y }`"),
    "parameter": Message("there is no `parameter`", PARAM),
    "weight": Message("there is no `weight`", PARAM),
    "weights": Message("there is no `weights`", PARAM),
    "variable": Message("there is no `variable`", PARAM),
    "constant": Message("there is no `constant`", "a number with a name is `const width = 100`"),
    "placeholder": Message("there is no `placeholder`", "write `input x: [N, 784]`"),
    "let": Message("there is no `let`", "write `name = expression`"),
    "var": Message("there is no `var`", "write `name = expression`"),
    "node": Message("there is no `node`", "write `name = expression`"),
    "for": Message("there is no `for`", LOOPS),
    "while": Message("there is no `while`", LOOPS),
    "if": Message("there is no `if`"),
    "assert": Message("there is no `assert`", "a claim is written `expect total == 220`"),
    "print": Message("there is no `print`", "what `run` shows is marked `output`"),
}


def habit(terminal: str, found: str, first: str) -> Message | None:
    """What to say about another language's sign, or first word of a statement; None if it is neither."""
    if terminal == "BAD":
        return SIGNS.get(found[:1] if found.startswith("'") else found)
    return WORDS.get(first) if terminal not in ("NEWLINE", "EQUAL") else None
