"""What shows itself."""

from chainrule.runtime.showing import Showing


class Thing(Showing):
    def __repr__(self) -> str:
        return "a thing"


def test_by_its_repr_unless_told_otherwise() -> None:
    thing = Thing()
    assert thing._repr_mimebundle_() == {"text/plain": "a thing"}
    thing.show = lambda each: {"text/html": f"<p>{each}</p>"}
    assert thing._repr_mimebundle_() == {"text/html": "<p>a thing</p>"}
