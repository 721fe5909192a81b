"""The proof of written steps: it finds each fault that is put into the planning of memory, and lines that do wrong."""

import inspect
import textwrap
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import pytest
from planned import FOLDED, WAYS, hold_seed, trainers
from random_programs import random_program

from chainrule.compiler.lower.verify import Broken
from chainrule.compiler.ops.emitter import Buffer
from chainrule.compiler.targets import lowering, writer
from chainrule.compiler.targets import numpy_step as train_step
from chainrule.compiler.targets.numpy_step import StepSource
from chainrule.compiler.targets.verify_step import verify_step
from chainrule.compiler.targets.writer import Options, Value, Writer, program_text
from chainrule.runtime.steps import numpy_step as compiled_step


class Mutant(NamedTuple):
    """A fault: in the function `name` of `owner`, a text is replaced by another."""

    owner: Any
    name: str
    old: str
    new: str


LOWERING = lowering._Lowering
MUTANTS = {
    "what is reshaped is given away": Mutant(
        lowering, "carried", "lost = changed[number] or not reformed", "lost = not reformed"
    ),
    "readers do not count": Mutant(lowering, "carried", "readers[operand] == 1 and ", ""),
    "later readers do not count": Mutant(lowering, "carried", " and operand not in read_later", ""),
    "one reader more": Mutant(LOWERING, "_last_reader", "part.pending == 1", "part.pending <= 2"),
    "leaves are written at once": Mutant(LOWERING, "_may_write", "return False", "return True"),
    "weights are changed at once": Mutant(LOWERING, "_is_read", "> 0", "> 99"),
    "freed before the last reader": Mutant(LOWERING, "_forget", "part.pending == 0", "part.pending <= 1"),
    "views do not count": Mutant(LOWERING, "_alias", "self.parts[operand]", "None"),
    "fused updates do not count": Mutant(LOWERING, "__init__", "change.values for change in changes", "() for _ in ()"),
    "gradients stay where they are": Mutant(writer.Writer, "same", "return one.ordered and", "return one.ordered or"),
    "gradients are looked for elsewhere": Mutant(
        train_step._Step, "_part", 'row[0] == "gradients" and', "row is None and"
    ),
    "kernels share their scratch": Mutant(
        writer.Writer, "scratch", "self._scratch.append((offset, size))", "self.freed(offset, size)"
    ),
}


def put(mutant: Mutant, patch: pytest.MonkeyPatch) -> None:
    """Puts the fault in, wherever the function has been imported."""
    function = getattr(mutant.owner, mutant.name)
    text = textwrap.dedent(inspect.getsource(function))
    assert mutant.old in text
    made: dict[str, Any] = dict(function.__globals__)
    exec(text.replace(mutant.old, mutant.new), made)
    for owner in (mutant.owner, train_step):
        if getattr(owner, mutant.name, None) is function:
            patch.setattr(owner, mutant.name, made[mutant.name])


def first_broken(count: int) -> int | None:
    """The first random program in whose steps the proof finds a fault."""
    ways = [(WAYS, name) for name in ("optimised", "without passes")] + [(FOLDED, name) for name in ("folded", "early")]
    for seed in range(count):
        program = random_program(Random(seed))
        for made in (trainers(program.text, {name: table[name]}) for table, name in ways):
            try:
                (taker,) = made.values()
                for feeds in program.batches():
                    taker.backend.step_for(taker._planner.filled(taker._planner.admitted(feeds)))
            except Broken:
                return seed
    return None


@pytest.mark.parametrize("name", MUTANTS)
def test_each_fault_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(MUTANTS[name], monkeypatch)
    assert first_broken(200) is not None


@pytest.mark.proof
@pytest.mark.parametrize("name", MUTANTS)
def test_random_programs_find_it_by_the_bits_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(MUTANTS[name], monkeypatch)
    monkeypatch.setattr(compiled_step, "step_source", train_step.step_source)
    assert any(map(fails, range(300)))


def fails(seed: int) -> bool:
    try:
        hold_seed(seed)
    except AssertionError:
        return True
    return False


