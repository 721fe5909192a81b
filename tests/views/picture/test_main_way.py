"""The main way through a picture: from the inputs to the end, past parameters and by the longest road."""

from typing import Any

from chainrule.views.figure.figure import figure
from chainrule.views.layout.arrange import arrange
from chainrule.views.picture.compose import sketch
from chainrule.views.picture.main_way import main_ways

NET = """input x: [2, 3] = [[1, 2, 3], [4, 5, 6]]
input t: [2, 3] = [[0, 1, 0], [1, 0, 0]]
param W: [3, 3] = [[1, 2, 3], [0, 1, 0], [2, 0, 1]]
param b: [3] = [0, 1, 0]
h = relu(affine(x, W, b))
output y = h @ W
output loss = mse(y, t)
"""


def test_a_net_goes_on_straight_past_its_parameters_and_labels(walked: Any) -> None:
    program, taken = walked(NET, "loss")
    picture = sketch(program.spec, taken)
    ways = main_ways(picture)
    sources = {box.key: box.sign for box in picture.boxes}
    both = [
        (sources[wire.source], sources[wire.target])
        for number, wire in enumerate(picture.wires)
        if ways.out[number] and ways.into[number]
    ]
    assert set(both) == {
        ("x", "affine"), ("affine", "relu"), ("relu", "@"), ("@", "mse"), ("mse", "loss"),
    }  # fmt: skip
    made = figure(picture, arrange)
    on_the_way = {sign for pair in both for sign in pair}
    places = [made.arrangement.items[box.key] for box in picture.boxes if box.sign in on_the_way]
    lines = {
        y
        for number, route in enumerate(made.arrangement.routes)
        if ways.out[number] and ways.into[number]
        for _, y in route.points
    }
    assert len(lines) == 1
    assert all(place.y < min(lines) < place.y + place.height for place in places)


def test_of_operands_as_long_ways_away_none_is_main(walked: Any) -> None:
    program, taken = walked("input a = 1\ninput b = 2\noutput y = a * b")
    picture = sketch(program.spec, taken)
    assert [main_ways(picture).into[n] for n, wire in enumerate(picture.wires) if wire.target != "o2"] == [False, False]


def test_operands_stand_in_the_order_of_the_text(walked: Any) -> None:
    for text, signs in (("1 - x", ["1", "x"]), ("x - 1", ["x", "1"]), ("2 ** x * 0 + x", ["×", "x"])):
        program, taken = walked(f"input x = 3\noutput y = {text}\noutput z = exp(x)", "y")
        picture = sketch(program.spec, taken)
        made = figure(picture, arrange)
        end = f"n{program.spec.graph.index['y']}"
        arriving = sorted(
            (route.points[-3][1], wire.source)
            for wire, route in zip(picture.wires, made.arrangement.routes, strict=True)
            if wire.target == end
        )
        names = {box.key: box.sign for box in picture.boxes}
        assert [names[source] for _, source in arriving] == signs
