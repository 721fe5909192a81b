"""Texts of others that want to steer a terminal: nothing in them that can't be seen reaches one.

`python benchmarks/hostile_names.py [PRINTS]` gives hostile names to every verb, from wherever a name can come: files,
folders and what they hold (columns, class names, keys, the records of models and runs), the texts of specs, settings
and other words of the command line, the environment. Each is printed in one of three ways: into a pipe, as JSON, and on
a terminal with colours. It says what got through, and how many prints of each verb there were; exit code 1 where
something did.
"""

import contextlib
import io
import json
import os
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from chainrule.cli.main import VERBS, exit_code
from chainrule.grammar.hidden import HIDDEN
from chainrule.runtime.runs.model_file import FORMATS
from chainrule.runtime.runs.tensor_file import decode, encode

COLOURED, CLEARED = "\x1b[5;47m", "\x1b[2J"
"""Sequences that no colour and no live line of our own is made of."""

FORGED = "error: forged"
"""How a line would begin, if a name could end the one before it."""

SIGNS = (
    COLOURED, CLEARED, "\x1b]0;owned\x07", "\x1b]8;;http://x\x1b\\", "\x1bc", "\x9b5m", "\x9d0;owned\x9c", "\x07",
    "\x08\x08\x08", "\r", f"\n{FORGED}", f"\r\n{FORGED}", "\n", "\t", "\x0b", "\x0c", "\x7f", "\x85", "\xad", "\u061c",
    "\u200b", "\u200d", "\u200e", "\u2028", "\u2029", "\u202e", "\u2066", "\u2060", "\u3164", "\ufeff", "\ufff9",
    "\U000e0041", "\udce9", "\x00",
)  # fmt: skip
"""What steers: sequences that colour, clear, title, link, reset, in 7 and 8 bits; line ends; what turns or hides."""

PLAIN = ("n", "ab", "x.y", "[red]", "<b>", "")

SPEC = """dim N
input x: [N, 2]
input t: int[N]
param W: [2, 2] = normal()
output y = x @ W
loss = softmax-loss(y, t)
data rows { x = csv("rows.csv", ["a", "b"]) ; t = csv("rows.csv", "t") }
train {
  minimize = loss
  optimizer = sgd(lr = 0.1)
  steps = 2
  data = rows
  metrics = [accuracy(y, t)]
}
"""
APPLE = "input price = 100\ninput count = 2\noutput total = price * count\nexpect total == 200\n"
READS = "dim N\ninput x: [N]\noutput y = x\ndata d { x = READER }\n"

Command = list[str]
Make = Callable[[str], Command]
"""Makes the files for a hostile text, in the current folder, and says what to call: variables, verb, arguments."""


def file_name(text: str) -> str:
    """The text as a name that a file may have."""
    return text.replace("/", "|").replace("\0", "")


def field(text: str) -> str:
    """The text as a field of a CSV file."""
    return f'"{text}"'.replace("\udce9", "").replace("\r", "").replace("\0", "")


def write(name: str, text: str) -> str:
    """A file; returns its name."""
    Path(name).write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
    return name


def apple(name: str = "apple") -> str:
    """A spec of scalars."""
    return write(f"{file_name(name)}.graph", APPLE)


def net(*classes: str, header: str = "a,b,t") -> str:
    """A spec that trains, and its rows, whose classes are called so."""
    rows = [f"{number},{number % 3},{field(each)}" for number, each in enumerate((classes or ("rose", "lily")) * 2)]
    write("rows.csv", "\n".join([header, *rows]) + "\n")
    return write("net.graph", SPEC)


