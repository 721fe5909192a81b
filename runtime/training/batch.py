"""The rows of one step, gathered into arrays that are used again."""

from collections.abc import Mapping

import numpy as np

from ..arrays import Array
from ..data.minibatches import Minibatches
from ..data.stored import Rows, StoredArray


class Batch:
    """Gathers rows of a dataset's inputs; what it gave for one step is overwritten by the next of as many rows."""

    def __init__(self, inputs: Mapping[str, Rows], minibatches: Minibatches) -> None:
        self._inputs = inputs
        self._whole = minibatches.whole
        self._buffers: dict[int, dict[str, Array]] = {}

    def gathered(self, rows: Array) -> dict[str, Array]:
        """The inputs of those rows, in their order."""
        if self._whole and not any(isinstance(array, StoredArray) for array in self._inputs.values()):
            return {path: array for path, array in self._inputs.items() if not isinstance(array, StoredArray)}
        buffers = self._buffers.setdefault(len(rows), {})
        for path, array in self._inputs.items():
            if isinstance(array, StoredArray):
                buffers[path] = array[rows]
                continue
            if path not in buffers:
                buffers[path] = np.empty((len(rows), *array.shape[1:]), array.dtype)
            array.take(rows, 0, buffers[path], "clip")  # without a mode it would gather into an array of its own first
        return buffers
