"""A train section as it is carried out on rows that a script gives, and what it refuses without any."""

from collections.abc import Collection
from dataclasses import replace

from ...compiler.faults import NEEDS_DATA
from ...compiler.graph.signatures import Invocation
from ...compiler.graph.spec import TrainSection
from ...grammar.spec_error import SpecError
from ..data.datasets import GIVEN, GIVEN_TEST
from ..data.given.faults import NO_TEST_ROWS

NO_ROWS_HINT = "in a script rows may be given: `program.train(x = ...)`, `program.evaluate(x = ...)`"


def on_given(section: TrainSection, given: Collection[str]) -> TrainSection:
    """The section on those rows that are given; what it says of others stays."""
    if GIVEN not in given:
        return section
    if GIVEN_TEST not in given:
        return replace(section, data=GIVEN)
    stop = section.stop
    if stop is not None and section.follows:
        watched = f"test.{stop.text('watch').partition('.')[2]}"
        stop = Invocation(stop.name, {**stop.arguments, "watch": watched}, stop.span)
    return replace(section, data=GIVEN, test=GIVEN_TEST, hold_out=None, stop=stop)


def whole(section: TrainSection) -> TrainSection:
    """The section on rows that are only looked at, all of them."""
    nothing = dict.fromkeys(("test", "hold_out", "validate", "validate_share", "rows", "stop"))
    return replace(section, data=GIVEN, **nothing)  # type: ignore[arg-type]  # each of these may be None


def refuse_without_rows(section: TrainSection) -> None:
    """Raises SpecError where a section that has no rows says something of them."""
    if section.data is None and section.about_rows:
        keys = ((key, section.spans.get(key)) for key in section.about_rows)
        raise SpecError([NEEDS_DATA.at(span, key=key, hint=NO_ROWS_HINT) for key, span in keys])


def refuse_without_test(section: TrainSection, *, has_test: bool) -> None:
    """Raises SpecError where it watches test rows, and there are none."""
    stop = section.stop
    if stop is not None and not has_test and (watched := stop.text("watch")).startswith("test."):
        raise SpecError([NO_TEST_ROWS.at(stop.span, watched=watched)])
