"""Names and texts of specs can't mean anything but themselves in Python."""

import ast
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.targets.python.names import Names, comment, in_docstring, quoted

TEXTS = st.text(max_size=40)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("x", "x"),
        ("tail[1].dense.W", "tail_1_dense_W"),
        ("class", "class_"),
        ("None", "None_"),
        ("int", "int_"),
        ("l", "l_"),
        ("오차", "오차"),
        ("δh₁", "δh1"),
        ("W velocity", "W_velocity"),
        ("1st", "n_1st"),
    ],
)
def test_a_path_has_a_name(path: str, name: str) -> None:
    names = Names()
    assert names.of(path) == name
    assert names.of(path) == name


def test_no_two_paths_have_one_name() -> None:
    names = Names(["np"])
    paths = ["w1", "w₁", "a.b", "a_b", "a[b]", "np", "np_", "print", "print_", "_", "__"]
    assert len({names.of(path) for path in paths}) == len(paths)
    assert names.of("np") != "np"


@given(st.lists(TEXTS, unique=True))
def test_whatever_a_path_is(paths: list[str]) -> None:
    names = Names()
    found = [names.of(path) for path in paths]
    assert len(set(found)) == len(paths)
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in found)


def test_names_of_a_copy_stay_its_own() -> None:
    names = Names()
    names.of("x")
    copy = names.copy()
    assert copy.another("y") == "y"
    assert names.another("y") == "y"
    names.free("x")
    assert names.another("x") == "x_"


@given(TEXTS)
def test_a_quoted_text_is_itself(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert "\n" not in quoted(text)


@given(TEXTS)
def test_nothing_breaks_out_of_a_docstring(text: str) -> None:
    tree = ast.parse(f'"""{in_docstring(text)}\n"""\n')
    assert len(tree.body) == 1


@given(TEXTS)
def test_nothing_breaks_out_of_a_comment(text: str) -> None:
    assert ast.parse(f"# {comment(text)}\n").body == []


def test_what_is_told_in_docstrings() -> None:
    assert ast.literal_eval(f'"""{in_docstring(chr(34) * 3 + " a */ b " + chr(92))}\n"""') == '""" a */ b \\\n'
