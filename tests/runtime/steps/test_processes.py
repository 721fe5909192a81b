"""How processes meet, and notice that one is gone; JAX has no part in it."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.steps import processes
from chainrule.runtime.steps.processes import MANAGERS, Meeting, Processes, meet, processes_of


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def met(count: int, identities: Callable[[int], dict[str, str]], coming: float = 5) -> list[Meeting | str]:
    """What each of some processes comes to: its meeting, or the code of the fault."""
    port = free_port()

    def one(number: int) -> Meeting | str:
        try:
            return meet(Processes("127.0.0.1", port, count, number), identities(number), coming)
        except SpecError as error:
            return error.diagnostics[0].code

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_all_meet_and_part() -> None:
    found = met(3, lambda number: {"data": "same"})
    meetings = [each for each in found if isinstance(each, Meeting)]
    assert len({each.port for each in meetings}) == 1
    assert len(meetings) == 3
    lost: list[Diagnostic] = []
    for each in meetings:
        each.watch(lost.append)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(Meeting.part, meetings))
    assert not lost


def test_one_that_trains_something_else_ends_all() -> None:
    assert set(met(3, lambda number: {"data": "other" if number == 2 else "same"})) <= {"G562", "G560"}
    assert met(2, lambda number: {"data": str(number)}) == ["G562", "G562"]


def test_a_missing_process_is_named_in_time() -> None:
    begun = time.monotonic()
    with pytest.raises(SpecError, match="process 1, 2 of 3 did not come") as caught:
        meet(Processes("127.0.0.1", free_port(), 3, 0), {}, 0.2)
    assert caught.value.diagnostics[0].code == "G561"
    with pytest.raises(SpecError, match="no coordinator at"):
        meet(Processes("127.0.0.1", free_port(), 2, 1), {}, 0.3)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("hangs", [False, True], ids=["closed", "silent"])
def test_a_lost_process_is_told_to_all(hangs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "SILENCE", 0.4)
    monkeypatch.setattr(processes, "BEAT", 0.1)
    zero, one, gone = met(3, lambda number: {})
    assert isinstance(zero, Meeting)
    assert isinstance(one, Meeting)
    assert isinstance(gone, Meeting)
    told: dict[str, Diagnostic] = {}
    both = threading.Barrier(3)

    def lost(name: str) -> Callable[[Diagnostic], None]:
        def tell(diagnostic: Diagnostic) -> None:
            told.setdefault(name, diagnostic)
            both.wait(5)

        return tell

    zero.watch(lost("zero"))
    one.watch(lost("one"))
    if not hangs:
        for link in gone._links.values():
            link.close()
    both.wait(10)
    for meeting in (zero, one, gone):
        for link in meeting._links.values():
            link.close()
    assert {each.code for each in told.values()} == {"G563"}
    assert len(told) == 2
    assert all("process 2" in each.message for each in told.values())


def test_numbers_come_from_managers_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    for names in MANAGERS:
        for each in names:
            monkeypatch.delenv(each, raising=False)
    assert processes_of("host:1234", 4, 1) == Processes("host", 1234, 4, 1)
    for count, rank in MANAGERS:
        with monkeypatch.context() as patch:
            patch.setenv(count, "8")
            patch.setenv(rank, "5")
            assert processes_of("[::1]:1234", None, None) == Processes("::1", 1234, 8, 5)
    for text, wanted, number in (("host", 2, 0), (":1", 2, 0), ("a:0", 2, 0), ("a:1", None, None), ("a:1", 2, 2)):
        with pytest.raises(ValueError, match=r"address|goes with|none of"):
            processes_of(text, wanted, number)
