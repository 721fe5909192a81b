"""A program in which something was found, made as small as it can be with the same found in it."""

from collections.abc import Callable
from dataclasses import replace

from random_programs import RandomProgram

Fails = Callable[[RandomProgram], bool]
"""fails(program): whether the same is found in it; False where it does not compile."""

SIMPLER = (("precision = float32", "precision = float64"), ("accumulate = 2 ; ", ""), ("accumulate = 3 ; ", ""))


def shrunk(program: RandomProgram, fails: Fails) -> RandomProgram:
    """Leaves out statements, takes the terms of sums one by one, and shortens the training, as long as it fails."""
    changed = True
    while changed:
        changed = False
        for smaller in _smaller(program):
            if fails(smaller):
                program, changed = smaller, True
                break
    return program


def _smaller(program: RandomProgram) -> list[RandomProgram]:
    lines = program.text.splitlines()
    made = []
    for number, line in enumerate(lines):
        if not line.startswith(("dim", "train")):
            made.append(_with(program, lines[:number] + lines[number + 1 :]))
    for number, line in enumerate(lines):
        if line.startswith("loss = ") and len(parts := _terms(line.removeprefix("loss = "))) > 1:
            made += [
                _with(
                    program,
                    [*lines[:number], "loss = " + " + ".join(parts[:at] + parts[at + 1 :]), *lines[number + 1 :]],
                )
                for at in range(len(parts))
            ]
    made += [_with(program, program.text.replace(old, new).splitlines()) for old, new in SIMPLER if old in program.text]
    if len(program.rows) > 1:
        made += [replace(program, rows=program.rows[:1]), replace(program, rows=program.rows[1:])]
    return made


def _with(program: RandomProgram, lines: list[str]) -> RandomProgram:
    text = "\n".join(lines) + "\n"
    inputs = {name: given for name, given in program.inputs.items() if f"input {name}:" in text}
    return replace(program, text=text, inputs=inputs)


def _terms(text: str) -> list[str]:
    """The parts of a sum that stand in no parentheses."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += character in "([{"
        depth -= character in ")]}"
        if not depth and text.startswith(" + ", place):
            parts.append(text[start:place])
            start = place + 3
    return [*parts, text[start:]]
