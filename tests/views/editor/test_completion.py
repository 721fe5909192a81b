"""What an editor asks for holds on every text, whole or broken."""

import random
from pathlib import Path
from xml.etree import ElementTree

import pytest

import chainrule
from chainrule.compiler.chosen_limits import limits_from
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source, Span
from chainrule.views.editor.completion import completion
from chainrule.views.editor.diagnostics import told
from chainrule.views.editor.fixes import fixes
from chainrule.views.editor.hover import hover
from chainrule.views.editor.mathml import mathml
from chainrule.views.editor.offsets import Offsets
from chainrule.views.editor.symbols import symbols
from chainrule.views.editor.tokens import CLASSES, tokens

SPECS = sorted((Path(chainrule.__file__).parent / "specs").glob("*.graph"))
SPIRAL = (Path(chainrule.__file__).parent / "specs" / "spiral.graph").read_text(encoding="utf-8")


def hold(text: str, places: list[int]) -> None:
    """Every answer about a text lies inside of it."""
    source = Source("t", text)
    module, found = parse(source, limits_from().text)
    end = 0
    for start, stop, kind in tokens(text):
        assert end <= start < stop <= len(text)
        assert kind in CLASSES
        end = stop
    assert all(0 <= each.start <= each.stop <= len(text) for each in symbols(module))
    offsets = Offsets(text)
    for each in found:
        said = told(each, source, offsets)
        assert 0 <= said["from"] <= said["to"] <= offsets.units
        assert all(0 <= fix["from"] <= fix["to"] <= offsets.units for fix in said["fixes"])
    for at in places:
        made = completion(module, None, at)
        assert 0 <= made.start <= made.stop <= len(text)
        known = hover(module, None, at)
        assert known is None or 0 <= known.start < known.stop <= len(text)


@pytest.mark.parametrize("path", SPECS[::6], ids=lambda path: path.stem)
def test_prefixes_and_broken_texts_are_answered(path: Path) -> None:
    text, chance = path.read_text(encoding="utf-8"), random.Random(path.stem)
    for _ in range(6):
        cut = text[: chance.randrange(len(text))]
        hold(cut, [len(cut), chance.randrange(len(cut) + 1)])
        start = chance.randrange(len(text))
        broken = text[:start] + chance.choice(['"', "(", "}", "🙂", "\x00", "->", "["]) + text[start + 3 :]
        hold(broken, [start, chance.randrange(len(broken) + 1)])


def kinds(text: str) -> dict[str, str]:
    return {text[start:stop]: kind for start, stop, kind in tokens(text)}


def test_words_have_the_class_that_they_have_there() -> None:
    found = kinds('## Doc.\ninput repeat: int[N] # why\ny = softmax-loss(x, "a") + relu * 2.5\n')
    assert found["input"] == found["int"] == "keyword"
    assert found["repeat"] == "name"  # the word is a keyword behind an arrow alone
    assert found["softmax-loss"] == "operation"
    assert (found["relu"], found["2.5"], found['"a"'], found["*"]) == ("name", "number", "text", "operator")
    assert (found["## Doc."], found["# why"]) == ("doc", "comment")
    assert kinds("y = x -> relu")["relu"] == "operation"
    assert kinds("y = x $ 2")["$"] == "faulty"


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("input x = 1\noutput y = sigmid(x)\n", "input x = 1\noutput y = sigmoid(x)\n"),
        ("input price = 1\noutput y = prize * 2\n", "input price = 1\noutput y = price * 2\n"),
        ("input x = 1\noutput y = (x + 2 # sum\n", "input x = 1\noutput y = (x + 2) # sum\n"),
    ],
)
def test_a_fix_makes_the_text_right(text: str, mended: str) -> None:
    with pytest.raises(chainrule.SpecError) as caught:
        chainrule.compile(text)
    fix = fixes(caught.value.diagnostics[0])[0]
    assert text[: fix.start] + fix.text + text[fix.stop :] == mended
    chainrule.compile(mended)


def test_a_fault_in_another_file_has_no_fix_here() -> None:
    with pytest.raises(chainrule.SpecError) as caught:
        chainrule.compile("input x = 1\noutput y = sigmid(x)\n")
    (found,) = caught.value.diagnostics
    assert isinstance(found.where, Span)
    said = told(found, Source("other", "y = 1"), Offsets("y = 1"))
    assert said["fixes"] == []
    assert "from" not in said


def test_completion_knows_the_place() -> None:
    module, _ = parse(Source("t", SPIRAL))
    spec = chainrule.compile(SPIRAL).spec

    def labels(marker: str, more: int) -> list[str]:
        return [each.label for each in completion(module, spec, SPIRAL.index(marker) + more).items]

    assert "adam" in labels("adam", 0)
    assert "relu" not in labels("adam", 0)[:3]
    assert labels("affine(h1", len("aff")) == ["affine"]
    assert "h1" in labels("h1, W2", 1)
    assert "h1" not in labels("# Each arm", 5)
    assert labels("chainrule 1", 3) == ["chainrule"]


def test_hover_says_shape_and_formula() -> None:
    program = chainrule.compile(SPIRAL)
    module, _ = parse(program.spec.source)
    found = hover(module, program.spec, SPIRAL.index("scores = affine"))
    assert found is not None
    assert (found.title, found.shape, found.formula) == ("scores: affine", "[N, 3]", "affine(h2, W3, b3)")
    assert found.about.startswith("One score for each arm.")
    called = hover(module, program.spec, SPIRAL.index("affine(h2"))
    assert called is not None
    assert called.formula == "x @ W + b"
    assert hover(module, program.spec, SPIRAL.index("# Each") + 4) is None


def test_every_formula_is_typeset_or_in_words() -> None:
    made = {each.name: mathml(each.formula) for each in OPERATIONS.values() if each.formula}
    for text in filter(None, made.values()):
        assert ElementTree.fromstring(text).tag == "math"
    assert sum(text is not None for text in made.values()) > 30
    assert mathml("(a + b) / c ** 2") == (
        "<math><mrow><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow>"
        "<mrow><msup><mrow><mi>c</mi></mrow><mrow><mn>2</mn></mrow></msup></mrow></mfrac></mrow></math>"
    )
