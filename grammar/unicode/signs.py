"""Signs of other keyboards and of mathematics that can't stand in a spec, and what to write for them."""

import unicodedata

SIGNS_MEANT = {
    "\u00d7": "multiply with `*`",
    "\u00b7": "multiply with `*`",
    "\u22c5": "multiply with `*`",
    "\u2219": "multiply with `*`",
    "\u2297": "multiply with `*`",
    "\u2299": "multiply element by element with `*`",
    "\u00f7": "divide with `/`",
    "\u2215": "divide with `/`",
    "\u2044": "divide with `/`",
    "\u2212": "subtract with `-`",
    "\u2013": "subtract with `-`",
    "\u2014": "subtract with `-`",
    "\u2010": "subtract with `-`",
    "\u2011": "subtract with `-`",
    "\u2217": "multiply with `*`",
    "\u2192": "a chain is written `->`",
    "\u21d2": "a chain is written `->`",
    "\u2190": "write `=`",
    "\u2254": "write `=`",
    "\u2264": "write `<=`",
    "\u2265": "write `>=`",
    "\u2260": "there is no such comparison; claims have == < <= > >=",
    "\u2248": "a claim with a tolerance is `expect a == b within 1e-3`",
    "\u2261": "write `==`",
    "\u00b2": "a square is written `** 2`",
    "\u00b3": "a cube is written `** 3`",
    "\u2202": "a derivative is written `d(y)/d(x)`, in `expect` alone",
    "\u2207": "a derivative is written `d(y)/d(x)`, in `expect` alone",
    "\u2211": "write `sum(x)`",
    "\u221a": "write `sqrt(x)`",
    "\u22a4": "write `transpose(x)`",
    "\u2026": "what goes on over several lines stands in ( ) or [ ]",
    "\u201c": 'a text stands between two `"`',
    "\u201d": 'a text stands between two `"`',
    "\u201e": 'a text stands between two `"`',
    "\u00ab": 'a text stands between two `"`',
    "\u00bb": 'a text stands between two `"`',
    "\u2018": 'a text stands between two `"`',
    "\u2019": 'a text stands between two `"`',
    "\u300c": 'a text stands between two `"`',
    "\u300d": 'a text stands between two `"`',
    "\u00a0": "write a plain space",
    "\u3000": "write a plain space",
    "\u3001": "write `,`",
    "\u3002": "write `.`",
    "\u3010": "write `[`",
    "\u3011": "write `]`",
    **dict.fromkeys("₀₁₂₃₄₅₆₇₈₉", "a subscript goes on a name, as in `w₁`"),
}
"""What to write for a sign; for those of full width it is the sign itself."""


def sign_meant(character: str) -> str | None:
    """What to write for a sign that can't stand in a spec; None where it is not known."""
    plain = unicodedata.normalize("NFKC", character)
    if character in SIGNS_MEANT:
        return SIGNS_MEANT[character]
    return f"write `{plain}`" if len(plain) == 1 and plain.isascii() and plain.isprintable() else None


def without_signs(word: str) -> str:
    """A name without the signs that can't stand in one; the word itself where it is made of nothing else."""
    return "".join(c for c in word if not is_sign(c)) or word


def is_sign(character: str) -> bool:
    """Whether a character beyond ASCII is neither a letter nor a digit nor a mark on one."""
    return not character.isascii() and unicodedata.category(character)[0] not in "LNM"
