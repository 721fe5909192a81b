"""What may be called in a section or as an initialiser: names, parameters, kinds, defaults, ranges.

The checker reads these records; the runtime carries them out. A test holds the two equal.

Over 300 lines: a record for each call, with all that is known of its arguments.
"""

import math
import re
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from ...grammar.source import Span

ArgumentKind = Literal["integer", "number", "numbers", "text", "texts", "boolean", "metric", "filling", "word"]
ArgumentValue: TypeAlias = int | float | str | bool | tuple[str, ...] | tuple[float, ...] | None

STATISTICS = ("mean", "median")
"""What a missing number may be filled with, by name."""

LARGEST = 2**63
"""Whole numbers are below it: what numpy can count."""


class Parameter(NamedTuple):
    """A parameter of a call.

    `texts` takes a text or a list of texts; `numbers` a number or a list of them, all within the range; `metric` a
    metric's name (`test.loss`); `filling` one of STATISTICS, a number, or a text, which stands in a tuple; `word` a
    bare name. A number must be at least `minimum`, more than `above`, at most `maximum`, less than `below`, a text or a
    word must match `pattern`, where these are given; `wanted` then says in words what is taken.
    """

    name: str
    kind: ArgumentKind
    default: ArgumentValue = None
    required: bool = False
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    below: float | None = None
    pattern: str | None = None
    wanted: str | None = None

    def allows(self, value: float) -> bool:
        """Whether a number is within the range."""
        return (
            (self.minimum is None or value >= self.minimum)
            and (self.above is None or value > self.above)
            and (self.maximum is None or value <= self.maximum)
            and (self.below is None or value < self.below)
        )

    def fits(self, text: str) -> bool:
        """Whether a text matches the pattern."""
        return self.pattern is None or re.fullmatch(self.pattern, text) is not None

    def takes(self, value: object) -> bool:
        """Whether a value is of the kind and in the range: what a checked call may have here."""
        if value is None:
            return self.default is None and not self.required
        match self.kind:
            case "text" | "metric" | "word":
                return type(value) is str and self.fits(value)
            case "texts":
                return all(type(each) is str for each in (value if type(value) is tuple else (value,)))
            case "numbers":
                return type(value) is tuple and len(value) > 0 and all(map(self._is_number, value))
            case "boolean":
                return type(value) is bool
            case "filling":
                text = type(value) is tuple and len(value) == 1 and type(value[0]) is str and value[0] != ""
                return text or value in STATISTICS or self._is_number(value)
            case "integer":
                return type(value) is int and abs(value) < LARGEST and self.allows(value)
        return self._is_number(value)

    def _is_number(self, value: object) -> bool:
        return type(value) is float and math.isfinite(value) and self.allows(value)


class Signature(NamedTuple):
    """A name that may be called, its parameters in order, and one sentence for users."""

    name: str
    parameters: tuple[Parameter, ...]
    doc: str

    def call(self, span: Span | None = None, **given: ArgumentValue) -> "Invocation":
        """A call with these arguments, checked elsewhere, and the defaults of all others."""
        return Invocation(self.name, {each.name: given.get(each.name, each.default) for each in self.parameters}, span)


class Invocation(NamedTuple):
    """A checked call: every parameter has its value, defaults filled in."""

    name: str
    arguments: Mapping[str, ArgumentValue]
    span: Span | None = None

    def number(self, name: str) -> float:
        """The value of a numeric argument."""
        value = self.arguments[name]
        if isinstance(value, int | float):
            return float(value)
        raise TypeError(f"{self.name}: {name} is not a number")

    def integer(self, name: str) -> int:
        """The value of an integer argument."""
        value = self.arguments[name]
        if isinstance(value, int):
            return value
        raise TypeError(f"{self.name}: {name} is not an integer")

    def numbers(self, name: str) -> tuple[float, ...]:
        """The value of an argument that is a list of numbers."""
        value = self.arguments[name]
        if isinstance(value, tuple):
            return tuple(float(each) for each in value)
        raise TypeError(f"{self.name}: {name} is no list")

    def texts(self, name: str) -> tuple[str, ...]:
        """The value of an argument that is a text or several; one alone makes one."""
        value = self.arguments[name]
        return tuple(map(str, value)) if isinstance(value, tuple) else (self.text(name),)

    def text(self, name: str) -> str:
        """The value of a text argument."""
        value = self.arguments[name]
        if isinstance(value, str):
            return value
        raise TypeError(f"{self.name}: {name} is not a text")


