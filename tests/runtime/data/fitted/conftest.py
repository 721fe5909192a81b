"""Columns for the tests of fitted ones."""

from collections.abc import Callable

import numpy as np
import pytest

from chainrule.compiler.graph.spec import Spec
from chainrule.runtime.data.columns import Table, evaluate
from chainrule.runtime.data.fitted.fits import Fits

HEAD = "dim N\ninput x: [N]\ny = 2 * x\n"


@pytest.fixture(scope="session")
def evaluated(compiled: Callable[[str], Spec], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Table]:
    """The function from a column, the array that it reads as A, and fits to its table."""
    folder = tmp_path_factory.mktemp("fitted")

    def table(column: str, array: object = None, fits: Fits | None = None) -> Table:
        np.save(folder / "a.npy", np.asarray([0] if array is None else array))
        column = column.replace("A", 'npy("a.npy")')
        return evaluate(compiled(f"{HEAD}data rows {{ x = {column} }}").data["rows"], str(folder), fits=fits)

    return table
