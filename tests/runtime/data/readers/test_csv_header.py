"""Headers: texts are one, numbers are not, and a row of numbers that looks like one is told."""

import pytest

from chainrule.runtime.data.readers.csv_header import head_of
from chainrule.runtime.data.readers.csv_settings import CsvSettings


def rows(text: str) -> list[tuple[int, list[str]]]:
    return [(line, row.split(",")) for line, row in enumerate(text.split(), start=1)]


def test_a_row_of_texts_is_the_header() -> None:
    head = head_of(rows("a,b 1,2 3,4"), CsvSettings())
    assert (head.names, head.line, head.doubtful) == (["a", "b"], 1, False)
    assert [fields for _, fields in head.values] == [["1", "2"], ["3", "4"]]


def test_a_row_with_a_number_is_none() -> None:
    head = head_of(rows("5.1,3.5,setosa 4.9,3.0,virginica"), CsvSettings())
    assert (head.names, head.line, head.doubtful) == (["1", "2", "3"], 0, False)
    assert len(head.values) == 2


@pytest.mark.parametrize(
    "text",
    [
        "0,1,2 10,100,5 20,200,6",
        "2019,2020,2021 5,9,7",
        "0,1 0.5,0.25 0.125,1.5 2.5,1e-3",
        "0 0.5 0.25 1.5",
        "label,0,1 5,0,0 4,0,255",
        "label,2020 5,0",
        ",0,1 0,5,7 1,4,9",
    ],
)
def test_a_header_of_numbers_is_doubtful(text: str) -> None:
    assert head_of(rows(text), CsvSettings()).doubtful


@pytest.mark.parametrize(
    "text",
    [
        "0,1,2",
        "1,2 2,4 3,6",
        "0,0,0 0,1,1 1,0,1",
        "1,2,3 2,3,4 3,4,5",
        "1 1.5 2",
        "1,2 1.5,2.5 3,4",
        "1,2 1.5,2.5",
        "5,4,3 1,2,9",
        "5.1,3.5,1.4 4.9,3.0,1.4",
        "NA,0.5 3.1,0.25",
        "setosa,1 virginica,2",
        "1,2,3 4,5",
        "-1,0,1 5,NA,7 0,1,2",
    ],
)
def test_values_are_values(text: str) -> None:
    assert not head_of(rows(text), CsvSettings()).doubtful
