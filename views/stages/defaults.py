"""A spec with everything written out that it leaves to defaults, as text that means the same."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ...compiler.elaborate.order import parts_of
from ...compiler.elaborate.settings import read_setting
from ...compiler.graph.signatures import (
    ARRANGED,
    FITTED,
    GENERATORS,
    INITIALISERS,
    OPTIMISERS,
    READERS,
    REPORTS,
    SCHEDULES,
    STOPS,
    Signature,
    of_a_column,
)
from ...compiler.graph.spec import Spec, TrainSection
from ...compiler.ops.attribute import attribute_text
from ...compiler.ops.table import OPERATIONS, find
from ...compiler.sections.data_section import is_fitted
from ...compiler.shape import Type, shape_text
from ...grammar.parse import parse
from ...grammar.source import Source
from ...grammar.syntax import (
    Block,
    Call,
    Const,
    Expect,
    Expression,
    Input,
    Name,
    Next,
    Node,
    Output,
    Param,
    Section,
    Stage,
    State,
    Statement,
)
from ...grammar.write import write

EXACT_KEYS = ("accumulate", "sampling", "schedule", "precision", "seed", "exact")
"""Keys of `train` whose defaults the language can write."""

LEFT_OUT = {
    "groups": "none",
    "batch": "all rows",
    "report": "once an epoch",
    "metrics": "none",
    "stop": "after the last epoch or step",
}
"""Words for the default of a key of `train` where no value of the language would say the same."""


class Edit(NamedTuple):
    """Text that takes the place of what stands from `start` to before `stop`."""

    start: int
    stop: int
    text: str


def defaults_text(spec: Spec, settings: Mapping[str, str]) -> str:
    """The file of a spec in canonical layout, every default and every setting in its place.

    A setting that no statement of the file can hold (a param inside a block, a dim) is named in a comment at the top.
    """
    filler = _Filler(spec, settings)
    edits = sorted(filler.edits(), key=lambda edit: (edit.start, edit.stop))
    text, place, pieces = spec.source.text, 0, []
    for edit in edits:
        pieces += [text[place : edit.start], edit.text]
        place = edit.stop
    made = "".join([*pieces, text[place:]])
    untold = [f"# not in this text: --set {name}={settings[name]}\n" for name in filler.untold]
    module, _ = parse(Source(spec.source.name, made))
    return "".join(untold) + write(module)


class _Filler:
    """Finds what is to be written where in one file."""

    def __init__(self, spec: Spec, settings: Mapping[str, str]) -> None:
        self.spec = spec
        self.settings = settings
        self.untold = list(settings)
        """Settings that found no place yet."""
        self.hidden: frozenset[str] = frozenset()
        """Names of operations that mean blocks in this file."""

    def edits(self) -> Iterator[Edit]:
        module, _ = parse(self.spec.source)
        blocks = {each.name.name for each in module.statements if isinstance(each, Block)}
        blocks |= {each.block for each in self.spec.full.expansions}  # those of used files, as far as they are called
        self.hidden = frozenset(name for name in blocks if find(name) is not None)
        for statement in module.statements:
            if isinstance(statement, Section):
                yield from self._section(statement)
            elif isinstance(statement, Block):
                yield from _inside_block(statement, self.hidden)
            else:
                yield from self._statement(statement)

    # --- statements ---------------------------------------------------------------------------------------------

    def _statement(self, statement: Statement) -> Iterator[Edit]:
        graph = self.spec.graph
        match statement:
            case Input(name, annotation, default):
                if annotation is None:
                    yield _annotated(name, graph.nodes[graph.inputs[name.name].index].type)
                if replaced := self._setting(name.name):
                    place = default or annotation or name
                    start = default.start if default else place.stop
                    yield Edit(start, place.stop, ("" if default else " = ") + replaced)
            case Param(name, annotation, value) | State(name, annotation, value):
                if annotation is None:
                    yield _annotated(name, graph.nodes[graph.held[name.name].index].type)
                yield from self._value(name.name, value)
            case Const(name, value):
                yield from self._value(name.name, value)
            case Node() | Output() | Next() if statement.value is not None:
                yield from _completed(statement.value, bound=self.hidden)
            case Expect(left, _, right):
                yield from _completed(left, bound=self.hidden)
                yield from _completed(right, bound=self.hidden)

    def _value(self, name: str, value: Expression) -> Iterator[Edit]:
        if (replaced := self._setting(name)) is not None:
            yield Edit(value.start, value.stop, replaced)
        else:
            yield from _completed(value, bound=self.hidden)

    def _setting(self, name: str) -> str | None:
        """What a setting puts in the place of a value, as the language writes it."""
        text = self.settings.get(name)
        if text is None:
            return None
        self.untold.remove(name)
        return f'"{text}"' if read_setting(name, text).fault else text

    # --- sections -----------------------------------------------------------------------------------------------

    def _section(self, section: Section) -> Iterator[Edit]:
        train = self.spec.train if section.kind == "train" else None
        place = section.name.name if section.name else "train"
        tables = SETTINGS if train else COLUMNS
        replaced = {name.partition(".")[2] for name in self.settings if name.startswith(f"{place}.")}
        for entry in section.entries:
            key = entry.key.name
            replaced.discard(key)
            if (text := self._setting(f"{place}.{key}")) is not None:
                yield Edit(entry.value.start, entry.value.stop, text)
            elif other := EITHER.get(key) if train and EITHER.get(key) in replaced else None:
                replaced.discard(other)
                yield Edit(entry.start, entry.stop, f"{other} = {self._setting(f'train.{other}')}")
            else:
                yield from _completed(entry.value, tables, self.hidden if train else ())
        added = [f"{key} = {self._setting(f'{place}.{key}')}" for key in sorted(replaced)]
        if train:
            given = {entry.key.name for entry in section.entries} | replaced
            text = self.spec.source.text[section.start : section.stop]
            added += [line for line in _missing_keys(train, given) if line not in text or not line.startswith("#")]
        if added:
            closer = section.stop - 1
            on_own_line = self.spec.source.text[:closer].rstrip(" \t").endswith("\n")
            yield Edit(closer, closer, "\n" * (not on_own_line) + "".join(f"{line}\n" for line in added))


COLUMNS = {**READERS, **GENERATORS, **{name: of_a_column(each) for name, each in {**FITTED, **ARRANGED}.items()}}
SETTINGS = {**OPTIMISERS, **SCHEDULES, **STOPS, **REPORTS}
EITHER = {"epochs": "steps", "steps": "epochs", "test": "hold_out", "hold_out": "test"}
"""Keys of `train` that take each other's place."""


