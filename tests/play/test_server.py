"""Who gets what from the server, and what becomes of an engine that eats, hangs or is left."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("starlette", reason="starlette is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")
websockets = pytest.importorskip("websockets.sync.client", reason="websockets is not installed")

from websockets.exceptions import InvalidStatus  # noqa: E402  # behind the question whether it is there

SECONDS = 3


class Served(NamedTuple):
    process: "subprocess.Popen[str]"
    port: int
    token: str

    def get(self, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        with contextlib.closing(connection), connection.getresponse() as answer:
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}

    def open(self, token: str | None = None, origin: str | None = "") -> Any:
        address = f"ws://127.0.0.1:{self.port}/engine?token={self.token if token is None else token}"
        own = f"http://127.0.0.1:{self.port}" if origin == "" else origin
        return websockets.connect(address, origin=own, max_size=1 << 26, open_timeout=20)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("folder")
    (folder / "own.graph").write_text("input x = 2\noutput y = x * 3\n", encoding="utf-8")
    (folder.parent / "secret.csv").write_text("x\n7\n", encoding="utf-8")
    command = [sys.executable, "-m", "chainrule", "play", str(folder / "own.graph"), "--no-browser"]
    process = subprocess.Popen(
        [*command, "--seconds", str(SECONDS), "--memory", "2"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]{40,})\n", process.stdout.readline())
    assert found is not None
    yield Served(process, int(found[1]), found[2])
    process.terminate()
    process.wait(20)
    process.stdout.close()


def ask(socket: Any, **message: Any) -> dict[str, Any]:
    """The last answer to a message."""
    socket.send(json.dumps(message))
    return until(socket, lambda said: said.get("id") == message["id"] and said.get("done"))


def until(socket: Any, wanted: Any) -> dict[str, Any]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        said: dict[str, Any] = json.loads(socket.recv(timeout=60))
        if wanted(said):
            return said
    raise AssertionError("it never came")


def test_files_are_the_page_s_own(served: Served) -> None:
    assert served.get("/")[0] == 403
    assert served.get("/?token=wrong")[0] == 403
    status, _, headers = served.get(f"/?token={served.token}")
    assert status in (200, 404)  # without the page's files there is nothing to serve
    assert "'unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert served.get("/worker.js")[0] == 200
    outside = ("/../server.py", "/%2e%2e/server.py", "/..%2fserver.py", "/src/..%2f..%2fserver.py", "/own.graph")
    for path in (*outside, "//etc/passwd", "/%00", "/node_modules/x", "/src/main.js"):
        assert served.get(path)[0] in (400, 404), path


def test_other_hosts_and_origins_get_nothing(served: Served) -> None:
    path = f"/?token={served.token}"
    assert served.get(path, Host="evil.example")[0] == 403
    assert served.get(path, Origin="http://evil.example")[0] == 403
    assert served.get("/worker.js", Host=f"evil.example:{served.port}")[0] == 403
    for token, origin in (("", ""), ("wrong", ""), (None, "http://evil.example"), (None, None)):
        with pytest.raises(InvalidStatus), served.open(token, origin):
            pass


def test_a_page_reads_its_own_folder_alone(served: Served) -> None:
    with served.open() as socket:
        hello = ask(socket, id=1, do="hello")
        assert hello["file"] == {"name": "own.graph", "text": "input x = 2\noutput y = x * 3\n"}
        said = ask(socket, id=2, do="run", name="own.graph", text=hello["file"]["text"])
        assert said["nodes"]["y"]["value"] == 6
        for path in ("../secret.csv", "/etc/passwd"):
            text = f'dim N\ninput x: [N]\noutput y = sum(x)\ndata d {{ x = csv("{path}", "x") }}\n'
            said = ask(socket, id=path, do="run", name="own.graph", text=text)
            assert said["nodes"]["y"]["value"] is None
            assert "own folder" in said["remarks"][0]["message"]


def test_what_eats_memory_is_refused_and_what_hangs_is_ended(served: Served) -> None:
    with served.open() as socket:
        eats = "param W: [20000, 20000] = normal(std = 1)\noutput y = sum(W)\n"
        assert ask(socket, id=1, do="run", name="a", text=eats)["failed"]["code"] == "G762"
        assert ask(socket, id=2, do="run", name="a", text="output y = 1 + 1\n")["nodes"]["y"]["value"] == 2
        hang(served)
        socket.send(json.dumps({"id": 3, "do": "fmt", "text": ""}))
        ended = until(socket, lambda said: said.get("id") == 3)
        assert ended["failed"]["code"] == "G761"
        assert f"{SECONDS} seconds" in ended["failed"]["message"]
        assert until(socket, lambda said: said.get("event") == "restarted")
        assert ask(socket, id=4, do="fmt", text="output y=1+1")["text"] == "output y = 1 + 1\n"
        hang(served)
        socket.send(json.dumps({"id": 5, "do": "fmt", "text": ""}))
        assert "failed" not in ask(socket, id=6, do="stop")
        assert ask(socket, id=7, do="fmt", text="output y=1+1")["text"] == "output y = 1 + 1\n"


def hang(served: Served) -> None:
    """Lets the engine stand still, as one would that computes without an end."""
    (engine,) = engines(served)
    os.kill(int(engine), signal.SIGSTOP)


def test_an_endless_training_is_stopped_and_a_closed_page_ends_its_engine(served: Served) -> None:
    endless = (
        "input x = 1\nparam w = 0.5\nloss = (w * x - 2) ** 2\n"
        "train { minimize = loss; optimizer = sgd(lr = 0.001); steps = 1000000000; report = every(1000) }\n"
    )
    with served.open() as socket:
        socket.send(json.dumps({"id": 1, "do": "train", "name": "a", "text": endless}))
        until(socket, lambda said: said.get("event") == "progress" and said["step"] > 1000)
        assert "failed" not in ask(socket, id=2, do="check", name="a", text=endless)
        socket.send(json.dumps({"id": 3, "do": "stop", "run": 1}))
        assert until(socket, lambda said: said.get("id") == 1 and said.get("done"))["state"] == "stopped"
        socket.send(json.dumps({"id": 4, "do": "train", "name": "a", "text": endless}))
        until(socket, lambda said: said.get("event") == "progress")
        assert engines(served)
    end = time.monotonic() + 20
    while engines(served) and time.monotonic() < end:
        time.sleep(0.05)
    assert not engines(served)


def engines(served: Served) -> list[str]:
    """Processes that the server has started."""
    tasks = Path(f"/proc/{served.process.pid}/task")
    if not tasks.exists():
        pytest.skip("there is no /proc")
    return [each for task in tasks.iterdir() for each in (task / "children").read_text().split()]
