from hypothesis import given
from hypothesis import strategies as st

from chainrule.views.editor.offsets import Offsets


@given(st.text(alphabet=st.sampled_from("ab\nπ𝛼🙂é"), max_size=40))
def test_offsets_count_as_utf_16_does(text: str) -> None:
    offsets = Offsets(text)
    for place in range(len(text) + 1):
        units = len(text[:place].encode("utf-16-le")) // 2
        assert offsets.to_units(place) == units
        assert offsets.to_characters(units) == place
    assert offsets.units == len(text.encode("utf-16-le")) // 2


def test_half_a_character_and_what_is_beyond_the_text() -> None:
    offsets = Offsets("a🙂b")
    assert [offsets.to_characters(unit) for unit in range(-1, 7)] == [0, 0, 1, 1, 2, 3, 3, 3]
    assert (offsets.to_units(-5), offsets.to_units(99)) == (0, 4)
