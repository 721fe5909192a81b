"""Malformed examples -> messages: what is said at each state of the parser."""


from .diagnostic import Diagnostic
from .faults import SYNTAX
from .scan import Token
from .source import Source, Span


def explained(source: Source, state: int, token: Token) -> Diagnostic:
    return SYNTAX.at(Span(source, token.start, token.stop), problem=f"`{token.text}` is not expected here")
