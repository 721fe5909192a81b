"""`predict --inputs -`: rows on standard input, answered as they come."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from serving import NAMES, csv_of, rows, trained


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("birds")
    trained(made)
    return made


@contextmanager
def predicting(folder: Path, *options: str, model: str = "run") -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "chainrule", "predict", model, "--inputs", "-", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def answered(folder: Path, given: str | bytes, *options: str, model: str = "run") -> tuple[int, str, str]:
    data = given if isinstance(given, bytes) else given.encode()
    with predicting(folder, *options, model=model) as process:
        out, err = process.communicate(data, timeout=60)
    return process.returncode, out.decode(), err.decode()


@pytest.fixture(scope="module")
def expected(folder: Path) -> list[list[str]]:
    """The lines that the same rows give as a file."""
    (folder / "few.graph").write_text((folder / "birds.graph").read_text().replace("output loss\n", ""))
    subprocess.run([sys.executable, "-m", "chainrule", "train", "few.graph", "--run", "few"], cwd=folder, check=True)
    command = [sys.executable, "-m", "chainrule", "predict", "few", "--inputs", "birds.csv", "--out", "answers.csv"]
    subprocess.run(command, cwd=folder, check=True)
    with open(folder / "answers.csv", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_answers_are_those_to_the_rows_of_a_file(folder: Path, expected: list[list[str]]) -> None:
    code, out, err = answered(folder, csv_of(rows()))
    assert (code, err) == (0, "")
    header, *lines = csv.reader(io.StringIO(out))
    assert header == expected[0] == ["scores[0]", "scores[1]", "scores[2]", "scores class"]
    assert [line[-1] for line in lines] == [line[-1] for line in expected[1:]]
    numbers, others = ([list(map(float, line[:-1])) for line in each] for each in (lines, expected[1:]))
    assert np.allclose(numbers, others, rtol=1e-5)


def test_answers_come_as_rows_come(folder: Path) -> None:
    with predicting(folder) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("length,mass\n40,3500\n", "50,4900\n", "45,42", "00\n"):
            process.stdin.write(text.encode())
            process.stdin.flush()
            if text == "length,mass\n40,3500\n":
                assert process.stdout.readline().startswith(b"scores[0]")
            if text.endswith("\n"):
                assert process.stdout.readline().strip().split(b",", 3)[-1].strip(b'"').decode() in NAMES
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(60) == 0


def test_json_lines(folder: Path) -> None:
    lines = [{"length": length, "mass": mass, "id": 3} for _, length, mass in rows(5)]
    code, out, _ = answered(folder, "\n".join(map(json.dumps, lines)), "--probabilities")
    documents = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [set(each) for each in documents] == [{"scores", "scores class", "scores probability"}] * 5
    for each in documents:
        assert sum(each["scores probability"].values()) == pytest.approx(1)
        assert max(each["scores probability"], key=each["scores probability"].get) == each["scores class"]


def test_probabilities_of_csv(folder: Path) -> None:
    code, out, _ = answered(folder, csv_of(rows(4)), "--probabilities")
    header, *lines = csv.reader(io.StringIO(out))
    assert code == 0
    assert header[3:] == [*(f"scores probability {name}" for name in NAMES), "scores class"]
    assert all(sum(map(float, line[3:6])) == pytest.approx(1, rel=1e-5) for line in lines)


TARGETS = ["length,mass\n40,3500\n", "species,length,mass\n,40,3500\n", "mass,length,species\n3500,40,\n"]


@pytest.mark.parametrize("given", TARGETS)
def test_the_column_of_targets_may_be_absent_or_empty(given: str, folder: Path) -> None:
    code, out, err = answered(folder, given)
    assert (code, err, len(out.splitlines())) == (0, "", 2)


HEADS = {
    "a byte order mark": b"\xef\xbb\xbflength,mass\n",
    "blank lines": b"\n\nlength,mass\n\n",
    "comments": b"# measured\n# in spring\nlength,mass\n",
    "what Excel is told": b"sep=;\nlength;mass\n",
    "returns": b"length,mass\r\n",
}


@pytest.mark.parametrize("head", HEADS)
def test_what_stands_above_the_rows(head: str, folder: Path) -> None:
    sep = b";" if b";" in HEADS[head] else b","
    plain = answered(folder, "length,mass\n40,3500\n50,4900\n")
    assert answered(folder, HEADS[head] + b"40%b3500\n50%b4900\n".replace(b"%b", sep)) == plain


WRONG = {
    "a text": ("40,3500\n41,x\n", "<standard input>:3:2: error G410: column `mass` holds texts, such as `x`"),
    "a missing field": ("40,3500\n\n41\n42,3600\n", "<standard input>:4"),
    "a missing value": ("40,3500\n41,\n", "<standard input>:3:2: error G406: column `mass` has no value here"),
    "a quote that is not closed": ('40,3500\n41,"2\n42,3\n', "<standard input>:3"),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_first_wrong_row_is_named_and_what_was_answered_stays(case: str, folder: Path) -> None:
    given, said = WRONG[case]
    code, out, err = answered(folder, f"length,mass\n{given}")
    assert (code, len(out.splitlines())) == (1, 2)
    assert err.startswith(said)
    assert "rows.csv" not in err


OBJECTS = {
    '{"length": 40, "mass": 3500}\n{"length": 40}\n': "<standard input>:2: error G712",
    '{"length": 40, "mass": 3500}\n\n{"length": \n': "<standard input>:3:1: error G576: this line holds no row:",
    '{"x": [0, 1]}\n{"x": [0, 1, 2]}\n': "<standard input>:2: error G576: this line holds no row: a row of `x`",
    '{"x": [0, 1]}\n[1, 2]\n': "<standard input>:2:1: error G576: this line holds no row: it is no object",
    '{"x": [0, 1]}\n{"x": [0, 1], "x": 2}\n': "<standard input>:2:1: error G576: this line holds no row: the name `x`",
}


@pytest.mark.parametrize("given", OBJECTS)
def test_the_first_wrong_object_is_named(given: str, folder: Path) -> None:
    code, out, err = answered(folder, given)
    assert (code, len(out.splitlines())) == (1, 1)
    assert err.startswith(OBJECTS[given])


def test_rows_without_a_header(folder: Path) -> None:
    (folder / "plain.csv").write_text("40,3500\n50,4900\n41,3600\n")
    spec = 'dim N\ninput x: [N, 2]\noutput y = x\ndata rows { x = csv("plain.csv", ["1", "2"]) }\n'
    (folder / "plain.graph").write_text(spec)
    with predicting(folder, model="plain.graph") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text, count in (("1,2\n3,4\n", 3), ("5,6\n", 1), ("7,8\n", 1)):
            process.stdin.write(text.encode())
            process.stdin.flush()
            lines = [process.stdout.readline().decode().strip() for _ in range(count)]
            assert lines[-1] == ",".join(f"{float(each)}" for each in text.split()[-1].split(","))


@pytest.mark.parametrize("text", ["", "length,mass\n"])
def test_input_without_rows_is_refused(text: str, folder: Path) -> None:
    code, out, err = answered(folder, text)
    assert (code, out) == (1, "")
    assert "error G401" in err
    assert "holds no rows" in err


@pytest.mark.parametrize("option", ["--json", "--out=answers.csv"])
def test_answers_go_to_standard_output_alone(option: str, folder: Path) -> None:
    code, out, err = answered(folder, "", option)
    assert code == 2
    assert "answers on standard output" in out + err


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it asks Linux for the memory of a process")
def test_memory_does_not_grow_with_the_rows(folder: Path) -> None:
    part = csv_of(rows(1000)).split("\n", 1)[1].encode()
    with predicting(folder) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"species,length,mass\n")
        held: list[int] = []
        for _ in range(12):
            process.stdin.write(part)
            process.stdin.flush()
            for _ in range(1000 + (not held)):
                process.stdout.readline()
            held.append(_memory(process.pid))
        assert held[-1] < held[3] + (8 << 20)


def _memory(process: int) -> int:
    """Bytes that a process holds in memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
