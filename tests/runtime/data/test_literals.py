"""What `check` says of data without reading a file."""

from collections.abc import Callable

import pytest

from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.source import Span
from chainrule.runtime.data.literals import check_literals

HEAD = "dim N\ninput x: [N, 2]\ninput t: int[N]\noutput loss = softmax-loss(x, t)\n"


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("data d { x = [[1, 2], [3, 4]]; t = [0, 2] }", "G444", "[0, 2]"),
        ("data d { x = [[1, 2], [3, 4]]; t = [0, 0.5] }", "G443", "[0, 0.5]"),
        ("data d { x = [[1, 2], [3, 4]] / 0; t = [0, 1] }", "G445", "[[1, 2], [3, 4]] / 0"),
        ("data d { x = [[1, 2], [3, 4]]; t = [0, 1, 0] }", "G430", "t = [0, 1, 0]"),
        ("data d { x = [[1, 2, 3]]; t = [0] }", "G442", "[[1, 2, 3]]"),
        ('data d { t = [1]; x = csv("nowhere.csv", "x") }', None, ""),
        ('data d { t = [0]; y = csv("nowhere.csv", "x") }', "G440", 'y = csv("nowhere.csv", "x")'),
        ("data d { x = [[1, 2], [3, 4]]; t = [0, 1] }", None, ""),
    ],
)
def test_literal_columns(compiled: Callable[[str], Spec], text: str, code: str | None, where: str) -> None:
    found = check_literals(compiled(HEAD + text))
    if code is None:
        assert found == ()
        return
    (diagnostic,) = found
    assert diagnostic.code == code
    assert isinstance(diagnostic.where, Span)
    assert diagnostic.where.text == where


def test_literal_defaults(compiled: Callable[[str], Spec]) -> None:
    text = "input x: [2, 2] = [[1, 2], [3, 4]]\ninput t: int[2] = [0, 2]\noutput loss = softmax-loss(x, t)\n"
    (diagnostic,) = check_literals(compiled(text))
    assert diagnostic.code == "G444"
    assert isinstance(diagnostic.where, Span)
    assert diagnostic.where.line == 2
    assert check_literals(compiled(text.replace("[0, 2]", "[0, 1]"))) == ()


def test_the_precision_of_training_counts(compiled: Callable[[str], Spec]) -> None:
    text = "dim N\ninput x: [N]\nparam w = 1.0\noutput loss = sum(w * x)\ndata d { x = [1e300] }\n"
    train = "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = d }"
    assert check_literals(compiled(text)) == ()
    assert [found.code for found in check_literals(compiled(text + train))] == ["G446"]
