"""Which argument of a call goes to which parameter, and the attributes of an operation among them."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache

from ....grammar.suggestion import suggestion
from ....grammar.syntax import Argument, Dots, Expression, List, Name
from ... import faults
from ...ops.attribute import Attribute, AttributeValue
from ...ops.operation import Operation
from ...ops.table import OPERATIONS
from ..expressions.constants import constant
from ..other_tools import argument_elsewhere
from ..scope import Failed, Site

PIPED = "the value on the left of `->` is the first argument"


def assign_arguments(
    name: str,
    parameters: Sequence[str],
    required: Collection[str],
    arguments: Sequence[Argument],
    call: Name,
    site: Site,
    *,
    piped: bool = False,
    sites: Sequence[Site] = (),
) -> dict[str, Argument | None] | None:
    """Parameter to argument, in the order in which the arguments are written; None stands for the piped value.

    `sites` are where the arguments stand, one each, unless all stand beside the call. Every fault of the call is
    reported; then there is no result.
    """
    listing = ", ".join(parameters)
    result: dict[str, Argument | None] = {}
    free = list(parameters)
    faulty = False

    def too_many(part: Argument | Name, site: Site) -> None:
        given = len(arguments) + piped
        site.tell(
            faults.TOO_MANY_ARGUMENTS,
            part,
            name=name,
            parameters=listing,
            expected=f"{len(parameters)} argument{'s' * (len(parameters) != 1)}",
            given=f"{given} {'is' if given == 1 else 'are'}",
            hint=PIPED if piped else None,
        )

    if piped:
        if not free:
            too_many(call, site)
            return None
        result[free.pop(0)] = None
    for argument, place in zip(arguments, sites or [site] * len(arguments), strict=True):
        if argument.keyword is None:
            if not free:
                too_many(argument, place)
                return None
            result[free.pop(0)] = argument
            continue
        keyword = argument.keyword.name
        if keyword in result:
            fault, hint = faults.ARGUMENT_TWICE, PIPED if piped and result[keyword] is None else None
        elif keyword not in free:
            hint = argument_elsewhere(keyword, parameters) or suggestion(keyword, parameters, what="arguments")
            fault = faults.UNKNOWN_ARGUMENT
        else:
            free.remove(keyword)
            result[keyword] = argument
            continue
        place.tell(fault, argument.keyword, name=name, parameters=listing, argument=keyword, hint=hint)
        faulty = True
    missing = [parameter for parameter in parameters if parameter in required and parameter not in result]
    if missing and not faulty:
        site.tell(
            faults.MISSING_ARGUMENT,
            call,
            name=name,
            parameters=listing,
            argument="`, `".join(missing),
            hint=_what_lacks(arguments, required, piped=piped),
        )
    return None if missing or faulty else result


def _what_lacks(arguments: Sequence[Argument], required: Collection[str], *, piped: bool) -> str | None:
    """What to write where a call lacks arguments."""
    given = [argument.value for argument in arguments if argument.keyword is None]
    if "x2" in required and len(given) == 1 and isinstance(given[0], List):
        return "the values are arguments of their own: `concat(a, b)`"
    return PIPED if piped else None


def parameters_of(
    operation: Operation, arguments: Sequence[Argument] = (), *, piped: bool = False
) -> tuple[list[str], list[str]]:
    """The parameters of an operation as a call of it sees them: all of them, and those that it must give."""
    written = _written(operation)
    positional = piped + sum(argument.keyword is None for argument in arguments)
    parameters = [*operation.slots(positional), *behind(operation), *(attribute.name for attribute in written)]
    if operation.weighted:
        parameters += OPERATIONS[operation.weighted].by_name
    return parameters, [*operation.operands, *(attribute.name for attribute in written if attribute.required)]


@cache
def _written(operation: Operation) -> tuple[Attribute, ...]:
    return tuple([attribute for attribute in operation.attributes if attribute.written])


def behind(operation: Operation) -> tuple[str, ...]:
    """The operand that a call may give behind the others, or leave out."""
    return OPERATIONS[operation.shifted].operands[-1:] if operation.shifted else ()


def form_called(operation: Operation, assigned: Mapping[str, Argument | None]) -> Operation:
    """The operation that a call means: where it gives a weight, or a shift, the form with one."""
    forms = [OPERATIONS[name] for name in (operation.weighted, operation.shifted) if name]
    return next((form for form in forms if form.operands[-1] in assigned), operation)


def attribute_values(
    operation: Operation, assigned: Mapping[str, Argument | None], site: Site
) -> tuple[AttributeValue, ...] | None:
    """The attributes that a call gives, defaults filled in; None where one is faulty, which is reported."""
    values: list[AttributeValue] = []
    for attribute in operation.attributes:
        argument = assigned.get(attribute.name)
        if argument is None:
            values.append(attribute.default)
            continue
        given = _given(argument.value, site, f"`{attribute.name}`")
        if isinstance(given, Failed):
            return None
        value = attribute.admitted(given)
        if not attribute.takes(value):
            key = f"{operation.called}: {attribute.name}"
            site.tell(faults.WRONG_SETTING, argument.value, key=key, wanted=attribute.wanted)
            return None
        values.append(value)  # type: ignore[arg-type]  # that it takes the value was seen
    return tuple(values)


BOOLEANS = {"true": True, "false": False}


def _given(expression: Expression, site: Site, what: str) -> object:
    """What a call says for an attribute: a constant, a boolean, or a list of these and of lists; Failed. Iterative."""
    work: list[Expression | int] = [expression]
    values: list[object] = []
    while work:
        match work.pop():
            case int() as count:  # so many values stand together in a list
                items = values[len(values) - count :]
                values[len(values) - count :] = [tuple(items)]
            case List() as part:
                work += [len(part.items), *reversed(part.items)]
            case Dots() if work:  # in a list
                values.append(...)
            case Name(("true" | "false") as name) if site.scope.lookup(name) is None:
                values.append(BOOLEANS[name])
            case part:
                value = constant(part, site, what)
                if isinstance(value, Failed):
                    return value
                values.append(value)
    return values.pop()
