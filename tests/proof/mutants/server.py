"""Runs tests of a copy of the checkout, each time in a fork of a process that has imported what they import besides it.

A line of JSON on the standard input says which: {"tests": [files], "only": {tests of these, in their order: seconds} or
null, "calls": a file or null}. The answer, a line on the standard output, says the first that failed, none if all
passed, and the seconds of processor time: {"failed": ..., "seconds": ...}. Into the file goes which functions of the
package each test calls. The server is started in the copy, with the copy's parent folder in PYTHONPATH, and imports
nothing of the package itself.
"""

import contextlib
import functools
import gc
import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, TextIO

import pytest

LIBRARIES = """
_hypothesis_pytestplugin _pytest.pytester anyio.pytest_plugin click hypothesis hypothesis.extra.numpy
hypothesis.strategies jax lark mpmath networkx numpy numpy.testing onnx pandas polars pytest rich rich.console
rich.table safetensors.numpy threadpoolctl xdist.looponfail xdist.plugin xdist.remote
"""
LONGEST = 30
"""Seconds of processor time after which one test has failed, where none are said: a mistake may make a program
endless."""

ASLEEP = 600
"""The same of the clock, for one that waits."""

MEMORY = 3 << 30
"""Bytes that tests may take."""

NEVER_STARTED = "import"
"""What failed where no test could be collected."""


class Watch:
    """A plugin of pytest: takes the tests that are asked for, on the same examples each time, and says what failed."""

    def __init__(self, answer: TextIO, only: Mapping[str, float] | None, calls: "Calls | None") -> None:
        self.answer, self.only, self.calls = answer, only, calls
        self.running = NEVER_STARTED
        self.failed: str | None = None

    def pytest_sessionstart(self) -> None:
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)  # that something fails is enough: it need not be made small
        settings.register_profile("mutants", deadline=None, derandomize=True, database=None, phases=phases)
        settings.load_profile("mutants")
        for name in (signal.SIGVTALRM, signal.SIGALRM):
            signal.signal(name, self.too_long)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self.only is not None:
            found = {item.nodeid: item for item in items}
            items[:] = [found[name] for name in self.only if name in found]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.running = nodeid
        if self.calls is not None:
            self.calls.begin(nodeid)
        signal.setitimer(signal.ITIMER_VIRTUAL, (self.only or {}).get(nodeid, LONGEST))
        signal.alarm(ASLEEP)

    def pytest_runtest_setup(self, item: Any) -> None:
        if self.calls is not None:
            self.calls.made_for[item.nodeid] = item.fixturenames

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, object, object]:
        with contextlib.nullcontext() if self.calls is None else self.calls.making(fixturedef.argname):
            return (yield)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid
            if self.calls is not None:
                self.calls.unfit.add(report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid or NEVER_STARTED

    def too_long(self, _number: int, _frame: FrameType | None) -> None:
        self.failed = self.running
        self.say()
        os._exit(0)

    def say(self) -> None:
        taken = resource.getrusage(resource.RUSAGE_SELF)
        seconds = round(taken.ru_utime + taken.ru_stime, 2)
        self.answer.write(json.dumps({"failed": self.failed, "seconds": seconds}) + "\n")
        self.answer.flush()


class Calls:
    """Which functions of the package each test calls, as "file:name in Python"; and how long it takes."""

    def __init__(self) -> None:
        self._own = str(Path.cwd()) + os.sep
        self._called: set[CodeType] = set()
        self._began = 0.0
        self.by_test: dict[str, tuple[float, set[CodeType]]] = {}
        self.unfit: set[str] = set()
        """Tests that fail while it is looked what they call: they count what they allocate, or the like."""
        self.made_for: dict[str, Sequence[str]] = {}
        """The names of what is made for each test: for several at once, maybe, but each depends on how it is made."""
        self._making: defaultdict[str, set[CodeType]] = defaultdict(set)
        self._name = ""
        self._caches: list[Any] = []
        self._modules = 0
        sys.settrace(self._call)
        threading.settrace(self._call)

    def _call(self, frame: FrameType, _event: str, _argument: object) -> None:
        self._called.add(frame.f_code)

    def begin(self, name: str) -> None:
        now = time.process_time()
        self.by_test[self._name] = now - self._began, self._called
        self._forget()
        self._name, self._began, self._called = name, time.process_time(), set()

    def _forget(self) -> None:
        """A test calls what it needs, though one before it asked for the same."""
        if len(sys.modules) != self._modules:
            self._modules = len(sys.modules)
            caches = [each for each in gc.get_objects() if isinstance(each, functools._lru_cache_wrapper)]
            self._caches = [each for each in caches if (each.__module__ or "").startswith("chainrule.")]
        for each in self._caches:
            each.cache_clear()

    @contextlib.contextmanager
    def making(self, name: str) -> Iterator[None]:
        outer, self._called = self._called, self._making[name]
        yield
        self._called = outer | self._making[name]

    def write(self, path: Path) -> None:
        self.begin("")
        sys.settrace(None)
        places: dict[CodeType, str] = {}
        found: dict[str, Any] = {}
        for name, (seconds, called) in self.by_test.items():
            if name in self.unfit:
                continue
            called = called.union(*(self._making[each] for each in self.made_for.get(name, ())))
            for code in called:
                if code not in places:
                    inside = code.co_filename.startswith(self._own) and "tests" not in code.co_filename
                    within = code.co_filename.removeprefix(self._own)
                    places[code] = f"{within}:{code.co_qualname}" if inside else ""
            found[name] = [round(seconds, 3), sorted({places[code] for code in called} - {""})]
        path.write_text(json.dumps(found), encoding="utf-8")


def ran(asked: Mapping[str, Any], answer: TextIO) -> None:
    """In a fork: takes the tests up to the first that fails, and says which that is."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    tests, calls = asked["tests"], None if asked["calls"] is None else Calls()
    watch = Watch(answer, asked["only"], calls)
    known = "ignore::pytest.PytestAssertRewriteWarning"  # what is imported here is not rewritten
    first = ["-x"] if calls is None else []
    code = pytest.main([*first, "-q", "-W", known, "-p", "no:cacheprovider", *tests], plugins=[watch])
    if watch.failed is None and code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        watch.failed = NEVER_STARTED
    if calls is not None:
        calls.write(Path(asked["calls"]))
    watch.say()


@contextlib.contextmanager
def answers() -> Iterator[TextIO]:
    """The standard output as it was, while all that tests print goes to the standard error output."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as kept:
        os.dup2(2, 1)
        yield kept


def main() -> None:
    sys.path.remove(str(Path(__file__).parent))
    for name in LIBRARIES.split():
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()  # what is here stays, so that no fork need look through it
    with answers() as answer:
        for line in sys.stdin:
            asked = json.loads(line)
            child = os.fork()
            if not child:
                with contextlib.suppress(BaseException):
                    ran(asked, answer)
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if status:  # killed, by the system or by the mistake
                answer.write(json.dumps({"failed": NEVER_STARTED, "seconds": 0.0}) + "\n")
                answer.flush()


if __name__ == "__main__":
    main()