def _missing_keys(train: TrainSection, given: Collection[str]) -> Iterator[str]:
    """A line for each key that is not given: with its default, or a comment that says what holds."""
    for key in EXACT_KEYS:
        if key in given or (key == "sampling" and train.data is None):
            continue
        value = getattr(train, key)
        yield (
            f"{key} = {str(value).lower() if isinstance(value, bool) else value}"
            if key != "schedule"
            else (f"schedule = {train.schedule.name}(warmup = 0)")
        )
    for key, holds in LEFT_OUT.items():
        if key not in given and not (key == "batch" and train.data is None):
            yield f"# {key}: {holds}"


def _annotated(name: Name, type: Type) -> Edit:
    """The type of what is declared without one."""
    return Edit(name.stop, name.stop, f": {shape_text(type.shape) if type.shape else 'real'}")


def _inside_block(block: Block, hidden: frozenset[str]) -> Iterator[Edit]:
    """Defaults of the calls in a block; its parameters, too, may have the names of operations."""
    bound = hidden | {parameter.name.name for parameter in block.parameters}
    for parameter in block.parameters:
        if parameter.default is not None:
            yield from _completed(parameter.default, bound=bound)
    for statement in block.body:
        if isinstance(statement, Node | Param | State | Next):
            yield from _completed(statement.value, bound=bound)
    for value in block.result.values if block.result else ():
        yield from _completed(value, bound=bound)


# --- calls ------------------------------------------------------------------------------------------------------


def _completed(
    expression: Expression, tables: Mapping[str, Signature] = INITIALISERS, bound: Collection[str] = ()
) -> Iterator[Edit]:
    """The arguments that calls in an expression leave out. Iterative."""
    if isinstance(expression, Name) and expression.name in tables and expression.name not in bound:
        yield from _stage(expression, tables, piped=0)
        return
    work: list[object] = [expression]
    while work:
        part = work.pop()
        if isinstance(part, Call) and part.function.name not in bound:
            yield from _call(part, tables, piped=0)
        elif isinstance(part, Stage) and isinstance(part.target, Call):
            if part.target.function.name not in bound:
                yield from _call(part.target, tables, piped=1)
            work += [argument.value for argument in part.target.arguments]
            continue
        elif isinstance(part, Stage) and isinstance(part.target, Name) and part.target.name not in bound:
            yield from _stage(part.target, tables, piped=1)
        work += parts_of(part)


def _call(call: Call, tables: Mapping[str, Signature], *, piped: int) -> Iterator[Edit]:
    if call.function.name in FITTED and not is_fitted(call, piped):
        tables = {}
    positional = piped + sum(argument.keyword is None for argument in call.arguments)
    keywords = {argument.keyword.name for argument in call.arguments if argument.keyword}
    parameters = _parameters(call.function.name, tables, positional)
    left = [f"{name} = {value}" for name, value in parameters[positional:] if value and name not in keywords]
    if not left:
        return
    if call.arguments:
        place = call.arguments[-1].stop
        yield Edit(place, place, "".join(f", {each}" for each in left))
    else:
        yield Edit(call.function.stop, call.stop, f"({', '.join(left)})")


def _stage(name: Name, tables: Mapping[str, Signature], *, piped: int) -> Iterator[Edit]:
    """A bare name that stands for a call."""
    left = [f"{each} = {value}" for each, value in _parameters(name.name, tables, piped)[piped:] if value]
    if left:
        yield Edit(name.stop, name.stop, f"({', '.join(left)})")


def _parameters(name: str, tables: Mapping[str, Signature], positional: int) -> list[tuple[str, str]]:
    """The parameters of what is called, each with its default as text, empty where the language can't write it.

    `positional`: how many arguments stand without a name.
    """
    if name in tables:
        return [(each.name, _written(each.default)) for each in tables[name].parameters]
    operation = find(name)
    if operation is None or not operation.written:
        return []
    written = [attribute for attribute in operation.attributes if attribute.written]
    defaults = [(each.name, "" if each.default is None else attribute_text(each.default)) for each in written]
    by_name = OPERATIONS[operation.weighted].by_name if operation.weighted else ()
    return [*((operand, "") for operand in operation.slots(positional)), *defaults, *((each, "") for each in by_name)]


def _written(value: object) -> str:
    return "" if value is None else attribute_text(value, repr)  # type: ignore[arg-type]  # what a signature may have