def invocation_text(call: Invocation) -> str:
    """A call of a setting with all of its arguments: `adam(lr = 0.001, beta1 = 0.9)`; those that are None left out."""
    given = (f"{name} = {_written(value)}" for name, value in call.arguments.items() if value is not None)
    return f"{call.name}({', '.join(given)})"


def _written(value: ArgumentValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


def _table(*signatures: Signature) -> Mapping[str, Signature]:
    return MappingProxyType({signature.name: signature for signature in signatures})


def _number(
    name: str, default: float, *, minimum: float | None = None, above: float | None = None, below: float | None = None
) -> Parameter:
    return Parameter(name, "number", default, minimum=minimum, above=above, below=below)


def _fan(name: str = "fan") -> Parameter:
    return Parameter(name, "integer", minimum=1)


INITIALISERS = _table(
    Signature("zeros", (), "every element 0"),
    Signature("ones", (), "every element 1"),
    Signature(
        "normal", (_number("mean", 0.0), _number("std", 1.0, minimum=0)), "normally distributed: mean and deviation"
    ),
    Signature("uniform", (_number("low", -1.0), _number("high", 1.0)), "uniform between low and high"),
    Signature("he", (_fan(),), "normal with deviation sqrt(2 / fan): for relu (He et al. 2015)"),
    Signature(
        "xavier", (_fan(),), "normal with deviation sqrt(1 / fan): for sigmoid and tanh (Glorot and Bengio 2010)"
    ),
    Signature("lecun", (_fan(),), "uniform within sqrt(3 / fan) of 0: variance 1 / fan (LeCun et al. 1998)"),
    Signature(
        "glorot",
        (_fan("fan_in"), _fan("fan_out")),
        "normal with deviation sqrt(2 / (fan_in + fan_out)), the mean of both ways (Glorot and Bengio 2010)",
    ),
)

FANS = frozenset({"fan", "fan_in", "fan_out"})
"""What a block may say to any initialiser that it is given: how its param is used. One that doesn't ask is not told."""

INITIALISERS_OF_0_1_0 = frozenset("zeros ones normal uniform he xavier lecun".split())  # noqa: SIM905  # a list of names
"""The initialisers of the first version. No block may have their names; that of a later one goes before it."""

_RATE = Parameter("lr", "number", required=True, minimum=0)
_COMMON = (
    _number("weight_decay", 0.0, minimum=0),
    Parameter("clip_value", "number", above=0),
    Parameter("clip_norm", "number", above=0),
)
_MOMENTUM = _number("momentum", 0.9, minimum=0, below=1)
_BETAS = (
    _number("beta1", 0.9, minimum=0, below=1),
    _number("beta2", 0.999, minimum=0, below=1),
    _number("eps", 1e-8, above=0),
)


def _rate(default: float) -> Parameter:
    return _number("lr", default, minimum=0)


OPTIMISERS = _table(
    Signature("sgd", (_RATE, *_COMMON), "steepest descent: p - lr * g"),
    Signature("momentum", (_RATE, _MOMENTUM, *_COMMON), "v = momentum * v + g; p - lr * v (Polyak 1964)"),
    Signature(
        "nesterov", (_RATE, _MOMENTUM, *_COMMON), "v = momentum * v + g; p - lr * (g + momentum * v) (Nesterov 1983)"
    ),
    Signature(
        "adagrad",
        (_rate(0.01), _number("eps", 1e-10, above=0), *_COMMON),
        "rates shrink by the root of the sum of squares (Duchi et al. 2011)",
    ),
    Signature(
        "rmsprop",
        (_rate(0.01), _number("decay", 0.99, minimum=0, below=1), _number("eps", 1e-8, above=0), *_COMMON),
        "rates divided by the root of a running mean of squares (Hinton 2012)",
    ),
    Signature(
        "adam",
        (_rate(0.001), *_BETAS, *_COMMON, Parameter("lazy", "boolean")),
        "momentum and running squares, both unbiased (Kingma and Ba 2015); `lazy`: of a param that `take` alone reads, "
        "rows that a step does not read keep both",
    ),
    Signature(
        "adamw",
        (_rate(0.001), *_BETAS, _number("weight_decay", 0.01, minimum=0), *_COMMON[1:]),
        "adam with decay apart from the gradient (Loshchilov and Hutter 2019)",
    ),
)

GROUPS = _table(
    Signature(
        "group",
        (
            Parameter("pattern", "text", required=True),
            Parameter("frozen", "boolean", False),
            Parameter("shard", "word", pattern="columns", wanted="`columns`"),
        ),
        "the params whose path the pattern matches; any setting of the optimiser but `clip_norm` may follow, by name; "
        "`shard = columns`: several devices share their last axis",
    )
)


def group_signature(optimizer: str) -> Signature:
    """What a group takes beside an optimiser: each of its settings, too, None where the optimiser's own one holds."""
    group = GROUPS["group"]
    own = [each for each in OPTIMISERS[optimizer].parameters if each.name != "clip_norm"]
    replaceable = [each._replace(default=None, required=False) for each in own]
    return group._replace(parameters=(*group.parameters[:2], *replaceable, *group.parameters[2:]))


_WARMUP = Parameter("warmup", "integer", 0, minimum=0)

SCHEDULES = _table(
    Signature("constant", (_WARMUP,), "the rate as written"),
    Signature(
        "step",
        (Parameter("every", "integer", required=True, minimum=1), _number("factor", 0.1, above=0), _WARMUP),
        "times factor every so many steps",
    ),
    Signature("exponential", (_number("factor", 0.99, above=0), _WARMUP), "times factor after each epoch"),
    Signature(
        "cosine", (_number("final", 0.0, minimum=0), _WARMUP), "half a cosine from the rate down to final * rate"
    ),
    Signature(
        "piecewise",
        (
            Parameter("at", "numbers", required=True, minimum=0),
            Parameter("factors", "numbers", required=True, minimum=0),
            _WARMUP,
        ),
        "times the first factor from the first epoch of `at` on, times the second from the second on, and so on",
    ),
    Signature(
        "one_cycle",
        (
            Parameter("peak", "number", required=True, above=0),
            _number("rise", 0.3, minimum=0, below=1),
            _number("final", 1e-4, minimum=0),
        ),
        "half a cosine from the rate up to peak * rate in the share `rise` of all steps, then one down to final * rate "
        "(Smith and Topin 2017)",
    ),
)


def in_order(piecewise: Invocation) -> bool:
    """Whether a `piecewise` schedule has a factor for each epoch, and the epochs rise."""
    at, factors = piecewise.numbers("at"), piecewise.numbers("factors")
    return len(at) == len(factors) and all(one < other for one, other in pairwise(at))


STOPS = _table(
    Signature(
        "early",
        (
            Parameter("watch", "metric"),
            Parameter("patience", "integer", 5, minimum=1),
            _number("delta", 0.0, minimum=0),
        ),
        "stops after `patience` reports without a better value, and keeps the best weights",
    ),
    Signature(
        "below",
        (Parameter("watch", "metric", required=True), Parameter("value", "number", required=True)),
        "stops when the metric is below the value",
    ),
    Signature(
        "above",
        (Parameter("watch", "metric", required=True), Parameter("value", "number", required=True)),
        "stops when the metric is above the value",
    ),
)

SHARES = _table(
    Signature(
        "last",
        (Parameter("share", "number", required=True, above=0, below=1),),
        "this share of the rows, the last ones as they stand: nothing is shuffled",
    ),
    Signature(
        "fold",
        (
            Parameter("number", "integer", required=True, minimum=1),
            Parameter("of", "integer", required=True, minimum=2),
        ),
        "one of so many parts, counted from 1, into which one shuffle deals the rows; `validate` alone takes it",
    ),
)

REPORTS = _table(
    Signature("every", (Parameter("steps", "integer", required=True, minimum=1),), "steps between rows of the metrics")
)

TAB = "tab"
"""What stands for the character, which a text of a spec can't show."""

_PATH = Parameter("path", "text", required=True)
_SEED = Parameter("seed", "integer", 0, minimum=0)
_NOISE = _number("noise", 0.1, minimum=0)


def _rows(default: int) -> Parameter:
    return Parameter("rows", "integer", default, minimum=1, maximum=100_000_000)


_ONE_SIGN = r"""[^\w\s"+-]"""

READERS = _table(
    Signature(
        "csv",
        (
            _PATH,
            Parameter("column", "texts", required=True),
            Parameter(
                "sep",
                "text",
                ",",
                pattern=rf"{TAB}|[ \t]|{_ONE_SIGN}",
                wanted=f'the character between fields, such as `";"`, or `"{TAB}"`',
            ),
            Parameter("decimal", "text", ".", pattern=_ONE_SIGN, wanted='the character before decimals, such as `","`'),
            Parameter(
                "thousands",
                "text",
                "",
                pattern=rf"|[ _\u00a0\u2009\u202f]|{_ONE_SIGN}",
                wanted='the character between thousands, such as `","`',
            ),
            Parameter("header", "boolean"),
            Parameter("encoding", "text", "utf-8", wanted='a name such as `"utf-8"`, `"cp949"`, `"latin-1"`'),
            Parameter("missing", "texts", ("",), wanted="a text or a list of texts that stand for no value"),
        ),
        "a column of a CSV file by its name, or its number from 1, or several as [rows, columns]: a list, or "
        '"first:last"; without `header` the first row is one unless it holds a number',
    ),
    Signature("npz", (_PATH, Parameter("key", "text", required=True)), "one array of a NumPy .npz file"),
    Signature("npy", (_PATH,), "the array of a NumPy .npy file"),
    Signature("idx", (_PATH,), "the array of an IDX file, plain or .gz: MNIST's own format"),
    Signature(
        "dataset",
        (Parameter("name", "text", required=True), Parameter("column", "text", required=True)),
        "a column of a set that an installed package ships, or that lies in CHAINRULE_DATA",
    ),
    Signature(
        "images",
        (_PATH,),
        "the pictures of a pattern such as `cats/*.png` as [rows, channels, height, width], values as the files have "
        "them, in the order of their names with numbers by size: 2 before 10 (extra `images`)",
    ),
    Signature("folders", (_PATH,), "the folder that each file of a pattern lies in, `photos/*/*.png`, as classes"),
    Signature(
        "text",
        (
            _PATH,
            Parameter("unit", "text", "character", pattern="character|word", wanted='`"character"` or `"word"`'),
            Parameter("unknown", "boolean", False),
            Parameter("encoding", "text", "utf-8", wanted='a name such as `"utf-8"`, `"cp949"`, `"latin-1"`'),
        ),
        "the characters or words of a text, a row each, as numbers in a vocabulary that is kept with the model; "
        "`unknown`: one more number for all others, which are errors without it",
    ),
)

_COLUMN = Parameter("column", "text", required=True)

GENERATORS = _table(
    Signature(
        "line",
        (_COLUMN, _rows(100), _number("slope", 2.0), _number("intercept", 1.0), _NOISE, _SEED),
        "points x in [-1, 1) and t = slope * x + intercept + noise; columns x, t",
    ),
    Signature(
        "spiral",
        (_COLUMN, _rows(300), Parameter("classes", "integer", 3, minimum=2, maximum=1000), _NOISE, _SEED),
        "interleaved spiral arms in the plane; columns x [rows, 2], t class numbers",
    ),
    Signature(
        "moons",
        (_COLUMN, _rows(200), _NOISE, _SEED),
        "two interleaved half circles; columns x [rows, 2], t class numbers",
    ),
    Signature(
        "circles",
        (_COLUMN, _rows(200), _NOISE, _SEED),
        "two concentric circles; columns x [rows, 2], t class numbers",
    ),
    Signature(
        "sine",
        (_COLUMN, _rows(100), _NOISE, _SEED),
        "points x in [-pi, pi) and t = sin(x) + noise; columns x, t",
    ),
)

FITTED = _table(
    Signature(
        "standardize", (), "(c - mean) / std over the rows that are trained on, each column by itself; 0 where std is 0"
    ),
    Signature(
        "scale",
        (_number("low", 0.0), _number("high", 1.0)),
        "from low, at the smallest of the rows that are trained on, to high, at the largest; low where these are one",
    ),
    Signature(
        "fill",
        (
            Parameter(
                "value", "filling", required=True, wanted="`mean`, `median`, a number, or a text for a column of texts"
            ),
        ),
        "puts the mean or the median of the rows that are trained on, a number or a text where a value is missing",
    ),
    Signature(
        "one_hot",
        (Parameter("unknown", "boolean", False),),
        "a column for each text or whole number in the rows that are trained on, in order: 1 where it stands, else 0; "
        "`unknown`: one more for all others, which are errors without it",
    ),
    Signature("classes", (), "how many different texts or whole numbers the rows that are trained on have"),
)
"""Calls on a column whose numbers come from the rows that are trained on, and are kept with the model."""

ARRANGED = _table(
    Signature(
        "windows",
        (Parameter("length", "integer", required=True, minimum=1),),
        "so many rows that follow one another, from each row on that has as many: [rows, length], each row one later "
        "than that before it",
    )
)
"""Calls on a column that make other rows of its rows."""

COLUMN = Parameter("c", "text", required=True, wanted="a column")


def of_a_column(signature: Signature) -> Signature:
    """A call on a column as it is written: the column first, then what the signature has."""
    return signature._replace(parameters=(COLUMN, *signature.parameters))
