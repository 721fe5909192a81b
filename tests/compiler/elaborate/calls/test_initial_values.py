"""What parameters start from."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chainrule.compiler.compile import compiled_file
from chainrule.compiler.graph.signatures import INITIALISERS, Invocation
from chainrule.compiler.graph.spec import Compiled, Spec
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.source import Span
from chainrule.grammar.spec_error import SpecError

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
        ("he(1, 2)", "G105 he(fan) takes 1 argument, but 2 are given", None),
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


LIBRARY = """
const k = 4
block inner(x, init) {
  param W: [2] = init
  return x * W
}
block outer(x, init) { return inner(x, init(mean = 5)) }
"""


def in_two_files(folder: Path, initial: str) -> Compiled:
    """A block of another file gives an initialiser on with an argument more."""
    (folder / "library.graph").write_text(LIBRARY)
    top = f'use "library.graph" as L\n# {"a comment that moves what follows " * 9}\nconst k = 1\n'
    (folder / "top.graph").write_text(f"{top}input x = 2\noutput y = L.outer(x, {initial})\n")
    return compiled_file(folder / "top.graph")


def test_names_in_arguments_mean_what_they_mean_where_they_are_written(tmp_path: Path) -> None:
    (param,) = in_two_files(tmp_path, "normal(std = k)").spec.graph.params.values()
    assert isinstance(param.initial, Invocation)
    assert param.initial.arguments == {"mean": 5, "std": 1}


@pytest.mark.parametrize(
    ("initial", "code", "part"),
    [
        ("normal(std = -1)", "G304", "-1"),
        ("normal(sd = 1)", "G106", "sd"),
        ("normal(mean = 1)", "G107", "mean"),
        ("normal(1, 2, 3)", "G105", "3"),
        ("normal(std = x)", "G110", "x"),
        ('normal(std = "a")', "G303", '"a"'),
    ],
)
def test_a_fault_stands_in_the_file_that_has_the_argument(tmp_path: Path, initial: str, code: str, part: str) -> None:
    with pytest.raises(SpecError) as caught:
        in_two_files(tmp_path, initial)
    (found,) = caught.value.diagnostics
    spans = [found.where, *(note.where for note in found.notes)]
    named = [(Path(span.source.name).name, span.text) for span in spans if isinstance(span, Span)]
    assert found.code == code
    assert (("library.graph" if code == "G107" else "top.graph"), part) in named
    assert all(text for _, text in named), "each lies inside of its text"
