"""`predict`: rows from a file, outputs into a file."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FLOWERS = """dim N
input x: [N, 2]
input t: int[N]
param W: [2, 3] = normal()
param b: [3] = zeros()
output y = affine(x, W, b)
loss = softmax-loss(y, t)
data rows { x = csv("flowers.csv", ["long", "wide"]) / 10 ; t = csv("flowers.csv", "kind") }
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 1 ; data = rows }
"""


@pytest.fixture
def run(call: Any) -> str:
    Path("flowers.graph").write_text(FLOWERS, encoding="utf-8")
    Path("flowers.csv").write_text("kind,long,wide\nrose,1,2\nlily,3,1\naster,5,5\n", encoding="utf-8")
    assert call("train", "flowers.graph", "--run", "runs/a", "--quiet").code == 0
    Path("new.csv").write_text("wide,long\n2,1\n7,9\n", encoding="utf-8")
    return "runs/a"


def test_columns_as_the_spec_reads_them(call: Any, run: str) -> None:
    document = call("predict", run, "--inputs", "new.csv", "--json").json
    Path("new.json").write_text(json.dumps({"x": [[0.1, 0.2], [0.9, 0.7]]}), encoding="utf-8")
    assert document["outputs"]["y"] == call("predict", run, "--inputs", "new.json", "--json").json["outputs"]["y"]
    best = [["aster", "lily", "rose"][number] for number in np.argmax(document["outputs"]["y"], axis=1)]
    assert document["classes"] == {"y": best}


@pytest.mark.parametrize("suffix", ["csv", "json", "npz", "npy"])
def test_files(call: Any, run: str, suffix: str) -> None:
    expected = np.array(call("predict", run, "--inputs", "new.csv", "--json").json["outputs"]["y"])
    answer = call("predict", run, "--inputs", "new.csv", "--out", f"out.{suffix}")
    assert answer.code == 0, answer.errors
    match suffix:
        case "csv":
            with open("out.csv", encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            found = np.array([[float(row[f"y[{number}]"]) for number in range(3)] for row in rows])
            assert [row["y class"] in ("rose", "lily", "aster") for row in rows] == [True, True]
        case "json":
            found = np.array(json.loads(Path("out.json").read_text(encoding="utf-8"))["outputs"]["y"])
        case "npz":
            found = np.load("out.npz")["y"]
        case _:
            found = np.load("out.npy")
    np.testing.assert_array_equal(found.astype(np.float32), expected.astype(np.float32))


def test_what_can_not_be_predicted_on(call: Any, run: str) -> None:
    Path("other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert call("predict", run, "--inputs", "other.csv").code == 1
    assert call("predict", run, "--inputs", "missing.csv").code == 1
    assert call("predict", run, "--inputs", "new.csv", "--out", "out.xlsx").code == 2
    assert call("predict", run, "--inputs", "new.csv", "--out", "nowhere/out.csv").code == 1
    assert call("predict", run).code == 2


HOUSES = """dim N
input x: [N, 2]
input t: [N]
param W: [2, 1] = ones()
output y = sum(x @ W, axis = 1)
loss = mse(y, t)
data houses {
  x = csv("houses.csv", ["면적", "층"], sep = ";", decimal = ",", encoding = "cp949")
  t = csv("houses.csv", "가격", sep = ";", decimal = ",", thousands = ".", encoding = "cp949", missing = "?")
}
train { minimize = loss; optimizer = sgd(lr = 0); epochs = 1; data = houses }
"""


@pytest.fixture
def houses(call: Any) -> str:
    Path("houses.graph").write_text(HOUSES, encoding="utf-8")
    Path("houses.csv").write_bytes("면적;층;가격\n84,5;3;1.250,5\n59,25;7;980\n".encode("cp949"))
    assert call("train", "houses.graph", "--run", "houses", "--quiet").code == 0
    return "houses"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("층;면적\n3;84,5\n7;59,25\n", "cp949"),
        ("면적;층;가격\n84,5;3;?\n59,25;7;\n", "cp949"),
        ("sep=;\n면적;층\n84,5;3\n59,25;7\n", "cp949"),
        ("층,면적\n3,84.5\n7,59.25\n", "utf-8"),  # none of the names when it is read as the spec's own file is
    ],
)
def test_new_rows_are_read_as_the_specs_own(call: Any, houses: str, text: str, encoding: str) -> None:
    Path("new.csv").write_bytes(text.encode(encoding))
    answer = call("predict", houses, "--inputs", "new.csv", "--json")
    assert answer.code == 0, answer.out
    assert answer.json["outputs"] == {"y": [87.5, 66.25]}
    assert answer.json["diagnostics"] == []


def test_new_rows_that_are_written_otherwise(call: Any, houses: str) -> None:
    Path("new.csv").write_bytes("면적;층\n84,5;3\n".encode())
    (found,) = call("predict", houses, "--inputs", "new.csv", "--json").json["diagnostics"]
    assert (found["code"], found["hint"]) == ("G409", 'it looks like utf-8: write `csv(..., encoding = "utf-8")`')
    Path("new.csv").write_bytes("면적;층\n84.5;3\n".encode("cp949"))
    (found,) = call("predict", houses, "--inputs", "new.csv", "--json").json["diagnostics"]
    assert (found["code"], found["line"], found["column"]) == ("G410", 2, 1)


def test_settings_from_outside(call: Any, houses: str) -> None:
    Path("other.csv").write_text("a,b,c\n1.5,2,x\n", encoding="utf-8")
    settings = ('houses.x=csv("other.csv", "a:b", sep = ",")', 'houses.t=csv("other.csv", 2)')
    given = [word for setting in settings for word in ("--set", setting)]
    assert call("run", "houses.graph", "--rows", "0:1", *given, "--json").json["outputs"] == {"y": [3.5]}
    answer = call("run", "houses.graph", "--rows", "0:1", "--set", 'houses.t=csv("other.csv", 2, sep = "no")')
    assert answer.code == 2


BOTH = FLOWERS.replace("loss = softmax", "output loss = softmax")


def test_the_target_may_be_blank_absent_or_wrong(call: Any, run: str) -> None:
    expected = call("predict", run, "--inputs", "new.csv", "--json").json["outputs"]["y"]
    for name, text in {
        "blank": "wide,long,kind\n2,1,\n7,9,\n",
        "partly": "wide,long,kind\n2,1,rose\n7,9,\n",
        "unknown": "wide,long,kind\n2,1,tulip\n7,9,?\n",
        "numbers": "wide,long,kind\n2,1,0\n7,9,1\n",
        "quoted": 'kind,"wide","long"\n,2,1\n,7,9\n',
        "padded": "\n\nwide , long\n2,1\n7,9\n",
    }.items():
        Path(f"{name}.csv").write_text(text, encoding="utf-8")
        answer = call("predict", run, "--inputs", f"{name}.csv", "--json")
        assert answer.code == 0, answer.out
        assert answer.json["outputs"] == {"y": expected}, name
        assert answer.json["diagnostics"] == [], name


def test_outputs_that_lack_a_blank_target_are_left_out(call: Any) -> None:
    Path("both.graph").write_text(BOTH, encoding="utf-8")
    Path("flowers.csv").write_text("kind,long,wide\nrose,1,2\nlily,3,1\naster,5,5\n", encoding="utf-8")
    assert call("train", "both.graph", "--run", "both", "--quiet").code == 0
    whole = call("predict", "both", "--inputs", "flowers.csv", "--json").json["outputs"]
    assert set(whole) == {"y", "loss"}
    Path("blank.csv").write_text("kind,long,wide\n,1,2\nlily,3,1\n,5,5\n", encoding="utf-8")
    answer = call("predict", "both", "--inputs", "blank.csv", "--json").json
    assert answer["outputs"] == {"y": whole["y"]}
    assert [(each["code"], each["line"]) for each in answer["diagnostics"]] == [("G465", 2)]
    Path("blank.csv").write_text("kind,long,wide\nrose,,2\n", encoding="utf-8")
    assert call("predict", "both", "--inputs", "blank.csv", "--json").json["diagnostics"][0]["code"] == "G406"
    Path("wrong.csv").write_text("kind,long,wide\ntulip,1,2\n", encoding="utf-8")
    assert call("predict", "both", "--inputs", "wrong.csv", "--json").json["diagnostics"][0]["code"] == "G411"


def test_the_only_input_is_the_one_that_an_output_needs(call: Any) -> None:
    spec = FLOWERS.replace('csv("flowers.csv", ["long", "wide"]) / 10', "[[0.1, 0.2], [0.3, 0.1], [0.5, 0.5]]")
    spec = spec.replace("input t: int[N]", "input t: [N, 3]").replace(
        'csv("flowers.csv", "kind")', "[[1, 0, 0]] * [[1], [1], [1]]"
    )
    Path("net.graph").write_text(spec, encoding="utf-8")
    assert call("train", "net.graph", "--run", "net", "--quiet").code == 0
    np.save("rows.npy", np.array([[0.1, 0.2]]))
    Path("rows.csv").write_text("a,b\n0.1,0.2\n", encoding="utf-8")
    found = [
        call("predict", "net", "--inputs", f"rows.{suffix}", "--json").json["outputs"] for suffix in ("npy", "csv")
    ]
    assert found[0] == found[1]


def test_doubts_about_the_file_are_told(call: Any, run: str) -> None:
    Path("counted.graph").write_text(
        FLOWERS.replace('["long", "wide"]', '["2", "3"]').replace('"kind"', '"1"'), encoding="utf-8"
    )
    Path("flowers.csv").write_text("rose,1,2\nlily,3,1\naster,5,5\n", encoding="utf-8")
    assert call("train", "counted.graph", "--run", "counted", "--quiet").code == 0
    Path("counted.csv").write_text("0,1,2\nrose,1,2\nlily,3,1\n", encoding="utf-8")
    answer = call("predict", "counted", "--inputs", "counted.csv", "--json")
    assert [each["code"] for each in answer.json["diagnostics"]] == ["G464"]
    assert call("predict", "counted", "--inputs", "counted.csv", "--strict").code == 1


LINE = """dim N
input a: [N]
input t: [N]
param w = 0
output y = w * a
loss = mse(y, t)
data d { a = csv("line.csv", "hours"); t = csv("line.csv", "score") }
train { minimize = loss ; optimizer = sgd(lr = 0.01) ; epochs = 5 ; data = d }
"""


@pytest.mark.parametrize(
    ("header", "lacks", "hint"),
    [
        ("a", "it lacks `hours`, from which the spec reads `a`", "its columns are: a"),
        ("score", "it lacks `hours`, from which the spec reads `a`", "its columns are: score"),
        ("Hours", "it lacks `hours`, from which the spec reads `a`", "did you mean `Hours`?"),
    ],
)
def test_a_column_that_lacks_is_named(call: Any, header: str, lacks: str, hint: str) -> None:
    Path("line.graph").write_text(LINE, encoding="utf-8")
    Path("line.csv").write_text("hours,score\n1,2\n2,4\n", encoding="utf-8")
    assert call("train", "line.graph", "--run", "a", "--quiet").code == 0
    Path("new.csv").write_text(f"{header}\n3\n", encoding="utf-8")
    answer = call("predict", "a", "--inputs", "new.csv")
    assert answer.code == 1
    assert lacks in answer.errors
    assert f"hint: {hint}" in answer.errors


def test_some_columns_of_an_input_are_not_enough(call: Any, run: str) -> None:
    Path("some.csv").write_text("long,depth,kind\n1,2,rose\n", encoding="utf-8")
    answer = call("predict", run, "--inputs", "some.csv")
    assert answer.code == 1
    assert "it lacks `wide`, from which the spec reads `x`" in answer.errors
    Path("none.csv").write_text("kind\nrose\n", encoding="utf-8")
    assert "it lacks `long` and `wide`, from which" in call("predict", run, "--inputs", "none.csv").errors
    Path("target.csv").write_text("long,wide\n1,2\n", encoding="utf-8")
    assert call("predict", run, "--inputs", "target.csv").code == 0


def test_what_lacks_for_one_output_leaves_the_others(call: Any) -> None:
    text = LINE.replace("output y", "input b: [N]\noutput z = 2 * b\noutput y").replace(
        "; t =", '; b = csv("line.csv", "b"); t ='
    )
    Path("line.graph").write_text(text, encoding="utf-8")
    Path("line.csv").write_text("hours,score,b\n1,2,5\n2,4,6\n", encoding="utf-8")
    assert call("train", "line.graph", "--run", "a", "--quiet").code == 0
    Path("new.csv").write_text("b\n3\n", encoding="utf-8")
    assert call("predict", "a", "--inputs", "new.csv", "--json").json["outputs"] == {"z": [6]}
