"""Processes that train one model together: how they meet, agree on what is trained, and notice that one is gone.

They meet at the coordinator's address, where process 0 listens. The connections stay open: what is told over them each
second is that a process lives. What JAX itself needs is begun afterwards, at a port that process 0 finds, because its
own service ends a process without a word where another does not come.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ...grammar.diagnostic import Diagnostic, Fault
from ...grammar.spec_error import SpecError
from .sharing_faults import LOST, NO_COORDINATOR, NOT_ALL_CAME, UNEQUAL

COMING = 30.0
"""Seconds in which all must come."""

SILENCE = 20.0
"""Seconds without a word after which a process counts as lost."""

BEAT = 1.0

LONGEST = 1 << 20
"""Bytes of a message."""


class Processes(NamedTuple):
    """`count` processes, of which this is `number`; they meet at `host` and `port`."""

    host: str
    port: int
    count: int  # type: ignore[assignment]  # nobody counts the fields
    number: int

    @property
    def writes(self) -> bool:
        """Whether this is the one that reports, and writes files."""
        return self.number == 0

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


MANAGERS = (
    ("SLURM_NTASKS", "SLURM_PROCID"),
    ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    ("PMI_SIZE", "PMI_RANK"),
    ("WORLD_SIZE", "RANK"),
)
"""What Slurm, Open MPI, other MPI and Kubernetes' training operators tell a process: how many there are, and which."""


def processes_of(coordinator: str, count: int | None, number: int | None) -> Processes:
    """The processes that an address and numbers tell of; numbers that are not given are those that a manager of
    processes has put into the environment. Raises ValueError."""
    host, colon, port = coordinator.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
        raise ValueError(f"{coordinator!r} is no address: `host:port` is wanted")
    for names in MANAGERS:
        told = [os.environ.get(name, "") for name in names]
        if all(each.isascii() and each.isdigit() for each in told):
            count, number = (int(told[0]) if count is None else count), (int(told[1]) if number is None else number)
    if count is None or number is None:
        raise ValueError("--coordinator goes with --processes N and --process I, where no manager of processes tells")
    if number >= count or count < 2:
        raise ValueError(f"process {number} is none of {count}: they are counted from 0")
    return Processes(host.strip("[]"), int(port), count, number)


class Meeting:
    """The open connections of a process: process 0 has one to each other, the others one to process 0."""

    def __init__(self, processes: Processes, links: Mapping[int, Link], port: int) -> None:
        self.processes = processes
        self.port = port
        """Where JAX's own service is to be."""
        self._links = dict(links)
        self._ended = threading.Event()
        self._watching: threading.Thread | None = None

    def watch(self, lost: Callable[[Diagnostic], object]) -> None:
        """From now on, in a thread: says that this process lives, and calls `lost` where another does not."""
        self._watching = threading.Thread(target=self._watch, args=(lost,), daemon=True)
        self._watching.start()

    def part(self) -> None:
        """Ends it where all is done: waits until every other process is done too."""
        for link in self._links.values():
            link.send({"done": True})
        if self._watching is not None:
            self._watching.join(SILENCE * 2)
        self._ended.set()
        for link in self._links.values():
            link.close()

    def _watch(self, lost: Callable[[Diagnostic], object]) -> None:
        if (found := self._missed()) is None:
            return
        who, how = found
        for link in self._links.values():
            link.send({"lost": who, "how": how})
        lost(LOST.at(None, who=who, how=how))

    def _missed(self) -> tuple[str, str] | None:
        """Who is lost, and how, as soon as one is; None when all are done."""
        heard = dict.fromkeys(self._links, time.monotonic())
        beaten = 0.0
        while heard and not self._ended.is_set():
            if time.monotonic() - beaten >= BEAT:
                beaten = time.monotonic()
                for link in self._links.values():
                    link.send({"lives": True})
            ready = select.select([self._links[number].socket for number in heard], [], [], BEAT / 2)[0]
            for number in list(heard):
                link = self._links[number]
                for message in link.arrived() if link.socket in ready else ():
                    if message is None:
                        return f"process {number}", "has ended"
                    if "lost" in message:
                        return str(message["lost"]), str(message.get("how"))
                    heard[number] = time.monotonic()
                    if "done" in message:
                        del heard[number]
                        break
            silent = [number for number, moment in heard.items() if time.monotonic() - moment > SILENCE]
            if silent:
                return f"process {silent[0]}", f"has not been heard of for {SILENCE:.0f} s"
        return None


