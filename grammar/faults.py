"""What can be wrong with the text of a spec, codes G001 to G099."""

from .diagnostic import Fault

# --- the file ---------------------------------------------------------------------------------------------------

UNREADABLE = Fault(
    "G001", "error", "this file can't be read: {reason}",
    cause="The operating system did not give the file.",
    example="",
    fix="Check the path and the permissions.",
)  # fmt: skip
NOT_UTF8 = Fault(
    "G002", "error", "this is not UTF-8: {reason}",
    cause="A spec is UTF-8 text, so that it means the same on every machine.",
    example="",
    fix="Save the file as UTF-8.",
)  # fmt: skip
HIDDEN_CHARACTER = Fault(
    "G003", "error", "{character} may not stand in a spec",
    cause="Controls that can't be seen make a text read otherwise than it runs.",
    example='a = 1 + 2 # \u202e\n',
    fix="Delete the character.",
)  # fmt: skip
LONE_RETURN = Fault(
    "G004", "error", "a carriage return without a line feed",
    cause="Lines end with LF or CR LF; editors do not agree on a lone CR, so line numbers would not either.",
    example="a = 1\rb = 2\n",
    fix="Save the file with line ends of one kind, LF or CR LF.",
)  # fmt: skip
OVER_BUDGET = Fault(
    "G005", "error", "more than {limit} {what}: the limit `{name}`",
    cause="A text that is far larger than any spec is refused before it fills the memory.",
    example="",
    fix="Set the environment variable CHAINRULE_LIMITS, or pass `Limits` to `parse`, if it is meant.",
    title="the text is over a limit",
)  # fmt: skip
FURTHER_FAULTS = Fault(
    "G006", "error", "more than {limit} faults; the rest of the file is not read",
    cause="After so many faults more of them rarely help.",
    example="",
    fix="Mend the first faults, then check again.",
)  # fmt: skip

# --- words ------------------------------------------------------------------------------------------------------

STRAY_CHARACTER = Fault(
    "G010", "error", "{character} means nothing here",
    cause="The language has no such sign.",
    example="a = 3 \u00a7 4\n",
    fix="Operators are + - * / @ ** and ->.",
)  # fmt: skip
UNCLOSED_TEXT = Fault(
    "G011", "error", 'this text has no closing `"` on its line',
    cause='A text stands between `"` and `"` on one line.',
    example='chainrule 1 "Apples\na = 1\n',
    fix='Write the closing `"`.',
)  # fmt: skip
NUMBER_RANGE = Fault(
    "G012", "error", "{number} is outside the range of numbers",
    cause="Numbers are IEEE doubles: at most 1.8e308, and the smallest above zero is 5e-324.",
    example="a = 1e999\n",
    fix="Write a number of that range.",
)  # fmt: skip
NAME_CHARACTER = Fault(
    "G013", "error", "{character} can't stand in a name",
    cause="Names are letters, digits, subscripts and `_` (Unicode's XID_Start, then XID_Continue and `₀` to `₉`).",
    example="x\u00b2 = 3\n",
    fix="Use letters, digits and `_`.",
)  # fmt: skip
MIXED_SCRIPTS = Fault(
    "G014", "error", "the name `{name}` mixes letters of {scripts}",
    cause="Letters of different scripts can look the same, so a name keeps to one. Latin may stand with Hangul, with "
    "Han and Kana, or with Han and Bopomofo, and Greek letters that look like no Latin one with all of these.",
    example="pri\u0441e = 100\n",
    fix="Write the name in one script, or spell the letter out: `alpha_x`.",
)  # fmt: skip
LOOK_ALIKE = Fault(
    "G015", "error", "`{name}` and `{other}` differ only in characters that look alike",
    cause="Two names that a reader can't tell apart hide mistakes.",
    example="a = 1\n\u0430 = 2\n",
    fix="Rename one of them.",
)  # fmt: skip

# --- brackets and lines -----------------------------------------------------------------------------------------

UNCLOSED = Fault(
    "G020", "error", "this `{symbol}` is never closed",
    cause="A bracket that opens must close before the next statement.",
    example="a = add(1, 2\nb = 3\n",
    fix="Write the closing bracket.",
)  # fmt: skip
NOT_OPENED = Fault(
    "G021", "error", "this `{symbol}` closes nothing",
    cause="A closing bracket needs an opening one of its kind.",
    example="a = (1 + 2))\n",
    fix="Delete it, or open the bracket.",
)  # fmt: skip
WRONG_CLOSER = Fault(
    "G022", "error", "this `{symbol}` can't close `{opener}`",
    cause="Brackets close in the reverse of the order in which they opened, each with its own kind.",
    example="a = add(1, [2, 3)\n",
    fix="Close the inner bracket first.",
)  # fmt: skip
SEMICOLON = Fault(
    "G023", "error", "`;` ends a statement and can't stand inside brackets",
    cause="Inside ( ), [ ] and the braces of `repeat` a statement goes on.",
    example="a = add(1; 2)\n",
    fix="Separate arguments with `,`.",
)  # fmt: skip

# --- statements -------------------------------------------------------------------------------------------------

SYNTAX = Fault(
    "G030", "error", "{problem}",
    cause="The statement is not written as the language wants it.",
    example="a = \n",
    fix="The hint says what can stand there.",
    title="this can't stand here",
)  # fmt: skip
FOREIGN = Fault(
    "G031", "error", "{problem}",
    cause="This is another language's way to write it.",
    example="a = 3 ^ 2\n",
    fix="The hint says how it is written here.",
    title="this is another language's way to write it",
)  # fmt: skip
NO_RETURN = Fault(
    "G040", "error", "the block `{name}` returns nothing",
    cause="A call of a block stands for what it returns.",
    example="block d(x) { y = x + 1 }\n",
    fix="End the block with `return`.",
)  # fmt: skip
RETURN_NOT_LAST = Fault(
    "G041", "error", "nothing may follow `return` in a block",
    cause="A block has one `return`, and it is last.",
    example="block d(x) {\n  return y\n  y = x + 1\n}\n",
    fix="Move `return` to the end of the block.",
)  # fmt: skip
VERSION = Fault(
    "G042", "error", "version {version} of the language is not known; this is version 1",
    cause="The spec asks for a language that this program doesn't know.",
    example="chainrule 2\na = 1\n",
    fix="Write `chainrule 1`, or use a newer program.",
)  # fmt: skip

FAULTS = (
    UNREADABLE, NOT_UTF8, HIDDEN_CHARACTER, LONE_RETURN, OVER_BUDGET, FURTHER_FAULTS,
    STRAY_CHARACTER, UNCLOSED_TEXT, NUMBER_RANGE, NAME_CHARACTER, MIXED_SCRIPTS, LOOK_ALIKE,
    UNCLOSED, NOT_OPENED, WRONG_CLOSER, SEMICOLON,
    SYNTAX, FOREIGN, NO_RETURN, RETURN_NOT_LAST, VERSION,
)  # fmt: skip
