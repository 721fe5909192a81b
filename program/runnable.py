"""A checked spec with its parameters, which runs forward and in reverse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..compiler.derive.gradients import default_of
from ..compiler.graph.bind_dims import bind_dims
from ..compiler.graph.form import form_of, without_idle
from ..compiler.graph.spec import Compiled, Precision, Spec
from ..grammar.diagnostic import Diagnostic, shown
from ..runtime.arrays import Array
from ..runtime.data.datasets import DataSets
from ..runtime.evaluate.door import by_name
from ..runtime.evaluate.evaluate import Values
from ..runtime.evaluate.gradients import Gradients
from ..runtime.evaluate.model import Model
from ..runtime.runs.beginning import Beginning
from ..runtime.warn import warn
from .again import copied
from .pictures import table

if TYPE_CHECKING:
    import networkx

    from ..runtime.data.fitted.fits import Fits
    from ..runtime.data.fitted.held import Held
    from ..runtime.runs.model_file import SpecRecord
    from ..runtime.runs.trainings import Trainings


class Runnable:
    """A checked spec with its parameters, which runs forward and in reverse.

    Shapes, dims and names are those of the spec; every method raises SpecError where values do not fit them.
    """

    def __init__(
        self,
        made: Compiled,
        *,
        precision: Precision | None = None,
        folder: Path | None = None,
        settings: Mapping[str, str] | None = None,
        training: bool = False,
        beginning: Beginning | None = None,
    ) -> None:
        self.written = written = made.spec
        """The spec as it was compiled."""
        self.spec = spec = form_of(written, training=training)
        """The same in the form that is looked at, that of training or the one outside of it."""
        self._training = training
        self._made = made
        self._diagnostics = made.diagnostics
        self.precision = precision
        self.folder = folder or Path()
        self.settings = dict(settings or {})
        self._data = DataSets(spec, self.folder)
        if beginning is not None:
            self._trainings.begin(beginning)
        self.notify: Callable[[Diagnostic], object] = warn
        """What is called with a finding about computed values; for those who show `diagnostics`, something quiet."""

    @cached_property
    def _model(self) -> Model:
        """Its parameters, and what computes with them."""
        used = form_of(self.written, training=False) if self._training else self.spec
        return Model(self.spec, used, self._data)

    # --- what it is ---------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        graph = self.spec.graph
        return f"<Program {shown(self.spec.source.name)}: {len(graph.nodes)} nodes, {len(graph.params)} parameters>"

    def __reduce__(self) -> tuple[Callable[..., Runnable], tuple[object, ...]]:
        """Copied and sent to other processes as plain data, of which the program is compiled again."""
        return copied, (type(self), self._record().as_json(), self.precision, self._trainings.beginning, self._training)

    @cached_property
    def shown(self) -> Spec:
        """The spec as it is drawn and told: without what only the other form needs."""
        return without_idle(self.spec)

    @property
    def graph(self) -> networkx.MultiDiGraph[int]:
        """The graph as a networkx MultiDiGraph: vertices are indices with data, edges are operand slots."""
        return self.spec.graph.networkx()

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs, as the text has them."""
        return list(self.spec.graph.output_names)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings and hints: of the text, and of the data that were read."""
        return (*self._diagnostics, *self._data.warnings)

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """Names of the class numbers, by input: those that the model was trained with."""
        return dict(self._data.classes)

    @classes.setter
    def classes(self, classes: Mapping[str, Sequence[str]]) -> None:
        self._data.classes = {name: tuple(names) for name, names in classes.items()}

    @property
    def coding(self) -> Mapping[str, tuple[str, ...]]:
        """What texts become numbers by: `classes`, and none for inputs that were read as numbers."""
        return self._data.coding

    @property
    def fitted(self) -> Held:
        """What the fitted columns of the data hold, step by step: what the model was trained with.

        Empty until the rows to train on have been read.
        """
        return dict(self._data.fitted)

    @property
    def kept_fits(self) -> Fits:
        """Where the numbers of fitted columns come from for rows that the model is to be used on."""
        return self._data.kept_fits

    @property
    def dims(self) -> dict[str, int]:
        """Sizes of dims: those of the spec, those that data had that were read, and of a model those of its params."""
        shapes = {path: value.shape for path, value in (self._model.parameters or {}).items()}
        return bind_dims(self.spec.graph, shapes, self._data.known_dims)

    @property
    def params(self) -> dict[str, Array]:
        """Parameters by path: as they were trained or loaded, else as they start. Raises SpecError for open dims.

        These are copies: to change a parameter, assign all of them, `program.params = {**program.params, "W": array}`.
        """
        held = self._model.known({}, self.precision)
        return {path: held[path].copy() for path in self.spec.graph.params}

    @params.setter
    def params(self, parameters: Mapping[str, object]) -> None:
        self.restore(parameters)

    @property
    def held(self) -> dict[str, Array]:
        """All that a model keeps: copies of parameters and states by path. Raises SpecError for open dims."""
        return {path: value.copy() for path, value in self._model.known({}, self.precision).items()}

    @property
    def states(self) -> dict[str, Array]:
        """States of the spec by path: as a training left them, else as they start. Raises SpecError for open dims.

        These are copies: to change one, assign it, `program.states = {"seen": array}`; the others stay.
        """
        held = self._model.known({}, self.precision)
        return {path: held[path].copy() for path in self.spec.graph.states}

    @states.setter
    def states(self, states: Mapping[str, object]) -> None:
        self.restore({**self.params, **states}, self._trainings.steps)

    def restore(self, parameters: Mapping[str, object], step: int = 0) -> None:
        """Takes over copies of parameters, all of them, as they were after a step of training. Raises SpecError.

        States that are not among them stay as they are. They stay float32 where all of them are, else they become
        float64.
        """
        self._trainings.restore(parameters, step)

    @cached_property
    def _trainings(self) -> Trainings:
        from ..runtime.runs.trainings import Trainings  # what trains is for those who train

        return Trainings(self.written, self._data, self._model, self.settings)

    def _record(self) -> SpecRecord:
        """What a model remembers of this spec."""
        from ..runtime.runs.model_file import record_of  # files of models: most programs are not saved

        return record_of(
            self._made, self.folder, self.settings, self.classes, self.fitted, scripted=self._data.scripted
        )

    def rows(self, start: int = 0, stop: int | None = None, section: str | None = None) -> dict[str, Array]:
        """Rows of a data section, by input: those that `train` names unless told otherwise. Raises SpecError."""
        return self._data.rows(self.precision or "float64", start, stop, section)

    def forget_rows(self) -> None:
        """Drops the rows of data that were read, which are read again where something asks for them, and those of a
        script, which are not."""
        self._data.forget()

    # --- forward and reverse ------------------------------------------------------------------------------------

    def run(self, feeds: Mapping[str, object] | None = None, /, **inputs: object) -> Values:
        """Every value that the inputs determine, by path.

        Inputs are arrays or numbers, by keyword or in a mapping; defaults fill in, and params may be given too, in
        place of the program's own. An output that is not finite is told as a diagnostic, and a warning. Raises
        SpecError where an output lacks an input, and where a value does not fit.
        """
        inputs = by_name(feeds, inputs, self.spec.graph.inputs)
        values = self._model.run(inputs, self.precision, self._tell)
        values.show = table
        return values

    def _note(self, found: Diagnostic) -> None:
        self._diagnostics += (found,)

    def _tell(self, found: Diagnostic) -> None:
        """Tells of a finding about values, and notes it: each thing once, whatever its numbers have become."""
        if not any((known.code, known.where) == (found.code, found.where) for known in self._diagnostics):
            self._note(found)
        self.notify(found)

    @property
    def default_of(self) -> str:
        """What `grad` differentiates unless told: what `train` minimises, else the only scalar or the only output."""
        return default_of(self.spec)

    def node(self, path: str) -> int:
        """The index of a node. Raises SpecError for a path that leads nowhere."""
        return self._model.differentiator.node(path)

    def grad(
        self,
        of: str | None = None,
        feeds: Mapping[str, object] | None = None,
        *,
        upstream: object = None,
        **inputs: object,
    ) -> Gradients:
        """Gradients of a node with respect to every real input and param and every named node that it depends on.

        `of` is a path (see `default_of`) or an element of one (`y[0]`); a non-scalar node takes `upstream`, the
        gradient that arrives, of its shape. Raises SpecError.
        """
        inputs = by_name(feeds, inputs, self.spec.graph.inputs)
        path = self.default_of if of is None else of
        gradients = self._model.grad(path, inputs, upstream, self.precision, self._tell)
        gradients.show = table
        return gradients

    def function(
        self, of: str, grad: Sequence[str] = ()
    ) -> Callable[..., tuple[Array | float, dict[str, Array | float]]]:
        """A plain callable of the inputs, by keyword: f(x=...) -> (value, {path: gradient}).

        Params may be given by keyword too, in place of the program's own. Values that are not finite come back like
        any others, without a warning.
        """
        from ..runtime.steps.scalar_function import plain_function  # most programs are run, not called

        return plain_function(self._model, of, grad, self.precision or "float64")
