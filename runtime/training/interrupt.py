"""Ctrl-C, noticed between steps, so that no step is left half done."""

import threading
from types import FrameType, TracebackType

try:
    import signal
except ImportError:  # Python in a browser may have none
    HAS_SIGNALS = False
else:
    HAS_SIGNALS = True


class Interrupt:
    """While it is open, a first Ctrl-C only sets `asked`; a second one raises KeyboardInterrupt at once.

    Where no signal arrives, outside the main thread and in a browser, it does nothing.
    """

    def __init__(self) -> None:
        self.asked = False
        self._active = HAS_SIGNALS and threading.current_thread() is threading.main_thread()

    def __enter__(self) -> "Interrupt":
        if self._active:
            self._before = signal.getsignal(signal.SIGINT)
            try:
                signal.signal(signal.SIGINT, self._noticed)
            except ValueError:  # in an interpreter within another
                self._active = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._active:
            signal.signal(signal.SIGINT, self._before)

    def _noticed(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
