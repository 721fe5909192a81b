"""Functions of a file of C that take raw rows, as a table has them: numbers and texts, to the inputs and to answers."""

import re
from collections.abc import Iterator
from math import prod

from ...lower.computation import bound
from ...ops.forms.c.value import CValue, in_order
from ...passes.pipeline import optimised
from ...shape import Kind
from ..preparation import ROWS, Preparation, RawColumn
from .body import ARENAS, body_of
from .functions import Array, Function
from .names import Names, comment, quoted
from .numbers import in_precision, listed
from .subject import Subject
from .task import Body, Destination, Task

TYPE_OF: dict[Kind, str] = {"real": "double", "int": "int64_t"}

TEXT_NUMBER = """\
/* The number of a text among `count` others; -1 where it is none of them. */
static int64_t text_number(const char *text, const char *const *others, int64_t count)
{
    for (int64_t number = 0; number < count; number++) {
        const char *one = text, *other = others[number];
        while (*one && *one == *other) {
            one++;
            other++;
        }
        if (*one == *other)
            return number;
    }
    return -1;
}"""
WHOLE_NUMBER = """\
/* The number of a value among `count` others; -1 where it is none of them. */
static int64_t whole_number(double value, const int64_t *others, int64_t count)
{
    for (int64_t number = 0; number < count; number++)
        if (value == (double)others[number])
            return number;
    return -1;
}"""
OWN = ("text_number", "whole_number", "rows")
MOST_WHOLE = "9007199254740992.0"
SHOWN = 8
"""Texts that a comment lists."""


