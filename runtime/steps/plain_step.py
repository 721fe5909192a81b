"""A training step by the plain executor: what all other steps are held against, and what takes over from them."""

from collections.abc import Mapping, Sequence

from ...compiler.derive.training import STEP_COUNT, TrainingGraph
from ..arrays import Value, rounded
from ..evaluate.execute import Moment, execute
from ..evaluate.nonfinite import first_spoilt
from ..evaluate.planner import Planner
from .backend import Backend, BackendRequest, Step
from .memory import MemoryBackend


class PlainStep(Step):
    """Computes every value of a step, looks at them, and then has them written into what `backend` holds."""

    def __init__(self, training: TrainingGraph, planner: Planner, backend: Backend) -> None:
        self._planner = planner
        self._backend = backend
        self._loss = training.loss
        self._changing = training.changed

    def __call__(self, inputs: Mapping[str, Value], rates: Mapping[str, float], count: int) -> float | None:
        values = self.values(inputs, rates, count)
        return self.take(values) if self.sound(values) else None

    def values(self, inputs: Mapping[str, Value], rates: Mapping[str, float], count: int) -> list[Value | None]:
        """All values of a step by the number of their node; nothing is changed.

        Raises SpecError for shapes that do not fit, and for a class number that is none.
        """
        planner, held = self._planner, self._backend.read()
        scalars = {**rates, STEP_COUNT: count}
        arrays = {path: rounded(value, planner.precision) for path, value in scalars.items()}
        feeds = {**inputs, **planner.fed({**held.params, **held.states, **arrays})}
        return execute(planner.plan(inputs, held.params), feeds, Moment(count - 1))

    def sound(self, values: Sequence[Value | None]) -> bool:
        """Whether the loss and all new values are finite."""
        return first_spoilt(values, (self._loss, *self._changing.values())) is None

    def take(self, values: Sequence[Value | None]) -> float:
        """Takes new values over; gives the loss before."""
        loss = float(values[self._loss])  # type: ignore[arg-type]  # a target has its value
        self._backend.write({path: values[new] for path, new in self._changing.items()})  # type: ignore[misc]  # targets too
        return loss


class PlainBackend(MemoryBackend):
    """The plain executor."""

    name = "plain"

    def __init__(self, request: BackendRequest) -> None:
        super().__init__(request)
        self._step = PlainStep(request.training, request.planner, self)
        self._gathering = PlainStep(request.training.gathering, request.gathering_planner, self)

    def step_for(self, inputs: Mapping[str, Value]) -> PlainStep:
        return self._step

    def gathering_for(self, inputs: Mapping[str, Value]) -> PlainStep:
        return self._gathering
