"""How a file for JAX computes with arrays."""

from functools import cache

from ...ops.forms.jnp_form import mirrored
from ...ops.forms.numpy_form import NumpyForm
from ...ops.operation import Operation
from ..python.dialect import Dialect
from ..python.names import quoted


@cache
def jnp_form(operation: Operation) -> NumpyForm | None:
    """How an operation is written over `jax.numpy`."""
    return operation.jnp or (mirrored(operation.numpy) if operation.numpy is not None else None)


JNP = Dialect(
    form=jnp_form,
    module="jnp",
    real="REAL",
    whole="INT",
    array="jnp.array({0}, {1})",
    scalar="jnp.array({0}, {1})",
    given="jnp.asarray({0}, {1})",
    given_one="jnp.asarray({0}, {1})",
    argument="key: Array",
    key=lambda seed, path: quoted(path),
    first=True,
    reserved=("jax", "jnp", "REAL", "INT", "key", "stepped", "zlib", "itertools"),
)
