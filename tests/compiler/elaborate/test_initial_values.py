"""What parameters start from."""

from collections.abc import Callable

import pytest

from chainrule.compiler.graph.signatures import INITIALISERS, Invocation
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]


@pytest.mark.parametrize("name", INITIALISERS)
@pytest.mark.parametrize("form", ["{}()", "{}"])
def test_every_initialiser_may_be_called_or_named(spec: Compile, name: str, form: str) -> None:
    initial = spec(f"param W: [2, 3] = {form.format(name)}\ny = sum(W)\n").graph.params["W"].initial
    assert isinstance(initial, Invocation)
    assert initial.name == name
    assert dict(initial.arguments) == {each.name: each.default for each in INITIALISERS[name].parameters}


def test_arguments_of_an_initialiser(spec: Compile) -> None:
    text = "const k = 2\nparam W: [2, 3] = normal(k / 4, std = 0)\ny = sum(W)\n"
    initial = spec(text).graph.params["W"].initial
    assert isinstance(initial, Invocation)
    assert initial.arguments == {"mean": 0.5, "std": 0.0}


@pytest.mark.parametrize(
    ("value", "fault", "hint"),
    [
        ("hee()", "G309 `hee` is not an initialiser", "did you mean `he`?"),
        ("hee", "G101 nothing here is called `hee`", None),
        (
            "relu(2)",
            "G116 `relu` is an operation; it cannot be called here",
            "a param starts from an initialiser or from a literal",
        ),
        ("f(2)", "G116 `f` is a block; it cannot be called here", None),
        ("k()", "G116 `k` is a number; it cannot be called here", None),
        ("x", "G110 a literal must be known before anything runs, but `x` is computed", None),
        ("x + 1", "G110 a literal must be known before anything runs, but `x` is computed", None),
        ("he(1)", "G105 he() takes 0 arguments, but 1 is given", None),
        ("normal(sd = 1)", "G106 normal(mean, std) has no argument called `sd`", "did you mean `std`?"),
        ("normal(std = -1)", "G304 `normal: std` must be at least 0; this is -1", None),
        ('normal(std = "a")', "G303 `normal: std` takes a number", None),
        ("normal(std = x)", "G110 `normal: std` must be known before anything runs, but `x` is computed", None),
    ],
)
def test_faults(faults: Find, value: str, fault: str, hint: str | None) -> None:
    (found,) = faults(f"const k = 1\ninput x = 1\nblock f(x) {{ return x }}\nparam W: [2] = {value}\ny = sum(W) * x\n")
    assert f"{found.code} {found.message}" == fault
    assert hint is None or found.hint == hint


def test_bytes_of_parameters_have_a_limit(faults: Find) -> None:
    (fault,) = faults("param W: [1000000, 1000000] = he()\ny = sum(W)\n")
    assert fault.message == "this needs 8,000,000,000,000 bytes of parameters; the limit is 17,179,869,184"
