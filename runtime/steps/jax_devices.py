"""Where JAX keeps what a training holds: one device, or several, with rows shared out among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ..arrays import Array

PROCESSES, DEVICES = "processes", "devices"
"""The axes of the mesh: processes, and the devices of each. Rows of a batch lie along both, columns of the params that
are split along the second alone, so that each process has all of them."""


Axes: TypeAlias = tuple[str | tuple[str, ...] | None, ...]
"""Along which axes of the mesh each axis of an array lies; those that are left out lie whole on each device."""

_ROWS: Axes = ((PROCESSES, DEVICES),)


@dataclass(frozen=True)
class Sharing:
    """How a training is shared out: over so many devices, None for the one that JAX takes by itself.

    `columns` are the params whose last axis is split among the devices of a process, with their optimiser's states; all
    others lie whole on each. (As they are asked for, they are patterns of params.) `processes` is how many there are;
    every one of them has the same number of devices.
    """

    devices: int | None = None
    columns: tuple[str, ...] = ()
    processes: int = 1

    @property
    def several(self) -> bool:
        """Whether there is more than one device."""
        return self.processes > 1 or (self.devices or 1) > 1


@dataclass
class Placement:
    """Puts arrays where they belong; `jax` is the library."""

    jax: Any
    sharing: Sharing
    _mesh: Any = field(init=False, default=None)
    _split: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._split = frozenset(self.sharing.columns)
        if self.sharing.several:
            every = sorted(self.jax.devices(), key=lambda each: (each.process_index, each.id))
            grid = np.array(every).reshape(self.sharing.processes, -1)
            if self.sharing.devices is not None:
                grid = grid[:, : self.sharing.devices // self.sharing.processes]
            auto = self.jax.sharding.AxisType.Auto  # XLA finds the collectives
            self._mesh = self.jax.sharding.Mesh(grid, (PROCESSES, DEVICES), axis_types=(auto, auto))

    @property
    def count(self) -> int:
        """How many devices there are."""
        return 1 if self._mesh is None else int(self._mesh.size)

    @property
    def on_many_machines(self) -> bool:
        """Whether other processes hold a part of what is computed."""
        return self.sharing.processes > 1

    def held(self, path: str, value: Array) -> Any:
        """An array of the training's own, a param, a state: whole on each device, or its columns split."""
        return self._put(value, self._of_held(path, np.shape(value)))

    def whole(self, value: Array) -> Any:
        """An array that lies on every device."""
        return self._put(value, ())

    def rows(self, shape: tuple[int, ...], read: Callable[[slice], Array]) -> Any:
        """Rows of a batch, each device those that are its own; `read` gives those of a slice, and no others are read.

        A batch that the devices cannot share evenly lies whole on each.
        """
        parts = _ROWS if self._mesh is not None and shape[0] % self.count == 0 else ()
        if self._mesh is None:
            return read(slice(0, shape[0]))
        return self.jax.make_array_from_callback(shape, self._sharding(parts), lambda place: read(place[0]))

    def kept_in_place(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """Within a traced function: new values of what is held, where the old ones lie."""
        if self._mesh is None:
            return dict(arrays)
        constrain = self.jax.lax.with_sharding_constraint
        return {
            path: constrain(value, self._sharding(self._of_held(path, value.shape))) for path, value in arrays.items()
        }

    def shared_rows(self, value: Any) -> Any:
        """Within a traced function: a batch whose rows the devices share."""
        if self._mesh is None or not value.ndim or value.shape[0] % self.count:
            return value
        return self.jax.lax.with_sharding_constraint(value, self._sharding(_ROWS))

    def read(self, value: Any) -> Array:
        """A copy of an array, wherever its parts lie."""
        if self.on_many_machines and not value.is_fully_replicated:
            whole: Array = np.empty(value.shape, value.dtype)
            for part in value.addressable_shards:
                whole[part.index] = part.data
            return whole
        return np.array(value)

    def _of_held(self, path: str, shape: tuple[int, ...]) -> Axes:
        """The axes along which an array of the training is split; its states are called as it is, and more."""
        name = path.split(" ", 1)[0]
        return (*[None] * (len(shape) - 1), DEVICES) if name in self._split else ()

    def _put(self, value: Array, parts: Axes) -> Any:
        if self._mesh is None:
            return self.jax.numpy.array(value)
        if self.on_many_machines:
            here = np.asarray(value)
            return self.jax.make_array_from_callback(here.shape, self._sharding(parts), lambda place: here[place])
        return self.jax.device_put(value, self._sharding(parts))

    def _sharding(self, parts: Axes) -> Any:
        return self.jax.sharding.NamedSharding(self._mesh, self.jax.sharding.PartitionSpec(*parts))
