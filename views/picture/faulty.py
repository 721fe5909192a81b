"""A spec that is wrong becomes a picture all the same: a box a statement, as far as the text could be read."""

from collections.abc import Iterable, Iterator, Sequence

from ...compiler.ops.table import INDEX, INFIX, NEGATIVE, SAME
from ...grammar.diagnostic import Diagnostic
from ...grammar.render import prefix
from ...grammar.source import Source, Span
from ...grammar.syntax import (
    Block,
    Broken,
    Call,
    Chain,
    Const,
    Dim,
    Expression,
    Index,
    Infix,
    Input,
    List,
    Module,
    Name,
    Negative,
    Next,
    Node,
    Output,
    Param,
    Repeat,
    State,
    Statement,
)
from .picture import Box, BoxKind, Picture, Wire

KINDS: dict[type, BoxKind] = {Input: "input", Param: "param", State: "state"}

MOST_MESSAGES = 8


def outline(module: Module, diagnostics: Sequence[Diagnostic]) -> Picture:
    """The picture of a faulty spec: what the errors are about is red, and what they say stands above."""
    errors = [each for each in diagnostics if each.severity == "error"]
    return _Outline(module, errors).picture()


class _Outline:
    def __init__(self, module: Module, errors: Sequence[Diagnostic]) -> None:
        self.module = module
        self.errors = errors
        self.faults = list(_spans(module.source, (error.where for error in errors)))
        self.noted = list(_spans(module.source, (note.where for error in errors for note in error.notes)))
        self.known: dict[str, str] = {}
        """The box that each name stands for."""
        self.silent: set[str] = set()
        """Names that are no values: constants and dims."""
        self.boxes: list[Box] = []
        self.wires: list[Wire] = []
        self.places: dict[str, tuple[int, int]] = {}

    def picture(self) -> Picture:
        statements = self.module.statements
        for number, statement in enumerate(statements):
            self._define(number, statement)
        for number, statement in enumerate(statements):
            if isinstance(statement, Node | Output) and statement.value is not None:
                self._connect(f"n{number}", statement.value)
            elif isinstance(statement, Output):
                self._mark(number, statement)
        title = self.module.header.title if self.module.header else None
        messages = [f"{self._place(error)}{error.code}: {error.message}" for error in self.errors]
        more = len(messages) - MOST_MESSAGES
        shown = (*messages[:MOST_MESSAGES], *([f"and {more} more"] if more > 0 else []))
        remarks = ("nothing is computed: the spec has errors",)
        return Picture(title or "", tuple(self.boxes), tuple(self.wires), (), shown, remarks, None)

    def _place(self, error: Diagnostic) -> str:
        """Where an error is: without the file's name if that is the file that is drawn."""
        if isinstance(error.where, Span) and _same(error.where.source, self.module.source):
            return f"{error.where.line}:{error.where.column}: "
        return prefix(error.where)

    # --- boxes --------------------------------------------------------------------------------------------------

    def _define(self, number: int, statement: Statement) -> None:
        key = f"n{number}"
        match statement:
            case Input() | Param() | State():
                self._add(key, Box(key, KINDS[type(statement)], statement.name.name), statement)
                self.known.setdefault(statement.name.name, key)
            case Node() | Output() if statement.value is not None:
                names = ", ".join(name.name for name in statement.names)
                self._add(key, Box(key, "operation", _sign(statement.value), names), statement)
                self.known |= {name.name: key for name in statement.names if name.name not in self.known}
            case Next():
                self._add(key, Box(key, "operation", _sign(statement.value), f"next {statement.name.name}"), statement)
            case Broken() if statement.kind == "value":
                self._add(key, Box(key, "operation", "?", ", ".join(statement.names)), statement)
                self.known |= {name: key for name in statement.names if name not in self.known}
            case Const():
                self.silent.add(statement.name.name)
            case Dim():
                self.silent |= {name.name for name in statement.names}
            case Block():
                self._block(key, statement)
            case _:
                return

    def _add(self, key: str, box: Box, statement: Statement) -> None:
        failed = any(start < statement.stop and statement.start < max(stop, start + 1) for start, stop in self.faults)
        text = self.module.source.text[statement.start : statement.stop]
        self.boxes.append(box._replace(emphasis="failed" if failed else "plain", tooltip=text))
        self.places[key] = (statement.start, statement.stop)

    def _block(self, key: str, block: Block) -> None:
        """A block is no node; only one that is wrong is shown."""
        if any(block.start <= start < block.stop for start, _ in self.faults):
            self._add(key, Box(key, "folded", block.name.name, "block"), block)

    # --- wires --------------------------------------------------------------------------------------------------

    def _connect(self, target: str, expression: Expression) -> None:
        for name in _names(expression):
            at_fault = any(start <= name.start and name.stop <= stop for start, stop in self.faults)
            source = self.known.get(name.name) or self.known.get(name.name.partition("[")[0])
            if source is None:
                if name.name in self.silent or not at_fault:
                    continue
                source = self._unknown(name)
            told = source in self.places and any(
                self.places[source][0] <= start < self.places[source][1] for start, _ in self.noted
            )
            red = at_fault or (told and self._failed(target))
            self.wires.append(Wire(source, target, emphasis="failed" if red else "plain"))

    def _failed(self, key: str) -> bool:
        return any(box.key == key and box.emphasis == "failed" for box in self.boxes)

    def _unknown(self, name: Name) -> str:
        """A box for a name that is not there."""
        key = f"u{len(self.boxes)}"
        self.boxes.append(Box(key, "constant", name.name, tooltip="not defined", emphasis="failed"))
        self.known[name.name] = key
        return key

    def _mark(self, number: int, statement: Output) -> None:
        """Outputs that are defined elsewhere."""
        for place, name in enumerate(statement.names):
            key = f"o{number}_{place}"
            source = self.known.get(name.name)
            failed = any(start <= name.start < max(stop, start + 1) for start, stop in self.faults)
            self.boxes.append(Box(key, "output", name.name, emphasis="failed" if failed else "plain"))
            if source is not None:
                self.wires.append(Wire(source, key))


