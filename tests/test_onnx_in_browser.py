"""A step of training as a model of ONNX trains in a browser, in onnxruntime-web, which knows nothing of chainrule.

`npm install onnxruntime-web` in a FOLDER, and CHAINRULE_TEST_ONNX_WEB=FOLDER has it tested.
"""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import chainrule

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
FOLDER = os.environ.get("CHAINRULE_TEST_ONNX_WEB", "")


class Quiet(SimpleHTTPRequestHandler):
    def guess_type(self, path: str | os.PathLike[str]) -> str:
        known = {".mjs": "text/javascript", ".wasm": "application/wasm"}
        return known.get(Path(path).suffix) or super().guess_type(path)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where the page is served, with the model and the library beside it."""
    chainrule.load(ROOT / "specs" / "iris.graph").export(tmp_path / "iris.onnx", train_step=True, state_apart=True)
    shutil.copy(ROOT / "specs" / "data" / "iris.csv", tmp_path)
    shutil.copy(ROOT / "docs" / "train_in_browser.html", tmp_path)
    (tmp_path / "dist").symlink_to(Path(FOLDER).resolve() / "node_modules" / "onnxruntime-web" / "dist")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/train_in_browser.html"
    server.shutdown()
    server.server_close()


@pytest.mark.proof
@pytest.mark.skipif(not FOLDER, reason="CHAINRULE_TEST_ONNX_WEB names no folder with onnxruntime-web")
def test_iris_trains(chromium: "Browser", address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    page.wait_for_function("document.title === 'done'", timeout=60_000)
    losses = [float(each) for each in re.findall(r"loss ([\d.]+)", page.inner_text("#told"))]
    page.close()
    assert len(losses) == 4
    assert sum(losses[1:]) / 3 < 0.4
