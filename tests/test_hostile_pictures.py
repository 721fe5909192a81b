"""Texts that mean something to somebody, in every form of a picture: read back, they are text and nothing was added.

SVG is read by lxml, pages by html5lib, DOT by Graphviz, as a program and through pygraphviz.
"""

import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import html5lib
import pytest
from click.testing import CliRunner
from lxml import etree

import chainrule
from chainrule.cli.main import group
from chainrule.grammar.diagnostic import shown
from chainrule.views.figure.characters import terminal_graph, without_frames
from chainrule.views.figure.dot import dot
from chainrule.views.figure.figure import figure
from chainrule.views.figure.marks import plain
from chainrule.views.figure.mermaid import mermaid
from chainrule.views.figure.png import png
from chainrule.views.figure.svg import svg
from chainrule.views.layout.arrange import arrange
from chainrule.views.page.player import page, still_page
from chainrule.views.picture.picture import Box, Picture, PictureFrame, Scale, Wire
from chainrule.views.walk.walk import walk

HOSTILE = {
    "element": "<img src=x onerror=alert(1)>",
    "end of a script": "</script><script>alert(1)</script>",
    "end of a comment": "--><b>",
    "end of CDATA": "]]>",
    "entities": "&lt;b&gt; &amp; &#60;",
    "formula": r"$\frac{",
    "colours of a terminal": "\x1b[31mred\x1b]0;title\x07",
    "long": "a" * 10_000,
    "line": "a\nb",
    "backslash": "ends with \\",
    "escapes of Graphviz": r"\N \G \L \E",
    "quotes": "\"'`",
    "record": "{a|<b> c}",
    "template": "{{data}} ${x}",
    "right to left": "a\u202eb\u2066c",
    "no character": "\ud800\x00\ufffe",
}

TAME = "tame"

every_text = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="there is no program `dot`")


def picture(text: str) -> Picture:
    """A picture with the text wherever one can stand."""
    boxes = (
        Box("a", "input", text, text, (text,), text, "f"),
        Box("b", "operation", text, text, (), text, load=text, heat=2),
        Box("c", "folded", text, text, (text,)),
        Box("d", "output", text, emphasis="failed"),
    )
    wires = (Wire("a", "b", (text,), (text,), text), Wire("b", "c", (text, text), (text,)), Wire("c", "d"))
    frames = (PictureFrame("f", text, None),)
    samples = {"value": text, "gradient": text}
    return Picture(text, boxes, wires, frames, (text, text), (text,), samples, Scale(text, (text,) * 6))


def spec(text: str) -> str:
    """A spec with the text wherever the language lets it stand."""
    line = shown(text)[:2000].replace('"', "'")
    return f'chainrule 1 "{line}"\n## {shown(text)[:2000]}\ninput x = 2 # {shown(text)[:2000]}\noutput y = x * x\n'


def skeleton(root: Any) -> list[tuple[str, list[str]]]:
    """The elements in their order, with the names of their attributes."""
    return [(str(each.tag), sorted(each.keys())) for each in root.iter()]


def read_html(text: str) -> Any:
    """The tree as browsers make it; what HTML calls an error raises."""
    return html5lib.HTMLParser(html5lib.getTreeBuilder("lxml"), strict=True).parse(text)


@every_text
def test_svg(text: str) -> None:
    root, tame = (etree.fromstring(svg(figure(picture(each), arrange)).encode()) for each in (text, TAME))
    assert skeleton(root) == skeleton(tame)
    said = [each.text for each in root.iter("{*}text")]
    assert plain(text) in said
    assert len(said) == len(list(tame.iter("{*}text")))


@every_text
def test_pages(text: str) -> None:
    """The page of a spec that steps, and that of one with errors."""
    made = []
    for each in (text, TAME):
        program = chainrule.compile(spec(each))
        made.append(page(program.spec, walk(program.spec, 1, {}, {})))
    for pages in (made, [still_page(picture(text)), still_page(picture(TAME))]):
        root, tame = map(read_html, pages)
        assert skeleton(root) == skeleton(tame)
    title = next(each for each in read_html(made[0]).iter("{*}h1"))
    assert title.text.startswith(shown(text)[:20].replace('"', "'"))
    assert len(title) == 0


def graph_of(text: str) -> dict[str, Any]:
    answer = subprocess.run(["dot", "-Tjson"], input=text.encode(), capture_output=True, check=True, timeout=60)
    made: dict[str, Any] = json.loads(answer.stdout)
    return made


