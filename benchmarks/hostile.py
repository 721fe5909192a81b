"""Texts that want to hang or fill a machine: each gets an answer in time, within a fixed memory.

`python benchmarks/hostile.py` writes them into a temporary folder, runs `check` on each from the shell, and prints a
table: what was asked, its size, the time and the memory that it may take and took, and the answer. The time is 1 s and
8 s a megabyte, the memory 256 MB. Exit code 1 where one of them took more, or ended with a traceback.
`--quick` takes a hundredth of each size; names choose some of them.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

SECONDS, SECONDS_A_MEGABYTE, MEGABYTES = 1.0, 8.0, 256.0

Text = str | bytes


class Case(NamedTuple):
    """A hostile text: its name, and how it is made for a scale of 1 (full size) or less."""

    name: str
    make: Callable[[float], Text]


def count(full: int, scale: float) -> int:
    return max(int(full * scale), 1)


def doubling(scale: float) -> str:
    """Blocks each of which calls the one before it twice."""
    depth = count(60, scale) + 5
    blocks = ["block b0(x) { return exp(x) }"]
    blocks += [f"block b{n}(x) {{ return b{n - 1}(b{n - 1}(x)) }}" for n in range(1, depth)]
    return "\n".join([*blocks, "input x = 1", f"output y = b{depth - 1}(x)"]) + "\n"


def passed(scale: float) -> str:
    """Blocks that call the one before them twice, and pass an operation down to the first."""
    blocks = ["block b0(x, f) { return f(f(x)) }"]
    blocks += [f"block b{n}(x, f) {{ return b{n - 1}(b{n - 1}(x, f), f) }}" for n in range(1, 60)]
    return "\n".join([*blocks, "output y = b59(1, exp)"]) + "\n"


def nested(opener: str, full: int, closer: str, before: str = "a = ", inside: str = "1") -> Callable[[float], str]:
    return lambda scale: before + opener * count(full, scale) + inside + closer * count(full, scale) + "\n"


CHAIN = "input x = 1\noutput y = x -> "
COPIES = "block copies(x, n) { return x -> repeat (n + 1) { exp } }\n"

CASES = [
    Case("nested parentheses, 100,000", nested("(", 100_000, ")")),
    Case("nested parentheses, 1,000,000", nested("(", 1_000_000, ")")),
    Case("openers, 100,000", lambda scale: "a = " + "(" * count(100_000, scale) + "\n"),
    Case("closers, 100,000", lambda scale: "a = 1" + ")" * count(100_000, scale) + "\n"),
    Case("nested lists, 100,000", nested("[", 100_000, "]")),
    Case("nested calls, 100,000", nested("exp(", 100_000, ")")),
    Case("minus signs, 100,000", lambda scale: "a = " + "-" * count(100_000, scale) + "1\n"),
    Case("powers, 100,000", lambda scale: "a = 1" + " ** 1" * count(100_000, scale) + "\n"),
    Case("a line of 10 MB: a sum", lambda scale: "a = 1" + " + 1" * count(2_500_000, scale) + "\n"),
    Case("a line of 10 MB: a name", lambda scale: "a = " + "x" * count(10_000_000, scale) + "\n"),
    Case("a line of 10 MB: a text", lambda scale: 'const a = "' + "x" * count(10_000_000, scale) + '"\nb = 1\n'),
    Case("a line of 10 MB: a number", lambda scale: "a = " + "1" * count(10_000_000, scale) + "\n"),
    Case("a line of 10 MB: a list", lambda scale: "a = sum([1" + ", 1" * count(3_333_333, scale) + "])\n"),
    Case("a line of 10 MB: blanks", lambda scale: "a = " + " " * count(10_000_000, scale) + "1\n"),
    Case("a line of 10 MB: signs", lambda scale: "a = " + "$" * count(10_000_000, scale) + "\n"),
    Case("a line of 10 MB: a chain", lambda scale: "a = 1" + " -> exp" * count(1_400_000, scale) + "\n"),
    Case("a line of 10 MB: a comment", lambda scale: "a = 1 #" + "x" * count(10_000_000, scale) + "\n"),
    Case("comments, 1,000,000", lambda scale: "#\n" * count(1_000_000, scale) + "a = 1\n"),
    Case("doc lines, 1,000,000", lambda scale: "##\n" * count(1_000_000, scale) + "a = 1\n"),
    Case("blank lines, 10,000,000", lambda scale: "\n" * count(10_000_000, scale) + "a = 1\n"),
    Case("faulty lines, 1,000,000", lambda scale: "a = \n" * count(1_000_000, scale)),
    Case("statements, 100,000", lambda scale: "".join(f"a{n} = {n}\n" for n in range(count(100_000, scale)))),
    Case("one name, 300,000 times", lambda scale: "a = 1\n" * count(300_000, scale)),
    Case("a chain of statements, 100,000",
         lambda scale: "a0 = 1\n" + "".join(f"a{n} = exp(a{n - 1})\n" for n in range(1, count(100_000, scale)))),
    Case("a circle of 50,000", lambda scale: "".join(
        f"a{n} = a{(n + 1) % count(50_000, scale)} + 1\n" for n in range(count(50_000, scale)))),
    Case("repeat 1000000000", lambda scale: "input x = 1\noutput y = x -> repeat 1000000000 { exp }\n"),
    Case("repeats in repeats", lambda scale: nested("repeat 1000 { ", 20, " }", CHAIN, "exp")(1.0)),
    Case("repeats in repeats, 100,000 deep", nested("repeat 1 { ", 100_000, " }", CHAIN, "exp")),
    Case("a repeat of as many as a block is given", lambda scale: COPIES + "output y = copies(1, 1000000000)\n"),
    Case("the same, a thousand times", lambda scale: COPIES + "output y = 1 -> repeat 1000 { copies(1000) }\n"),
    Case("the same, by arithmetic", lambda scale: COPIES + "block more(x, n) { return copies(x, n ** 4) }\n"
         + "output y = more(1, 200)\n"),
    Case("repeats of a name that nothing has", lambda scale: "output y = 1 -> repeat 300000 { rleu }\n"),
    Case("repeats in repeats, 5,000 digits", lambda scale: nested("repeat 9 { ", 5000, " }", CHAIN, "exp")(1.0)),
    Case("blocks that double", doubling),
    Case("a block that is passed on and doubles", passed),
    Case("a block that calls itself", lambda scale: "block f(x) { return f(x) }\na = f(1)\n"),
    Case("a file that uses itself", lambda scale: 'use "hostile.graph"\na = 1\n'),
    Case("parameters of 10^18 bytes", lambda scale: "param W: [1000000000, 1000000000] = zeros()\noutput y = sum(W)\n"),
    Case("an input of 10^18 elements",
         lambda scale: "input x: [1000000000, 1000000000]\noutput y = sum(x + 1)\n"),
    Case("5,000-digit integers", lambda scale: ("a = " + "9" * 5000 + "\n") * count(100, scale)),
    Case("5,000-digit sizes", lambda scale: "input x: [" + "9" * 5000 + "]\na = sum(x)\n"),
    Case("5,000-digit powers", lambda scale: "const a = 9 ** 9 ** 9 ** 9\nb = a\n"),
    Case("products of constants", lambda scale: "const a0 = 99999999999999999999\n"
         + "".join(f"const a{n} = a{n - 1} * a{n - 1}\n" for n in range(1, 40)) + "b = a39\n"),
    Case("1e999", lambda scale: "a = 1e999\n"),
    Case("UTF-16", lambda scale: "a = 1\n".encode("utf-16") * count(100_000, scale)),
    Case("NUL", lambda scale: "a = 1\0\n" * count(100_000, scale)),
    Case("lone CR", lambda scale: "a = 1\r" * count(100_000, scale)),
    Case("bidirectional controls", lambda scale: "a = 1 # \u202e\n" * count(100_000, scale)),
    Case("look-alike names", lambda scale: "".join(f"a{n} = 1\n\u0430{n} = 1\n" for n in range(count(50_000, scale)))),
    Case("zero-width characters", lambda scale: "a\u200b = 1\n" * count(100_000, scale)),
    Case("non-ASCII digits", lambda scale: "a = \u0663\n" * count(100_000, scale)),
    Case("combining marks, 1,000,000", lambda scale: "a" + "\u0301" * count(1_000_000, scale) + " = 1\n"),
    Case("one name, near 50,000 others",
         lambda scale: "".join(f"abcdef{n} = abcdeg{n}\n" for n in range(count(50_000, scale)))),
    Case("random bytes, 1 MB",
         lambda scale: bytes((n * 2654435761 >> 7) & 0xFF for n in range(count(1_000_000, scale)))),
    Case("random signs, 1 MB", lambda scale: "".join(
        "(){}[]=;,\n #\"ab1.-+*>"[(n * 2654435761 >> 9) % 21] for n in range(count(1_000_000, scale)))),
]  # fmt: skip


class Answer(NamedTuple):
    """What became of one text."""

    name: str
    megabytes: float
    allowed: float
    seconds: float
    memory: float
    line: str
    fine: bool


def ask(case: Case, scale: float, folder: Path) -> Answer:
    text = case.make(scale)
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    (folder / "hostile.graph").write_bytes(data)
    allowed = SECONDS + SECONDS_A_MEGABYTE * len(data) / 1e6
    started = time.perf_counter()
    with open(folder / "answer", "w+b") as answer:
        process = subprocess.Popen(
            [sys.executable, "-m", "chainrule", "check", "hostile.graph"], cwd=folder, stdout=answer, stderr=answer
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        answer.seek(0)
        lines = answer.read(4_000_000).decode("utf-8", "replace").splitlines() or [""]
    memory = usage.ru_maxrss / 1024
    own = any("Traceback" in line or "fault of chainrule" in line for line in lines)
    honest = process.returncode in (0, 1) and not own
    fine = honest and seconds <= allowed and memory <= MEGABYTES
    return Answer(case.name, len(data) / 1e6, allowed, seconds, memory, lines[0] if honest else lines[-1], fine)


def answers(cases: list[Case], scale: float) -> Iterator[Answer]:
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            yield ask(case, scale, Path(folder))


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--quick"]
    chosen = [case for case in CASES if not words or any(word in case.name for word in words)]
    print("| text | MB | s allowed | s | MB of memory | answer |\n|---|---|---|---|---|---|")
    failed = 0
    for answer in answers(chosen, 0.01 if "--quick" in sys.argv else 1.0):
        failed += not answer.fine
        said = answer.line.replace("|", "\\|")
        said = said if len(said) < 110 else said[:107] + "..."
        print(
            f"| {answer.name} | {answer.megabytes:.2f} | {answer.allowed:.1f} | {answer.seconds:.2f} "
            f"| {answer.memory:.0f} | {'' if answer.fine else '**over** '}{said} |",
            flush=True,
        )
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
