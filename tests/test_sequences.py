"""Sharing and sequences: paths in expressions, `like`, `scan`; through the front door, as a script sees them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planned import FOLDED, near, same, trainers

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


TRAIN = "train { minimize = loss; optimizer = OPTIMIZER; steps = 20; precision = float64; seed = 4 }\n"


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


@pytest.mark.parametrize("optimiser", ["adam(lr = 0.05)", "sgd(lr = 0.5)"])
def test_twenty_steps_have_the_bits_of_the_recurrence_written_out(optimiser: str) -> None:
    loss, section = "loss = mean((hs - 0.5) ** 2)\n", TRAIN.replace("OPTIMIZER", optimiser)
    one = chainrule.compile(f"{CELL}{HEAD}hs = scan(x, cell, h0, axis = 1)\n{loss}{section}", precision="float64")
    other = chainrule.compile(by_hand(5, range(5), stack=loss + section), precision="float64")
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


def test_claims_make_scans_and_calls_that_are_like_others() -> None:
    text = """block cell(h, row) {
  param w = 0.5
  return h * w + row
}
block rnn(x, of, start) {
  hs = scan(x, of, start)
  return hs[3] + hs.w
}
block plain(h, row) { return h + row }
input x = [1, 2, 3]
y = rnn(x, cell, 0)
output z = x * 2 -> rnn like y as other
expect sum(scan(x, plain, 0)) == 1 + 3 + 6
expect (rnn(x * 2) like y) - other == 0
expect d(y)/d(y.hs.w) == d(rnn(x) like y)/d(y.hs.w)
"""
    program = chainrule.compile(text)
    assert list(program.params) == ["y.hs.w"]
    assert [each.holds for each in program.test()] == [True] * 3


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


# --- against other systems --------------------------------------------------------------------------------------

LAYERS = {
    "RNN": (
        "block cell(h: [N, H], row: [N, I]) {{\n  {gates}\n  return tanh(zn)\n}}\n",
        ("n",),
        "hs = scan(x, cell, h0, axis = 1{way})\n",
    ),
    "LSTM": (
        "block cell(h: [N, H], c: [N, H], row: [N, I]) {{\n  {gates}\n"
        "  kept = sigmoid(zf) * c + sigmoid(zi) * tanh(zg)\n  return sigmoid(zo) * tanh(kept), kept\n}}\n",
        ("i", "f", "g", "o"),
        "hs, cs = scan(x, cell, h0, h0, axis = 1{way})\n",
    ),
    "GRU": (
        "block cell(h: [N, H], row: [N, I]) {{\n  {gates}\n"
        "  new = tanh(an + sigmoid(zr) * rn)\n  return (1 - sigmoid(zz)) * new + sigmoid(zz) * h\n}}\n",
        ("r", "z", "n"),
        "hs = scan(x, cell, h0, axis = 1{way})\n",
    ),
}
"""Cells as torch has them, by its layer: the block, its gates in torch's order, the call."""


def gate(name: str) -> str:
    """What one gate adds up of the row and of the state, each with params of its own."""
    return (
        f"param W{name}: [I, H] = normal()\n  param U{name}: [H, H] = normal()\n  param b{name}: [H] = normal()\n"
        f"  param d{name}: [H] = normal()\n  a{name} = row @ W{name} + b{name}\n  r{name} = h @ U{name} + d{name}\n"
        f"  z{name} = a{name} + r{name}"
    )


@pytest.mark.proof
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("layer", LAYERS)
def test_cells_against_the_layers_of_torch(layer: str, reverse: bool) -> None:
    torch = pytest.importorskip("torch")
    block, gates, call = LAYERS[layer]
    width, steps, inputs = 4, 6, 3
    way = ", reverse = true" if reverse else ""
    text = block.format(gates="\n  ".join(map(gate, gates))) + (
        f"dim N\ninput x: [N, {steps}, {inputs}]\ninput k: [N, {steps}, {width}]\nh0 = expand(0, [N, {width}])\n"
        f"{call.format(way=way)}output y = sum(hs * k) + sum(hs[2] ** 2)\noutput hs\n"
    )
    program = chainrule.compile(text)
    x, k = rows(5, steps, inputs), rows(5, steps, width, seed=1)
    params = {path: np.asarray(value, float) for path, value in program.params.items()}
    other = getattr(torch.nn, layer)(inputs, width, batch_first=True).double()
    with torch.no_grad():
        for own, theirs in (("W", "weight_ih_l0"), ("U", "weight_hh_l0"), ("b", "bias_ih_l0"), ("d", "bias_hh_l0")):
            together = np.concatenate([params[f"hs.{own}{name}"].T for name in gates])
            getattr(other, theirs).copy_(torch.tensor(together))
    theirs_x = torch.tensor(x, requires_grad=True)
    flipped = torch.flip(theirs_x, [1]) if reverse else theirs_x
    out = other(flipped)[0]
    out = torch.flip(out, [1]) if reverse else out
    ((out * torch.tensor(k)).sum() + (out[:, 1] ** 2).sum()).backward()
    found = program.grad("y", x=x, k=k)
    np.testing.assert_allclose(program.run(x=x, k=k)["hs"], out.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found["x"], theirs_x.grad.numpy(), rtol=1e-11, atol=1e-13)
    for own, theirs in (("W", "weight_ih_l0"), ("U", "weight_hh_l0"), ("b", "bias_ih_l0"), ("d", "bias_hh_l0")):
        together = np.concatenate([found[f"hs.{own}{name}"].T for name in gates])
        np.testing.assert_allclose(together, getattr(other, theirs).grad.numpy(), rtol=1e-11, atol=1e-13)


