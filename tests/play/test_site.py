"""The page as a static site, its engine in Pyodide, in a real browser: what test_page sees of the served one.

`python tests/pyodide/prepare.py FOLDER` fetches Pyodide, and CHAINRULE_TEST_PYODIDE=FOLDER has it tested.
"""

import functools
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from play_page import APPLE, SPIRAL, numbers, write
from playwright.sync_api import Page, expect

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.play.site import NEEDED, write_site

FOLDER = os.environ.get("CHAINRULE_TEST_PYODIDE", "")

WAIT = 90_000
"""Milliseconds that Python may take to start on a machine that has much else to do."""

HEAVY = "input n = 1\noutput y = sum(expand(n, [2000, 2000]) @ expand(n, [2000, 2000]) @ expand(n, [2000, 2000]))\n"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *told: Any) -> None:
        """What was asked is no news."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A site's folder, and the port at which a server has it that serves any files."""
    if not FOLDER:
        pytest.skip("CHAINRULE_TEST_PYODIDE names no folder with Pyodide")
    folder = tmp_path_factory.mktemp("site") / "page"
    write_site(folder, str(Path(FOLDER) / "node_modules" / "pyodide"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A folder that looks like a distribution of Pyodide, with more in it than a page loads."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in ("pyodide.js", "pyodide.js.map", "pyodide.d.ts", "pyodide-lock.json", "numpy-2.whl", "README.md"):
        (folder / name).write_text(name, encoding="utf-8")
    return folder


def test_a_site_has_what_its_page_loads_and_no_more(stand_in: Path, tmp_path: Path) -> None:
    files = write_site(tmp_path / "site", str(stand_in))
    own = {"index.html", "worker.js", "site.json", "chainrule.zip", "needed.zip"}
    built = {"built/play.js", "built/play.css", "built/licences.txt"}
    assert {*files} == own | built | {f"pyodide/{each}" for each in ("pyodide.js", "pyodide-lock.json", "numpy-2.whl")}
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert 'data-engine="worker.js"' in page
    assert "'unsafe-inline'" not in page
    assert "'unsafe-eval'" not in page
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|style=", page)
    write_site(tmp_path / "again", str(stand_in))
    for name in ("chainrule.zip", "needed.zip"):
        assert (tmp_path / "site" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_site_may_load_pyodide_from_one_address_alone(tmp_path: Path) -> None:
    write_site(tmp_path / "site", "https://example.org/pyodide/")
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = dict(each.strip().split(" ", 1) for each in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval' https://example.org/pyodide/"
    assert rules["connect-src"] == "'self' https://example.org/pyodide/"


def test_a_site_has_every_module_of_the_engine(stand_in: Path, tmp_path: Path) -> None:
    write_site(tmp_path / "site", str(stand_in))
    with zipfile.ZipFile(tmp_path / "site" / "chainrule.zip") as archive:
        names = set(archive.namelist())
        told = archive.read("chainrule.dist-info/METADATA").decode()
    assert f"Version: {chainrule.__version__}\n" in told
    root = Path(chainrule.__file__).parent
    for folder in ("grammar", "compiler", "runtime", "views", "program", "play"):
        for path in (root / folder).rglob("*.py"):
            assert f"chainrule/{path.relative_to(root).as_posix()}" in names
    assert "chainrule/specs/apple.graph" in names
    assert not [each for each in names if "node_modules" in each or "tests" in each.split("/")]


ALONE = """
import json, sys, tempfile
from importlib.metadata import packages_distributions
from pathlib import Path

needed, texts = json.loads(sys.argv[1]), json.loads(sys.argv[2])
own = {"numpy", "chainrule", *needed}
missing = {module for module, names in packages_distributions().items() if not own & {*names, module}}
assert {"rich", "click"} <= missing

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in missing:
            raise ImportError(name)

sys.meta_path.insert(0, Missing())
from chainrule.play.worker import Worker

worker = Worker(Path(tempfile.mkdtemp()))
apple, spiral, circle = texts
asked = [("hello", ""), ("fmt", apple), ("draw", circle), ("check", circle)]
asked += [(verb, text) for text in (apple, spiral) for verb in ("tokens", "check", "run", "draw", "walk")]
asked += [(f"export {to}", apple) for to in ("python", "c", "graph", "html", "svg", "tex", "model")]
asked.append(("train", spiral))
for number, (verb, text) in enumerate(asked):
    do, _, to = verb.partition(" ")
    message = {"id": number, "do": do, "name": "a.graph", "text": text, "to": to, "settings": {"epochs": 1}}
    worker.take(json.dumps({**message, "at": 0}))
    while worker.busy():
        for said in map(json.loads, worker.turn()):
            assert "failed" not in said or said["failed"]["code"] == "G766", said
print("all answered")
"""
"""Asks an engine that has no package beside those of a site; `G766` is a walk that is too long."""


def test_the_engine_needs_no_package_that_a_site_lacks() -> None:
    texts = [APPLE, SPIRAL, "a = b + 1\nb = a + 1\noutput y = a\n"]
    command = [sys.executable, "-c", ALONE, json.dumps(NEEDED), json.dumps(texts)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "all answered", ran.stderr


def test_a_site_is_written_into_an_empty_folder_alone(stand_in: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="empty folder"):
        write_site(stand_in, str(stand_in))
    with pytest.raises(SpecError, match=r"pyodide\.js"):
        write_site(tmp_path / "site", str(tmp_path))


def test_all_of_the_page_without_a_server(site: tuple[Path, int], open_page: Callable[..., Page]) -> None:
    folder, port = site
    page = open_page(f"http://127.0.0.1:{port}/")
    expect(page.locator("#busy-said")).to_have_text("starting Python in this page …")
    page.wait_for_selector("body.ready", timeout=WAIT)
    program = chainrule.compile(APPLE)

    write(page, APPLE)
    expect(page.locator("#count")).to_have_text("10 / 10")
    assert numbers(page, "gradient") == pytest.approx(sorted(map(float, program.grad("total").values())))
    assert numbers(page, "value") == pytest.approx([1.1, 2, 100, 200, 220])

    page.click("#previous")
    assert page.locator("#count").text_content() == "9 / 10"
    page.click("#next")
    page.get_by_label("price, by slider").fill("150")
    expect(page.locator("#drawing text.value", has_text="330")).to_be_visible()
    moved = program.grad("total", {"price": 150})
    assert numbers(page, "gradient") == pytest.approx(sorted(map(float, moved.values())))
    page.click("#reset")

    page.check("#quiz")
    page.click("#first")
    page.click("#reveal")
    page.click("#next")
    expect(page.locator("#question")).to_be_visible()
    page.uncheck("#quiz")

    write(page, APPLE.replace("price * count", "prise * count"))
    expect(page.locator(".fault .plain")).to_contain_text("nothing here is called `prise`")
    page.click(".fix")
    expect(page.locator(".fault")).to_have_count(0)
    page.click("#share")
    expect(page).to_have_url(re.compile("#spec="))
    fragment = page.evaluate("location.hash")

    _train(page)
    _rows(page)
    _end(page)

    # The link in a fresh browser, in a frame of a page from elsewhere.
    address = f"http://127.0.0.1:{port}/?embed{fragment}"
    frame = f'<iframe src="{address}" width="700" height="600" title="graph"></iframe>'
    (folder / "elsewhere.html").write_text(f'<!DOCTYPE html><link rel="icon" href="data:,">{frame}', encoding="utf-8")
    other = open_page(f"http://localhost:{port}/elsewhere.html").frame_locator("iframe")
    expect(other.locator("#count")).to_have_text("10 / 10", timeout=WAIT)
    expect(other.locator("#drawing text.value", has_text="220")).to_be_visible()
    expect(other.locator("#editor")).to_be_hidden()


def _train(page: Page) -> None:
    write(page, SPIRAL)
    page.click("#tab-training")
    expect(page.locator("#train")).to_be_enabled()
    page.click("#train-epoch")
    surface = page.locator("#surface")
    expect(surface).to_be_visible(timeout=WAIT)
    expect(page.locator("#train")).to_have_text("Go on", timeout=WAIT)
    early = surface.evaluate("(each) => each.toDataURL()")
    page.click("#train")
    expect(page.locator("#notice")).to_contain_text("training finished", timeout=WAIT)
    accuracy = re.search(r"train\.accuracy ([\d.]+)", page.locator("#metrics-said").text_content() or "")
    assert accuracy is not None
    assert float(accuracy[1]) >= 0.95
    assert surface.evaluate("(each) => each.toDataURL()") != early


def _rows(page: Page) -> None:
    write(page, "")
    rows = "\n".join(f"{n / 10},{n / 5 + 1}" for n in range(40))
    page.evaluate(
        """(text) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([text], "own.csv", { type: "text/csv" }));
            document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        f"x,y\n{rows}\n",
    )
    expect(page.locator("#files code")).to_have_text("own.csv")
    expect(page.locator(".cm-content")).to_contain_text("own.csv")
    page.click("#tab-training")
    page.click("#train")
    expect(page.locator("#notice")).to_contain_text(re.compile("training (finished|stopped) after"), timeout=WAIT)
    page.click("#tab-rows")
    page.fill("#predict-rows", "x\n1\n2\n")
    page.click("#predict")
    expect(page.locator("#predicted tbody tr")).to_have_count(2)


def _end(page: Page) -> None:
    """An engine that computes without an end is ended, and the next one has the files of the page."""
    write(page, HEAVY)
    page.click("#halt")
    expect(page.locator("#notice")).to_contain_text("ended: the page asked for it")
    write(page, APPLE)
    expect(page.locator("#count")).to_have_text("10 / 10", timeout=WAIT)
    page.set_input_files("#csv", {"name": "more.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    expect(page.locator("#files code")).to_have_text(["more.csv", "own.csv"])
