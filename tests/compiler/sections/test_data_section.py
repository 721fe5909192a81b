"""Columns of data sections as programs."""

from collections.abc import Callable

import pytest

from chainrule.compiler.graph.spec import Apply, Column, Cut, Fit, Push, Read, Spec, Use
from chainrule.grammar.diagnostic import Diagnostic

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]

START = 'const file = "t.csv"\nconst k = 2\ndim N\ninput x = 1\ny = x\n'


def column(spec: Compile, text: str) -> Column:
    return spec(f"{START}data d {{ c = {text}; other = [1]; k = [9] }}\n").data["d"].columns["c"]


def steps(made: Column) -> list[object]:
    """Each step in short: a reader's name, a value, an operation with the number of its operands."""
    found: list[object] = []
    for step in made.steps:
        match step:
            case Read():
                found.append(step.reader.name)
            case Push():
                found.append(step.value)
            case Apply():
                found.append((step.operation.name, step.operands))
            case Use():
                found.append(f"<{step.name}>")
            case Cut():
                found.append(step.places)
            case Fit():
                found.append((step.call.name, dict(step.call.arguments)))
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('idx("a.gz")', ["idx"]),
        ('flatten(idx("a.gz")) / 255', ["idx", ("flatten", 1), 255, ("div", 2)]),
        ('-npy("a.npy") + k * 3', ["npy", ("neg", 1), 2, 3, ("mul", 2), ("add", 2)]),
        ("[1, 2, k]", [(1, 2, 2)]),
        ("sub(b = 1, a = [2])", [(2,), 1, ("sub", 2)]),
        ('sum(csv("a.csv", ["p", "q"]), axis = 1)', ["csv", ("sum", 1)]),
        ('spiral("x", noise = 0.2, seed = k)', ["spiral"]),
        ('standardize(npy("a.npy"))', ["npy", ("standardize", {})]),
        ('npy("a.npy") -> scale(high = k) -> exp', ["npy", ("scale", {"low": 0.0, "high": 2.0}), ("exp", 1)]),
        ('2 * fill(c = npy("a.npy"), value = -k)', [2, "npy", ("fill", {"value": -2.0}), ("mul", 2)]),
        ('fill(npy("a.npy"), median)', ["npy", ("fill", {"value": "median"})]),
        ('npy("a.npy") -> fill("mean")', ["npy", ("fill", {"value": ("mean",)})]),
        ('one_hot(npy("a.npy"))', ["npy", ("one_hot", {"unknown": False})]),
        ('one-hot(npy("a.npy"), unknown = true)', ["npy", ("one_hot", {"unknown": True})]),
        ('one_hot(npy("a.npy"), 3)', ["npy", ("one-hot", 1)]),
        ('npy("a.npy") -> one_hot(classes = 3)', ["npy", ("one-hot", 1)]),
        ("other - k", ["<other>", 2, ("sub", 2)]),
        ("other -> exp", ["<other>", ("exp", 1)]),
        ("other[1:3, ..., k, ::-1]", ["<other>", ((1, 3, None), None, 2, (None, None, -1))]),
        ('npy("a.npy") / classes(npy("b.npy"))', ["npy", "npy", ("classes", {}), ("div", 2)]),
    ],
)
def test_a_column_is_a_program_for_a_stack(spec: Compile, text: str, wanted: list[object]) -> None:
    assert steps(column(spec, text)) == wanted


def test_readers_have_all_of_their_arguments(spec: Compile) -> None:
    (step,) = column(spec, 'csv(file, ["a", "b"])').steps
    assert isinstance(step, Read)
    assert step.reader.arguments == {
        "path": "t.csv",
        "column": ("a", "b"),
        "sep": ",",
        "decimal": ".",
        "thousands": "",
        "header": None,
        "encoding": "utf-8",
        "missing": ("",),
    }
    (step,) = column(spec, "csv(file, 3)").steps
    assert isinstance(step, Read)
    assert step.reader.arguments["column"] == "3"
    (step,) = column(spec, 'line("x", slope = -1)').steps
    assert isinstance(step, Read)
    assert step.reader.arguments == {
        "column": "x",
        "rows": 100,
        "slope": -1.0,
        "intercept": 1.0,
        "noise": 0.1,
        "seed": 0,
    }


def test_attributes_of_operations(spec: Compile) -> None:
    *_, last = column(spec, 'one-hot(npy("a.npy"), classes = 5 * k)').steps
    assert isinstance(last, Apply)
    assert last.attributes == (10,)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('cvs("a", "b")', "G103 there is no operation or block called `cvs`"),
        ('npz("a")', "G108 npz(path, key) lacks `key`"),
        ("csv(1, 2)", 'G303 `csv: path` takes a text, `"..."`'),
        ('csv("a", [1, k, [2]])', 'G303 `csv: column` takes a text, `"..."`, or a list of texts'),
        ('npz("a", "b", k)', "G105 npz(path, key) takes 2 arguments, but 3 are given"),
        ('csv("a", "b", "::")', 'G303 `csv: sep` takes the character between fields, such as `";"`, or `"tab"`'),
        (
            'csv("a", "b", thousands = "ab")',
            'G303 `csv: thousands` takes the character between thousands, such as `","`',
        ),
        ('csv("a", "b", header = 0)', "G303 `csv: header` takes `true` or `false`"),
        ('npz("a", keys = "b")', "G106 npz(path, key) has no argument called `keys`"),
        ('line("x", rows = 0)', "G304 `line: rows` must be at least 1 and at most 100,000,000; this is 0"),
        ('spiral("x", classes = 2.5)', "G303 `spiral: classes` takes a whole number"),
        ("x + 1", "G110 a column must be known before anything runs, but `x` is computed"),
        ("zz", "G101 nothing here is called `zz`"),
        ("file", "G109 `file` is not a value that can be computed with"),
        ('"a"', "G109 a text is not a value that can be computed with"),
        ("N", "G109 `N` is not a value that can be computed with"),
        ("flatten(1, 2)", "G105 flatten(x) takes 1 argument, but 2 are given"),
        ("accuracy([1], [1])", "G103 there is no operation or block called `accuracy`"),
        ("[[1], [1, 2]]", "G202 this list is ragged: 1 number in its first row, 2 numbers here"),
    ],
)
def test_faults(faults: Find, text: str, fault: str) -> None:
    (found,) = faults(f"{START}data d {{ c = {text} }}\n")
    assert f"{found.code} {found.message}" == fault


def test_every_fault_of_a_section_is_reported(faults: Find) -> None:
    found = faults(f'{START}data d {{\n  a = cvs("a")\n  a = 1\n  b = zz + qq\n}}\ndata d {{ a = [1] }}\n')
    assert [fault.code for fault in found] == ["G103", "G102", "G101", "G101", "G102"]
    assert found[-1].notes


def test_a_column_may_be_a_chain(spec: Compile) -> None:
    assert steps(column(spec, 'idx("a") -> flatten -> div(255)')) == ["idx", ("flatten", 1), 255, ("div", 2)]


def test_depth_is_no_matter(spec: Compile) -> None:
    depth = 20_000
    assert len(column(spec, "-" * depth + "[1]").steps) == depth + 1
    assert len(column(spec, "1" + " + 1" * depth).steps) == 2 * depth + 1
