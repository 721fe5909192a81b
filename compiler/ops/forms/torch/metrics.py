"""Forms in PyTorch of metrics, which have no gradient: those of numpy in PyTorch's words."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from ..numpy_form import NumpyForm, changed

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "np.float64": "REAL",
        "np.int64": "INT",
        ".astype(": ".to(",
        "axis=": "dim=",
        "keepdims=": "keepdim=",
        "np.max(": "torch.amax(",
        "np.min(": "torch.amin(",
        "np.expand_dims(": "torch.unsqueeze(",
        "np.take_along_axis(": "torch.take_along_dim(",
        "np.concatenate(": "torch.cat(",
        "np.": "torch.",
    }
)
"""What is called otherwise."""

_MEAN_OF = '''
def mean_of(values: Array) -> Array:
    """The mean of numbers, or of how often something holds."""
    return torch.mean(values.to(REAL))
'''
_CLASS_COUNTS = '''
def class_counts(given: Array, actual: Array, classes: int, weight: Array | float = 1.0) -> Array:
    """Rows by the class that they have and the one that they are given; with a weight, what they weigh together."""
    each = torch.arange(classes)
    counted = torch.as_tensor(weight, dtype=REAL).reshape(-1, 1)
    is_given = (torch.reshape(given, (-1, 1)) == each).to(REAL) * counted
    return torch.matmul((torch.reshape(actual, (-1, 1)) == each).to(REAL).T, is_given)
'''
_RANKED = '''
def ranked(y: Array, t: Array, weight: Array) -> Array:
    """The share of pairs, one row of each class, in which that of class 1 has the larger score; ties count half."""
    scores, ones, weights = torch.reshape(y, (-1,)), torch.reshape(t > 0.5, (-1,)), torch.reshape(weight, (-1,))
    of_ones, of_zeros = torch.where(ones, weights, 0.0), torch.where(ones, 0.0, weights)
    order = torch.argsort(scores)
    below = functional.pad(torch.cumsum(of_zeros[order], 0), [1, 0])
    first = torch.searchsorted(scores[order], scores, side="left")
    last = torch.searchsorted(scores[order], scores, side="right")
    pairs = torch.sum(of_ones) * torch.sum(of_zeros)
    wins = torch.sum(of_ones * (below[first] + below[last])) / 2
    found = torch.where(pairs == 0, 0.5, wins / torch.where(pairs == 0, 1.0, pairs))
    return torch.where(torch.any(torch.isnan(scores)), torch.nan, found)
'''
REPLACED = MappingProxyType({"class_counts": _CLASS_COUNTS, "ranked": _RANKED})
"""What stands in place of a function of numpy's for which words are not enough."""


def in_torch(form: NumpyForm) -> NumpyForm:
    """The form of numpy in PyTorch."""
    made = changed(form, lambda text: _words(text.replace("np.mean(", "mean_of(") if text[:1] != "\n" else text))
    functions = [REPLACED.get(re.findall(r"def (\w+)", each)[0], each) for each in made.functions]
    return made._replace(functions=(_MEAN_OF, *functions), arrays=True)


def _words(text: str) -> str:
    for own, other in WORDS.items():
        text = text.replace(own, other)
    return text


AUC = NumpyForm("ranked({0}, {1}, torch.ones_like({0}))", (_RANKED,))
