"""Sharing and sequences: paths in expressions, `like`, `scan`; through the front door, as a script sees them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.compiler.build import build
from chainrule.compiler.derive.gradients import gradient_graph
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source

Array = np.ndarray[Any, Any]

CELL = """block cell(h: [N, H], row: [N, I]) {
  param W: [I, H] = xavier()
  param U: [H, H] = xavier()
  param b: [H] = normal(std = 0.1)
  return tanh(row @ W + h @ U + b)
}
"""
HEAD = "dim N\ninput x: [N, 5, 3]\nh0 = expand(0, [N, 4])\n"


def rows(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def spec_of(text: str) -> Spec:
    module, faults = parse(Source("a.graph", text))
    return build(module, faults)[0]


def by_hand(steps: int, order: Sequence[int], *, stack: str) -> str:
    """The recurrence of CELL written out."""
    text = "dim N\ninput x: [N, 5, 3]\nparam W: [3, 4] = xavier()\nparam U: [4, 4] = xavier()\n"
    text += "param b: [4] = normal(std = 0.1)\nh_start = expand(0, [N, 4])\n"
    before = "h_start"
    for place in order:
        text += f"row{place} = take(x, {place}, axis = 1)\n"
        text += f"h{place} = tanh(row{place} @ W + {before} @ U + b)\n"
        before = f"h{place}"
    parts = ", ".join(f"expand(h{place}, [N, 1, 4], axis = 1)" for place in range(steps))
    return f"{text}hs = concat({parts}, axis = 1)\n{stack}"


TRAIN = "train { minimize = loss; optimizer = adam(lr = 0.05); steps = 20; precision = float64; seed = 4 }\n"


@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_has_the_bits_of_the_recurrence_written_out(reverse: bool) -> None:
    loss = "loss = sum(hs ** 2)\n"
    order = list(range(5))[::-1] if reverse else list(range(5))
    way = ", reverse = true" if reverse else ""
    one = chainrule.compile(f"{CELL}{HEAD}hs = scan(x, cell, h0, axis = 1{way})\n{loss}")
    other = chainrule.compile(by_hand(5, order, stack=loss))
    x = rows(2, 5, 3)
    weights = {"W": rows(3, 4, seed=1), "U": rows(4, 4, seed=2), "b": rows(4, seed=3)}
    one.params, other.params = {f"hs.{name}": value for name, value in weights.items()}, weights
    assert one.run(x=x)["loss"] == other.run(x=x)["loss"]
    found, wanted = one.grad("loss", x=x), other.grad("loss", x=x)
    for name in ("W", "U", "b"):
        assert np.array_equal(found[f"hs.{name}"], wanted[name])
    assert np.array_equal(found["x"], wanted["x"])
    assert np.array_equal(found["hs"], wanted["hs"])


def test_twenty_steps_have_the_bits_of_the_recurrence_written_out() -> None:
    loss = "loss = mean((hs - 0.5) ** 2)\n"
    one = chainrule.compile(f"{CELL}{HEAD}hs = scan(x, cell, h0, axis = 1)\n{loss}{TRAIN}", precision="float64")
    other = chainrule.compile(by_hand(5, range(5), stack=loss + TRAIN), precision="float64")
    x = rows(2, 5, 3)
    first, second = one.trainer(), other.trainer()
    for name, shape in (("W", (3, 4)), ("U", (4, 4)), ("b", (4,))):
        value = rows(*shape, seed=len(shape))
        first.params[f"hs.{name}"][...] = value
        second.params[name][...] = value
    for _ in range(20):
        assert first.step(x=x) == second.step(x=x)
    for name in ("W", "U", "b"):
        assert np.array_equal(first.params[f"hs.{name}"], second.params[name])


def test_paths_of_a_scan() -> None:
    spec = chainrule.compile(f"{CELL}{HEAD}hs = scan(x, cell, h0, axis = 1)\noutput y = sum(hs[2]) + sum(hs.W)\n")
    assert list(spec.params) == ["hs.W", "hs.U", "hs.b"]
    x = rows(2, 5, 3)
    w, u, b = (np.asarray(spec.params[f"hs.{name}"], float) for name in ("W", "U", "b"))
    second = np.tanh(x[:, 1] @ w + np.tanh(x[:, 0] @ w + b) @ u + b)
    assert spec.run(x=x)["y"] == pytest.approx(second.sum() + w.sum(), rel=1e-12)


def test_several_states_and_several_sequences() -> None:
    text = """block cell(h, c, a, b, rate = 1) {
  param w = 0.5
  next_c = c * w + a
  return h + next_c * b * rate, next_c
}
input a = [1, 2, 3]
input b = [2, 1, 0]
hs, cs = scan([a, b], cell, 0, 1, rate = 2)
output hs, cs
"""
    values = chainrule.compile(text).run()
    assert values["cs"].tolist() == [1.5, 2.75, 4.375]
    assert values["hs"].tolist() == [6.0, 11.5, 11.5]


def test_steps_in_place_of_a_sequence() -> None:
    text = "block half(h) { return h / 2 }\nhs = scan(half, 8, steps = 4)\nlast = hs[4]\noutput hs, last\n"
    values = chainrule.compile(text).run()
    assert values["hs"].tolist() == [4, 2, 1, 0.5]
    assert values["last"] == 0.5


def test_one_step() -> None:
    values = chainrule.compile("block half(h) { return h / 2 }\noutput hs = scan(half, [8, 4], steps = 1)\n").run()
    assert values["hs"].tolist() == [[4, 2]]


def test_a_scan_in_a_chain_and_in_an_expression() -> None:
    text = (
        "block add_up(h, row) { return h + row }\ninput x = [1, 2, 3]\n"
        "output y = x -> scan(add_up, 0) as s -> mul(2)\noutput z = sum(scan(x, add_up, 0, reverse = true)) + s[2]\n"
    )
    values = chainrule.compile(text).run()
    assert values["y"].tolist() == [2, 6, 12]
    assert values["z"] == 3 + 5 + 6 + 3


NESTED = """block inner_cell(h, row) {
  param v = 0.5
  return h * v + row
}
block outer_cell(h, row) {
  param w = 2
  inner = scan(row, inner_cell, h)
  return w * inner[3] + sum(inner.v)
}
input x = [[1, 2, 3], [4, 5, 6]]
hs = scan(x, outer_cell, 1)
output y = sum(hs) + hs[2].inner[3]
"""


def test_scans_in_scans() -> None:
    spec = chainrule.compile(NESTED)
    assert list(spec.params) == ["hs.w", "hs.inner.v"]

    def inner(h: float, row: Sequence[float]) -> float:
        for each in row:
            h = h * 0.5 + each
        return h

    first = inner(1, [1, 2, 3])
    one = 2 * first + 0.5
    second = inner(one, [4, 5, 6])
    assert spec.run()["y"] == one + 2 * second + 0.5 + second


def test_what_a_cell_may_hold() -> None:
    text = """use chainrule.layers