def _spans(source: Source, wheres: Iterable[object]) -> Iterator[tuple[int, int]]:
    return ((where.start, where.stop) for where in wheres if isinstance(where, Span) and _same(where.source, source))


def _same(a: Source, b: Source) -> bool:
    """Whether two readings are of one file."""
    return a is b or (a.name == b.name and a.text == b.text)


def _sign(expression: Expression) -> str:
    """What an expression does last."""
    match expression:
        case Infix():
            return INFIX[expression.symbol].words.sign
        case Negative():
            return NEGATIVE.words.sign
        case Call():
            return expression.function.name
        case Index():
            return INDEX.name
        case Chain():
            target = expression.stages[-1].target
            if isinstance(target, Repeat):
                return "repeat"
            return target.function.name if isinstance(target, Call) else target.name
        case _:
            return SAME.words.sign


def _names(expression: Expression) -> Iterator[Name]:
    """The names in an expression from left to right, without those of what is called."""
    work: list[object] = [expression]
    while work:
        match work.pop():
            case Name() as name:
                yield name
            case Infix() as infix:
                work += [infix.right, infix.left]
            case Negative() as negative:
                work.append(negative.operand)
            case Call() as call:
                work += [argument.value for argument in reversed(call.arguments)]
            case List() as items:
                work += reversed(items.items)
            case Index() as index:
                work.append(index.operand)
            case Chain() as chain:
                work += [stage.target for stage in reversed(chain.stages) if not isinstance(stage.target, Name)]
                work.append(chain.first)
            case Repeat() as repeat:
                work += [stage.target for stage in reversed(repeat.stages) if not isinstance(stage.target, Name)]
            case _:
                continue