def trained(folder: str, *classes: str) -> str:
    """A run of that net."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        exit_code(["train", net(*classes), "--run", folder, "--quiet"])
    return folder


def model(text: str) -> str:
    """A model whose record says something hostile everywhere."""
    tensors, record = decode(Path(trained("run")) / "model.safetensors", *FORMATS)
    record |= {"name": text, "folder": text, "classes": {"t": [text, f"{text}2"]}, "settings": {text: text}}
    with contextlib.suppress(UnicodeEncodeError):  # a name that no file can hold
        Path("m.safetensors").write_bytes(encode(tensors, record))
    return "m.safetensors"


def written_over(text: str) -> str:
    """A run whose files say something hostile."""
    run = Path(trained("run"))
    record = json.loads((run / "run.json").read_text("utf-8"))
    record |= {"spec": text, "set": {text: text}, "versions": {text: text}, "metrics": {text: 1}, "state": text}
    write("run/run.json", json.dumps(record))
    write("run/metrics.jsonl", json.dumps({"step": 1, "epoch": 1, f"train.{text}": 1, "seconds": 0}) + "\n")
    return "run"


def arrays(name: str, key: str) -> str:
    """An archive with one array."""
    with contextlib.suppress(UnicodeEncodeError):
        np.savez(name, **{key.replace("\0", ""): np.ones(2)})  # type: ignore[arg-type]  # for the stubs an option
    return name


def values(text: str) -> str:
    """Values in JSON, of a hostile name and of a hostile kind."""
    return write(f"{file_name(text)}.json", json.dumps({text: 1, "x": text}))


def table(text: str) -> str:
    """A table with a hostile column, a hostile class and a hostile name."""
    rows = "".join(f"{number},{field(text)},{'x' if number % 2 else field(text)}\n" for number in range(24))
    return write(f"{file_name(text)}.csv", f"{field(text)},b,t\n{rows}")


def reading(reader: str) -> str:
    """A spec that reads a column."""
    return write("reads.graph", READS.replace("READER", reader))


def of_a_column(content: str, column: str) -> Make:
    """A CSV file in which FIELD is the hostile text."""

    def made(text: str) -> Command:
        write("d.csv", content.replace("FIELD", field(text)))
        return ["run", reading(f'csv("d.csv", "{column}")'), "--rows", "0"]

    return made


def of_an_archive(text: str) -> Command:
    arrays("k.npz", text)
    return ["run", reading('npz("k.npz", "x")'), "--rows", "0"]


def of_a_dataset(text: str) -> Command:
    arrays("k.npz", text)
    return ["CHAINRULE_DATA=.", "run", reading('dataset("k", "x")'), "--rows", "0"]


def of_datasets(text: str) -> Command:
    arrays(f"{file_name(text)}.npz", "x")
    return ["CHAINRULE_DATA=.", "run", reading('dataset("k", "x")'), "--rows", "0"]


def of_a_file(*words: str) -> Make:
    """A command whose spec FILE has a hostile name."""
    return lambda text: [apple(text) if word == "FILE" else word for word in words]


def of_a_text(text_with_name: str) -> Make:
    """`check` of a spec that holds the hostile text itself."""
    return lambda text: ["check", write("a.graph", text_with_name.replace("NAME", text))]


def of_a_model(line: str) -> Make:
    return lambda text: [model(text) if word == "MODEL" else word for word in line.split()]


def of_words(line: str) -> Make:
    """A command line in which NAME is the hostile text; apple.graph, and net.graph with hostile classes, are there."""

    def made(text: str) -> Command:
        apple()
        net(f"a{text}", f"b{text}")
        return [word.replace("NAME", text.replace("\0", "")) for word in line.split()]

    return made


FILES = (
    "check FILE", "run FILE", "run FILE --all", "grad FILE", "gradcheck FILE", "test FILE", "test FILE FILE",
    "show FILE", "show FILE --after python", "show FILE --defaults", "draw FILE", "draw FILE --to svg",
    "draw FILE --to svg --out -",
    "draw FILE --html --out -", "draw FILE --to dot", "step FILE", "step FILE --latex", "step FILE --markdown",
    "quiz FILE", "fmt FILE", "export FILE --to python",
    "export FILE --to graph", "export FILE --out a.onnx", "import a.onnx", "import FILE",
    "fmt FILE --check --diff", "diff FILE FILE", "train FILE", "bench FILE",
    "plot FILE curves",
)  # fmt: skip

TEXTS = (
    'chainrule 1 "NAME"\na = 1\n', "## NAME\na = 1\n", "# NAME\na = 1\n", "aNAME = 1\n", "output y = bNAME(1)\n",
    "a = 1 NAME 2\n", 'dim N\ninput x: [N]\ny = x\ndata d { x = csv("NAME", "NAME") }\n', 'use "NAME"\na = 1\n',
    'a = 1\ntrain { minimize = a ; data = "NAME" }\n',
)  # fmt: skip

MODELS = (
    "eval MODEL", "check MODEL", "show MODEL", "show MODEL --defaults", "run MODEL --rows 0:2", "grad MODEL",
    "test MODEL", "step MODEL --inputs rows.json", "step MODEL --markdown", "draw MODEL", "plot MODEL confusion",
    "plot MODEL decision",
    "export MODEL --to python", "predict MODEL --inputs rows.csv", "predict MODEL --inputs rows.csv --out p.json",
    "diff MODEL net.graph",
)  # fmt: skip

WORDS = (
    "NAME", "run NAME", "run net.graph --NAME", "run net.graph NAME NAME", "run net.graph --set NAME=1", "eval NAME",
    "run apple.graph --set price=NAME", "run net.graph --set NAME", "run net.graph --rows NAME", "diff NAME NAME",
    "run net.graph --inputs NAME", "grad net.graph --of NAME", "grad apple.graph --upstream NAME", "explain NAME",
    "step net.graph --by NAME", "quiz apple.graph --by NAME", "quiz apple.graph --tolerance NAME", "check NAME NAME",
    "draw apple.graph --out NAME", "draw apple.graph --to NAME", "plot NAME curves", "plot net.graph NAME",
    "bench NAME",
    "train net.graph --checkpoint-every NAME --run r", "train NAME --find-lr", "train net.graph --set train.data=NAME",
    "plot net.graph weights --shape NAME", "predict NAME --inputs NAME", "bench --seconds NAME", "test NAME NAME",
    "new NAME", "new --from NAME --target NAME", "new mlp --out NAME",
    "gradcheck net.graph --of NAME", "show NAME --after syntax", "fmt NAME --diff", "export net.graph --out NAME",
    "import NAME",
    "CHAINRULE_LIMITS=NAME run apple.graph", "CHAINRULE_DATA_LIMIT=NAME run net.graph --rows 0",
    "run net.graph --rows 0:9", "train net.graph", "train net.graph --find-lr", "bench net.graph --seconds 0.0001",
    "step net.graph", "draw net.graph", "gradcheck net.graph", "train net.graph --resume NAME/NAME --quiet",
)  # fmt: skip

CASES: tuple[Make, ...] = (
    *(of_a_file(*line.split()) for line in FILES),
    *map(of_a_text, TEXTS),
    *map(of_a_model, MODELS),
    *map(of_words, WORDS),
    lambda text: ["fmt", write(f"{file_name(text)}.graph", "a  =  1 # \r\n")],
    lambda text: ["fmt", "--diff", write(f"{file_name(text)}.graph", "a  =  1 # \r\n")],
    lambda text: ["draw", write("a.graph", f"## {text}\na = 1\noutput b = (\n")],
    # --- what is written, and where
    lambda text: ["train", net(), "--run", f"runs/{file_name(text)}"],
    lambda text: ["train", net(), "--run", f"{file_name(text)}/", "--quiet"],
    lambda text: ["train", net(), "--resume", trained(f"{file_name(text)}r")],
    lambda text: ["train", net(), "--run", trained(f"{file_name(text)}r")],
    lambda text: ["train", net(), "--plot", f"{file_name(text)}.svg"],
    lambda text: ["plot", trained("run"), "curves", "--out", f"{file_name(text)}.svg"],
    lambda text: ["draw", apple(), "--out", f"{file_name(text)}.svg"],
    lambda text: ["predict", trained("run"), "--inputs", "rows.csv", "--out", f"{file_name(text)}.csv"],
    # --- columns, classes, keys
    lambda text: ["run", net(header=f"{field(text)},a,b"), "--rows", "0:2"],
    of_a_column("1\nFIELD\n", "1"),
    of_a_column("x\nFIELD\n1\n", "x"),
    of_a_column("x,y\nFIELD,FIELD\n", "z"),
    of_a_column('x\n"FIELD" 1\n', "x"),
    of_an_archive,
    of_a_dataset,
    of_datasets,
    lambda text: ["run", reading(f'npz("{arrays(f"{file_name(text)}.npz", "x")}", "x")'), "--rows", "0"],
    lambda text: ["eval", trained(file_name(text), f"a{text}", f"b{text}")],
    lambda text: ["plot", trained(file_name(text), f"a{text}", f"b{text}"), "confusion"],
    lambda text: ["plot", trained("run", f"a{text}", f"b{text}"), "decision"],
    lambda text: ["predict", trained("run", f"a{text}", f"b{text}"), "--inputs", "rows.csv"],
    lambda text: ["predict", trained("run"), "--inputs", write("n.csv", f"{field(text)},b\n1,2\n")],
    lambda text: ["predict", trained("run"), "--inputs", write(f"{file_name(text)}.csv", "c,d\n1,2\n")],
    lambda text: ["predict", trained("run"), "--inputs", values(text)],
    lambda text: ["diff", written_over(text), trained("other")],
    lambda text: ["play", "--no-browser", f"{file_name(text)}.graph"],
    lambda text: ["new", "--from", table(text), "--target", "t"],
    lambda text: ["new", "--from", table(text), "--target", text, "--out", f"{file_name(text)}.graph"],
    lambda text: ["plot", written_over(text), "curves"],
    lambda text: ["train", net(), "--resume", written_over(text)],
    lambda text: ["run", apple(), "--inputs", values(text)],
    lambda text: ["run", apple(), "--inputs", arrays(f"{file_name(text)}.npz", text)],
    lambda text: ["grad", apple(), "--upstream", values(text)],
)  # fmt: skip
"""Where a hostile text can come from, each with a verb that shows it."""

WAYS = ("pipe", "JSON", "terminal")


class Watched(io.TextIOWrapper):
    """A stream that keeps what is written to it; on a terminal it says that it is one."""

    def __init__(self, way: str) -> None:
        self.kept = io.BytesIO()
        self.way = way
        super().__init__(self.kept, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)

    def isatty(self) -> bool:
        return self.way == "terminal"

    def text(self) -> str:
        return self.kept.getvalue().decode("utf-8")


class Print(NamedTuple):
    """One call: in which way, the command, its exit code, and what got through; empty where nothing did."""

    way: str
    command: Command
    code: int
    through: str


def printed(make: Make, text: str, way: str) -> Print:
    """Calls a verb with a hostile text, in an empty folder."""
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        command = make(text)
        arguments = [*command, "--json"] if way == "JSON" else list(command)
        while arguments[0].startswith("CHAINRULE_"):
            name, _, os.environ[name] = arguments.pop(0).partition("=")
        streams = (sys.stdin, sys.stdout, sys.stderr)
        typed = io.BytesIO(text.encode("utf-8", "surrogateescape") + b"\n")
        out, errors = Watched(way), Watched(way)
        sys.stdin, sys.stdout, sys.stderr = io.TextIOWrapper(typed, "utf-8", "surrogateescape"), out, errors
        try:
            code = exit_code(arguments)
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams
            os.environ.clear()
            os.environ.update(environment)
    return Print(way, command, code, through(f"{out.text()}\n{errors.text()}", way))


def through(text: str, way: str) -> str:
    """What of a hostile text stands in an output; empty where nothing does."""
    if way == "terminal":  # our own colours, and the line that a training writes again and again
        if COLOURED in text or CLEARED in text:
            return "a sequence"
        text = re.sub(r"\r?\x1b\[[0-9;?]*[A-Za-z]", "", text)
    if found := HIDDEN.search(text.replace("\ufffd", "").replace("\r", "\r.")):
        return repr(found[0])
    if "\t" in text:
        return "a tab"
    return "a line" if re.search(f"^{FORGED}", text, re.MULTILINE) else ""


def hostile(generator: random.Random) -> str:
    """A text with a few signs in it."""
    return "".join(generator.choice(PLAIN) + generator.choice(SIGNS) for _ in range(generator.randint(1, 3))) + "z"


def prints(count: int, seed: int = 0) -> Iterator[Print]:
    """So many prints: the cases in turn, each time with another text and in another way."""
    generator = random.Random(seed)
    for number in range(count):
        turn, case = divmod(number, len(CASES))
        yield printed(CASES[case], hostile(generator), WAYS[(turn + case) % len(WAYS)])


def verb(command: Command) -> str:
    return next((word for word in command if word in VERBS), "no verb")


def main() -> None:
    os.environ["CHAINRULE_CACHE"] = ""
    os.environ.pop("NO_COLOR", None)
    counted: Counter[str] = Counter()
    failed = 0
    for each in prints(int(sys.argv[1]) if len(sys.argv) > 1 else 1000):
        counted[verb(each.command)] += 1
        if each.through or each.code not in (0, 1, 2):
            failed += 1
            print(f"{each.way}, exit code {each.code}: {each.command!r}: {each.through}", flush=True)
    print(f"{counted.total()} prints, {failed} with something that steers a terminal; by verb: {dict(counted)}")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
