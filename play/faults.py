"""What can go wrong between a page and its engine, codes G760 to G789."""

from ..grammar.diagnostic import Fault

_EXAMPLE = "input price = 100\noutput total = 2 * price\n"

NOT_UNDERSTOOD = Fault(
    "G760", "error", "the page asked for what the engine does not know: {problem}",
    cause="A message of the page is none of those that docs/play.md lists, or lacks a field.",
    example=_EXAMPLE,
    fix="Load the page again: it may be of another version of chainrule.",
)  # fmt: skip
ENDED = Fault(
    "G761", "error", "the engine was ended: {reason}",
    cause="The page asked for it, an answer took longer than it may, or the engine's memory was used up. It has begun "
    "anew; what it had trained is lost, and data files are still there.",
    example=_EXAMPLE,
    fix="Use smaller shapes or fewer rows; `chainrule run` and `chainrule train` have no such limits.",
)  # fmt: skip
NO_ROOM = Fault(
    "G762", "error", "there is not enough memory",
    cause="A value or a batch is larger than the memory that the engine of a page has.",
    example=_EXAMPLE,
    fix="Use fewer rows at once, or smaller shapes; `chainrule play --memory GB` gives the engine more.",
)  # fmt: skip
OWN_FAULT = Fault(
    "G763", "error", "this is a fault of chainrule itself: {error}",
    cause="The engine met a case that its authors did not think of; the spec may be right.",
    example=_EXAMPLE,
    fix="Please report it with the spec.",
    title="the engine of a page failed",
)  # fmt: skip
FILE_REFUSED = Fault(
    "G764", "error", "the file `{name}` can't be put beside the spec: {reason}",
    cause="A data file of a page has a plain name, without a folder, and a size that the engine can hold.",
    example=_EXAMPLE,
    fix="Give it another name, or make it smaller.",
)  # fmt: skip
NO_RUN = Fault(
    "G765", "error", "no training runs under the number {run}",
    cause="It has ended, or the engine was begun anew in the meantime.",
    example=_EXAMPLE,
    fix="Start the training again.",
)  # fmt: skip
TOO_LONG = Fault(
    "G766", "error", "the page has no steps of this graph: there are {count}, and {most} are the most",
    cause="A step is a value or a gradient that is told in words; with very many a browser would stand still.",
    example=_EXAMPLE,
    fix="Fold the graph, or look at a smaller one: fewer rows change nothing, fewer nodes do.",
)  # fmt: skip
NOT_SERVED = Fault(
    "G767", "error", "the page can't be served at port {port}: {reason}",
    cause="The port is taken by another program, or not allowed.",
    example=_EXAMPLE,
    fix="Choose another with `--port`, or none: a free one is then found.",
)  # fmt: skip
NO_SITE = Fault(
    "G768", "error", "the page can't be written to `{path}`: {reason}",
    cause="The folder holds other files, or Pyodide's files are not where they were said to be.",
    example=_EXAMPLE,
    fix="Name a new or empty folder, and with `--pyodide` the folder or the address of a Pyodide distribution.",
)  # fmt: skip

FAULTS = (NOT_UNDERSTOOD, ENDED, NO_ROOM, OWN_FAULT, FILE_REFUSED, NO_RUN, TOO_LONG, NOT_SERVED, NO_SITE)
