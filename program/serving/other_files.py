"""Pictures and texts as the inputs that outputs need, through the arithmetic of the spec's columns."""

from ...compiler.graph.spec import Read
from ...runtime.data.binding import bind_table
from ...runtime.data.columns import evaluate
from ...runtime.data.new_rows import read_from
from .csv_rows import Given, Predicts, section_read, wanted_inputs

READERS = (frozenset({"images", "folders"}), frozenset({"text"}))
"""What one path can stand for, in place of all that these read."""


def other_rows(program: Predicts, path: str) -> Given | None:
    """The inputs that outputs need, in pictures or a text, where the spec reads them from such; None where not.

    `path` is relative to the working folder; of pictures it may be a pattern. Raises SpecError.
    """
    spec = program.spec
    section = section_read(spec)
    if section is None:
        return None
    for readers in READERS:
        names = []
        for name in wanted_inputs(spec):
            read = (
                [each for each in section.steps_of(name) if isinstance(each, Read)] if name in section.columns else []
            )
            if read and all(each.reader.name in readers for each in read):
                names.append(name)
        if names:
            table = evaluate(read_from(section, names, readers, path), ".", program.coding, program.kept_fits)
            dataset, warnings = bind_table(table, spec.graph, program.precision or "float32", spec.known_dims)
            return Given(dataset.inputs, warnings)
    return None
