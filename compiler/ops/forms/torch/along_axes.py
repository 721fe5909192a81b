"""Forms in PyTorch of operations along axes."""

from ....shape import Type
from ...attribute import Attributes
from ...facts import Types
from ..numpy_form import NumpyForm


def reducing(function: str) -> NumpyForm:
    """A call of a function of PyTorch's with the axis and `keepdims` of a reduction."""

    def text(types: Types, result: Type, attributes: Attributes) -> str:
        axis, keepdims = attributes
        if axis is None:
            return f"torch.{function}({{0}})" + (".reshape({shape})" if result.shape else "")
        if axis == ():  # to PyTorch that is all of them
            return "{0}"
        return f"torch.{function}({{0}}, dim={{axis}}{', keepdim=True' if keepdims else ''})"

    return NumpyForm(text)


def _running(types: Types, result: Type, attributes: Attributes) -> str:
    _, back = attributes
    if back:
        return "torch.flip(torch.cumsum(torch.flip({0}, [{axis}]), {axis}), [{axis}])"
    return "torch.cumsum({0}, {axis})"


SUM, MEAN = reducing("sum"), reducing("mean")
PICK = NumpyForm("torch.take_along_dim({0}, torch.unsqueeze({1}, {axis}), {axis}).squeeze({axis})")
LOGSUMEXP = NumpyForm("torch.logsumexp({0}, {axis})")
PRODUCT = NumpyForm("torch.prod({0}, {axis})")
RUNNING_SUM = NumpyForm(_running)
SOFTMAX = NumpyForm("torch.softmax({0}, {axis})")
LOG_SOFTMAX = NumpyForm("torch.log_softmax({0}, {axis})")
