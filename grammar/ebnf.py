"""The text of docs/grammar.md: the grammar as EBNF, made from graph.lark."""

import re
from collections.abc import Iterator
from pathlib import Path

INTRODUCTION = """# The grammar

Made from [graph.lark](../grammar/graph.lark), from which the parser's tables are made too. The notation is the EBNF of
the W3C, which tools for railroad diagrams read: `?` is at most once, `*` any number of times, `+` at least once.

Below the rules:

- `NEWLINE` is the end of a line or `;`. Inside `( )`, `[ ]` and the braces of `repeat` a line goes on, and so it does
  before a line that starts with `->`. Before `}` and at the end of the file there is always one.
- `#` starts a comment up to the end of its line. `##` where a statement may start is a `DOC`.
- Every keyword is soft. At the start of a statement it is one unless `=` or `,` follows; `as`, `like`, `within` and
  `after` are ones after an operand, `repeat` where a stage may stand, `int` and `real` after a colon outside of `[ ]`.
- A `PATH` that ends in `[0]` is an index where it is no copy of a `repeat` or a scan, which only the names can tell; a
  space before the `[` makes no difference.

```ebnf
"""

WORDS = {
    "NAME": "( XID_Start | '_' ) ( XID_Continue | [₀-₉] )*",
    "PATH": "NAME ( '.' NAME | '[' [0-9]+ ']' )+",
}
"""Terminals that the scanner holds to more than their pattern says."""


def page() -> str:
    """The text of docs/grammar.md."""
    return f"{INTRODUCTION}{ebnf(Path(__file__).with_name('graph.lark').read_text(encoding='utf-8'))}```\n"


def ebnf(grammar: str) -> str:
    """A grammar of lark's as EBNF: rules of the form `a: b | a c` become repetitions."""
    lines = []
    for line in grammar.splitlines():
        rule = re.match(r"([A-Za-z_]+): (.*)", line)
        if rule is not None:
            lines.append(f"{rule[1]} ::= {_right_side(rule[1], rule[2].split(' //')[0].strip())}")
        elif line.startswith("// ---"):
            lines.append(f"/* {line.strip('/- ')} */")
        elif not line.startswith("//"):
            lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"


def _right_side(name: str, text: str) -> str:
    if name in WORDS:
        return WORDS[name]
    if name == "OPERATION":
        return " | ".join(f"'{each}'" for each in re.findall(r"[a-z]+(?:-[a-z]+)+", text))
    if text.startswith("/"):
        return " | ".join(_pattern(part) for part in _alternatives(text.strip("/"), quoted=False))
    alternatives = _alternatives(text)
    repeated = [each.split(" ", 1)[1] for each in alternatives if each.split(" ")[0] == name]
    if not repeated:
        return text
    first = " | ".join(each for each in alternatives if each.split(" ")[0] != name)
    rest = f"( {' | '.join(repeated)} )*"
    return f"( {first} ) {rest}" if " | " in first else f"{first} {rest}"


def _alternatives(text: str, *, quoted: bool = True) -> list[str]:
    """The parts between those `|` that stand in no brackets and no quotes."""
    parts, depth, inside = [""], 0, False
    for character in text:
        inside ^= quoted and character == '"'
        depth += (character in "([") - (character in ")]") if not inside else 0
        if character == "|" and not depth and not inside:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _pattern(pattern: str) -> str:
    """A regular expression of the grammar as EBNF: literal text in quotes, classes as they are."""
    return re.sub(r" (?=[?*+])", "", " ".join(_pieces(pattern)))


def _pieces(pattern: str) -> Iterator[str]:
    for piece in re.findall(r"\(\?:|\\n|\\\.|\[(?:\\.|[^\]])*\]|[()?*+|]|[^\[\\()?*+|]+", pattern):
        if piece == "(?:":
            yield "("
        elif piece == r"\n":
            yield "#xA"
        elif piece.startswith("[") or piece in "()?*+|":
            yield piece.replace(r"\n", "#xA")
        else:
            yield "'" + piece.removeprefix("\\") + "'"
