"""Nothing lies on anything: random graphs with frames, long links and circles."""

import random
from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.views.layout.arrange import arrange
from chainrule.views.layout.geometry import Arrangement, FrameItem, Item, Link, Rectangle, pieces
from chainrule.views.layout.ranks import as_written, crossings, ordered
from chainrule.views.layout.slots import kept_slots


def random_graph(seed: int, count: int, frames: int) -> tuple[list[Item], list[Link], list[FrameItem]]:
    """Boxes of many sizes in frames of neighbours, some inside others; links go forward, and some go far."""
    chance = random.Random(seed)
    size = max(1, count // (frames + 1))
    made = [FrameItem(f"f{n}", f"f{n - 1}" if n % 3 else None, 40) for n in range(frames)]
    items = []
    for n in range(count):
        frame = n // size
        items.append(
            Item(
                f"n{n}",
                chance.randint(10, 90),
                chance.randint(8, 40),
                chance.randint(8, 40),
                f"f{frame}" if frame < frames else None,
                chance.random() < 0.2,
            )
        )
    links = [
        Link(
            f"n{chance.randint(max(0, n - chance.choice([2, 5, count])), n - 1)}",
            f"n{n}",
            chance.choice([0, 20, 80]),
            chance.randint(0, 30),
            chance.randint(0, 30),
            0,
            chance.randint(-6, 6),
        )
        for n in range(1, count)
        if not items[n].beside
        for _ in range(chance.randint(1, 3))
    ]
    return items, links, made


def places(made: Arrangement) -> list[Rectangle]:
    labels = [route.label for route in made.routes if route.label is not None and route.label.width]
    return [*made.items.values(), *labels]


@given(st.integers(0, 10**9), st.integers(1, 30), st.integers(0, 4))
@settings(max_examples=30)
def test_what_is_kept_of_one_layout_does_not_change_another_of_other_widths(seed: int, count: int, frames: int) -> None:
    items, links, around = random_graph(seed, count, frames)
    wider = [item._replace(width=item.width + 7) for item in items]
    longer = [link._replace(width=link.width and link.width + 13) for link in links]
    kept_slots.cache_clear()
    alone = arrange(wider, longer, around)
    kept_slots.cache_clear()
    first = arrange(items, links, around)
    assert arrange(wider, longer, around) == alone
    assert kept_slots.cache_info().hits > 0
    assert arrange(items, links, around) == first


@given(st.integers(0, 10**9), st.integers(1, 40), st.integers(0, 6))
@settings(max_examples=60)
def test_no_box_or_label_overlaps_another(seed: int, count: int, frames: int) -> None:
    items, links, around = random_graph(seed, count, frames)
    made = arrange(items, links, around)
    for a, b in combinations(places(made), 2):
        assert not a.overlaps(b)
    for place in places(made):
        assert place.x >= 0
        assert place.y >= 0
        assert place.x + place.width <= made.width + 1e-6
        assert place.y + place.height <= made.height


@given(st.integers(0, 10**9), st.integers(2, 40), st.integers(1, 6))
@settings(max_examples=40)
def test_frames_hold_their_own_and_nothing_else(seed: int, count: int, frames: int) -> None:
    items, links, around = random_graph(seed, count, frames)
    made = arrange(items, links, around)
    parents = {frame.key: frame.parent for frame in around}

    def inside(frame: str | None) -> set[str]:
        found: set[str] = set()
        while frame is not None:
            found.add(frame)
            frame = parents[frame]
        return found

    for item in items:
        for key, place in made.frames.items():
            assert place.overlaps(made.items[item.key]) == (key in inside(item.frame))


@given(st.integers(0, 10**9), st.integers(2, 30), st.integers(0, 4))
@settings(max_examples=40)
def test_links_run_from_box_to_box_to_the_right_and_through_no_other(seed: int, count: int, frames: int) -> None:
    items, links, around = random_graph(seed, count, frames)
    made = arrange(items, links, around)
    for link, route in zip(links, made.routes, strict=True):
        source, target = made.items[link.source], made.items[link.target]
        assert abs(route.points[0][0] - (source.x + source.width)) < 1e-6
        assert abs(route.points[-1][0] - target.x) < 1e-6
        assert all(x1 <= x2 + 1e-6 for (x1, _), (x2, _) in pairwise(route.points))
        for start, step in zip([(p,) for p in route.points], pieces(route.points, spline=False), strict=False):
            (x1, y1), (x2, y2) = start[0], step[-1]
            if y1 == y2 and x2 - x1 > 0.2:
                line = Rectangle(x1 + 0.1, y1 - 0.05, x2 - x1 - 0.2, 0.1)
                for key, place in made.items.items():
                    assert key in (link.source, link.target) or not place.overlaps(line)


def test_a_circle_is_drawn_too() -> None:
    items = [Item(key, 20, 10, 10) for key in "abc"]
    links = [Link("a", "b", 10, 5, 5), Link("b", "c", 10, 5, 5), Link("c", "a", 10, 5, 5), Link("a", "a", 10, 5, 5)]
    made = arrange(items, links)
    assert len(made.routes) == 4
    assert not any(a.overlaps(b) for a, b in combinations(made.items.values(), 2))


def test_nothing_at_all() -> None:
    assert arrange([], []).items == {}


def test_a_parameter_stands_right_before_its_user() -> None:
    items = [*(Item(f"n{n}", 20, 10, 10) for n in range(6)), Item("W", 20, 10, 10, None, True)]
    links = [*(Link(f"n{n}", f"n{n + 1}", 10, 5, 5) for n in range(5)), Link("W", "n5", 10, 5, 5)]
    made = arrange(items, links)
    assert made.items["W"].x == made.items["n4"].x


def test_operands_stand_as_they_are_written() -> None:
    items = [Item(key, 20, 10, 10) for key in ("z", "a", "y")]
    links = [Link("a", "y", 10, 5, 5, 0, -5), Link("z", "y", 10, 5, 5, 0, 5)]
    made = arrange(items, links)
    assert made.items["a"].y < made.items["z"].y


@given(st.integers(0, 10**9), st.integers(2, 40), st.integers(0, 4))
@settings(max_examples=60)
def test_operands_are_never_swapped(seed: int, count: int, frames: int) -> None:
    items, links, around = random_graph(seed, count, frames)
    made = arrange(items, links, around)
    home = {item.key: item.frame for item in items}
    operands: dict[str, list[tuple[float, float]]] = {}
    for link, route in zip(links, made.routes, strict=True):
        if home[link.source] == home[link.target]:
            operands.setdefault(link.target, []).append((link.arrive, route.line))
    for arrivals in operands.values():
        in_order = sorted(arrivals, key=lambda each: each[0])  # of equal ones the first stays the first
        assert all(upper < lower for (_, upper), (_, lower) in pairwise(in_order))


@given(st.integers(1, 30), st.integers(0, 10**9))
@settings(max_examples=20)
def test_a_chain_runs_straight_whatever_stands_beside_it(count: int, seed: int) -> None:
    chance = random.Random(seed)
    items = [Item(f"n{n}", chance.randint(10, 90), chance.randint(8, 40), chance.randint(8, 40)) for n in range(count)]
    links = [
        Link(f"n{n}", f"n{n + 1}", 30, chance.randint(0, 30), chance.randint(0, 30), 0, 0, True, True)
        for n in range(count - 1)
    ]
    for n in range(1, count):  # operands below, and some above
        for place in range(chance.randint(0, 3)):
            key, offset = f"w{n}_{place}", chance.choice([-7, 7])
            items.append(Item(key, chance.randint(10, 60), 13, 13, None, True, chance.random() < 0.3))
            links.append(Link(key, f"n{n}", chance.choice([0, 40]), 12, 12, 0, offset, True, False))
    made = arrange(items, links)
    middles = {made.items[item.key].y + item.up for item in items[:count]}
    assert len(middles) == 1
    for link, route in zip(links, made.routes, strict=True):
        if link.arrives_level:
            assert {y for _, y in route.points} == middles


def test_a_literal_stands_right_before_its_user_among_the_labels() -> None:
    items = [Item("x", 30, 10, 10), Item("one", 12, 8, 8, None, True, True), Item("y", 20, 10, 10)]
    items += [Item("z", 20, 10, 10)]
    links = [Link("x", "z", 60, 10, 10), Link("one", "y", 0, 0, 0, 0, -5), Link("x", "y", 60, 10, 10, 0, 5)]
    made = arrange(items, links)
    one, label = made.items["one"], made.routes[2].label
    assert label is not None
    assert label.x < one.x
    assert one.x + one.width == label.x + label.width
    assert one.y + one.height <= label.y


def test_a_value_leaves_a_frame_once_and_forks_outside() -> None:
    items = [Item("a", 20, 10, 10, "f"), *(Item(key, 20, 10, 10) for key in ("y", "z", "t"))]
    links = [Link("a", "y", 30, 10, 10), Link("a", "z", 30, 10, 10), Link("t", "z", 30, 10, 10, 0, 5)]
    made = arrange(items, links, [FrameItem("f", None, 40)])
    frame = made.frames["f"]
    right = frame.x + frame.width
    ports = {y for route in made.routes[:2] for x, y in route.points if x == right}
    assert len(ports) == 1


@given(st.integers(0, 10**9), st.integers(2, 30))
@settings(max_examples=20)
def test_the_order_that_is_kept_crosses_no_more_than_the_first(seed: int, count: int) -> None:
    chance = random.Random(seed)
    columns = [list(range(start, min(start + 5, count))) for start in range(0, count, 5)]
    left: list[list[int]] = [[] for _ in range(count)]
    right: list[list[int]] = [[] for _ in range(count)]
    for first, second in pairwise(columns):
        for slot in second:
            for source in chance.sample(first, chance.randint(1, min(2, len(first)))):
                left[slot].append(source)
                right[source].append(slot)

    def count_of(made: list[list[int]]) -> int:
        position = [0] * count
        for column in made:
            for place, slot in enumerate(column):
                position[slot] = place
        return crossings(made, right, position)

    written = [list(column) for column in columns]
    as_written(written, left)
    made = [list(column) for column in columns]
    ordered(made, left, right, {})
    assert count_of(made) <= count_of(written)
    for column, kept in zip(columns, made, strict=True):
        assert sorted(kept) == column


def test_one_more_reader_of_a_value_crosses_nothing() -> None:
    """As where scores are an output and go into the loss, beside the labels: a tie hides the order that is free."""
    columns = [[0, 1], [2, 3, 4], [5, 6]]
    right = [[2, 4], [3], [5], [5], [6], [], []]
    left = [[], [], [0], [1], [0], [2, 3], [4]]
    ordered(columns, left, right, {2: (5, 0), 3: (5, 1), 4: (6, 2)})
    assert columns == [[0, 1], [4, 2, 3], [6, 5]]
