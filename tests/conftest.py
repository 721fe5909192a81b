"""What holds for every test, and a browser for those that look at pages."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

from chainrule.compiler.ops import table
from chainrule.compiler.ops.composite import completed
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.targets.verify_step import proved_step
from chainrule.runtime.steps import numpy_step as compiled_step
from chainrule.views.stages import generated

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

# Timings depend on the machine; a run of the continuous integration must say the same twice.
settings.register_profile("chainrule", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("chainrule")


@pytest.fixture(autouse=True, scope="session")
def proved_steps() -> Iterator[None]:
    """Every step that a test takes is proved not to write over what it still reads."""

    with pytest.MonkeyPatch.context() as patch:
        for module in (compiled_step, generated):
            patch.setattr(module, "step_source", proved_step)
        yield


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on a user's own data folder, caches, colours or terminal width."""
    for name in ("CHAINRULE_DATA", "FORCE_COLOR", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CHAINRULE_CACHE", "")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")


# --- pages ------------------------------------------------------------------------------------------------------

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
"""Beside Playwright's own, which turn off the sandbox, the first run, updates, sync and traffic in the background."""

OF_THIS_MACHINE = {None, "127.0.0.1", "localhost"}
"""Hosts that a page may ask: none at all, as in `file:` and `data:`, or a server that a test has started."""


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """The system's browser, without a window.

    It lasts for a module, because Playwright keeps an asyncio loop in the thread as long as it runs: tests of other
    modules start loops of their own.
    """
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=FLAGS) as browser:
        yield browser


@pytest.fixture
def complaints(chromium: "Browser") -> Iterator[list[str]]:
    """What the pages of a test wrote to the console, raised, asked of other hosts or popped up; there must be none.

    A test that provokes a complaint looks at it and clears the list.
    """
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def open_page(chromium: "Browser", complaints: list[str]) -> Iterator[Callable[..., "Page"]]:
    """Opens an address in a browser without a past; options are a browser context's, such as `color_scheme`."""
    contexts: list[BrowserContext] = []

    def opened(address: str, **options: Any) -> "Page":
        context = chromium.new_context(**options)
        contexts.append(context)
        _listen(context, complaints)
        page = context.new_page()
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()  # which waits for what is still to be said


@pytest.fixture
def barriers() -> "Callable[[Page], str]":
    """What axe-core finds that would keep somebody from using a page as it is now, as a report; "" where nothing is."""
    from axe_playwright_python.sync_playwright import Axe

    def found(page: "Page") -> str:
        results = Axe().run(page)
        broken = results.response["violations"]  # its own report has no form for what stands in a shadow root
        return "\n".join(
            f"{each['id']}: {node['target']}: {node['failureSummary']}" for each in broken for node in each["nodes"]
        )

    return found


def _listen(context: "BrowserContext", complaints: list[str]) -> None:
    def asked(address: str) -> None:
        if urlsplit(address).hostname not in OF_THIS_MACHINE:
            complaints.append(f"asks {address}")

    def popped_up(dialog: "Dialog") -> None:
        complaints.append(f"pops up {dialog.message}")
        dialog.dismiss()

    context.on("console", lambda message: complaints.append(f"console.{message.type}: {message.text}"))
    context.on("weberror", lambda error: complaints.append(f"raises {error.error}"))
    context.on("request", lambda request: asked(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: asked(socket.url)))
    context.on("dialog", popped_up)


# --- operations -------------------------------------------------------------------------------------------------


@pytest.fixture
def add_operation(monkeypatch: pytest.MonkeyPatch) -> Callable[[Operation], Operation]:
    """Adds an operation to the language for one test; gives it back as the table has it."""

    def added(operation: Operation) -> Operation:
        whole = completed(operation, table.OPERATIONS.__getitem__) if operation.define is not None else operation
        monkeypatch.setitem(table._TABLE.records, operation.name, operation)
        monkeypatch.setitem(table._TABLE.whole, operation.name, whole)
        return whole

    return added
