"""The README and the pages of docs/ say what happens: their snippets are run in order, each page in its own folder.

A block ```` ```graph ```` is checked: it has no error, or with the words `error G104` that one first. With a name
(```` ```graph apple.graph ````) it is written to that file too. In a ```` ```console ```` block each line `$ python -m
chainrule ...` is carried out, and what it prints must be what stands below it; `...` stands for anything. A
```` ```python ```` block is executed after those above it; where `print(...)` lines have a comment, it is what they
print. Pages that are made from the code are held equal to what makes them.
"""

import contextlib
import doctest
import io
import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from markdown_it import MarkdownIt

import chainrule
from chainrule.cli.main import exit_code
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.sections.train_keys import KEYS
from chainrule.grammar.spec_error import SpecError

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})

FURTHER = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "benchmarks" / "README.md",
    ROOT / "specs" / "README.md",
]
LINKED = [*PAGES, *FURTHER, *sorted((ROOT / "docs").glob("*/*.md"))]
"""Pages whose links are followed, those without snippets that can be run among them."""


class Block(NamedTuple):
    """A fenced block: its language, the words after it, its text and where it stands."""

    language: str
    words: list[str]
    text: str
    where: str


def blocks(page: Path) -> list[Block]:
    made = []
    for token in MARKDOWN.parse(page.read_text(encoding="utf-8")):
        if token.type == "fence" and token.map:
            language, *words = token.info.split() or [""]
            made.append(Block(language, words, token.content, f"{page.name}, line {token.map[0] + 1}"))
    return made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_snippet(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "specs", tmp_path / "specs", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)  # what a page writes it may import, as in a session of Python
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page):
        if block.language == "graph":
            check_graph(block)
        elif block.language == "console":
            check_console(block)
        elif block.language == "python":
            check_python(block, names)


def check_graph(block: Block) -> None:
    words = list(block.words)
    if words and words[0].endswith(".graph"):
        Path(words.pop(0)).write_text(block.text, encoding="utf-8")
    expected = words[1] if words[:1] == ["error"] else ""
    code = said = ""
    try:
        chainrule.compile(block.text, name=block.where)
    except SpecError as error:
        code, said = error.diagnostics[0].code, str(error)
    assert code == expected, f"{block.where}: {said or 'no error'}"


def check_console(block: Block) -> None:
    for command, *expected in (part.splitlines() for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]):
        words = shlex.split(command)
        assert words[:3] == ["python", "-m", "chainrule"], f"{block.where}: {command}"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            code = exit_code(words[3:])
        same("\n".join(expected), printed.getvalue(), f"{block.where}: {command}")
        assert code == (1 if any(" error G" in line for line in expected) else 0), command


def check_python(block: Block, names: dict[str, Any]) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.text, block.where, "exec"), names)
    expected = re.findall(r"^print\(.*\)  # (.*)$", block.text, re.MULTILINE)
    if expected:
        same("\n".join(expected), printed.getvalue(), block.where)


def same(expected: str, printed: str, where: str) -> None:
    __tracebackhide__ = True
    want, got = (text.strip() + "\n" for text in (expected, printed))
    assert doctest.OutputChecker().check_output(want, got, doctest.ELLIPSIS), f"{where}\n{want}\nbut printed\n{got}"


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in targets(page):
        file, _, heading = target.partition("#")
        if file.startswith("https://"):
            continue
        other = page.parent / file if file else page
        assert other.exists(), f"{page.name}: {target}"
        assert not heading or heading in headings(other), f"{page.name}: {target}"


def targets(page: Path) -> list[str]:
    """Where the links and pictures of a page lead."""
    tokens = [child for token in MARKDOWN.parse(page.read_text(encoding="utf-8")) for child in token.children or ()]
    return [str(token.attrs.get("href") or token.attrs.get("src")) for token in tokens if token.attrs]


def headings(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    tokens = MARKDOWN.parse(page.read_text(encoding="utf-8"))
    titles = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_operations_that_the_language_page_lists_by_name() -> None:
    told = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    (hyphened,) = re.findall(r"^The operations (.*?) have a hyphen", told, re.MULTILINE | re.DOTALL)
    written = [name for name, each in OPERATIONS.items() if each.written]
    assert set(re.findall(r"`(.*?)`", hyphened)) == {name for name in written if "-" in name}
    (higher,) = re.findall(r"is the largest value of (.*?), and the smallest", told, re.DOTALL)
    assert set(re.findall(r"`(.*?)`", higher)) == {name for name in written if OPERATIONS[name].values.higher_is_better}


def test_every_key_of_train_is_told() -> None:
    told = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    for key in KEYS:
        assert re.search(rf"^\| .*`{key}`.* \|", told, re.MULTILINE), key
