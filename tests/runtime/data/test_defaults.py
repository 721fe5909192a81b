"""What is known of defaults before anything runs."""

from pathlib import Path

from chainrule.compiler.compile import compiled
from chainrule.grammar.source import Source
from chainrule.runtime.data.defaults import check_defaults


def found(text: str) -> list[str]:
    spec = compiled(Source("test.graph", text), Path()).spec
    return [f"{each.code} {each.message}" for each in check_defaults(spec)]


def test_sizes_of_defaults_agree() -> None:
    text = "dim N\ninput a: [N] = [1, 2]\ninput b: [N] = {}\noutput y = sum(a) + sum(b)\n"
    assert found(text.format("[3, 4]")) == []
    (fault,) = found(text.format("[3, 4, 5]"))
    assert fault.startswith("G210")


def test_class_numbers_of_defaults_are_classes() -> None:
    text = "input s: [2, 3] = [[1, 2, 3], [4, 5, 6]]\ninput t: int[2] = [0, {}]\noutput y = softmax-loss(s, t)\n"
    assert found(text.format(2)) == []
    (fault,) = found(text.format(3))
    assert fault.startswith("G444")


def test_inputs_without_defaults_say_nothing() -> None:
    assert found("dim N\ninput a: [N]\ninput t: int[N]\noutput y = sum(a)\noutput u = sum(one-hot(t, 3))\n") == []
