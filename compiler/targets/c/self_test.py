"""A program that tests a file of C: it calls its functions on rows, and holds their answers against ours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from .file import CFile
from .functions import Array, Function
from .names import comment
from .numbers import TYPES, in_precision, listed, number_text
from .subject import Subject

TOLERANCE = {"float32": "1e-4", "float64": "1e-9"}
"""Of the largest number of an answer."""

MOST = 64
"""Numbers of an array that are held against ours."""


@dataclass(frozen=True)
class Case:
    """A call of a function: what it is given, what it returns and writes, and what fields of params are then.

    `unsure` is by how much the precision of the file changes each of these, by name; "" is what is returned.
    """

    function: Function
    given: Mapping[str, Any]
    returns: float | None
    written: Mapping[str, Any]
    params: Mapping[str, Any]
    unsure: Mapping[str, float]


def self_test(subject: Subject, file: CFile, cases: Sequence[Case]) -> str:
    """The program; it exits with 1 where an answer differs."""
    return "\n".join(_lines(subject, file, cases)) + "\n"


def _lines(subject: Subject, file: CFile, cases: Sequence[Case]) -> Iterator[str]:
    typed, prefix = TYPES[subject.precision], subject.prefix
    yield f"/* Tests {comment(prefix)}: calls its functions, and holds their answers against those of chainrule."
    yield f"   Compile it with {comment(prefix)}.c; it exits with 1 where an answer differs. */"
    yield ""
    if subject.header:
        yield f'#include "{subject.header}"'
        yield ""
    yield "#include <math.h>"
    yield "#include <stdio.h>"
    yield ""
    yield "static int wrong;"
    yield ""
    yield f"static void compare(const char *what, const {typed} *found, const double *wanted, int n, double largest,"
    yield "                    double margin)"
    yield "{"
    yield "    for (int i = 0; i < n; i++)"
    yield "        if (fabs(wanted[i]) > largest)"
    yield "            largest = fabs(wanted[i]);"
    yield "    for (int i = 0; i < n; i++)"
    yield f"        if (!(fabs((double)found[i] - wanted[i]) <= {TOLERANCE[subject.precision]} * largest + margin)) {{"
    yield '            printf("%s [%d]: %.9g, and should be %.9g\\n", what, i, (double)found[i], wanted[i]);'
    yield "            wrong = 1;"
    yield "        }"
    yield "}"
    yield ""
    yield "int main(void)"
    yield "{"
    for number, case in enumerate(cases):
        yield from (f"    {line}" for line in _case(subject, case, number))
    total = sum(len(case.written) + len(case.params) + (case.returns is not None) for case in cases)
    yield f'    printf(wrong ? "answers differ\\n" : "{total} answers are right\\n");'
    yield "    return wrong;"
    yield "}"


def _case(subject: Subject, case: Case, number: int) -> Iterator[str]:
    typed, prefix, function = TYPES[subject.precision], subject.prefix, case.function
    yield "{"
    numbers = [np.asarray(each, np.float64) for each in (*case.written.values(), *case.params.values())]
    least = max([1e-30, *(1e-3 * float(np.max(np.abs(each))) for each in numbers if each.size)])
    passed = []
    for place, each in enumerate(function.inputs):
        value = np.asarray(case.given[each.path])
        if not each.shape:
            passed.append(in_precision(number_text(value.item(), subject.precision, each.kind), subject.precision))
            continue
        kind = typed if each.kind == "real" else "int64_t"
        yield f"    static const {kind} given_{place}[] = {{ /* {comment(each.path)} */"
        yield from listed(value, subject.precision, each.kind, "        ")
        yield "    };"
        passed.append(f"given_{place}")
    for place, each in enumerate(function.outputs):
        kind = typed if each.kind == "real" else "int64_t"
        yield f"    static {kind} written_{place}[{prod(each.shape)}];"
        passed.append(f"written_{place}")
    if function.derivatives:
        yield f"    static {prefix}_gradients_t d;"
        passed.append("&d")
    call = f"{prefix}_{function.name}({', '.join(passed)})"
    if case.returns is None:
        yield f"    {call};"
    else:
        yield f"    const {typed} result[1] = {{{call}}};"
        yield from _compared(f"{function.name} {number}", "result", np.asarray([case.returns]), 1e-30, case.unsure[""])
    called = f"{function.name} {number}"
    for place, each in enumerate(function.outputs):
        wanted = case.written[each.path]
        if each.kind == "real":
            yield from _compared(
                f"{called}, output {place + 1}", f"written_{place}", wanted, least, case.unsure[each.path]
            )
        else:
            yield from _counted(wanted, f"written_{place}")
    for each in function.derivatives:
        yield from _compared(
            f"{called}, {each.name}", _field(each, "d."), case.written[each.path], least, case.unsure[each.path]
        )
    for path, value in case.params.items():
        yield from _compared(f"{called}, {path}", path, value, least, case.unsure[path])
    yield "}"


def _field(each: Array, room: str) -> str:
    return f"{room}{each.name}" if each.shape else f"&{room}{each.name}"


def _compared(what: str, found: str, wanted: Any, least: float, unsure: float) -> Iterator[str]:
    """Lines that hold the first elements of an array against ours; what is below the `least` is held against that."""
    values = np.asarray(wanted, np.float64).ravel()[:MOST]
    fine = what.replace('"', "").replace("\\", "").replace("%", "")
    yield "    {"
    yield "        static const double wanted[] = {"
    yield from listed(values, "float64", "real", "            ")
    yield "        };"
    yield f'        compare("{fine}", {found}, wanted, {len(values)}, {least!r}, {4 * unsure!r});'
    yield "    }"


def _counted(wanted: Any, found: str) -> Iterator[str]:
    values = np.asarray(wanted).ravel()[:MOST]
    for place, each in enumerate(values.tolist()):
        yield f"    wrong |= {found}[{place}] != {each};"
