"""What a script gives for a setting, as the language writes it."""

import os

import numpy as np

from ...grammar.spec_error import SpecError
from .elements import first_wrong
from .faults import NOT_FINITE
from .foreign import plain


def setting_text(name: str, value: object) -> str:
    """A text as it is, a number or an array as a literal. Raises SpecError for what the language cannot write."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case os.PathLike():
            return str(os.fspath(value))
        case list() | tuple() if any(isinstance(each, str) for each in value):
            listed = (f'"{each}"' if isinstance(each, str) else setting_text(name, each) for each in value)
            return f"[{', '.join(listed)}]"
    array = plain(name, value)
    index = first_wrong(array, lambda chunk: ~np.isfinite(chunk))
    if index is not None:
        raise SpecError([NOT_FINITE.at(None, row=index + 1, name=name, value=np.ravel(array)[index])])
    return str((array.astype(np.int64) if array.dtype == bool else array).tolist())
