"""A walk told in the terminal: the forward pass, then the reverse pass, a numbered line a step."""

from ...grammar.diagnostic import shown
from ...grammar.source import Source
from .sentences import Sentence, sentences
from .walk import Walk


def narrate(
    walk: Walk, title: str | None, by: int | None = None, source: Source | None = None, *, full: bool = False
) -> str:
    """The whole story; `by` leaves out what the gradient by that node does not need, `full` writes tensors out.

    A line of another file than `source` is told with the file's name.
    """
    told = list(enumerate(sentences(walk, by, full=full), start=1))
    forward = [(number, each) for number, each in told if each.step.kind == "value"]
    reverse = [(number, each) for number, each in told if each.step.kind != "value"]
    width = len(str(len(told)))
    parts = [shown(title)] if title else []
    parts.append("\n".join(["Forward: every value", *(_line(number, each, width, source) for number, each in forward)]))
    if reverse and walk.of is not None:
        head = f"Reverse: the gradient of {walk.graph.nodes[walk.of].path}"
        parts.append("\n".join([head, *(_line(number, each, width, source) for number, each in reverse)]))
    unfed = [path for path, each in walk.graph.inputs.items() if each.index not in walk.values]
    if unfed:
        parts.append(f"Not computed: what depends on {', '.join(unfed)}, which has no value")
    return "\n\n".join(parts)


def _line(number: int, sentence: Sentence, width: int, source: Source | None) -> str:
    mark = "sum  " if sentence.step.kind == "sum" else ""
    return "\n".join(sentence.lines(f"  {number:>{width}}  {mark}", _place(sentence, source)))


def _place(sentence: Sentence, source: Source | None) -> str:
    """Where a value is written down."""
    span = sentence.span
    if span is None or sentence.step.kind != "value":
        return ""
    other = source is not None and span.source is not source
    return f"    # {shown(span.source.name)}, line {span.line}" if other else f"    # line {span.line}"
