"""Which steps make an update."""

from hypothesis import given
from hypothesis import strategies as st

from chainrule.runtime.steps.windows import Windows


def by_hand(steps: int, epoch: int | None, count: int) -> list[tuple[int, int, bool]]:
    """Of each step: the updates before it, the gradients with its own, and whether an update follows."""
    found, updates, gathered = [], 0, 0
    for step in range(count):
        gathered += 1
        ends = gathered == steps or (epoch is not None and (step + 1) % epoch == 0)
        found.append((updates, gathered, ends))
        if ends:
            updates, gathered = updates + 1, 0
    return found


@given(st.integers(2, 9), st.none() | st.integers(1, 12), st.integers(0, 60))
def test_windows(steps: int, epoch: int | None, count: int) -> None:
    windows = Windows(steps, epoch)
    found = [(windows.updates(step), windows.gathered(step), windows.ends(step)) for step in range(count)]
    assert found == by_hand(steps, epoch, count)
