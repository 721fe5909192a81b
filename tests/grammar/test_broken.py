"""What a broken statement would have defined."""

import pytest

from chainrule.grammar.broken import broken
from chainrule.grammar.syntax import Broken


@pytest.mark.parametrize(
    ("text", "kind", "names"),
    [
        ("a, b = 1 1", "value", ("a", "b")), ("input, a = (", "value", ("input", "a")),
        ("  input x: [", "value", ("x",)),
        ("block", "block", ()), ("data d {", "section", ("d",)), ("train {", "section", ("train",)),
        ("train = (", "value", ("train",)),
        ("expect a", "value", ()), ("", "value", ()), ("y = x -> f as a -> g as b (", "value", ("y", "a", "b")),
    ],
)  # fmt: skip
def test_names(text: str, kind: str, names: tuple[str, ...]) -> None:
    assert broken(text, 0, len(text)) == Broken(kind, names, 0, len(text))  # type: ignore[arg-type]  # one of its kinds
