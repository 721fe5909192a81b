"""What a parameter starts from: an initialiser with its arguments, or a literal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..grammar.suggestion import suggestion
from ..grammar.syntax import Argument, Call, Name
from . import faults
from .arguments import assign_arguments
from .graph import Literal
from .invocations import argument_value
from .literals import Declaration, Written, declared_shape, typed_literal
from .other_tools import elsewhere
from .reporter import span_of
from .shape import Type
from .signatures import INITIALISERS, Invocation
from .values import Failed, InitialiserValue, NodeValue, Value, kind_of

if TYPE_CHECKING:
    from .elaborate import Elaborator


def initial_value(
    declaration: Declaration, written: Written, elaborator: Elaborator
) -> tuple[Invocation | Literal, Type] | None:
    """The initial value of a param and its type; None where there is a fault, which is reported."""
    reporter, limits = elaborator.reporter, elaborator.limits
    expression = written.expression
    named = expression.function if isinstance(expression, Call) else expression
    callee = elaborator.callee(named, written.scope) if isinstance(named, Name) else None
    if isinstance(named, Name) and (isinstance(expression, Call) or isinstance(callee, InitialiserValue)):
        arguments = expression.arguments if isinstance(expression, Call) else ()
        invocation = _invocation(callee, arguments, named, written, elaborator)
        annotation = declaration.annotation
        shape = declared_shape(annotation, *declaration[2:], reporter, limits) if annotation else ()
        return None if shape is None or invocation is None else (invocation, Type("real", shape))
    value, type_ = typed_literal(declaration, written, reporter, limits, fills=True)
    return None if value is None or type_ is None else (value, type_)


def _invocation(
    callee: Value | None, arguments: tuple[Argument, ...], call: Name, written: Written, elaborator: Elaborator
) -> Invocation | None:
    """An initialiser with its arguments; those of the call win over those that came with the name."""
    if not isinstance(callee, InitialiserValue):
        _report(callee, call, written, elaborator)
        return None
    signature = INITIALISERS[callee.name]
    parameters = {parameter.name: parameter for parameter in signature.parameters}
    values = {parameter.name: parameter.default for parameter in signature.parameters}
    for given, scope in ((callee.arguments, callee.scope), (arguments, written.scope)):
        source = written.source if scope is written.scope else scope.unit.source
        assigned = assign_arguments(callee.name, list(parameters), (), given, call, source, elaborator.reporter)
        if assigned is None:
            return None
        for name, argument in assigned.items():
            if argument is None:
                continue
            key = f"{callee.name}: {name}"
            value = argument_value(argument.value, parameters[name], key, scope, source, elaborator.reporter)
            if isinstance(value, Failed):
                return None
            values[name] = value
    return Invocation(callee.name, values, span_of(written.source, call))


def _report(callee: Value | None, call: Name, written: Written, elaborator: Elaborator) -> None:
    """Reports a call that is none of an initialiser."""
    if isinstance(callee, Failed) or written.scope.excused(call.name):
        return
    place = span_of(written.source, call)
    other = callee if callee is not None else written.scope.lookup(call.name)
    if isinstance(other, NodeValue) or other is None:
        hint = elsewhere(call.name, "initialisers") or suggestion(call.name, INITIALISERS, what="initialisers")
        elaborator.reporter.report(faults.UNKNOWN_CHOICE, place, name=call.name, what="an initialiser", hint=hint)
        return
    hint = "a param starts from an initialiser or from a literal"
    elaborator.reporter.report(faults.NOT_CALLABLE, place, name=call.name, what=kind_of(other), hint=hint)
