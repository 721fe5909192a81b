"""The browser of the tests: what a page does that it should not is seen, and what it may do is none of that."""

import http.server
import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from playwright.sync_api import Page

Open: TypeAlias = Callable[..., Page]

PROVOKED = {
    "console.debug('hello')": "console.debug: hello",
    "setTimeout(() => { throw new Error('broken') })": "raises broken",
    "Promise.reject(new Error('broken'))": "raises broken",
    "alert('look')": "pops up look",
    "fetch('https://example.org/a').catch(() => 0)": "asks https://example.org/a",
    "new WebSocket('wss://example.org/b')": "asks wss://example.org/b",
    "new Image().src = 'http://127.0.0.2/c'": "asks http://127.0.0.2/c",
}
"""Scripts, and what is complained about."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server on this machine, which answers everything with an empty page that has its own icon.

    A test asks for it before it asks for pages, so that these are closed first: what they still ask for is answered.
    """

    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = b"<!doctype html><link rel=icon href='data:,'>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *words: object) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


@pytest.mark.parametrize("script", PROVOKED)
def test_complaints(open_page: Open, complaints: list[str], script: str) -> None:
    page = open_page("data:text/html,<h1>page</h1>")
    page.evaluate(f"() => {{ {script} }}")
    for _ in range(200):
        if PROVOKED[script] in complaints:
            break
        page.wait_for_timeout(50)
    assert PROVOKED[script] in complaints
    page.context.close()  # a request that failed is on the console too, which is not looked at here
    complaints.clear()


def test_a_page_may_ask_the_server_that_it_came_from(server: str, open_page: Open) -> None:
    page = open_page(server)
    assert page.evaluate("fetch('/other').then(answer => answer.status)") == 200


def test_pages_have_nothing_in_common(server: str, open_page: Open) -> None:
    open_page(server).evaluate("localStorage.setItem('kept', 'here')")
    assert open_page(server).evaluate("localStorage.getItem('kept')") is None


def test_barriers(open_page: Open, barriers: Callable[[Page], str]) -> None:
    sound = "<html lang=en><title>page</title><main><h1>page</h1></main></html>"
    assert barriers(open_page(f"data:text/html,{sound}")) == ""
    assert "image-alt" in barriers(open_page(f"data:text/html,{sound.replace('page', 'page<img src=data:,>')}"))


def test_options_are_those_of_a_context(open_page: Open) -> None:
    page = open_page("data:text/html,<h1>page</h1>", color_scheme="dark")
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
