"""The reverse pass as a graph of its own: what goes back through a call stands in a frame of its own."""

from chainrule.program.front_door import compile
from chainrule.views.picture.reverse_graph import reverse_spec

TEXT = """
use chainrule.layers
dim N
input x: [N, 4, 3]
block cell(h, row) {
  param U: [3, 3] = xavier()
  return tanh(row + h @ U)
}
hs = scan(x, cell, expand(0, [N, 3]), axis = 1)
output y = hs[:, -1] -> dense(2) as last -> relu
loss = sum(y ** 2)
"""


def test_gradients_on_the_way_have_names() -> None:
    spec = compile("input a = 1\ninput b = 2\ninput c = 3\nsubtotal = a * b\noutput total = subtotal * c").spec
    made, first = reverse_spec(spec, spec.graph.index["total"])
    names = [node.path for node in made.graph.nodes[first:] if node.path]
    assert set(names) == {f"d(total)/d({name})" for name in ("a", "b", "c", "subtotal")}
    assert {*names} <= made.graph.named
    assert set(made.graph.output_names) == {f"d(total)/d({name})" for name in "abc"}


def test_calls_and_copies_are_gone_back_through() -> None:
    spec = compile(TEXT).spec
    made, first = reverse_spec(spec, spec.full.index["loss"])
    frames = {each.path: each for each in made.graph.expansions}
    forward = {path for path in frames if not path.startswith("back through ")}
    assert {"last", "hs[1]", "hs[4]"} <= forward
    back = {path: frames[path] for path in frames if path not in forward}
    assert {f"back through {path}" for path in ("last", "hs[1]", "hs[2]", "hs[3]", "hs[4]")} <= back.keys()
    starts = [back[f"back through hs[{copy}]"].start for copy in (4, 3, 2, 1)]
    assert starts == sorted(starts)
    assert starts[0] > back["back through last"].start
    for frame in back.values():
        assert first <= frame.start < frame.stop <= len(made.graph.nodes)
    for path in forward:
        assert frames[path].stop <= first
