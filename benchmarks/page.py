"""How fluid the page of `chainrule play` is in a browser: from key press to picture, frames moved and trained a second.

`python benchmarks/page.py` asks the served page; `python benchmarks/page.py FOLDER` a static one too, FOLDER being what
`tests/pyodide/prepare.py` has filled: its first result, an edit, and its memory. Needs Chromium, playwright and the
extra `play`. Frames are those of a browser without a window or a graphics card.
"""

import functools
import http.server
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from play_latency import spec_of
from playwright.sync_api import Browser, Page, sync_playwright

import chainrule

SPECS = Path(chainrule.__file__).parent / "specs"

WATCH = """() => {
    window.taken = [];
    let began = 0;
    document.addEventListener("keydown", () => { began = performance.now(); }, true);
    const painted = new MessageChannel();
    painted.port1.onmessage = () => { if (began) window.taken.push(performance.now() - began); began = 0; };
    const seen = new MutationObserver(() => requestAnimationFrame(() => painted.port2.postMessage(null)));
    seen.observe(document.getElementById("pictures"), { childList: true });
}"""
"""Notes the milliseconds from each key press to the frame that has the new picture."""

MOVE = """(wheel) => new Promise((done) => {
    const stage = document.getElementById("pictures"), began = performance.now();
    let frames = 0;
    const next = (now) => {
        frames += 1;
        const at = { clientX: stage.clientWidth, clientY: 300, bubbles: true, cancelable: true };
        const far = frames % 20 < 10 ? 20 : -20;
        const how = wheel ? { ...at, deltaY: far } : { ...at, deltaX: far, shiftKey: true };
        stage.dispatchEvent(new WheelEvent("wheel", how));
        if (now - began < 3000) requestAnimationFrame(next); else done((1000 * frames) / (now - began));
    };
    requestAnimationFrame(next);
})"""
"""Frames a second while the picture is moved, or enlarged, a little in each."""

COUNT = """() => {
    window.shown = 0;
    const draw = CanvasRenderingContext2D.prototype.drawImage;
    CanvasRenderingContext2D.prototype.drawImage = function (...all) {
        window.shown += 1;
        return draw.apply(this, all);
    };
}"""
"""Counts the surfaces that are drawn."""


def write(page: Page, text: str) -> None:
    page.click(".cm-content")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def keys(page: Page, text: str, edits: int = 40) -> str:
    """Milliseconds from a key press, which changes the first number, to the picture."""
    write(page, text)
    page.wait_for_selector("#drawing", state="attached")
    page.wait_for_timeout(2000)
    page.evaluate(WATCH)
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    for number in range(edits):
        page.keyboard.press("Backspace" if number % 2 else "5")
        for _ in range(500):
            page.wait_for_timeout(20)
            if page.evaluate("window.taken.length") > number:
                break
        page.wait_for_timeout(100)
    taken = page.evaluate("window.taken")
    return (
        f"median {statistics.median(taken):.0f} ms, slowest tenth from {statistics.quantiles(taken, n=10)[-1]:.0f} ms"
    )


def fluid(page: Page, text: str) -> str:
    write(page, text)
    page.wait_for_selector("#drawing", state="attached")
    page.wait_for_timeout(2000)
    return f"moved {page.evaluate(MOVE, False):.0f}, enlarged {page.evaluate(MOVE, True):.0f} frames a second"


def three_layers() -> str:
    """The shipped spiral with another hidden layer of 16, and without an end."""
    text = (SPECS / "spiral.graph").read_text(encoding="utf-8")
    text = text.replace(
        "param W3: [units, 3]", "param W4: [units, units] = he()\nparam b4: [units] = zeros()\nparam W3: [units, 3]"
    )
    text = text.replace("affine(h2, W3, b3)", "affine(relu(affine(h2, W4, b4)), W3, b3)")
    return re.sub(r"epochs = \d+", "epochs = 100000", re.sub(r"\nexpect .*", "", text))


def trained(page: Page) -> str:
    write(page, three_layers())
    page.click("#tab-training")
    page.evaluate(COUNT)
    page.click("#train")
    page.wait_for_function("() => window.shown > 5", timeout=60_000)
    before, began = page.evaluate("window.shown"), time.perf_counter()
    page.wait_for_timeout(8000)
    frames = (page.evaluate("window.shown") - before) / (time.perf_counter() - began)
    page.click("#train-stop")
    return f"{frames:.1f} frames a second"


def renderers() -> dict[int, int]:
    """Bytes of each browser process that shows pages, shared ones counted by their share; of Linux alone."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if b"--type=renderer" in (place / "cmdline").read_bytes():
                share = re.search(r"^Pss:\s+(\d+)", (place / "smaps_rollup").read_text(), re.MULTILINE)
                found[int(place.name)] = 1024 * int(share[1]) if share else 0
        except OSError:
            continue
    return found


def static(browser: Browser, pyodide: Path) -> None:
    from chainrule.play.site import write_site

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *told: Any) -> None:
            pass

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "site"
        write_site(folder, str(pyodide / "node_modules" / "pyodide"))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        colds, grown = [], []
        for _ in range(3):
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/built/licences.txt")  # its process goes on to the page
            page.wait_for_timeout(1500)
            before, began = renderers(), time.perf_counter()
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            page.wait_for_selector(".cm-content")
            write(page, (SPECS / "apple.graph").read_text(encoding="utf-8"))
            page.wait_for_selector("#drawing", state="attached", timeout=180_000)
            colds.append(time.perf_counter() - began)
            grown.append(max(size - before.get(number, 0) for number, size in renderers().items()))
            if len(colds) < 3:
                page.close()
        megabytes = f"{min(grown) / 1e6:.0f} to {max(grown) / 1e6:.0f} MB more than an empty tab"
        print(f"static, cold: first result after {min(colds):.1f} to {max(colds):.1f} s; {megabytes}")
        print("static, apple.graph: key to picture", keys(page, (SPECS / "apple.graph").read_text(encoding="utf-8")))
        print("static, mnist.graph: key to picture", keys(page, "# 1\n" + digits()))
        print(f"static, after that: {max(renderers().values()) / 1e6:.0f} MB")
        print("static, spirals:", trained(page))
        print(f"static, {busy():.1f} times at the end")
        server.shutdown()


def digits() -> str:
    """mnist.graph on numbers that it makes itself, because its digits are another package's."""
    text = (SPECS / "mnist.graph").read_text(encoding="utf-8")
    made = "expand(range(100) / 100, [100, 784], axis = 1)"
    return text.replace('dataset("mnist5k", "x") / 255', made).replace(
        'dataset("mnist5k", "t")', "floor(range(100) / 10)"
    )


def busy() -> float:
    """How many times as long as its own processor time a loop takes here now: 1 where nobody else wants the machine."""
    wall, own = time.perf_counter(), time.process_time()
    while time.process_time() - own < 1:
        pass
    return time.perf_counter() - wall


def main(pyodide: Path | None) -> None:
    print(f"processors: {os.cpu_count()}; everything takes {busy():.1f} times as long as on an idle machine")
    command = [sys.executable, "-m", "chainrule", "play", "--no-browser"]
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--disable-gpu"]) as browser,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(found[0])
        page.wait_for_selector("body.ready")
        print("30 nodes: key to picture", keys(page, spec_of(30, 0)))
        print("200 nodes: key to picture", keys(page, spec_of(200, 0), 20))
        print("200 nodes:", fluid(page, spec_of(200, 0)))
        print("spirals, three layers of 16:", trained(page))
        process.terminate()
        print(f"now {busy():.1f} times")
        if pyodide is not None:
            static(browser, pyodide)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
