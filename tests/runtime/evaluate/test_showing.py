"""What shows itself."""

import copy
import pickle
from collections.abc import Iterator

import numpy as np

from chainrule.runtime.arrays import Array
from chainrule.runtime.evaluate.showing import Showing


class Things(Showing):
    """Two numbers."""

    def __getitem__(self, path: str) -> Array:
        return {"a": np.array(1.0), "b": np.array(2.0)}[path]

    def __iter__(self) -> Iterator[str]:
        return iter("ab")

    def __len__(self) -> int:
        return 2


def test_by_what_it_is_told() -> None:
    things = Things()
    assert "Things object" in repr(things)
    assert things._repr_mimebundle_() == {"text/plain": repr(things)}
    things.show = lambda each: {"text/html": f"<p>{len(each)}</p>", "text/plain": "two things"}
    assert things._repr_mimebundle_()["text/html"] == "<p>2</p>"
    assert repr(things) == str(things) == "two things"


def test_it_is_sent_as_a_plain_dict() -> None:
    for sent in (pickle.loads(pickle.dumps(Things())), copy.deepcopy(Things())):
        assert type(sent) is dict
        assert sent == {"a": 1, "b": 2}