def drawn_texts(made: dict[str, Any]) -> set[str]:
    """Each line that Graphviz would paint, of nodes, edges, frames and the head."""
    parts = [made, *made["objects"], *made["edges"]]
    drawing = [each for part in parts for each in (*part.get("_ldraw_", ()), *part.get("_draw_", ()))]
    return {each["text"] for each in drawing if each["op"] == "T"}


@needs_dot
@every_text
def test_dot_by_the_program(text: str) -> None:
    made, tame = (graph_of(dot(picture(each))) for each in (text, TAME))
    for key in ("name", "nodes"):
        assert [each.get(key) for each in made["objects"]] == [each.get(key) for each in tame["objects"]]
    ends = [[(each["tail"], each["head"]) for each in one["edges"]] for one in (made, tame)]
    assert ends[0] == ends[1]
    assert plain(text, 500) in drawn_texts(made)


@every_text
def test_dot_by_pygraphviz(text: str) -> None:
    graphviz = pytest.importorskip("pygraphviz", reason="pygraphviz is not installed")
    made, tame = (graphviz.AGraph(string=dot(picture(each))) for each in (text, TAME))
    assert sorted(made.nodes()) == sorted(tame.nodes()) == ["a", "b", "c", "d"]
    assert sorted(made.edges()) == sorted(tame.edges())
    assert [each.name for each in made.subgraphs()] == [each.name for each in tame.subgraphs()]
    for node in "abcd":
        assert sorted(made.get_node(node).attr.to_dict()) == sorted(tame.get_node(node).attr.to_dict())


@every_text
def test_mermaid(text: str) -> None:
    """Line by line it is what it is for a tame text; between quotes there is nothing that Mermaid or HTML reads."""

    def bones(line: str) -> str:
        return re.sub(r'"[^"]*"', '""', line) if "%%" not in line else "%%"

    made, tame = mermaid(picture(text)).splitlines(), mermaid(picture(TAME)).splitlines()
    assert list(map(bones, made)) == list(map(bones, tame))
    for line in made:
        for quoted in re.findall(r'"([^"]*)"', line):
            assert not set("<>&`\\\"'\x1b\n") & set(re.sub(r"<br/>", "", quoted))
        if "%%" in line:
            assert not set("<>&`{}") & set(line.replace("{}", "")) or "{" in plain(text)


@every_text
def test_png(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is painted are the words as they are; no formula is read into them."""
    axes = pytest.importorskip("matplotlib.axes", reason="matplotlib is not installed")
    painted: list[tuple[str, bool]] = []
    original = axes.Axes.text

    def text_of(self: Any, x: float, y: float, said: str, **more: Any) -> Any:
        artist = original(self, x, y, said, **more)
        painted.append((artist.get_text(), artist.get_parse_math()))
        return artist

    monkeypatch.setattr(axes.Axes, "text", text_of)
    made = figure(picture(text), arrange)
    image = pytest.importorskip("matplotlib.image").imread(io.BytesIO(png(made)))
    assert image.std() > 0
    assert (plain(text), False) in painted
    assert not any(formulas for _, formulas in painted)


@every_text
@pytest.mark.parametrize("width", [40, 300])
def test_terminal(text: str, width: int) -> None:
    made, tame = (terminal_graph(without_frames(picture(each)), width) for each in (text, TAME))
    assert all(character.isprintable() or character == "\n" for character in made)
    assert max(map(len, made.splitlines())) < 2000
    if width == 40:  # a list: a line a node, and the rest
        assert len(made.splitlines()) == len(tame.splitlines())


@every_text
def test_from_the_command_line(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with a hostile name, and a wrong one: the message is on the picture, as text."""
    monkeypatch.chdir(tmp_path)
    name = "".join(c for c in shown(text)[:60] if c not in "/\\") or "x"
    Path(f"{name}.graph").write_text(spec(text), encoding="utf-8")
    Path("wrong.graph").write_text(spec(text) + "z = y * nothing\n", encoding="utf-8")
    for file, code in ((f"{name}.graph", 0), ("wrong.graph", 1)):
        for form in ("svg", "html", "dot", "mermaid", "text", "png"):
            answer = CliRunner().invoke(group, ["draw", f"./{file}", "--to", form, "--out", f"out.{form}"])
            assert answer.exit_code == code, answer.output
        etree.parse("out.svg")
        read_html(Path("out.html").read_text(encoding="utf-8"))
        assert "\x1b" not in Path("out.text").read_text(encoding="utf-8")
