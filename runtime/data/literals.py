"""What can be known of data without reading a file: literal columns and literal defaults, for `check`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...compiler.graph.bind_dims import bind_dims
from ...compiler.graph.spec import DataSection, Read, Spec
from ...grammar.diagnostic import Diagnostic
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from .defaults import check_defaults
from .faults import UNUSED_COLUMN
from .labels import check_labels


def check_literals(spec: Spec) -> tuple[Diagnostic, ...]:
    """Faults of literal columns and defaults (kind, shape, label range), and columns that no input takes."""
    known = spec.known_dims
    found = dict.fromkeys(check_defaults(spec))
    for section in spec.data.values():
        found |= dict.fromkeys(_section(spec, section, known))
    return tuple(found)


def _section(spec: Spec, section: DataSection, known: Mapping[str, int]) -> Iterator[Diagnostic]:
    others_use, inputs = section.used, spec.graph.inputs
    literal = [
        name
        for name in section.columns
        if (name in inputs or name not in others_use)
        and not any(isinstance(step, Read) for step in section.steps_of(name))
    ]
    for name, column in section.columns.items():
        if name not in literal and name not in inputs and name not in others_use and not column.size:
            hint = suggestion(name, inputs, what="the inputs")
            yield UNUSED_COLUMN.at(column.span, name=name, hint=hint)
    if not literal:
        return
    from .binding import bind_table  # most columns are read from files
    from .columns import evaluate
    from .minibatches import batch_warning

    train = spec.train
    used = train is not None and section.name in (train.data, train.test)
    precision = train.precision if train is not None and used else "float64"
    batch = train.batch if train is not None and used else None
    try:
        table = replace(evaluate(section.among(literal), ""), used=others_use)
        dataset, warnings = bind_table(table, spec.full, precision, known := {**table.sizes, **known}, batch=batch)
        yield from warnings
        dims = bind_dims(spec.full, {path: array.shape for path, array in dataset.inputs.items()}, known)
        yield from check_labels(spec.full, dataset.inputs, dims, dataset.origins)
        if train is not None and section.name == train.data:
            warning = batch_warning(train.batch, dataset.rows, train.spans.get("batch"))
            yield from (warning,) if warning else ()
    except SpecError as error:
        yield from error.diagnostics