class RawRows:
    """What a file has for raw rows: their structure, `inputs` and `answer`."""

    def __init__(self, subject: Subject, predict: Function, prepared: Preparation, names: Names) -> None:
        self.subject = subject
        self.predict = predict
        self.prepared = prepared
        self.rows = next(each.shape[0] for each in predict.inputs if each.path in prepared.inputs)
        self.made = [each for each in predict.inputs if each.path in prepared.inputs]
        self.others = [each for each in predict.inputs if each.path not in prepared.inputs]
        fields = Names()
        self.fields = {
            key: fields.another(key[0]) for key in dict.fromkeys(_field_of(each) for each in prepared.columns.values())
        }
        """Names of fields, by the column that they are of, and whether they hold texts."""
        self.texts = {path: fields.another(path) for path, each in prepared.columns.items() if each.classes is not None}
        own = names.copy()
        own.take(*OWN, *(each.name for each in predict.inputs))
        self.leaves = {path: own.another(path) for path in prepared.columns}
        self.results = {each.path: own.another(f"made {each.path}") for each in self.made}
        self.body = self._body(own)

    def _body(self, names: Names) -> Body:
        graph, inputs = self.prepared.graph, self.prepared.inputs
        targets = [inputs[each.path] for each in self.made]
        computation = optimised(bound(graph, targets, {**self.subject.dims, ROWS: self.rows}, "float64"))
        leaves = {
            number: CValue(self.leaves[node.path], node.type.kind, (self.rows,), (1,))
            for number, node in enumerate(computation.nodes)
            if node.path in self.leaves and node.operation.role == "leaf"
        }
        self.kinds = [computation.nodes[target].type.kind for target in computation.targets]
        destinations = [
            Destination(target, CValue(self.results[each.path], kind, each.shape, in_order(each.shape)))
            for target, each, kind in zip(computation.targets, self.made, self.kinds, strict=True)
        ]
        return body_of(Task(computation, leaves, destinations, 0), names)

    # --- the declarations ---------------------------------------------------------------------------------------

    def structure(self) -> Iterator[str]:
        yield "/* A raw row, as a table has it. */"
        yield "typedef struct {"
        for (source, text), field in self.fields.items():
            if text:
                told = f'{self._listed(source)}; NULL or "" where it is missing'
                yield f"    const char *{field}; /* {comment(source)}: {comment(told)} */"
            else:
                yield f"    double {field}; /* {comment(source)}: NAN where it is missing */"
        yield f"}} {self.subject.prefix}_row_t;"
        yield ""
        yield "/* Raw rows that are taken at once. */"
        yield f"#define {self.subject.prefix.upper()}_ROWS {self.rows}"

    def _listed(self, source: str) -> str:
        columns = [each for each in self.prepared.columns.values() if _field_of(each) == (source, True)]
        texts = [str(each) for each in dict.fromkeys(name for each in columns for name in each.classes or ())]
        return ", ".join([*texts[:SHOWN], *(["..."] if len(texts) > SHOWN else [])])

    def prototypes(self) -> Iterator[str]:
        yield ""
        yield "/* The inputs of `predict` for raw rows; returns 1 where a value is missing that nothing makes up for,"
        yield "   or a text is none that is known. */"
        yield f"{self._inputs_head()};"
        yield ""
        yield "/* The outputs for raw rows; returns 1 where `inputs` or `predict` does. */"
        yield f"{self._answer_head()};"

    def usage(self) -> Iterator[str]:
        given = ", ".join(self.fields.values())
        yield f"       {self.subject.prefix}_row_t rows[{self.rows}] = {{{{{given}}}}};"
        passed = ", ".join(["rows", *(each.name for each in (*self.others, *self.predict.outputs))])
        yield f"       {self.subject.prefix}_answer({passed});"
        yield ""

    def _inputs_head(self) -> str:
        arguments = [f"const {self.subject.prefix}_row_t *rows"]
        arguments += [f"{self._typed(each.kind)} *{each.name}" for each in self.made]
        return f"int {self.subject.prefix}_inputs({', '.join(arguments)})"

    def _answer_head(self) -> str:
        arguments = [f"const {self.subject.prefix}_row_t *rows"]
        arguments += [f"const {self._typed(each.kind)} {'*' if each.shape else ''}{each.name}" for each in self.others]
        arguments += [f"{self._typed(each.kind)} *{each.name}" for each in self.predict.outputs]
        return f"int {self.subject.prefix}_answer({', '.join(arguments)})"

    def _typed(self, kind: Kind) -> str:
        return self.subject.real if kind == "real" else "int64_t"

    # --- the functions ------------------------------------------------------------------------------------------

    def functions(self) -> Iterator[str]:
        columns = self.prepared.columns.values()
        if any(each.classes is not None and _field_of(each)[1] for each in columns):
            yield ""
            yield TEXT_NUMBER
        if any(each.classes is not None and not _field_of(each)[1] for each in columns):
            yield ""
            yield WHOLE_NUMBER
        for source in self.body.functions:
            yield ""
            yield self._in_double(source.strip("\n"))
        yield ""
        yield from self._inputs()
        yield ""
        yield from self._answer()

    def _in_double(self, text: str) -> str:
        """Lines in double; functions that the file has in float get another name."""
        text = in_precision(text, "float64")
        if self.subject.precision == "float64":
            return text
        sources = "".join(self.body.functions)
        for name in re.findall(r"^static .*?(\w+)\(", sources, re.MULTILINE):
            text = re.sub(rf"(?<!\w){name}(?=\()", f"in_double_{name}", text)
        return text

    def _inputs(self) -> Iterator[str]:
        yield self._inputs_head()
        yield "{"
        for path, name in self.leaves.items():
            kind: Kind = "real" if self.prepared.columns[path].classes is None else "int"
            yield f"    static {TYPE_OF[kind]} {name}[{self.rows}];"
        for each, kind in zip(self.made, self.kinds, strict=True):
            yield f"    static {TYPE_OF[kind]} {self.results[each.path]}[{prod(each.shape)}];"
        for kind, room in ARENAS.items():
            if self.body.sizes[kind]:
                yield f"    static {TYPE_OF[kind]} {room}[{self.body.sizes[kind]}];"
        for name, (kind, values) in self.body.constants.items():
            lines = list(listed(values, "float64", kind, "        "))
            yield f"    static const {TYPE_OF[kind]} {name}[] = {{"
            yield from lines
            yield "    };"
        for path, column in self.prepared.columns.items():
            yield from self._classes(path, column)
        yield f"    for (int i = 0; i < {self.rows}; i++) {{"
        for path, column in self.prepared.columns.items():
            yield from (f"        {line}" for line in self._read(path, column))
        yield "    }"
        for line in self.body.lines:
            yield line if line.lstrip().startswith("/*") else self._in_double(line)
        for each, kind in zip(self.made, self.kinds, strict=True):
            yield from self._checked(each, kind)
        yield "    return 0;"
        yield "}"

    def _classes(self, path: str, column: RawColumn) -> Iterator[str]:
        if column.classes is None:
            return
        text = _field_of(column)[1]
        kind = "const char *const" if text else "const int64_t"
        yield f"    static {kind} {self.texts[path]}_texts[] = {{"
        for each in column.classes:
            yield f"        {quoted(str(each)) if text else each},"
        yield "    };"

    def _read(self, path: str, column: RawColumn) -> Iterator[str]:
        field, leaf = f"rows[i].{self.fields[_field_of(column)]}", f"{self.leaves[path]}[i]"
        if column.classes is None:
            yield f"{leaf} = {field};"
            return
        count, others = len(column.classes), f"{self.texts[path]}_texts"
        if _field_of(column)[1]:
            missing = -1
            if column.missing is not None:
                classes = [str(each) for each in column.classes]
                other = -1 if column.other is None else column.other
                missing = classes.index(column.missing) if column.missing in classes else other
            yield f"if (!{field} || !*{field})"
            yield f"    {leaf} = {missing};"
            yield "else"
            found = f"    {leaf} = text_number({field}, {others}, {count});"
        else:
            found = f"{leaf} = whole_number({field}, {others}, {count});"
        yield found
        if column.other is not None:
            there = f"{field} && *{field}" if _field_of(column)[1] else f"{field} == {field}"
            yield f"if ({leaf} < 0 && {there})"
            yield f"    {leaf} = {column.other};"
        yield f"if ({leaf} < 0)"
        yield "    return 1;"

    def _checked(self, each: Array, kind: Kind) -> Iterator[str]:
        value = f"{self.results[each.path]}[i]"
        yield f"    for (int i = 0; i < {prod(each.shape)}; i++) {{"
        if kind == "real":
            whole = each.kind == "int"
            yield f"        if (!(fabs({value}) <= {MOST_WHOLE if whole else self.subject.largest}))"
            yield "            return 1;"
        yield f"        {each.name}[i] = ({self._typed(each.kind)}){value};"
        yield "    }"

    def _answer(self) -> Iterator[str]:
        prefix = self.subject.prefix
        yield self._answer_head()
        yield "{"
        for each in self.made:
            yield f"    static {self._typed(each.kind)} {each.name}[{prod(each.shape)}];"
        yield f"    if ({prefix}_inputs({', '.join(['rows', *(each.name for each in self.made)])}))"
        yield "        return 1;"
        passed = [each.name for each in (*self.predict.inputs, *self.predict.outputs)]
        yield f"    return {prefix}_predict({', '.join(passed)});"
        yield "}"


def _field_of(column: RawColumn) -> tuple[str, bool]:
    """The column of a table that one is read from, and whether it holds texts."""
    return column.source, column.is_text