@pytest.mark.proof
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("axis", "shape"), [(0, (7, 3)), (1, (2, 7, 3)), (2, (2, 3, 7))])
def test_scans_against_jax(axis: int, shape: tuple[int, ...], reverse: bool) -> None:
    jax = pytest.importorskip("jax")
    xp = jax.numpy
    state = [size for place, size in enumerate(shape) if place != axis]
    way = ", reverse = true" if reverse else ""
    text = (
        "block cell(h, c, row, other, rate) {\n  param w = 0.7\n  kept = c * w + row * other\n"
        "  return tanh(kept) + h * rate, kept\n}\n"
        f"input x: {list(shape)}\ninput z: {list(shape)}\n"
        f"hs, cs = scan([x, z], cell, expand(0.5, {state}), expand(1, {state}), axis = {axis}, rate = 0.3{way})\n"
        "output y = sum(hs ** 2) + sum(cs)\noutput hs, cs\n"
    )
    program = chainrule.compile(text)
    x, z = rows(*shape), rows(*shape, seed=1)

    def both(x: Any, z: Any, w: Any) -> Any:
        def step(carry: Any, taken: Any) -> Any:
            kept = carry[1] * w + taken[0] * taken[1]
            following = (xp.tanh(kept) + carry[0] * 0.3, kept)
            return following, following

        start = (xp.full(state, 0.5), xp.full(state, 1.0))
        along = (xp.moveaxis(x, axis, 0), xp.moveaxis(z, axis, 0))
        _, states = jax.lax.scan(step, start, along, reverse=reverse)
        return [xp.moveaxis(each, 0, axis) for each in states]

    def loss(x: Any, z: Any, w: Any) -> Any:
        hs, cs = both(x, z, w)
        return (hs**2).sum() + cs.sum()

    with jax.enable_x64(True):
        w = np.float64(program.params["hs.w"])
        values, gradients = both(x, z, w), jax.grad(loss, (0, 1, 2))(x, z, w)
    found = program.grad("y", x=x, z=z)
    own = program.run(x=x, z=z)
    for name, wanted in zip(("hs", "cs"), values, strict=True):
        np.testing.assert_allclose(own[name], wanted, rtol=1e-12)
    for name, wanted in zip(("x", "z", "hs.w"), gradients, strict=True):
        np.testing.assert_allclose(found[name], wanted, rtol=1e-11, atol=1e-13)


RECURRENT = """use chainrule.layers
dim N
input x: [N, 9, 3]
input t: int[N, 9]
loss = softmax-loss(x -> LAYER(4) -> dense(5), t)
train { minimize = loss ; optimizer = sgd(lr = 0.5) ; steps = 2 ; precision = PRECISION }
"""


@pytest.mark.parametrize(("layer", "precision"), [("rnn", "float32"), ("rnn", "float64"), ("gru", "float32")])
def test_updates_of_all_steps_in_one_have_the_same_bits_however_they_are_planned(layer: str, precision: str) -> None:
    text = RECURRENT.replace("LAYER", layer).replace("PRECISION", precision)
    draw = np.random.default_rng(0)
    batches = [
        {"x": draw.normal(size=(rows, 9, 3)).astype(precision), "t": draw.integers(5, size=(rows, 9))}
        for rows in (3, 1)
    ]
    folded = trainers(text, FOLDED)
    assert any(path.endswith("states.U") for path in folded["folded"].folded)
    same(folded, batches)
    plain = trainers(text, {"plain": {"optimise": False}})["plain"]
    for feeds in batches:
        plain.step(feeds)
    near(folded["folded"], plain, precision)
