"""Diagnostics: a fault at a place."""

from chainrule.grammar.diagnostic import Fault, Note
from chainrule.grammar.source import Source, Span

FAULT = Fault("G999", "error", "a fault", "Its cause.", "a = 1\n", "Mend it.")


def test_a_place_in_a_block_of_another_file_is_a_note_at_the_call() -> None:
    own, other = Source("own", "y = f(x)\n"), Source("other", "block f(x) { return x }\n")
    call = Span(own, 4, 8)
    found = FAULT.at(Span(other, 20, 21, call), notes=[Note("first")])
    assert found.where == call
    assert found.notes == (Note("first"), Note("it stands here", Span(other, 20, 21)))
    assert FAULT.at(call).where == call
