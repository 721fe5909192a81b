"""What can go wrong around a spec on the command line, codes G701 to G799."""

from ...grammar.diagnostic import Fault

_EXAMPLE = "input price = 100\noutput total = 2 * price\n"

WRONG_COMMAND = Fault(
    "G701", "error", "{message}",
    cause="The command line has an option, a name or a value that the verb does not know. Exit code 2.",
    example=_EXAMPLE,
    fix="`chainrule VERB --help` lists what a verb takes, with an example.",
    title="the command line is wrong",
)  # fmt: skip
INTERRUPTED = Fault(
    "G702", "error", "interrupted",
    cause="Ctrl-C was pressed. Exit code 130.",
    example=_EXAMPLE,
    fix="Start again; `train --resume DIR` goes on with a run that was interrupted.",
)  # fmt: skip
OUTPUT_CLOSED = Fault(
    "G703", "error", "the output was closed before everything was written",
    cause="The program at the other end of the pipe (`head`, a pager) ended first.",
    example=_EXAMPLE,
    fix="Nothing, if that was meant; else write into a file.",
)  # fmt: skip
SYSTEM = Fault(
    "G704", "error", "the system says: {reason}",
    cause="The operating system refused to read or write something: a full disk, a missing permission.",
    example=_EXAMPLE,
    fix="Make room, or choose another place.",
)  # fmt: skip
NO_MEMORY = Fault(
    "G705", "error", "there is not enough memory",
    cause="A value or a batch is larger than the memory that the system gives.",
    example=_EXAMPLE,
    fix="Use fewer rows at once, or smaller shapes.",
)  # fmt: skip
OWN_FAULT = Fault(
    "G706", "error", "this is a fault of chainrule itself: {error}",
    cause="The compiler met a case that its authors did not think of; the spec may be right.",
    example=_EXAMPLE,
    fix="Please report it with the spec. With CHAINRULE_TRACEBACK=1 in the environment the whole trace is printed.",
    title="this is a fault of chainrule itself",
)  # fmt: skip
UNREADABLE_VALUES = Fault(
    "G710", "error", "the values in `{path}` can't be used: {reason}",
    cause="`--inputs` takes a JSON object {name: number or nested lists} or an .npz file with an array a name, "
    "`--upstream` a number, nested lists, or a .json or .npy file with them.",
    example=_EXAMPLE,
    fix='Write for example {"price": 150} into the file.',
)  # fmt: skip
NOT_WRITTEN_SO = Fault(
    "G711", "error", "`{path}` is not in the canonical layout",
    cause="`fmt --check` and `fmt --diff` say which files `fmt` would change.",
    example="input   price=100\noutput total = 2*price\n",
    fix="`chainrule fmt FILE` writes it.",
)  # fmt: skip
NEEDS_EXTRA = Fault(
    "G713", "error", "{what} needs {package}, which is not installed",
    cause="Parts that few need come with an extra, so that the rest installs quickly.",
    example=_EXAMPLE,
    fix="pip install 'chainrule[plot]' brings matplotlib, 'chainrule[draw]' pygraphviz.",
)  # fmt: skip
NO_LAYOUT = Fault(
    "G714", "error", "Graphviz could not place the graph: {reason}",
    cause="`--layout graphviz` takes pygraphviz, else the program `dot`; neither is there, or it failed.",
    example=_EXAMPLE,
    fix="Leave `--layout` out: the layout of chainrule's own needs nothing. Or pip install 'chainrule[draw]'.",
)  # fmt: skip
DIFFERENT = Fault(
    "G715", "error", "`{before}` and `{after}` do not compute and train the same",
    cause="`diff` ends with exit code 1 where two specs differ in more than names, so that scripts can ask.",
    example=_EXAMPLE,
    fix="Nothing, if they are meant to differ.",
)  # fmt: skip

FAULTS = (
    WRONG_COMMAND, INTERRUPTED, OUTPUT_CLOSED, SYSTEM, NO_MEMORY, OWN_FAULT,
    UNREADABLE_VALUES, NOT_WRITTEN_SO, NEEDS_EXTRA, NO_LAYOUT, DIFFERENT,
)  # fmt: skip
