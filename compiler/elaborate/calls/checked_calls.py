"""Calls of settings: optimisers, schedules, readers and the like, checked against their signatures."""

from collections.abc import Mapping

from ....grammar.suggestion import suggestion
from ....grammar.syntax import Argument, Call, Expression, List, Name
from ... import faults
from ...graph.signatures import STATISTICS, ArgumentValue, Invocation, Parameter, Signature
from ...shape import Linear
from ..expressions.constants import constant, whole
from ..other_tools import elsewhere
from ..scope import FAILED, Constant, Failed, Site
from .arguments import assign_arguments

WANTED = {
    "integer": "a whole number",
    "number": "a number",
    "numbers": "a number or a list of numbers",
    "text": 'a text, `"..."`',
    "texts": 'a text, `"..."`, or a list of texts',
    "boolean": "`true` or `false`",
    "metric": "the name of a metric, such as `test.loss`",
    "word": "a bare name",
    "filling": "`mean`, `median`, a number or a text",
}


def invocation(
    expression: Expression,
    table: Mapping[str, Signature],
    what: str,
    site: Site,
) -> Invocation | None:
    """A checked call, or a bare name, of something in the table; `what` names its kind. Faults are reported."""
    function = expression.function if isinstance(expression, Call) else expression
    if not isinstance(function, Name):
        site.tell(
            faults.WRONG_SETTING,
            expression,
            key=what,
            wanted=f"a call such as `{next(iter(table))}(...)`",
        )
        return None
    signature = table.get(function.name)
    if signature is None:
        hint = elsewhere(function.name, "settings") or suggestion(function.name, table, what="they")
        site.tell(faults.UNKNOWN_CHOICE, function, name=function.name, what=what, hint=hint)
        return None
    names = [parameter.name for parameter in signature.parameters]
    required = [parameter.name for parameter in signature.parameters if parameter.required]
    arguments = expression.arguments if isinstance(expression, Call) else ()
    assigned = assign_arguments(signature.name, names, required, arguments, function, site)
    if assigned is None:
        return None
    return invoked(signature, assigned, expression, site)


def invoked(
    signature: Signature, assigned: Mapping[str, Argument | None], expression: Expression, site: Site
) -> Invocation | None:
    """The call of a signature with the arguments that its parameters were given. Faults are reported."""
    values: dict[str, ArgumentValue] = {}
    faulty = False
    for parameter in signature.parameters:
        argument = assigned.get(parameter.name)
        if argument is None:
            values[parameter.name] = parameter.default
            continue
        key = f"{signature.name}: {parameter.name}"
        value = argument_value(argument.value, parameter, key, site)
        if isinstance(value, Failed):
            faulty = True
        else:
            values[parameter.name] = value
    return None if faulty else Invocation(signature.name, values, site.span(expression))


def argument_value(expression: Expression, parameter: Parameter, key: str, site: Site) -> ArgumentValue | Failed:
    """The value of an argument, of the kind and in the range that its parameter says. Faults are reported."""
    value = _of_kind(expression, parameter, key, site)
    if isinstance(value, Failed):
        return FAILED
    if value is None or (isinstance(value, str) and not parameter.fits(value)):
        site.tell(faults.WRONG_SETTING, expression, key=key, wanted=wanted_text(parameter))
        return FAILED
    for number in value if isinstance(value, tuple) else (value,):
        if not isinstance(number, int | float) or isinstance(number, bool):
            continue
        if wanted := out_of_range(number, parameter):
            site.tell(faults.OUT_OF_RANGE, expression, key=key, wanted=wanted, value=_number(number))
            return FAILED
    return value


def wanted_text(parameter: Parameter) -> str:
    """What an argument takes, in words."""
    return parameter.wanted or WANTED[parameter.kind]


def _of_kind(expression: Expression, parameter: Parameter, key: str, site: Site) -> ArgumentValue | Failed:
    """The value where it is of the parameter's kind, None where it is of another."""
    kind = parameter.kind
    if kind in ("metric", "word"):
        return expression.name if isinstance(expression, Name) else None
    if kind == "boolean":
        words = {"true": True, "false": False}
        return words.get(expression.name) if isinstance(expression, Name) else None
    if kind == "texts" and isinstance(expression, List):
        return _texts(expression, key, site)
    if kind == "filling" and isinstance(expression, Name) and expression.name in STATISTICS:
        return expression.name
    value = constant(expression, site, f"`{key}`")
    return value if isinstance(value, Failed) else _scalar(value, kind)


def _texts(expression: List, key: str, site: Site) -> tuple[str, ...] | Failed | None:
    texts: list[str] = []
    for item in expression.items:
        value = constant(item, site, f"`{key}`")
        if isinstance(value, Failed):
            return FAILED
        scalar = _scalar(value, "texts")
        if not isinstance(scalar, str):
            return None
        texts.append(scalar)
    return tuple(texts)


def _scalar(value: Constant, kind: str) -> ArgumentValue:
    if kind == "texts" and isinstance(value, int | float) and isinstance(number := whole(value), int):
        return str(number)  # a column by its number
    if kind in ("text", "texts"):
        return value if isinstance(value, str) else None
    if kind == "filling" and isinstance(value, str):
        return (value,) if value else None
    if kind == "numbers":
        numbers = value if isinstance(value, tuple) else (value,)
        return tuple(map(float, numbers)) if all(isinstance(each, int | float) for each in numbers) else None  # type: ignore[arg-type]  # they are
    if isinstance(value, Linear | str | tuple):
        return None
    if kind == "integer":
        number = whole(value)
        return number if isinstance(number, int) else None
    return float(value)


def out_of_range(value: float, parameter: Parameter) -> str | None:
    """What the parameter's range wants, where the value is outside of it."""
    if parameter.allows(value):
        return None
    ends = {
        "at least": parameter.minimum,
        "more than": parameter.above,
        "at most": parameter.maximum,
        "less than": parameter.below,
    }
    return " and ".join(f"{words} {_number(end)}" for words, end in ends.items() if end is not None)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
