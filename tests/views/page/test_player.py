"""The page as a file: sound, closed, and the same whatever names hold."""

import base64
import hashlib
import json
import re
from typing import Any

import html5lib
import pytest

import chainrule
from chainrule.program.program import Program
from chainrule.views.page.player import page, still_page
from chainrule.views.picture.picture import Box, Picture
from chainrule.views.walk.walk import Walk, walk


def read(text: str) -> Any:
    """The tree as browsers make it; what HTML calls an error raises."""
    builder = html5lib.getTreeBuilder("lxml")
    return html5lib.HTMLParser(builder, strict=True, namespaceHTMLElements=False).parse(text).getroot()


def skeleton(text: str) -> list[tuple[str, list[str]]]:
    """The elements in their order, with the names of their attributes."""
    return [(str(each.tag), each.keys()) for each in read(text).iter()]


def sha(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def data_of(text: str) -> Any:
    return json.loads(read(text).xpath("string(//script[@id = 'data'])"))


def test_every_spec_is_a_closed_page(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    text = page(program.shown, taken)
    root = read(text)
    policy = root.xpath("string(//meta[@http-equiv = 'Content-Security-Policy']/@content)")
    (script,), (style,) = root.xpath("//script[not(@id)]/text()"), root.xpath("//style/text()")
    assert sha(script) in policy
    assert sha(style) in policy
    assert "default-src 'none'" in policy
    assert root.xpath("//@*[contains(name(), 'src') or contains(name(), 'href')]") == []
    assert set(re.findall(r"https?://[^\s\"']+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1998/Math/MathML",
    }
    made = data_of(text)
    assert len(made["steps"]) == len(taken.steps)
    assert len(made["nodes"]) == len(taken.graph.nodes)


def test_every_key_of_the_data_is_on_the_page(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    text = page(program.shown, taken)
    found = read(text).xpath("//@id")
    ids = set(found)
    assert len(ids) == len(found)
    frames = data_of(text)["frames"]
    for number, frame in enumerate(frames):
        keys = {*frame["shown"], *frame["steps"], *frame["totals"], *frame["wires"], *frame["folded"], "inside"}
        assert {f"v{number}-{key}" for key in keys} <= ids
        assert all({wire["source"], wire["target"]} <= set(frame["boxes"]) for wire in frame["wires"].values())
        for key, (_, _, inner) in frame["folded"].items():
            assert (frames[inner]["parent"], frames[inner]["box"]) == (number, key)


def test_every_edge_is_seen_when_all_is_open(spec_walk: tuple[Program, Walk]) -> None:
    """Each edge runs in the frame of its user or of one around it, but those from constants, which have no numbers."""
    program, taken = spec_walk
    frames = data_of(page(program.shown, taken))["frames"]
    seen = {edge for frame in frames for wire in frame["wires"].values() for edge in wire["edges"]}
    assert {f"{user},{slot}" for user, slot in taken.products} <= seen
    boxes = [key for frame in frames for key in frame["boxes"] if re.fullmatch(r"n\d+", key)]
    assert len(boxes) == len(set(boxes)) == sum(1 for step in taken.steps if step.kind == "value")


def test_numbers_appear_with_their_steps(spec_walk: tuple[Program, Walk]) -> None:
    """A value when its node is reached, a gradient not before the last product that it is made of."""
    program, taken = spec_walk
    for frame in data_of(page(program.shown, taken))["frames"]:
        for key, wire in frame["wires"].items():
            upper, lower = frame["shown"][key]
            if key in frame["steps"]:
                assert (taken.steps[upper].kind, taken.steps[upper].node) == ("value", wire["node"])
            edges = [tuple(map(int, edge.split(","))) for edge in wire["edges"]]
            sent = [edge for edge in edges if edge in taken.products]
            if sent:
                assert taken.steps[lower].kind == "product"
                assert (taken.steps[lower].user, taken.steps[lower].slot) in sent


HOSTILE = ["<img src=x onerror=alert(1)>", "</script><script>", "]]>", r"$\frac{", "\\", "{{data}}", "a" * 5000]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_add_nothing(text: str) -> None:
    def made(word: str) -> str:
        program = chainrule.compile(f'chainrule 1 "{word}"\n## {word}\ninput x = 2 # {word}\noutput y = x * x\n')
        return page(program.spec, walk(program.spec, 1, {}, {}))

    assert skeleton(made(text)) == skeleton(made("tame"))


def test_a_spec_of_tensors_is_not_edited(walked: Any) -> None:
    program, taken = walked("input x = [1, 2]\noutput y = sum(x * x)")
    assert data_of(page(program.spec, taken))["program"] is None
    program, taken = walked("input x = 2\noutput y = x * x")
    assert data_of(page(program.spec, taken))["program"] is not None


def test_a_page_without_steps() -> None:
    root = read(still_page(Picture("a", (Box("a", "input", "a"),), ())))
    assert len(list(root.iter("{*}svg"))) == 1
    assert root.xpath("string(//script[not(@id)])") == ""


def test_a_walk_of_too_many_steps_stands_still() -> None:
    program = chainrule.compile("input x = 1\n" + "\n".join(f"y{n} = x * {n}" for n in range(20_001)))
    assert "steps: there are 20,002" in page(program.spec, walk(program.spec, None, {}, {}))


def test_frozen_params_are_said_to_be() -> None:
    program = chainrule.compile(
        "param w = 2\nparam v = 3\noutput y = w * v\n"
        'train { minimize = y ; optimizer = sgd(lr = 0.1) ; steps = 1 ; groups = [group("w", frozen = true)] }\n'
    )
    data = data_of(page(program.spec, walk(program.spec, program.node("y"), {}, program.params)))
    assert [(node["name"], node["formula"]) for node in data["nodes"][:2]] == [("w", "param, frozen"), ("v", "param")]
