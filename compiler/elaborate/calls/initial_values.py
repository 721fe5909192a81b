"""What a parameter starts from: an initialiser with its arguments, or a literal."""

from __future__ import annotations

from collections.abc import Collection

from ....grammar.suggestion import suggestion
from ....grammar.syntax import Argument, Call, Name
from ... import faults
from ...graph.graph import Literal
from ...graph.signatures import FANS, INITIALISERS, Invocation
from ...shape import Type
from ..budget import Limits
from ..expressions.literals import Declaration, Written, declared_shape, typed_literal
from ..other_tools import elsewhere
from ..scope import Failed, InitialiserValue, NodeValue, Site, Value, callee, kind_of
from .arguments import assign_arguments
from .checked_calls import argument_value


def initial_value(
    declaration: Declaration, written: Written, limits: Limits
) -> tuple[Invocation | Literal, Type] | None:
    """The initial value of a param and its type; None where there is a fault, which is reported."""
    expression = written.expression
    named = expression.function if isinstance(expression, Call) else expression
    called = callee(named, written.site.scope) if isinstance(named, Name) else None
    if isinstance(named, Name) and (isinstance(expression, Call) or isinstance(called, InitialiserValue)):
        arguments = expression.arguments if isinstance(expression, Call) else ()
        invocation = _invocation(called, arguments, named, written.site)
        annotation = declaration.annotation
        shape = declared_shape(annotation, declaration.site, limits) if annotation else ()
        return None if shape is None or invocation is None else (invocation, Type("real", shape))
    value, type_ = typed_literal(declaration, written, limits, fills=True)
    return None if value is None or type_ is None else (value, type_)


def _invocation(called: Value | None, arguments: tuple[Argument, ...], call: Name, site: Site) -> Invocation | None:
    """An initialiser with its arguments; those of the call win over those that came with the name."""
    if not isinstance(called, InitialiserValue):
        _report(called, call, site)
        return None
    signature = INITIALISERS[called.name]
    parameters = {parameter.name: parameter for parameter in signature.parameters}
    values = {parameter.name: parameter.default for parameter in signature.parameters}
    if call.name != called.name:  # it came as an argument
        arguments = tuple([each for each in arguments if not _unasked(each, parameters)])
    came = [Site(scope, scope.unit.source, site.reporter) for scope in called.scopes]
    for given, sites in ((called.arguments, came), (arguments, [site] * len(arguments))):
        assigned = assign_arguments(called.name, list(parameters), (), given, call, site, sites=sites)
        if assigned is None:
            return None
        for (name, argument), place in zip(assigned.items(), sites, strict=True):
            if argument is None:
                continue
            value = argument_value(argument.value, parameters[name], f"{called.name}: {name}", place)
            if isinstance(value, Failed):
                return None
            values[name] = value
    return Invocation(called.name, values, site.span(call))


def _unasked(argument: Argument, parameters: Collection[str]) -> bool:
    """Whether it says how a param is used to an initialiser for which that makes no difference."""
    return argument.keyword is not None and argument.keyword.name in FANS and argument.keyword.name not in parameters


def _report(called: Value | None, call: Name, site: Site) -> None:
    """Reports a call that is none of an initialiser."""
    if isinstance(called, Failed) or site.scope.excused(call.name):
        return
    other = called if called is not None else site.scope.lookup(call.name)
    if isinstance(other, NodeValue) or other is None:
        hint = elsewhere(call.name, "initialisers") or suggestion(call.name, INITIALISERS, what="initialisers")
        site.tell(faults.UNKNOWN_CHOICE, call, name=call.name, what="an initialiser", hint=hint)
        return
    hint = "a param starts from an initialiser or from a literal"
    site.tell(faults.NOT_CALLABLE, call, name=call.name, what=kind_of(other), hint=hint)