block cell(h, row, size, act = tanh) {
  z = row -> dense(size) as first -> repeat 2 { dense(size) -> act } as tail
  return z + dense(h, size)
}
dim N
input x: [N, 4, 3]
hs = scan(x, cell, expand(0, [N, 5]), axis = 1, size = 5, act = relu)
output y = sum(hs) + sum(hs.tail[2].dense.W) + sum(hs[3].z) + sum(hs[3].tail[1])
"""
    spec = chainrule.compile(text)
    assert sorted(spec.params) == sorted(
        f"hs.{each}.{name}" for each in ("first", "tail[1].dense", "tail[2].dense", "dense") for name in "Wb"
    )
    x = rows(2, 4, 3)
    params = {path: np.asarray(value, float) for path, value in spec.params.items()}

    def dense(value: Array, path: str) -> Array:
        return np.asarray(value @ params[f"{path}.W"] + params[f"{path}.b"])

    h, total = np.zeros((2, 5)), 0.0
    for step in range(4):
        first = np.maximum(dense(dense(x[:, step], "hs.first"), "hs.tail[1].dense"), 0)
        z = np.maximum(dense(first, "hs.tail[2].dense"), 0)
        h = z + dense(h, "hs.dense")
        total += h.sum() + (z.sum() + first.sum() if step == 2 else 0)
    assert spec.run(x=x)["y"] == pytest.approx(total + params["hs.tail[2].dense.W"].sum(), rel=1e-12)


def test_a_param_of_a_cell_and_one_of_what_it_returns_by() -> None:
    text = """block dense(x) {
  param W: [2, 2] = [[1, 0], [0, 2]]
  return x @ W
}
block cell(h, row) {
  param W: [2] = [3, 4]
  return dense(h * W + row)
}
input x = [[1, 1], [1, 1]]
output hs = scan(x, cell, [1, 1])
"""
    spec = chainrule.compile(text)
    assert list(spec.params) == ["hs.W", "hs.dense.W"]
    assert spec.run()["hs"].tolist() == [[4, 10], [13, 82]]


# --- like -------------------------------------------------------------------------------------------------------

NET = """block net(x: [N, I], units, act = tanh) {
  return x -> dense(units) as first -> act -> repeat 2 { dense(units) -> act } -> dense(2)
}
block dense(x: [N, I], units) {
  param W: [I, units] = xavier()
  param b: [units] = normal()
  return affine(x, W, b)
}
dim N
input left: [N, 3]
input right: [N, 3]
"""


def test_siamese_nets_share_their_params() -> None:
    shared = chainrule.compile(NET + "a = net(left, 4)\nb = right -> net like a\noutput d = sum((a - b) ** 2)\n")
    alone = chainrule.compile(NET + "a = net(left, 4)\noutput s = sum(a)\n")
    assert list(shared.params) == list(alone.params)
    left, right = rows(3, 3), rows(3, 3, seed=1)
    assert shared.run(left=left, right=left)["d"] == 0
    both, gradient = shared.run(left=left, right=right)["d"], shared.grad("d", left=left, right=right)["a.first.W"]
    step = np.zeros((3, 4))
    step[1, 2] = 1e-6
    values = []
    for sign in (1, -1):
        moved = chainrule.compile(NET + "a = net(left, 4)\nb = right -> net like a\noutput d = sum((a - b) ** 2)\n")
        moved.params = {p: value + sign * step if p == "a.first.W" else value for p, value in shared.params.items()}
        values.append(moved.run(left=left, right=right)["d"])
    assert both > 0
    assert (values[0] - values[1]) / 2e-6 == pytest.approx(gradient[1, 2], rel=1e-6)


def test_gradients_of_shared_params_add_in_the_order_of_the_calls() -> None:
    text = "block by(x) {\n  param w = 1\n  return x * w\n}\ninput x = 1\ninput y = 1\ninput z = 1\n"
    text += "a = by(x)\nb = by(y) like a\nc = z -> by like b\noutput s = a + b + c\n"
    assert chainrule.compile(text).grad("s", x=1e16, y=1.0, z=-1e16)["a.w"] == (1e16 + 1.0) - 1e16


@pytest.mark.parametrize(
    "call",
    [
        "net(right, 4) like a", "net(right) like a", "right -> net like a", "right -> net(4, act = tanh) like a as c",
        "(right -> net(4) like a)", "net(right, units = 4) like a",
    ],
)  # fmt: skip
def test_ways_to_write_like(call: str) -> None:
    spec = chainrule.compile(f"{NET}a = net(left, 4)\nb = {call}\noutput s = sum(b)\n")
    alone = chainrule.compile(f"{NET}a = net(right, 4)\noutput s = sum(a)\n")
    x = rows(2, 3)
    assert spec.run(left=x, right=x)["s"] == alone.run(left=x, right=x)["s"]


def test_likes_of_likes_in_blocks_repeats_and_scans() -> None:
    text = """block by(x) {
  param w = 3
  return x * w
}
block twice(x) {
  first = by(x)
  second = first -> by like first
  return second
}
block cell(h, row) { return h + twice(row) }
input x = [1, 2]
a = twice(x)
b = twice(a) like a
c = x -> repeat 2 { twice as t } as tail
hs = scan(x, cell, 0)
back = scan(x, cell, 0, reverse = true) like hs
output s = sum(a) + sum(b) + sum(c) + sum(hs) + sum(back)
"""
    spec = chainrule.compile(text)
    assert list(spec.params) == ["a.first.w", "tail[1].t.first.w", "tail[2].t.first.w", "hs.twice.first.w"]
    assert spec.run()["s"] == 27 + 243 + 243 + (9 + 27) + (27 + 18)


def test_like_names_a_call_of_an_inner_path() -> None:
    text = NET + "a = tanh(net(left, 4))\nb = right -> net like a.net as other\noutput s = sum(a) + sum(other)\n"
    assert all(path.startswith("a.net.") for path in chainrule.compile(text).params)


# --- paths ------------------------------------------------------------------------------------------------------

PATHS = """use chainrule.layers
dim N
input x: [N, 3] = [[1, 2, 3]]
output loss = sum(y ** 2) + penalty
penalty = sum(fc1.W ** 2) + sum(tail[2].dense.b) + sum(tail[1]) + sum(fc1)
output y = x -> dense(4) as fc1 -> tanh -> repeat 2 { dense(4) -> tanh } as tail -> matmul(transpose(fc1.W))
metric = sum(tail[1].dense.W)
"""


def test_a_path_depends_on_its_statement_wherever_it_stands() -> None:
    spec = chainrule.compile(PATHS)
    p = {path: np.asarray(value, float) for path, value in spec.params.items()}
    first = np.array([[1.0, 2.0, 3.0]]) @ p["fc1.W"] + p["fc1.b"]
    tails = [np.tanh(first)]
    for copy in ("tail[1]", "tail[2]"):
        tails.append(np.tanh(tails[-1] @ p[f"{copy}.dense.W"] + p[f"{copy}.dense.b"]))
    y = tails[2] @ p["fc1.W"].T
    wanted = (y**2).sum() + (p["fc1.W"] ** 2).sum() + p["tail[2].dense.b"].sum() + tails[1].sum() + first.sum()
    assert spec.run()["loss"] == pytest.approx(wanted, rel=1e-12)


def test_a_tied_autoencoder_has_one_matrix() -> None:
    text = """block dense(x: [N, I], units) {
  param W: [I, units] = xavier()
  return x @ W
}
dim N
input x: [N, 3]
code = tanh(dense(x, 2))
output back = code @ transpose(code.dense.W)
loss = mean((back - x) ** 2)
"""
    spec = chainrule.compile(text)
    x = rows(4, 3)
    w = np.asarray(spec.params["code.dense.W"], float)
    assert np.allclose(spec.run(x=x)["back"], np.tanh(x @ w) @ w.T, rtol=1e-12)


def test_a_used_file_goes_before_a_node_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "widths.graph").write_text("const width = 7\n")
    (tmp_path / "main.graph").write_text('use "widths.graph" as L\nL = 2 * L.width\noutput y = L.width + L\n')
    assert chainrule.load(tmp_path / "main.graph").run()["y"] == 21


def test_paths_in_minimize_metrics_and_claims(tmp_path: Path) -> None:
    text = """block by(x) {
  param w = 2
  return x * w
}
input x = 3
y = x -> by as first -> by as second
train { minimize = (first.w - 1) ** 2 + first * 0; optimizer = sgd(lr = 0.1); steps = 100; metrics = [second.w] }
expect first.w * second.w == 4
expect d(y)/d(first.w) == 6
expect first.w == 1 within 1e-3 after train
"""
    (tmp_path / "a.graph").write_text(text)
    program = chainrule.load(tmp_path / "a.graph")
    assert all(each.holds for each in program.test())
    assert program.train().last["train.second.w"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "scan = 2\nlike = scan * 3\nsteps = like + scan\noutput y = steps - like\n",
        "block scan(x, like) { return x + like }\ninput steps = 1\noutput y = scan(steps, 2)\n",
        "block like(x) { return x * 2 }\ninput x = 1\noutput y = x -> like -> like as scan\n",
    ],
)
def test_old_names_mean_what_they_meant(text: str) -> None:
    assert chainrule.compile(text).run()["y"] in (2, 3, 4)


def test_the_gradient_of_what_is_gone_through_is_no_sum_of_padded_rows() -> None:
    """Linear in the steps: as many nodes in twice as many of them are twice as many."""
    nodes = []
    for steps in (50, 100):
        text = f"{CELL}dim N\ninput x: [N, {steps}, 3]\nhs = scan(x, cell, expand(0, [N, 4]), axis = 1)\ny = sum(hs)\n"
        made = gradient_graph(spec_of(text).graph, spec_of(text).graph.index["y"], ["x"], upstream=False)
        needed = made.graph.ancestors([made.gradients["x"]])
        names = [node.operation.name for node, each in zip(made.graph.nodes, needed, strict=True) if each]
        assert "slice-gradient" not in names
        nodes.append(len(names))
    assert nodes[1] < 2 * nodes[0]
