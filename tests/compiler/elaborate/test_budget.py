"""Texts that ask for more than a machine has: refused before memory grows."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from chainrule.compiler.build import build
from chainrule.compiler.elaborate.budget import COUNTED, Limits
from chainrule.compiler.files.loading import FileLoader
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError

TOWER = "".join(f"block b{i}(x) {{ return b{i - 1}(b{i - 1}(x)) }}\n" for i in range(1, 41))
PAIRS = "".join(f"block b{i}(x) {{\n  a, b = b{i - 1}(x)\n  return b, a + 1\n}}\n" for i in range(1, 41))
DEFAULTS = "".join(f"block b{i}(x, y = b{i - 1}(1) + b{i - 1}(2)) {{ return x + y }}\n" for i in range(1, 41))
PASSED = "".join(f"block b{i}(x, f) {{ return b{i - 1}(b{i - 1}(x, f), f) }}\n" for i in range(1, 41))
COPIES = "block copies(x, n) { return x -> repeat n { exp } }\n"


def built(text: str, **limits: int) -> int:
    """How many nodes a text has."""
    module, found = parse(Source("text.graph", text))
    spec, _ = build(module, found, loader=FileLoader(module, Path()), limits=Limits(**limits))
    return len(spec.graph.nodes)


def refused(text: str, **limits: int) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        built(text, **limits)
    (fault,) = caught.value.diagnostics
    assert fault.code == "G118"
    return fault


@pytest.fixture
def small_memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6


@pytest.mark.usefixtures("small_memory")
@pytest.mark.parametrize(
    "text",
    [
        "input x = 1\noutput y = x -> repeat 1000000000 { exp }\n",
        "input x = 1\noutput y = x -> repeat 1000 { repeat 1000 { repeat 1000 { exp } } }\n",
        "block f(x) { return x -> repeat 99999 { exp } }\ninput x = 1\noutput y = x -> repeat 99999 { f }\n",
        "block b0(x) { return x + x }\n" + TOWER + "output y = b40(1)\n",
        "block b0(x) { return x }\n" + TOWER + "output y = b40(1)\n",
        "block b0(x) { return x + 1 }\n" + DEFAULTS + "output y = b40(1)\n",
        COPIES + "output y = copies(1, 1000000000)\n",
        COPIES + "output y = 1 -> repeat 10000 { copies(n = 10 ** 5) }\n",
        COPIES + "block twice(x, n) { return copies(copies(x, n + 1), n = n) }\noutput y = twice(1, 10 ** 7)\n",
        COPIES + "block shy(x, n = 10 ** 8) {\n  const m = n + 1\n  return copies(x, m)\n}\noutput y = shy(1)\n",
        "const n = 1000\noutput y = 1 -> repeat (n * n) { repeat (n) { exp } }\n",
        "block b0(x, f) { return f(f(x)) }\n" + PASSED + "output y = b40(1, exp)\n",
        "output y = 1 -> " + "repeat 9 { " * 9999 + "exp" + " }" * 9999 + "\n",
    ],
    ids=[
        "repeat",
        "repeats",
        "repeated block",
        "doubling",
        "doubling nothing",
        "defaults",
        "copies",
        "copies of copies",
        "arithmetic",
        "a default",
        "a constant",
        "a passed operation",
        "digits",
    ],
)
def test_expansion_is_known_before_it_begins(text: str) -> None:
    assert refused(text).message.endswith("; the limit is 5,000,000")


def test_a_long_row_of_single_calls_is_fine() -> None:
    assert built("block b0(x) { return x + 1, x + 2 }\n" + PAIRS + "a, b = b40(1)\n") < 500


def test_expansion_that_only_shows_on_the_way() -> None:
    text = "block f(x, n) { return x -> repeat n { exp } }\nblock g(x, n) { return x -> repeat n { f(n) } }\n"
    fault = refused(
        text + "input z: [200]\nblock h(x: [N], y) { return g(y, N) }\noutput y = h(z, 1)\n", expanded=20_000
    )
    assert "nodes made by blocks and repeats; the limit is 20,000" in fault.message
    assert fault.hint is not None
    assert "CHAINRULE_LIMITS=expanded=" in fault.hint


def test_defaults_inside_defaults_are_as_deep_as_other_calls() -> None:
    blocks = (f"block b{i}(x, y = b{i - 1}(1)) {{ return x + y }}\n" for i in range(1, 3000))
    text = "block b0(x) { return x + 1 }\n" + "".join(blocks) + "output y = b2999(1)\n"
    assert "the limit is 64" in refused(text).message


def test_what_the_text_says_itself_is_no_expansion() -> None:
    text = "input x = 1\n" + "".join(f"y{i} = x + {i}\n" for i in range(100)) + "output z = x -> repeat 10 { exp }\n"
    assert built(text, expanded=10) > 200
    refused(text, expanded=9)
    refused(text, nodes=50)


def test_every_call_counts() -> None:
    text = "block f(x) { return exp(x) + 1 }\ninput x = 1\n" + "".join(f"y{i} = f(x)\n" for i in range(10))
    refused(text, expanded=15)
    assert built(text, expanded=30) <= 32


def test_parameters_count_together() -> None:
    text = "param a: [1000] = zeros()\nparam b: [1000] = zeros()\noutput y = sum(a + b)\n"
    assert built(text, parameter_bytes=16_000)
    assert "needs 16,000 bytes of parameters" in refused(text, parameter_bytes=15_999).message
    layers = "use chainrule.layers\ninput x = [[1, 2]]\noutput y = x -> repeat 1000 { dense(30000) }\n"
    assert "bytes of parameters" in refused(layers).message


def test_every_limit_has_words() -> None:
    assert set(COUNTED) == set(Limits.__slots__)
