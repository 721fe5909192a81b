"""`play`: the page where one writes, sees, steps and trains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..grammar.diagnostic import shown
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..views.text.json_values import Json


@click.command(
    epilog=example(
        "chainrule play",
        "chainrule play specs/spiral.graph",
        "chainrule play --site page --pyodide node_modules/pyodide",
    )
)
@click.argument("file", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of 127.0.0.1; default: a free one.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--memory", type=click.IntRange(1, 1024), default=4, metavar="GB", help="What the engine may take.")
@click.option("--seconds", type=click.IntRange(1), default=60, help="How long one answer may take.")
@click.option("--site", metavar="DIR", help="Write the page as a static site, which needs no server of its own.")
@click.option("--pyodide", metavar="PLACE", help="A folder with Pyodide, which is copied, or its address.")
@verb
def play(
    request: Request,
    file: str | None,
    port: int,
    no_browser: bool,
    memory: int,
    seconds: int,
    site: str | None,
    pyodide: str | None,
) -> dict[str, Json]:
    """Open a page where one writes a spec, sees its numbers, steps through both passes and trains.

    It is served to this machine alone, until Ctrl-C. The page reads and writes no file but the data of its spec.
    """
    if site is not None:
        if file is not None:
            raise click.UsageError("--site has no FILE: whoever opens the page brings the text.")
        return _site(request, Path(site), pyodide)
    if pyodide is not None:
        raise click.UsageError("--pyodide goes with --site.")
    path = _existing(file)
    try:
        import starlette  # noqa: F401  # asked for here, so that its lack is told
        import uvicorn
        import websockets  # noqa: F401  # uvicorn takes it by itself
    except ImportError:
        from ..grammar.spec_error import SpecError
        from .shared.faults import NEEDS_EXTRA

        raise SpecError([NEEDS_EXTRA.at(None, what="the page", package="chainrule[play]")]) from None
    del uvicorn
    from secrets import token_urlsafe

    from ..play.server import application, listening, serve
    from ..play.supervision import Limits

    bound = listening(port)
    port, token = bound.getsockname()[1], token_urlsafe(32)
    address = f"http://127.0.0.1:{port}/?token={token}"
    folder = path.parent if path is not None else Path()
    app = application(token, port, path, folder, Limits(memory << 30, float(seconds)))
    request.say(f"{address}\nCtrl-C ends it.")
    from .shared import output

    output.flush()
    if not no_browser:
        import webbrowser

        webbrowser.open(address)
    serve(app, bound)
    return {"address": address}


def _existing(file: str | None) -> Path | None:
    """The spec to begin with; one that is not there yet is an empty text. Raises SpecError where it can't be read."""
    if file is None:
        return None
    from ..grammar.read import read_source

    read_source(file)
    return Path(file)


def _site(request: Request, folder: Path, pyodide: str | None) -> dict[str, Json]:
    from ..play.site import write_site

    written = write_site(folder, pyodide)
    request.say(f"wrote {shown(str(folder))}: {len(written)} files")
    return {"folder": str(folder), "files": [*written]}
