"""Begins a training that several processes, or several devices, share."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import NoReturn

from ...compiler.graph.spec import TrainSection
from ...grammar.diagnostic import Diagnostic
from ...grammar.spec_error import SpecError
from .backend import MakeBackend
from .backends import need_jax
from .jax_devices import Sharing
from .processes import Meeting, Processes, meet
from .sharing_faults import FEW_DEVICES, UNEVEN


def shared_backend(section: TrainSection, sharing: Sharing, batch: int | None) -> MakeBackend:
    """What takes the steps of a section on several devices; `batch` are the rows of a full one.

    Raises SpecError where there are fewer devices than that, and where they cannot share the rows evenly.
    """
    need_jax(section.spans.get("backend"))
    import jax  # it takes a second

    from .jax_step import JaxBackend  # most trainings take numpy's steps

    there = jax.device_count()
    devices = there if sharing.devices is None else sharing.devices
    if devices > there:
        raise SpecError([FEW_DEVICES.at(None, wanted=devices, there=there, kind=jax.default_backend())])
    if batch is not None and batch % devices:
        raise SpecError([UNEVEN.at(section.spans.get("batch"), batch=batch, devices=devices)])
    return partial(JaxBackend, sharing=sharing)


def together(
    processes: Processes, identity: Mapping[str, str], tell: Callable[[Diagnostic], object]
) -> Meeting:
    """Meets the other processes, and begins what JAX needs to compute with them.

    From then on, where another is lost, this process ends: `tell` says why, and the exit code is 1. Raises SpecError.
    """
    import jax

    meeting = meet(processes, {**identity, "version of jax": jax.__version__})

    def lost(diagnostic: Diagnostic) -> NoReturn:
        tell(diagnostic)
        _end()

    meeting.watch(lost)
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(f"{processes.host}:{meeting.port}", processes.count, processes.number)
    atexit.register(_end)  # after a fault, JAX would wait for the others before it lets the process end
    return meeting


def apart(meeting: Meeting) -> None:
    """Ends it where all is done."""
    meeting.part()
    atexit.unregister(_end)


def _end() -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)  # another thread waits for a process that is gone
