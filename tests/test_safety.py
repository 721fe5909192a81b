"""What the package never does, seen in its syntax: no pickle, no code from texts but in one place, no network or shell.

bandit and pip-audit look further; docs/proof.md says how, and what they say.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("grammar", "compiler", "runtime", "views", "program", "play", "cli", "specs")
FILES = sorted([*ROOT.glob("*.py"), *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))])

EXECUTES = "runtime/steps/generated.py"
"""The one file that executes text, which the package itself has generated."""

STARTS = "views/layout/graphviz.py"
"""The one file that starts another program: `dot`, with a list of arguments."""

CALLS = "runtime/steps/blas.py"
"""The one file that calls a library by its address: the BLAS that NumPy carries."""

TALKS = {
    "play/server.py": {"import socket"},  # to the browser of this machine
    "play/supervision.py": {"import asyncio"},  # with the process of an engine, by pipes
    "cli/play.py": {"import webbrowser", "import websockets"},  # the page is opened
    "runtime/steps/processes.py": {"import socket"},  # processes of one training, where --processes asks for them
}
"""The files that talk to another program, and by what."""

CODE = {"exec", "eval", "__import__", "execfile", "input", "breakpoint"}
SHELLS = {"system", "popen", "startfile", "fork", "forkpty"}
STORED_CODE = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle"}
NETWORK = {
    "socket", "socketserver", "ssl", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "telnetlib",
    "imaplib", "poplib", "xmlrpc", "webbrowser", "asyncio", "websockets",
}  # fmt: skip
OTHER_PROGRAMS = {"subprocess", "pty", "multiprocessing", "code", "codeop", "runpy", "ctypes", "cffi"}


def found(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What is in a file that the package does without: the line, and what stands there."""
    nodes = list(ast.walk(tree))
    own = {alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, f"import {name}") for name in map(_named, node.names) if _outside(name))
        elif isinstance(node, ast.ImportFrom) and not node.level and _outside(node.module or ""):
            yield node.lineno, f"import {node.module}"
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, thing) for thing in _called(node, own))


def _named(alias: ast.alias) -> str:
    return alias.name


def _outside(module: str) -> bool:
    return module.partition(".")[0] in STORED_CODE | NETWORK | OTHER_PROGRAMS


def _called(node: ast.Call, own: set[str]) -> Iterator[str]:
    """What a call does; `own` are the names that the file imports, `compile` of the front door among them."""
    called = node.func
    if isinstance(called, ast.Name) and called.id in CODE | ({"compile"} - own):
        yield called.id
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        module, name = called.value.id, called.attr
        if module == "os" and (name in SHELLS or name.startswith(("exec", "spawn", "posix_spawn"))):
            yield f"os.{name}"
        if module == "builtins":
            yield f"builtins.{name}"
    for keyword in node.keywords:
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if keyword.arg in ("shell", "allow_pickle") and value is not False:
            yield f"{keyword.arg}="


@pytest.mark.parametrize(
    "text",
    [
        "import pickle", "from pickle import loads", "import os\nos.system('x')", "eval('1')", "exec('1')",
        "compile('1', '', 'exec')", "import urllib.request", "np.load('x', allow_pickle=True)", "os.execv('x', [])",
        "run('x', shell=True)", "def f():\n    import socket", "from subprocess import run", "__import__('os')",
        "builtins.eval('1')",
    ],
)  # fmt: skip
def test_what_is_looked_for_is_found(text: str) -> None:
    assert list(found(ast.parse(text)))


def test_no_file_stores_code_or_asks_a_shell_or_the_network() -> None:
    assert len(FILES) > 300
    said = {}
    for path in FILES:
        name = path.relative_to(ROOT).as_posix()
        what = {thing for _, thing in found(ast.parse(path.read_text(encoding="utf-8")))}
        if what:
            said[name] = what
    assert said.pop(EXECUTES) == {"exec", "compile"}
    assert said.pop(STARTS) == {"import subprocess"}
    assert said.pop(CALLS) == {"import ctypes"}
    assert said == TALKS


def test_the_one_place_executes_text_once() -> None:
    tree = ast.parse((ROOT / EXECUTES).read_text(encoding="utf-8"))
    assert [thing for _, thing in found(tree)].count("exec") == 1
