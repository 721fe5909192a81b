"""The server of a page on the loopback: its files, and a WebSocket to an engine of its own for each open page."""

from __future__ import annotations

import contextlib
import hmac
import mimetypes
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..grammar.spec_error import SpecError
from .faults import NOT_SERVED
from .supervision import Limits, Supervised

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response
    from starlette.websockets import WebSocket

PAGE = Path(__file__).parent / "page"

SERVED = {"index.html": "built/index.html", "worker.js": "worker.js"} | {
    each: each for each in ("built/play.js", "built/play.css", "built/licences.txt")
}
"""The files of the page, and where they lie in its folder; the others there are what these are made from."""

MOST_ENGINES = 8

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def application(token: str, port: int, file: Path | None, folder: Path, limits: Limits = Limits()) -> Starlette:  # noqa: B008  # a tuple
    """The application: whoever does not know the token, or comes from elsewhere, gets nothing."""
    from starlette.applications import Starlette
    from starlette.routing import Route, WebSocketRoute

    served = _Served(token, port, file, folder, limits)
    routes = [Route("/{path:path}", served.file_of), WebSocketRoute("/engine", served.engine)]
    return Starlette(routes=routes, lifespan=served.lifespan)


class _Served:
    def __init__(self, token: str, port: int, file: Path | None, folder: Path, limits: Limits) -> None:
        self._token = token.encode()
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._settings = {"file": str(file.resolve()) if file is not None else None, "folder": str(folder.resolve())}
        self._limits = limits
        self._engines: set[Supervised] = set()

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """At the end of the server, engines end."""
        yield
        for each in list(self._engines):
            await each.end()

    def _refusal(self, connection: HTTPConnection) -> str | None:
        """Why a connection gets nothing; None where it may."""
        if connection.headers.get("host") not in self._hosts:
            return "this server is only for the machine that it runs on"
        origin = connection.headers.get("origin")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
            return "this server answers its own page alone"
        return None

    def _knows(self, connection: HTTPConnection) -> bool:
        return hmac.compare_digest(connection.query_params.get("token", "").encode(), self._token)

    async def file_of(self, request: Request) -> Response:
        """A file of the page. The page itself needs the token; what it loads holds nothing of anybody's."""
        from starlette.responses import PlainTextResponse, Response

        refused = self._refusal(request)
        path = request.path_params["path"]
        if refused is None and path == "" and not self._knows(request):
            refused = "the address lacks its token: open the one that `chainrule play` prints"
        if refused is not None:
            return PlainTextResponse(refused, 403, HEADERS)
        data = page_file(path or "index.html")
        if data is None:
            return PlainTextResponse("there is no such file", 404, HEADERS)
        kind = mimetypes.guess_type(path or "index.html")[0] or "application/octet-stream"
        return Response(data, 200, HEADERS, kind)

    async def engine(self, page: WebSocket) -> None:
        """A page's engine, from its first message to its last."""
        from starlette.websockets import WebSocketDisconnect

        if self._refusal(page) is not None or page.headers.get("origin") is None or not self._knows(page):
            await page.close(1008, "not for this page")
            return
        if len(self._engines) >= MOST_ENGINES:
            await page.close(1013, "too many pages are open")
            return
        await page.accept()
        own = tempfile.mkdtemp(prefix="chainrule-play-")

        async def say(text: str) -> None:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await page.send_text(text)

        engine = Supervised({**self._settings, "session": own}, self._limits, say)
        self._engines.add(engine)
        try:
            await engine.start()
            async for text in page.iter_text():
                await engine.ask(text)
        finally:
            self._engines.discard(engine)
            await engine.end()
            shutil.rmtree(own, ignore_errors=True)


def page_file(path: str) -> bytes | None:
    """The bytes of a file of the page; None where there is none of that name."""
    try:
        return (PAGE / SERVED[path]).read_bytes() if path in SERVED else None
    except OSError:  # an installation without its page
        return None


def listening(port: int) -> socket.socket:
    """A socket on the loopback; port 0 finds a free one. Raises SpecError where the port can't be had."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.bind(("127.0.0.1", port))
        made.listen(64)
    except OSError as error:
        made.close()
        raise SpecError([NOT_SERVED.at(None, port=port, reason=(error.strerror or str(error)).lower())]) from None
    return made


def serve(app: Starlette, bound: socket.socket) -> None:
    """Serves until Ctrl-C, on a socket that is bound already."""
    import uvicorn

    settings = uvicorn.Config(
        app,
        log_level="warning",
        ws_max_size=64 << 20,
        ws_per_message_deflate=False,  # on one machine it takes longer than it saves
        lifespan="on",
        server_header=False,
    )
    uvicorn.Server(settings).run([bound])