# --- lines that do wrong ------------------------------------------------------------------------------------------


class Lines:
    """Two values of four numbers: `one` is made of an input, `two` of `one`."""

    def __init__(self) -> None:
        self.writer = Writer("float32", Options(noted=True))
        self.given = self.writer.argument("x0", (4,), "float32")
        self.one, self.offset, _ = self.writer.allocated((4,), "float32")
        self.two, _, _ = self.writer.allocated((4,), "float32")
        self.writer.call("exp", self.given, self.one)
        self.since = self.writer.stretch(0, [Value(self.given)], [self.one])

    def end(self, out: Buffer | None = None) -> None:
        """Writes the second value, and has all lines proved."""
        first = len(self.writer.lines)
        self.writer.call("negative", self.one, self.two)
        self.writer.stretch(first, [Value(self.one, self.since)], [out or self.two])
        self.proved()

    def proved(self) -> None:
        self.writer.line("return 0.0")
        made = self.writer
        inputs = (("x", (4,), "float32"),)
        text = program_text("step", ["x0"], made)
        source = StepSource(text, tuple(made.bindings.values()), made.arena.bytes, inputs, (), tuple(made.stretches))
        verify_step(source, "float32")


def test_lines_that_do_right() -> None:
    Lines().end()


def over_a_part(lines: Lines) -> None:
    part = lines.writer.at(lines.offset + 8, (1,))
    lines.writer.copy(part, lines.given)
    lines.end()


def over_a_view(lines: Lines) -> None:
    lines.writer.copy(lines.writer.view(lines.one, "reshape", (2, 2)), lines.given)
    lines.end()


def in_a_condition(lines: Lines) -> None:
    lines.writer.line(f"if not {lines.writer.method(lines.one, 'item')}() < 0:")
    lines.writer.line(f"    {lines.one}[...] = {lines.given}")
    lines.end()


def into_an_input(lines: Lines) -> None:
    lines.writer.call("exp", lines.one, lines.given)
    lines.end()


def into_a_view_of_an_input(lines: Lines) -> None:
    lines.writer.call("exp", lines.one, lines.writer.view(lines.given, "reshape", (2, 2)))
    lines.end()


def into_a_constant(lines: Lines) -> None:
    lines.writer.call("exp", lines.one, lines.writer.full(0.0, (4,)))
    lines.end()


def not_made(lines: Lines) -> None:
    lines.end(lines.writer.allocated((4,), "float32")[0])


def of_another(lines: Lines) -> None:
    first = len(lines.writer.lines)
    lines.writer.call("negative", lines.one, lines.two)
    lines.writer.stretch(first, [Value(lines.given)], [lines.two])
    lines.proved()


def over_its_operand(lines: Lines) -> None:
    first = len(lines.writer.lines)
    lines.writer.call("negative", lines.one, lines.two)
    lines.writer.call("exp", lines.two, lines.one)
    lines.writer.stretch(first, [Value(lines.one, lines.since)], [lines.two])
    lines.proved()


def by_an_unknown_function(lines: Lines) -> None:
    lines.writer.call("sort", lines.one, lines.two)
    lines.end()


def of_an_unknown_form(lines: Lines) -> None:
    lines.writer.line(f"{lines.one} += {lines.two}")
    lines.end()


WRONG: dict[Callable[[Lines], None], str] = {
    over_a_part: "was written over since line 1",
    over_a_view: "was written over since line 1",
    in_a_condition: "was written over since line 1",
    into_an_input: "`x0` is not the step's own",
    into_a_view_of_an_input: "`x0` is not the step's own",
    into_a_constant: "is not the step's own",
    not_made: "nothing has been written into",
    of_another: "is none of the operands",
    over_its_operand: "lies where the operand",
    by_an_unknown_function: "what does `sort` write?",
    of_an_unknown_form: "write?",
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_lines_that_do_wrong(wrong: Callable[[Lines], None]) -> None:
    with pytest.raises(Broken) as caught:
        wrong(Lines())
    assert WRONG[wrong] in str(caught.value)
