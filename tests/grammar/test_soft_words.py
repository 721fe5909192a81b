"""Soft words: keywords where one may stand, names everywhere else."""

import pytest

from chainrule.grammar.soft_words import OPERAND_ENDS, SOFT, inner_type, names_node


def kind(word: str, before: str, after: str = "", *, inside_values: bool = False) -> str:
    return inner_type(word, before, f"{word}{after}", len(word), inside_values=inside_values)


@pytest.mark.parametrize("word", sorted(SOFT))
def test_a_soft_word_where_an_operand_starts_is_a_name(word: str) -> None:
    assert {kind(word, before) for before in ("", "PLUS", "EQUAL", "LPAR", "COMMA")} == {"NAME"}


@pytest.mark.parametrize("before", sorted(OPERAND_ENDS))
def test_after_an_operand_come_the_words_that_go_on_with_it(before: str) -> None:
    assert [kind(word, before) for word in ("as", "within", "after", "train", "int", "repeat")] == [
        "AS", "WITHIN", "AFTER", "NAME", "NAME", "NAME",
    ]  # fmt: skip


def test_kinds_stand_after_a_colon_and_train_after_after() -> None:
    assert [kind(word, "COLON") for word in ("int", "real", "as", "repeat")] == ["KIND", "KIND", "NAME", "NAME"]
    assert [kind("train", "AFTER"), kind("repeat", "AFTER", " 2")] == ["TRAIN", "NAME"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [(" 2", "REPEAT"), (" n {", "REPEAT"), (" (n + 1)", "REPEAT"), (" as a", "NAME"), ("(2)", "NAME"), ("", "NAME")],
)
def test_repeat_counts_copies_where_a_stage_may_stand(after: str, expected: str) -> None:
    assert kind("repeat", "ARROW", after) == kind("repeat", "LBRACE", after, inside_values=True) == expected
    assert kind("repeat", "LBRACE", after) == "NAME"


def test_what_a_statement_gives_a_name_to() -> None:
    assert [names_node(f"input{after}", 5) for after in (" = 1", ", b = 1", " == 1", " x", "")] == [
        True, True, False, False, False,
    ]  # fmt: skip
