"""A spec as one file of Python that needs JAX: pure functions, with our own reverse pass and update written out."""

from typing import Literal

from ..python.file import Layout, python_file
from ..python.subject import Subject
from .dialect import JNP
from .training import PureTraining


def jax_file(subject: Subject, precision: Literal["float32", "float64"]) -> str:
    """The whole file; the same one for the same subject."""
    bits = precision.removeprefix("float")
    opening = [f"REAL, INT = jnp.float{bits}, jnp.int{bits}", "Array: TypeAlias = Any  # of JAX, or what becomes one"]
    if precision == "float64":
        opening.insert(0, 'jax.config.update("jax_enable_x64", True)  # JAX has 32 bits otherwise')
    layout = Layout(
        f"It needs JAX; numbers are {precision}, and all functions are pure.",
        "Rows go into its steps as chainrule takes them; random numbers are those of JAX.",
        (("import jax\n", "jax."), ("import jax.numpy as jnp\n", ""), ("import numpy as np\n", "np.")),
        tuple(opening),
        JNP,
        PureTraining,
    )
    return python_file(subject, layout)
