"""Begins a training that several processes, or several devices, share."""

from __future__ import annotations

import atexit
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import NoReturn

import numpy as np

from ...compiler.graph.groups import grouped, matcher
from ...compiler.graph.spec import TrainSection
from ...grammar.diagnostic import Diagnostic
from ...grammar.render import render
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from .backend import Backend, BackendRequest, MakeBackend
from .backends import need_jax
from .jax_devices import Sharing
from .processes import SILENCE, Processes, meet
from .sharing_faults import FEW_DEVICES, NO_SUCH_COLUMNS, NOT_EACH, UNEVEN, UNSPLIT


def shared_backend(section: TrainSection, sharing: Sharing, batch: int | None) -> MakeBackend:
    """What takes the steps of a section on several devices; `batch` are the rows of a full one.

    Columns are split of the params of which the section's groups say so, and of those of `sharing`. Raises SpecError
    where there are fewer devices than that, and where they cannot share the rows or, as the backend is made, columns
    evenly.
    """
    need_jax(section.spans.get("backend"))
    from .jax_step import JaxBackend  # most trainings take numpy's steps

    there, kind = _devices()
    devices = there if sharing.devices is None else sharing.devices
    if devices > there:
        raise SpecError([FEW_DEVICES.at(None, wanted=devices, there=there, kind=kind)])
    own, left = divmod(devices, sharing.processes)
    if left:
        raise SpecError([NOT_EACH.at(None, devices=devices, processes=sharing.processes)])
    if batch is not None and batch % devices:
        raise SpecError([UNEVEN.at(section.spans.get("batch"), batch=batch, devices=devices)])

    def made(request: BackendRequest) -> Backend:
        split = _split(request, section, sharing.columns, own)
        return JaxBackend(request, replace(sharing, columns=split), mixed=section.mixed)

    return made


def _split(request: BackendRequest, section: TrainSection, patterns: Sequence[str], devices: int) -> tuple[str, ...]:
    """The params whose columns the devices of a process share, by groups and by other patterns; those without axes lie
    whole all the same.

    Raises SpecError.
    """
    states = request.training.graph.states
    params = {path: np.shape(value) for path, value in request.parameters.items() if path not in states}
    members = grouped(section.groups, params)
    where = {path: section.groups[number].span for path, number in members.items() if section.groups[number].columns}
    found = {*where}
    for pattern in patterns:
        matching = [path for path in params if matcher(pattern)(path)]
        if not matching:
            hint = suggestion(pattern, params, what="params")
            raise SpecError([NO_SUCH_COLUMNS.at(None, pattern=pattern, hint=hint)])
        found.update(matching)
    split = [path for path, shape in params.items() if path in found and shape]
    for path in split:
        if params[path][-1] % devices:
            raise SpecError([UNSPLIT.at(where.get(path), path=path, columns=params[path][-1], devices=devices)])
    return tuple(split)


@contextmanager
def together(processes: Processes, identity: Mapping[str, str]) -> Iterator[ExitStack]:
    """Meets the other processes, and begins what JAX needs to compute with them; within it they compute.

    Where another is lost, this process ends, with words on standard error and exit code 1, after it has closed what it
    gives: nothing else is left in order then. Raises SpecError.
    """
    meeting = meet(processes, {**identity, "version of jax": version("jax")})
    import jax

    sudden = ExitStack()

    def lost(diagnostic: Diagnostic) -> NoReturn:
        print(render(diagnostic), file=sys.stderr)
        _end(sudden)

    meeting.watch(lost)
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    address = f"{processes.host}:{meeting.port}"
    bound = address if processes.writes else None  # else its service listens on all of the machine's addresses
    jax.distributed.initialize(address, processes.count, processes.number, coordinator_bind_address=bound)
    atexit.register(_end, sudden)  # after a fault, JAX would wait for the others before it lets the process end
    try:
        yield sudden
    except (RuntimeError, ValueError):  # what JAX says of a sum that lacks a part: the watch knows which
        time.sleep(2 * SILENCE)
        raise
    meeting.part()
    atexit.unregister(_end)


def _devices() -> tuple[int, str]:
    """How many devices JAX finds, and of which kind."""
    import jax  # it takes a second

    return jax.device_count(), jax.default_backend()


def _end(sudden: ExitStack) -> NoReturn:
    sudden.close()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)  # another thread waits for a process that is gone
