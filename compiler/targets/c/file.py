"""Over 300 lines: the text and its declarations say the same things.

A spec as a file of C99 and one of its declarations: memory is static, and math.h all that it needs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from ...ops.forms.c import along, chance, classes, elements, sums
from ...shape import Kind
from .body import ARENAS
from .functions import Array, Function, Functions
from .names import comment, quoted
from .numbers import TYPES, in_precision, listed, number_text
from .raw_rows import RawRows
from .subject import Subject

SOURCES = "".join(
    text
    for module in (along, chance, classes, elements, sums)
    for each in vars(module).values()
    for text in (each.values() if isinstance(each, dict) else (each,))
    if isinstance(text, str) and text.startswith("\n/*")
)
HELPERS = tuple(sorted(set(re.findall(r"^static .*?(\w+)\(", SOURCES, re.MULTILINE))))
"""Functions that forms of operations call: nothing else has their names."""


@dataclass(frozen=True)
class CFile:
    """The text, the declarations, and the functions that they are of."""

    text: str
    declarations: str
    functions: Functions
    made: Sequence[Function]


def c_file(subject: Subject) -> CFile:
    """The whole file; the same one for the same subject."""
    return _Writer(subject).file()


class _Writer:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.prefix = subject.prefix
        self.type = TYPES[subject.precision]
        self.functions = Functions(subject)
        self.functions.names.take(*HELPERS, "result")
        self.made = self.functions.all()
        self.raw = self._raw_rows()

    def file(self) -> CFile:
        declarations = "\n".join(self._header()) + "\n"
        return CFile("\n".join(self._lines(declarations)) + "\n", declarations, self.functions, self.made)

    def _raw_rows(self) -> RawRows | None:
        """What takes raw rows, where the spec's columns say how all that `predict` must be given is made of them."""
        predict, inputs = self.made[0], self.subject.spec.graph.inputs
        needed = [each.path for each in predict.inputs if inputs[each.path].default is None]
        prepared = self.subject.prepared(needed) if needed else None
        return RawRows(self.subject, predict, prepared, self.functions.names) if prepared is not None else None

    # --- the file -------------------------------------------------------------------------------------------------

    def _lines(self, declarations: str) -> Iterator[str]:
        subject = self.subject
        yield f"/* {comment(subject.spec.title or subject.origin)}"
        yield ""
        yield f"   Written by chainrule from {comment(subject.origin)}. C99, static memory, math.h alone. */"
        yield ""
        if subject.header:
            yield f"#include {quoted(subject.header)}"
            yield ""
            yield "#include <math.h>"
        else:
            yield declarations.rstrip("\n")
            yield ""
            yield "#include <math.h>"
        yield from self._memory()
        for source in dict.fromkeys(source for each in self.made for source in each.body.functions):
            yield ""
            yield in_precision(source.strip("\n"), subject.precision)
        yield from self._values()
        yield from self._names_of_classes()
        for function in self.made:
            yield ""
            yield from self._function(function)
        if self.raw is not None:
            yield from self.raw.functions()

    def _memory(self) -> Iterator[str]:
        for kind, name in ARENAS.items():
            size = max(each.body.sizes[kind] for each in self.made)
            if size:
                yield ""
                yield "/* What functions compute on the way; each begins anew. */"
                yield f"static {self._typed(kind)} {name}[{size}];"

    def _values(self) -> Iterator[str]:
        held = [path for path in self.functions.held if path in self.subject.spec.full.held]
        fixed = [path for path in held if path not in self.functions.changed]
        for path in fixed:
            field = f"{self.prefix}_{self.functions.fields.of(path)}"
            yield ""
            yield from self._initial(f"static const {self._typed(self._kind(path))} {field}", path)
        if fields := self._params():
            yield ""
            yield f"{self.prefix}_params_t {self.prefix}_params = {{"
            for each in fields:
                yield f"    /* {comment(each.path)} */"
                value = self.subject.weights[each.path]
                if not each.shape:
                    yield f"    {self._number(value, each.kind)},"
                    continue
                yield "    {"
                yield from listed(value, self.subject.precision, each.kind, "        ")
                yield "    },"
            yield "};"
        if self._trains:
            yield ""
            yield f"{self.prefix}_training_t {self.prefix}_training = {{.factor = 1}};"

    def _names_of_classes(self) -> Iterator[str]:
        for path, names in self.subject.classes.items():
            yield ""
            yield f"const char *const {self._classes(path)}[{len(names)}] = {{"
            yield from (f"    {quoted(str(name))}, /* {comment(str(name))} */" for name in names)
            yield "};"

    def _classes(self, path: str) -> str:
        return f"{self.prefix}_classes_{self.functions.names.of(path)}"

    @property
    def _trains(self) -> bool:
        return self.functions.training is not None

    def _initial(self, declared: str, path: str) -> Iterator[str]:
        value = self.subject.weights[path]
        kind = self._kind(path)
        if not value.shape:
            yield f"{declared} = {self._number(value, kind)}; /* {comment(path)} */"
            return
        yield f"{declared}[{prod(value.shape)}] = {{ /* {comment(path)} [{', '.join(map(str, value.shape))}] */"
        yield from listed(value, self.subject.precision, kind, "    ")
        yield "};"

    def _number(self, value: Any, kind: Kind) -> str:
        return in_precision(number_text(value.item(), self.subject.precision, kind), self.subject.precision)

    def _kind(self, path: str) -> Kind:
        return self.subject.spec.full.nodes[self.subject.spec.full.held[path].index].type.kind

    def _typed(self, kind: Kind) -> str:
        return self.type if kind == "real" else "int64_t"

    def _function(self, function: Function) -> Iterator[str]:
        precision = self.subject.precision
        yield self._declared(function)
        yield "{"
        for line in function.checks:
            yield in_precision(line, precision)
        for name, (kind, values) in function.body.constants.items():
            lines = list(listed(values, precision, kind, "        "))
            count = sum(line.count(",") for line in lines)
            yield f"    static const {self._typed(kind)} {name}[{count}] = {{"
            yield from lines
            yield "    };"
        if function.returns == "result":
            yield f"    {self.type} result;"
        for line in function.body.lines:
            yield line if line.lstrip().startswith("/*") else in_precision(line, precision)
        for line in function.after:
            yield f"    {line}"
        yield f"    return {function.returns};"
        yield "}"

    def _declared(self, function: Function) -> str:
        arguments = [self._argument(each, given=True) for each in function.inputs]
        arguments += [self._argument(each, given=False) for each in function.outputs]
        if function.derivatives:
            arguments.append(f"{self.prefix}_gradients_t *d")
        result = self.type if function.returns == "result" else "int"
        return f"{result} {self.prefix}_{function.name}({', '.join(arguments) or 'void'})"

    def _argument(self, array: Array, *, given: bool) -> str:
        typed = self._typed(array.kind)
        if given:
            return f"const {typed} *{array.name}" if array.shape else f"{typed} {array.name}"
        return f"{typed} *{array.name}"

    # --- the declarations -----------------------------------------------------------------------------------------

    def _params(self) -> list[Array]:
        """The fields of params that training changes."""
        held, changed = self.functions.held, self.functions.changed
        made = []
        for path in self.subject.spec.full.held:
            if path in held and path in changed:
                shape = self.subject.weights[path].shape
                made.append(Array(self.functions.fields.of(path), self._kind(path), shape, path))
        return made

    def _remembered(self) -> list[Array]:
        """The fields of what an optimiser remembers."""
        training = self.functions.training
        if training is None:
            return []
        return [
            Array(self.functions.fields.of(path), "real", self.subject.weights[each.parameter].shape, path)
            for path, each in training.states.items()
        ]

    def _header(self) -> Iterator[str]:
        subject, upper = self.subject, self.prefix.upper()
        yield f"/* {comment(subject.spec.title or subject.origin)}"
        yield ""
        yield f"   Written by chainrule from {comment(subject.origin)}."
        yield ""
        yield from self._usage()
        yield "*/"
        yield ""
        yield f"#ifndef {upper}_H"
        yield f"#define {upper}_H"
        yield ""
        yield "#include <stdint.h>"
        yield ""
        yield "#ifdef __cplusplus"
        yield 'extern "C" {'
        yield "#endif"
        sizes = {each.path: each for function in self.made for each in (*function.inputs, *function.outputs)}
        if sizes:
            yield ""
            yield "/* How many numbers there are in each argument. */"
            for each in sizes.values():
                yield f"#define {upper}_SIZE_{each.name} {prod(each.shape)}"
        for path, names in subject.classes.items():
            yield ""
            yield f"/* Names of the class numbers of {comment(path)}. */"
            yield f"extern const char *const {self._classes(path)}[{len(names)}];"
        yield from self._struct("params", "Params and states, which training changes.", self._params(), ())
        own = ("uint32_t step; /* how many steps were taken */", f"{self.type} factor; /* of the learning rate: 1 */")
        if self._trains:
            doc = "What training remembers from step to step."
            yield from self._struct("training", doc, self._remembered(), own)
        derived = next((each.derivatives for each in self.made if each.derivatives), ())
        if derived:
            yield ""
            yield "typedef struct {"
            yield from map(self._field, derived)
            yield f"}} {self.prefix}_gradients_t;"
        if self.raw is not None:
            yield ""
            yield from self.raw.structure()
        for function in self.made:
            yield ""
            yield f"/* {function.doc} */"
            yield f"{self._declared(function)};"
        if self.raw is not None:
            yield from self.raw.prototypes()
        yield ""
        yield "#ifdef __cplusplus"
        yield "}"
        yield "#endif"
        yield ""
        yield "#endif"

    def _struct(self, name: str, doc: str, fields: Sequence[Array], own: Sequence[str]) -> Iterator[str]:
        if not fields and not own:
            return
        yield ""
        yield f"/* {doc} */"
        yield "typedef struct {"
        yield from (f"    {each}" for each in own)
        yield from map(self._field, fields)
        yield f"}} {self.prefix}_{name}_t;"
        yield f"extern {self.prefix}_{name}_t {self.prefix}_{name};"

    def _field(self, array: Array) -> str:
        size = f"[{prod(array.shape)}]" if array.shape else ""
        shape = f" [{', '.join(map(str, array.shape))}]" if array.shape else ""
        return f"    {self._typed(array.kind)} {array.name}{size}; /* {comment(array.path)}{shape} */"

    def _usage(self) -> Iterator[str]:
        for function in self.made:
            arguments = []
            for each in (*function.inputs, *function.outputs):
                size = f"[{prod(each.shape)}]" if each.shape or each in function.outputs else ""
                yield f"       {self._typed(each.kind)} {each.name}{size};"
                arguments.append(each.name)
            if function.derivatives:
                yield f"       {self.prefix}_gradients_t d;"
                arguments.append("&d")
            given = "" if function.returns != "result" else f"{self.type} loss = "
            yield f"       {given}{self.prefix}_{function.name}({', '.join(arguments)});"
            yield ""
        if self.raw is not None:
            yield from self.raw.usage()
        yield "   Rows lie one behind the other. `predict` returns 0, or 1 where a class number or an index is out of"
        yield "   range; the other functions return NaN then, and change nothing."
