"""Names and texts of a spec in a file of C: none of them means anything but itself there."""

import re
import unicodedata
from collections.abc import Iterable

from ....grammar.hidden import one_line
from ...ops.forms.c.block import COUNTERS

WORDS = tuple(
    """
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while _Bool _Complex
    _Imaginary alignas alignof and and_eq asm atomic bitand bitor bool catch char8_t char16_t char32_t class compl
    concept const_cast consteval constexpr constinit co_await co_return co_yield decltype delete dynamic_cast explicit
    export false friend mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public
    reinterpret_cast requires static_assert static_cast template this thread_local throw true try typeid typename typeof
    using virtual wchar_t xor xor_eq main real NULL linux unix arm i386 vax errno assert INFINITY NAN HUGE_VAL I EOF
    min max abs round F PI INPUT OUTPUT HIGH LOW DEFAULT memory whole
    """.split()  # noqa: SIM905  # a list of names
)
"""Words of C and C++, and of headers that stand before a file's own often enough."""

MATH = tuple(
    """
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma fmax
    fmin fmod frexp hypot ilogb ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint
    nextafter nexttoward pow remainder remquo rint round scalbln scalbn sin sinh sqrt tan tanh tgamma trunc
    """.split()  # noqa: SIM905  # a list of names
)
OTHERS = tuple(
    """
    fpclassify isfinite isinf isnan isnormal signbit isgreater isgreaterequal isless islessequal islessgreater
    isunordered gamma j0 j1 jn y0 y1 yn signgam float_t double_t div_t size_t index drem finite significand
    """.split()  # noqa: SIM905  # a list of names
)
"""What math.h has beside functions of reals, on one system or another."""

LOCAL = (
    *COUNTERS,
    *re.findall(
        r"\w+", "sum part weight best found total share room step d factor a b out uniform normal words result kept"
    ),
)
"""Names of variables that forms of operations have."""

RESERVED = (*WORDS, *MATH, *(f"{name}f" for name in MATH), *(f"{name}l" for name in MATH), *OTHERS, *LOCAL)


class Names:
    """Gives each path an identifier of its own, always the same one; none is a word of C or `reserved`."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = {*RESERVED, *reserved}
        self._known: dict[str, str] = {}
        self._numbers: dict[str, int] = {}

    def of(self, path: str) -> str:
        """The identifier of a path."""
        if path not in self._known:
            self._known[path] = self.another(path)
        return self._known[path]

    def another(self, wanted: str) -> str:
        """A new identifier that is like a text."""
        base = name = identifier(wanted)
        if name in self._taken:
            base = base.rstrip("_")
            name = f"{base}_"
        while name in self._taken:
            self._numbers[base] = self._numbers.get(base, 1) + 1
            name = f"{base}_{self._numbers[base]}"
        self._taken.add(name)
        return name

    def take(self, *names: str) -> None:
        """Gives these to nobody."""
        self._taken |= {*names}

    def copy(self) -> "Names":
        """The same names so far; what is given from now on is not shared."""
        made = Names()
        made._taken, made._known, made._numbers = {*self._taken}, {**self._known}, {**self._numbers}
        return made


def identifier(path: str) -> str:
    """A path as C reads names, in ASCII alone: `tail[1].dense.W` becomes `tail_1_dense_W`, other letters their number,
    `오차` `u_c624_cc28`."""
    text = unicodedata.normalize("NFKC", path).replace("]", "")
    made: list[str] = []
    foreign = False
    for each in text:
        if each.isascii():
            made.append(each if each.isalnum() or each == "_" else "_")
        else:
            made.append(f"_{ord(each):04x}" if foreign else f"u_{ord(each):04x}")
        foreign = not each.isascii()
    name = "".join(made).rstrip("_")
    return (
        name if name[:1].isalpha() else f"n{name if name[:1] == '_' else f'_{name}'}"
    )  # names with _ are the system's


def comment(text: str) -> str:
    """A text as it may stand between the signs of a comment: it can't end it, begin another, or go beyond its line."""
    safe = one_line(text).replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?").replace("\\", "/").strip()
    return f"{safe} " if safe.endswith(("*", "/")) else safe


def quoted(text: str) -> str:
    """A text as a string of C, its bytes those of UTF-8."""
    made: list[str] = []
    for byte in text.encode("utf-8", "surrogatepass"):
        plain = 32 <= byte < 127 and chr(byte) not in '"\\?'
        made.append(chr(byte) if plain else f"\\{byte:03o}")
    return f'"{"".join(made)}"'
