"""What a page is told, whatever carries the messages."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.play.engine import Engine
from chainrule.play.lessons import FOLDER
from chainrule.play.session import Session

APPLE = (FOLDER / "apple.graph").read_text(encoding="utf-8")
SPIRAL = (FOLDER / "spiral.graph").read_text(encoding="utf-8")


def ask(session: Session, do: str, **fields: Any) -> dict[str, Any]:
    """The last answer; each is what JSON holds."""
    said = list(filter(None, session.answer({"id": 1, "do": do, **fields})))
    assert json.loads(json.dumps(said, allow_nan=False)) == json.loads(json.dumps(said))
    assert said[-1]["id"] == 1
    assert said[-1]["done"]
    return said[-1]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    own = tmp_path / "own"
    own.mkdir()
    return Session(folder=tmp_path, own=own)


def test_numbers_are_those_of_grad(session: Session) -> None:
    program = chainrule.compile(APPLE)
    said = ask(session, "run", name="mine.graph", text=APPLE)
    gradients = program.grad("total")
    for path in ("price", "count", "tax", "subtotal"):
        assert said["nodes"][path]["gradient"] == float(gradients[path])
    assert said["nodes"]["total"]["value"] == float(program.run()["total"])
    moved = ask(session, "run", name="mine.graph", text=APPLE, inputs={"price": 150})
    assert moved["nodes"]["total"]["value"] == float(program.run(price=150)["total"])


def test_a_constant_a_param_and_an_input_are_moved(session: Session) -> None:
    text = "const k = 3\ninput x = 2\nparam w: [2] = [1, 2]\noutput y = sum(k * x * w)\n"
    kinds = {each["name"]: (each["kind"], each["value"]) for each in ask(session, "check", text=text)["inputs"]}
    assert kinds == {"x": ("input", 2.0), "w": ("param", [1.0, 2.0]), "k": ("const", 3.0)}
    for given, value in (({}, 18), ({"k": 4}, 24), ({"w": [2, 2]}, 24), ({"x": 1, "w": [0, 5], "k": 2}, 10)):
        said = ask(session, "run", text=text, inputs=given)
        assert said["nodes"]["y"]["value"] == value
    refused = ask(session, "run", text=text, inputs={"w": [1, 2, 3]})["failed"]
    assert refused["message"]


def test_a_fault_is_where_it_is_in_utf_16(session: Session) -> None:
    text = "# 🙂🙂\ninput price = 1\noutput y = prize + 1 # 🙂\n"
    (found,) = ask(session, "check", text=text)["diagnostics"]
    units = text.encode("utf-16-le")
    assert units[2 * found["from"] : 2 * found["to"]].decode("utf-16-le") == "prize"
    assert found["severity"] == "error"
    assert found["fixes"][0]["text"] == "price"
    assert ask(session, "draw", text=text)["faulty"]


def test_pictures_name_their_nodes(session: Session) -> None:
    said = ask(session, "draw", name="a", text="input p = 1\noutput y = p * 2\n")
    assert 'data-node="p"' in said["svg"]
    assert "<style" not in said["svg"]
    assert " style=" not in said["svg"]
    assert said["lines"] == {"p": 1, "y": 2}
    assert ask(session, "walk", name="a", text=APPLE)["steps"]


def test_frames_are_opened_by_their_paths(session: Session) -> None:
    text = (
        "block inner(v: [2]) {\n  w = v * 3\n  return w + 1\n}\n"
        "block outer(v: [2]) {\n  u = inner(v)\n  return u * 2\n}\n"
        "input x: [2] = [1, 2]\na = outer(x)\nb = outer(a)\noutput y = sum(b)\n"
    )

    def drawn(**how: Any) -> tuple[dict[str, bool], list[str]]:
        said = ask(session, "draw", name="a", text=text, **how)
        assert {each["label"] for each in said["frames"]} >= {"a · outer", "u · inner"}
        return {each["path"]: each["open"] for each in said["frames"]}, re.findall(r'data-frame="([^"]*)"', said["svg"])

    opened, seen = drawn()
    assert all(opened.values())
    assert sorted(seen) == ["a", "a.u", "b", "b.u"]
    assert drawn(depth=0) == drawn(open=[]) == (dict.fromkeys(opened, False), ["a", "b"])
    assert drawn(open=["b", "nonesuch"]) == ({**dict.fromkeys(opened, False), "b": True}, ["b", "a", "b.u"])
    assert drawn(open=["b.u"])[1] == ["a", "b"], "a frame is seen in an open one alone"
    reverse = ask(session, "draw", name="a", text=text, reverse=True, open=["a"])
    assert {each["path"] for each in reverse["frames"] if each["open"]} == {"a"}
    assert ask(session, "draw", text=text, open="a")["failed"]["message"]


def test_what_is_no_message_is_refused_in_words(session: Session) -> None:
    odd: list[Any] = [None, 3, [], {}, {"id": []}, {"id": 1}, {"id": 1, "do": "nonesuch"}, {"id": 1, "do": 7}]
    odd += [{"id": 1, "do": "run", "text": 5}, {"id": 1, "do": "hover", "text": APPLE, "at": -1}]
    odd += [{"id": 1, "do": "run", "text": APPLE, "inputs": {"price": "much"}}, {"id": 1, "do": "pause", "run": 9}]
    odd += [
        {"id": 1, "do": "draw", "text": APPLE, "of": "nonesuch"},
        {"id": 1, "do": "export", "text": APPLE, "to": ""},
    ]
    odd += [{"id": 1, "do": "train", "text": APPLE}, {"id": 1, "do": "predict", "text": SPIRAL, "rows": [3]}]
    odd += [{"id": 1, "do": "train", "text": SPIRAL, "settings": {"batch": 0}}]
    for message in odd:
        (said,) = session.answer(message)
        assert said["done"]
        assert said["failed"]["message"]
        assert said["failed"]["code"] != "G763", said


def turns(engine: Engine, most: int = 100_000) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    for _ in range(most):
        if not engine.busy:
            break
        said += engine.turn()
    return said


def test_a_training_is_steered(session: Session) -> None:
    engine = Engine(session)
    steered = {"do": "train", "name": "s.graph", "text": SPIRAL, "paused": True, "look": ["surface"]}
    engine.take({"id": 7, **steered, "settings": {"epochs": 4}})
    first = turns(engine)
    assert first[-1] == {"id": 7, "event": "paused", "step": 0, "epoch": 0}
    before = next(each["surface"] for each in first if each.get("event") == "look")
    assert len(before["points"]) == 300
    engine.take({"id": 8, "do": "step", "run": 7, "count": 3})
    assert turns(engine)[-1] == {"id": 7, "event": "paused", "step": 3, "epoch": 0}
    engine.take({"id": 9, "do": "epoch", "run": 7})
    said = turns(engine)
    assert said[-1] == {"id": 7, "event": "paused", "step": 8, "epoch": 1}
    after = [each["surface"] for each in said if each.get("event") == "look"][-1]
    assert after["values"] != before["values"]
    engine.take({"id": 10, "do": "set", "run": 7, "rate": 0.002, "batch": 60})
    engine.take({"id": 11, "do": "epoch", "run": 7})
    progress = [each for each in turns(engine) if each.get("event") == "progress"][-1]
    assert (progress["batch"], progress["epoch"], progress["step"]) == (60, 2, 12)
    assert progress["rate"] == pytest.approx(0.002)
    engine.take({"id": 12, "do": "resume", "run": 7})
    end = next(each for each in turns(engine) if each.get("done") and each["id"] == 7)
    assert (end["state"], end["summary"]["epoch"], end["summary"]["step"]) == ("finished", 4, 20)


def test_what_was_trained_is_drawn_predicted_and_exported(session: Session) -> None:
    settings = {"epochs": 3}
    end = ask(session, "train", name="s.graph", text=SPIRAL, settings=settings)
    assert end["state"] == "finished"
    program = chainrule.compile(SPIRAL, set={"train.epochs": "3"})
    program.train()
    held = ask(session, "run", name="s.graph", text=SPIRAL)["nodes"]["W3"]["value"]
    assert np.array_equal(np.float32(held), program.params["W3"])
    own = ask(session, "run", name="s.graph", text=SPIRAL, trained=False)["nodes"]["W3"]["value"]
    assert own != held
    rows = [{"x": [0.3, -0.2]}, {"x": [0.1, 0.9]}]
    said = ask(session, "predict", name="s.graph", text=SPIRAL, rows=rows)
    assert said["columns"][0] == "scores"
    assert said["rows"][0][0] == pytest.approx(program.answer(rows)[0]["scores"])
    table = ask(session, "predict", name="s.graph", text=SPIRAL, csv="a,b\n0.3,-0.2\n0.1,0.9\n")
    assert float(table["rows"][1][2]) == pytest.approx(said["rows"][1][0][2])
    for to, ending in (("python", ".py"), ("graph", ".graph"), ("svg", ".svg"), ("html", ".html"), ("tex", ".tex")):
        made = ask(session, "export", name="s.graph", text=SPIRAL, to=to)
        assert made["filename"] == f"s{ending}"
        assert made["text"]
    model = ask(session, "export", name="s.graph", text=SPIRAL, to="model")
    assert len(base64.b64decode(model["base64"])) > 1000


def test_files_lie_in_the_folder_of_the_session(session: Session, tmp_path: Path) -> None:
    (tmp_path / "beside.csv").write_text("x\n5\n", encoding="utf-8")
    lines = "".join(f"{i},{i % 7},{'no' if i % 3 else 'yes'}\n" for i in range(60))
    put = ask(session, "file", name="rows.csv", text=f"a,b,kind\n{lines}")
    assert [each["name"] for each in put["columns"]] == ["a", "b", "kind"]
    assert put["rows"] == 60
    assert ask(session, "train", name="page.graph", text=put["spec"], settings={"epochs": 1})["state"] == "finished"
    own = 'input x: [N]\noutput y = sum(x)\ndata d { x = csv("beside.csv", "x") }\n'
    assert ask(session, "run", name="o.graph", text=f"dim N\n{own}")["nodes"]["y"]["value"] == 5
    assert not (tmp_path / "rows.csv").exists()
    assert [each["name"] for each in ask(session, "files")["files"]] == ["rows.csv"]
    for name in ("../up.csv", "/tmp/x.csv", "a/b.csv", ".hidden", "", "..", "a\\b", 'a"b', "x" * 200):
        assert ask(session, "file", name=name, text="1")["failed"]["code"] in ("G764", "G760")
    ask(session, "forget", name="rows.csv")
    assert ask(session, "files")["files"] == []


def test_later_requests_supersede_earlier_ones(session: Session) -> None:
    engine = Engine(session)
    for number in range(3):
        engine.take({"id": number, "do": "draw", "text": APPLE})
    engine.take({"id": 3, "do": "run", "text": APPLE})
    said = {each["id"]: each for each in turns(engine)}
    assert [number for number, each in said.items() if each.get("superseded")] == [0, 1]
    assert said[2]["svg"]
    assert said[3]["nodes"]


def test_every_lesson_is_told_and_drawn(session: Session) -> None:
    hello = ask(session, "hello")
    assert len(hello["lessons"]) == len(list(FOLDER.glob("*.graph")))
    assert ".graph" in hello["style"]
    for lesson in hello["lessons"][::9]:
        said = ask(session, "draw", name=lesson["name"], text=lesson["text"])
        assert "failed" not in said, lesson["name"]
