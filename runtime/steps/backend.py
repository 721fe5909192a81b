"""What takes the steps of a training: the plain executor, floats, generated numpy; another is one more of these."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from ...compiler.derive.training import TrainingGraph
from ...compiler.graph.signatures import Invocation
from ...compiler.graph.spec import Precision
from ...compiler.targets.writer import Options
from ..arrays import Array, Value
from ..data.labels import Limit
from ..data.minibatches import Minibatches
from ..data.stored import Rows
from ..evaluate.planner import Planner


class Held(NamedTuple):
    """What a model keeps, parameters and the spec's states, by path, `W`; and the optimiser's states, `W velocity`,
    with the sums of gradients where several steps make one update, `W gradient sum`."""

    params: Mapping[str, Array]
    states: Mapping[str, Array]


class Step(Protocol):
    """One step of a training, as often as it is called; for inputs of certain shapes, if its backend says so."""

    unguarded: tuple[Limit, ...] = ()
    """Class numbers that the step does not look at itself: they are looked at before it is taken."""
    guarded: tuple[Limit, ...] = ()
    """Class numbers that it looks at itself: it is not taken where one is no class."""

    @abstractmethod
    def __call__(self, inputs: Mapping[str, Value], rates: Mapping[str, float], count: int) -> float | None:
        """Takes the step at these learning rates, by leaf; it is the `count`th, from 1. Gives the loss before it.

        Where several steps make one update, `rates` has the leaves of `TrainingGraph.counts` as well.

        None where a value is not finite, or cannot be told to be: nothing has changed then, and the plain executor
        takes the step, or says what is wrong. NaN where some parameters have changed already.
        """

    def fitting(self, given: Mapping[str, object]) -> bool:
        """Whether values that nobody has looked at are what the step takes, each as it is, and nothing else."""
        return False

    def ready(self, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        """Inputs that have come through the door, in the form that the step takes."""
        return inputs


class Loop(Protocol):
    """Steps on rows that a backend holds, or reads itself: up to `most` in a call."""

    most: int

    @abstractmethod
    def __call__(self, first: int, rates: Sequence[Mapping[str, float]]) -> list[float]:
        """Takes steps from the `first` on, counted from 0, at the rates of each; gives their losses.

        There are fewer than rates where a batch of another size follows, where a call holds no more, and where a step
        could not be taken: none then, if it is the first.
        """


class Backend(Protocol):
    """Holds the parameters and states of a training, wherever they lie, and makes the steps that change them.

    The spec's own states count as parameters here; what a step makes of them stands in `TrainingGraph.next`.
    """

    name: str
    """What a run's record calls its steps: another name may mean other bits."""
    fused: tuple[str, ...] = ()
    """Parameters whose update is fused into the product that makes their gradient."""
    takes_blas: bool = True
    """Whether its steps leave products to numpy's BLAS, whose threads are then seen to."""

    @abstractmethod
    def step_for(self, inputs: Mapping[str, Value]) -> Step:
        """The step for inputs like these, all that the training needs. Raises SpecError where shapes do not fit."""

    def gathering_for(self, inputs: Mapping[str, Value]) -> Step:
        """The same for `TrainingGraph.gathering`: a step before the last of those that make one update."""
        raise NotImplementedError(f"{self.name} steps do not accumulate gradients")

    def loop(self, rows: Mapping[str, Rows], minibatches: Minibatches | None) -> Loop | None:
        """What takes steps on rows of data by itself; None where each step is to be fed."""
        return None

    @abstractmethod
    def read(self) -> Held:
        """What is held at this moment. Arrays may change with the next step: to keep one is to copy it."""

    @abstractmethod
    def write(self, values: Mapping[str, Value]) -> None:
        """Puts values in the place of the parameters and states of these paths; what is given is not kept."""


@dataclass(frozen=True)
class BackendRequest:
    """What a backend is made of: a training, the parameters that it begins with, the sizes that are known beforehand.

    `planner` is that of the training's graph: it fills in inputs, and tells the sizes of all dims. `exact` asks for the
    bits of the plain executor. `options` say how a generated step plans its memory.
    """

    training: TrainingGraph
    optimizer: Invocation
    parameters: Mapping[str, Array]
    precision: Precision
    dims: Mapping[str, int]
    planner: Planner
    exact: bool
    options: Options

    @property
    def gathering_planner(self) -> Planner:
        """The planner of a step that only adds its gradients to the sums."""
        training = self.training.gathering
        return Planner(training.graph, training.targets, self.precision, self.dims)


MakeBackend: TypeAlias = Callable[[BackendRequest], Backend]
"""Usually the backend's class."""