class Link:
    """A connection over which JSON goes, a line a message."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._held = b""

    def send(self, message: Mapping[str, Any]) -> None:
        """Sends; where the other is gone, that is noticed when it is listened to."""
        with contextlib.suppress(OSError):
            self.socket.sendall(json.dumps(message).encode() + b"\n")

    def arrived(self) -> list[dict[str, Any] | None]:
        """What has come; None at the end where the connection is closed, or what comes is no message."""
        try:
            data = self.socket.recv(LONGEST)
        except OSError:
            data = b""
        if not data:
            return [None]
        *lines, self._held = (self._held + data).split(b"\n")
        return [_message(line) for line in lines] if len(self._held) < LONGEST else [None]

    def next(self, until: float) -> dict[str, Any] | None:
        """The next message that comes before a moment; None where none does."""
        while (left := until - time.monotonic()) > 0:
            if not select.select([self.socket], [], [], left)[0]:
                return None
            if found := self.arrived():
                return found[0]
        return None

    def close(self) -> None:
        self.socket.close()


def meet(processes: Processes, identity: Mapping[str, str], coming: float | None = None) -> Meeting:
    """Waits until all processes are there. `identity` says what is trained, by what it is, as hashes.

    Raises SpecError where one does not come, nobody listens at the address, or another trains something else.
    """
    part = _called if processes.number == 0 else _calling
    return part(processes, identity, COMING if coming is None else coming)


def _called(processes: Processes, identity: Mapping[str, str], coming: float) -> Meeting:
    """Process 0's part."""
    until = time.monotonic() + coming
    try:
        listener = socket.create_server((processes.host, processes.port))
    except OSError as error:
        raise SpecError([NO_COORDINATOR.at(None, address=processes.address, reason=_reason(error))]) from None
    links: dict[int, Link] = {}
    fault: tuple[Fault, dict[str, str]] | None = None
    with listener:
        while len(links) < processes.count - 1 and fault is None:
            left = until - time.monotonic()
            if left <= 0 or not select.select([listener], [], [], left)[0]:
                there = {0, *links}
                missing = ", ".join(str(number) for number in range(processes.count) if number not in there)
                fault = NOT_ALL_CAME, {"missing": missing, "count": str(processes.count), "seconds": f"{coming:.0f}"}
                break
            link = Link(listener.accept()[0])
            hello = link.next(min(until, time.monotonic() + 5))
            if hello is None or hello.get("chainrule") != 1:  # somebody else's connection
                link.close()
                continue
            number = hello.get("number")
            differing = _differing(processes, identity, hello, links)
            if differing:
                fault = UNEQUAL, {"number": str(number), "what": " and ".join(differing)}
            links[number if isinstance(number, int) else -1] = link
    if fault is not None:
        for link in links.values():
            link.send({"fault": fault[0].code, "facts": fault[1]})
            link.close()
        raise SpecError([fault[0].at(None, hint=None, notes=(), **fault[1])])
    with socket.create_server((processes.host, 0)) as free:
        port = free.getsockname()[1]
    for link in links.values():
        link.send({"port": port})
    return Meeting(processes, links, port)


def _calling(processes: Processes, identity: Mapping[str, str], coming: float) -> Meeting:
    """The part of any other process."""
    until = time.monotonic() + coming
    while True:
        try:
            connection = socket.create_connection((processes.host, processes.port), max(0.1, until - time.monotonic()))
            break
        except OSError as error:
            if time.monotonic() + 0.2 > until:
                raise SpecError([NO_COORDINATOR.at(None, address=processes.address, reason=_reason(error))]) from None
            time.sleep(0.2)
    connection.settimeout(None)
    link = Link(connection)
    link.send({"chainrule": 1, "number": processes.number, "count": processes.count, "trained": dict(identity)})
    answer = link.next(until + coming)
    if answer is None or "port" not in answer:
        link.close()
    for fault in (UNEQUAL, NOT_ALL_CAME):
        facts = answer.get("facts") if answer is not None and answer.get("fault") == fault.code else None
        if isinstance(facts, dict) and facts.keys() == set(fault.facts):
            raise SpecError([fault.at(None, hint=None, notes=(), **facts)])
    if answer is None or not isinstance(answer.get("port"), int):
        reason = "what answers there is no coordinator of chainrule, or it has ended"
        raise SpecError([NO_COORDINATOR.at(None, address=processes.address, reason=reason)])
    return Meeting(processes, {0: link}, answer["port"])


def _differing(
    processes: Processes, identity: Mapping[str, str], hello: Mapping[str, Any], links: Mapping[int, Link]
) -> list[str]:
    """In what another process differs from this one, where it may not."""
    number, theirs = hello.get("number"), hello.get("trained")
    if hello.get("count") != processes.count:
        return ["number of processes"]
    if not isinstance(number, int) or not 0 < number < processes.count or number in links:
        return ["a number that another process has"]
    if not isinstance(theirs, dict):
        return ["version of chainrule"]
    return [what for what, value in identity.items() if theirs.get(what) != value]


def _message(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
