"""Hints: near names, lists of names, and many or long ones."""

from chainrule.grammar.suggestion import suggestion


def test_near_names() -> None:
    assert suggestion("sigmiod", ["relu", "sigmoid", "tanh"], what="operations") == "did you mean `sigmoid`?"
    assert suggestion("w1", ["W1", "W2"], what="names") == "did you mean `W1`?"
    assert suggestion("a", ["A", "a"], what="names") == "did you mean `A` or `a`?"


def test_lists() -> None:
    assert suggestion("xyz", ["beta", "alpha"], what="keys") == "keys are: alpha, beta"
    assert suggestion("xyz", [], what="keys") == "there are no keys here"
    assert suggestion("?", [f"n{number:03}" for number in range(50)], what="names").endswith("n039, ...")


def test_among_many() -> None:
    names = [f"layer{number}" for number in range(30_000)]
    assert suggestion("layr7", names, what="names").startswith("did you mean `layer7`")
    assert "layer0, layer1, layer10" in suggestion("unlike", names, what="names")


def test_a_very_long_name_is_compared_with_nothing() -> None:
    assert suggestion("x" * 1000, ["x" * 1000], what="names").startswith("names are: xxx")
