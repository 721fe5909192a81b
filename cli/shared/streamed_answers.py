"""What a model says of rows that come one after the other, as they come."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...grammar.diagnostic import Diagnostic, Place
from ...grammar.spec_error import SpecError
from ...program.program import Program
from ...program.serving.answers import Answering, Answers, in_order
from ...program.serving.csv_rows import csv_rows, header_line
from ...program.serving.faults import BAD_LINE
from ...program.serving.json_rows import Numbered, alike, answered
from ...program.serving.records import as_file, told_places
from ...runtime.data.faults import EMPTY
from ...views.text.json_text import loads
from .output import STANDARD_INPUT
from .standard_rows import END, Row
from .verb import Request

ABOVE = (b"#", b"sep=", b'"sep=')
"""What lines above a header begin with."""


class Head(NamedTuple):
    """What stands in front of each part of a CSV stream when it is read: its header.

    Without a header the first row stands there, which tells what the columns are called; it is answered once.
    """

    data: bytes
    first: Row | None = None


class Streaming:
    """Answers rows on standard input; each warning is told once. Raises SpecError at the first row that is wrong."""

    def __init__(self, request: Request, program: Program, *, probabilities: bool) -> None:
        self._request = request
        self._program = program
        self._answering = Answering(program, probabilities=probabilities)
        self._told: set[tuple[str, str]] = set()
        self._head = Head(b"")

    def of_json(self, batches: Iterable[Sequence[Row]]) -> Iterator[Answers]:
        """Of JSON objects, a line each."""
        for batch in batches:
            records, failure = _records(batch)
            for part in alike(records):
                yield from in_order(part, self._of_records)
            if failure is not None:
                raise failure

    def of_csv(self, batches: Iterable[Sequence[Row]]) -> Iterator[Answers]:
        """Of CSV."""
        following = iter(batches)
        above: list[Row] = []
        for batch in following:
            below = _below(batch, above)
            if below is None:
                continue
            self._head, begun = self._looked_at(above)
            if rows := [*begun, *below]:
                yield from in_order(rows, self._of_rows)
            break
        for batch in following:
            yield from in_order(batch, self._of_rows)

    @staticmethod
    def nothing() -> SpecError:
        """The fault of standard input without a row."""
        return SpecError([EMPTY.at(Place(STANDARD_INPUT), path=STANDARD_INPUT)])

    def _of_records(self, records: Sequence[Numbered]) -> Answers:
        answers, warnings = answered(self._program, self._answering, records, STANDARD_INPUT)
        self._note(warnings)
        return answers

    def _of_rows(self, rows: Sequence[Row]) -> Answers:
        first = self._head.first
        again = first is not None and rows[0] is not first
        lead = self._head.data + (first.data if first is not None and again else b"")
        count = lead.count(END)

        def where(line: int) -> Place:
            return Place(STANDARD_INPUT, line if line <= count else rows[0].line + line - count - 1)

        with as_file(lead + b"".join(row.data for row in rows), where, STANDARD_INPUT) as path:
            given = csv_rows(self._program, path, self._answering.spec)
            answers = self._answering.answer(given.inputs)
            self._note(told_places(given.warnings, path, where, STANDARD_INPUT))
        return answers.behind(1) if again else answers

    def _looked_at(self, above: Sequence[Row]) -> tuple[Head, list[Row]]:
        """The head of a stream that begins with these rows, and the last of them where it is none of the head."""
        *others, last = above
        data, before = b"".join(row.data for row in above), b"".join(row.data for row in others)
        with as_file(data, lambda line: Place(STANDARD_INPUT, line), STANDARD_INPUT) as path:
            header = header_line(self._answering.spec, path)
        if header >= last.line:
            return Head(data), []
        return Head(before, None if header else last), [last]

    def _note(self, found: Iterable[Diagnostic]) -> None:
        new = [each for each in found if (each.code, each.message) not in self._told]
        self._told |= {(each.code, each.message) for each in new}
        self._request.note(new)


def _below(batch: Sequence[Row], above: list[Row]) -> Sequence[Row] | None:
    """The rows below the first that may be a header, which goes to those above with what stands over it."""
    for number, row in enumerate(batch, 1):
        above.append(row)
        if not row.data.lower().lstrip(b"\xef\xbb\xbf \t\r\n").startswith(ABOVE):
            return batch[number:]
    return None


def _records(batch: Sequence[Row]) -> tuple[list[Numbered], SpecError | None]:
    """The objects in lines, up to the first line that holds none, and what is wrong with that."""
    records: list[Numbered] = []
    for row in batch:
        line = row.line + len(row.data) - len(row.data.lstrip(b"\r\n"))
        try:
            record = loads(row.data)
            if isinstance(record, dict) and record:
                records.append((line, record))
                continue
            reason = "it is no object with names"
        except UnicodeDecodeError:
            reason = "it is not UTF-8"
        except RecursionError:
            reason = "its lists are nested too deep"
        except ValueError as error:
            reason = str(error).partition(": line ")[0]
        return records, SpecError([BAD_LINE.at(Place(STANDARD_INPUT, line, 1), reason=reason)])
    return records, None
