"""What texts look like: notations of numbers are told apart, and names are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.runtime.data.looks import LOOKS, is_missing, look_hint, look_of

COMMA = ("1,5", "-0,25", "0,125", ",5", "1,5e-3")
THOUSANDS = (
    "1,200",
    "12,345,678",
    "-1,200.50",
    "1,50,000",
    "1 200",
    "1 200,5",
    "1'200",
    "1’200",
    "1.234.567",
    "1.200,50",
)
PERCENT = ("12%", "7 %", "12.5%", "12,5 %", "5‰", "％5")
MONEY = ("$5", "-$5", "5 €", "€ 5,50", "₩1,000", "￦1,000", "1,000원", "USD 5", "(1,200)", "($3)")
DATE = (
    *("2024-01-02", "2024/1/2", "01/02/2024", "2.1.24", "2 Jan 2024", "2-Jan-24", "Jan 2, 2024", "January 2024"),
    *("2024-01", "2024년 1월 2일", "2024-01-02T10:00:00Z", "2024-01-02 10:00:00+09:00", "01/02/2024 5:30 PM"),
)
TIME = ("10:30", "9:05:15.5", "10:30 pm", "5:00 a.m.")
TRUTH = ("true", "False", "YES", "n")
OTHERS = {"0x1F": "base 16", "1/2": "fraction", "10-20": "range", "1–5": "range", "[1, 2]": "several", "1;2": "several"}
UNIT = ("5kg", "5 kg", "20°C", "3.5 m/s", "1st", "7 m²")
ABSENT = ("NA", "n/a", "#N/A", "?", "-", "--", "NULL", "nan", "None", ".", "\\N", "#DIV/0!", "#REF!", "missing")
SIGNS = ("−5", "１２", "٣", "1．5")
NAMES = (
    "",
    "rose",
    "a1",
    "Iris-setosa",
    "5.1.2",
    "North America",
    "x,y",
    "a-b",
    "10-20 years",
    "1,a",
    "%",
    "$",
    "e5",
    "٪",
)
NUMBERS = ("5", "-1.5", "1e3", ".5", "5.")


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (COMMA, "decimal comma"),
        (THOUSANDS, "thousands separators"),
        (PERCENT, "in percent"),
        (MONEY, "amount of money"),
        (DATE, "a date"),
        (TIME, "a time"),
        (TRUTH, "true or false"),
        (UNIT, "with a unit"),
        (ABSENT, "missing value"),
        (SIGNS, "signs other than"),
        (NUMBERS, "not as a text"),
        *(((text,), words) for text, words in OTHERS.items()),
    ],
)
def test_notations_are_told_apart(texts: tuple[str, ...], words: str) -> None:
    for text in texts:
        assert words in str(look_hint(text)), text


@pytest.mark.parametrize("text", NAMES)
def test_names_look_like_nothing_else(text: str) -> None:
    assert look_of([text]) is None


def test_texts_of_a_column_are_judged_together() -> None:
    assert "decimal comma" in str(look_hint("1,200", ["1,200", "1,5"]))
    assert "thousands" in str(look_hint("1,200", ["1,200", "2,900", "NA"]))
    assert "missing" in str(look_hint("NA", ["1,200", "NA"]))
    assert "decimal comma" in str(look_hint("1,5", ["rose"]))
    assert look_of(["1,5", "rose"]) is None
    assert look_of([]) is None


def test_what_stands_for_no_value() -> None:
    assert all(map(is_missing, ABSENT))
    assert not any(map(is_missing, (*NAMES, *NUMBERS, *COMMA, "NASA", "unknown", "other")))


@given(st.text(st.sampled_from("0123456789,.'- /%$e[]()kmT:x"), max_size=60))
def test_any_text_is_judged_in_bounded_time(text: str) -> None:
    look_of([text])  # hypothesis sets the bound


@given(st.text())
def test_hostile_texts_are_shown_escaped(text: str) -> None:
    hint = look_hint(text)
    assert hint is None or hint.isprintable()


def test_each_look_says_what_to_write() -> None:
    for look in LOOKS:
        assert ":" in look.what
