"""Forms in PyTorch of losses over classes and of metrics: the texts of numpy's over functions of PyTorch's."""

from ....shape import Type
from ...attribute import Attributes
from ...facts import Types
from .. import classes
from ..numpy_form import NumpyForm, changed

_OF_CLASS = '''
def of_class(t: Array, classes: int) -> Array:
    """1 at the class number of each row; an error where one is of no class."""
    return functional.one_hot(t, classes)
'''
_SOFTMAX_LOSSES = '''
def softmax_losses(scores: Array, t: Array) -> Array:
    """The cross-entropy of each row of scores with its class number t."""
    return -torch.gather(torch.log_softmax(scores, -1), -1, torch.unsqueeze(t, -1)).squeeze(-1)
'''
_WEIGHED_SOFTMAX_LOSSES = '''
def weighed_softmax_losses(scores: Array, weights: Array) -> Array:
    """The cross-entropy of each score with a weight for each class."""
    losses = -torch.log_softmax(scores, -1)
    return torch.where((weights == 0) & torch.isinf(losses), 0.0, weights * losses)
'''
_CLASS_ENTROPIES = '''
def class_entropies(p: Array, t: Array, eps: float) -> Array:
    """What each class costs: -log(p + eps) of the row's class number t, and 0."""
    own = of_class(t, p.shape[-1]) == 1
    return torch.where(own, -torch.log(torch.where(own, p, 1.0) + eps), 0.0)
'''
_CROSS_ENTROPIES = '''
def cross_entropies(p: Array, weights: Array, eps: float) -> Array:
    """What each class costs: -weight * log(p + eps), and 0 where the weight is 0."""
    beside = (weights == 0) & (p + eps == 0)
    return weights * -torch.log(torch.where(beside, 1.0, p + eps))
'''
_SIGMOID_LOSSES = '''
def sigmoid_losses(scores: Array, t: Array) -> Array:
    """The binary cross-entropy of each score."""
    return functional.binary_cross_entropy_with_logits(scores, t, reduction="none")
'''


def _in_torch(text: str) -> str:
    """A text of numpy's in words that both have."""
    for own, other in (("np.float64", "REAL"), (".astype(", ".to("), ("axis=", "dim="), ("np.", "torch.")):
        text = text.replace(own, other)
    return text


def _over(form: NumpyForm, *functions: str) -> NumpyForm:
    return changed(form, _in_torch)._replace(functions=functions, arrays=True)


def _sigmoid(types: Types, result: Type, attributes: Attributes) -> str:
    return "sigmoid_losses({0}, {1}.to(REAL))" if types[1].kind == "int" else "sigmoid_losses({0}, {1})"


MSE = NumpyForm("torch.mean(({0} - {1}) ** 2)")
QUADRATIC_LOSS = NumpyForm("torch.sum(({0} - {1}) ** 2) / (2 * {rows})")
SOFTMAX_LOSS = _over(classes.SOFTMAX_LOSS_FORM, _OF_CLASS, _SOFTMAX_LOSSES, _WEIGHED_SOFTMAX_LOSSES)
SOFTMAX_LOSSES = _over(classes.SOFTMAX_LOSSES_FORM, _OF_CLASS, _SOFTMAX_LOSSES, _WEIGHED_SOFTMAX_LOSSES)
CROSS_ENTROPY = _over(classes.CROSS_ENTROPY_FORM, _OF_CLASS, _CLASS_ENTROPIES, _CROSS_ENTROPIES)
CROSS_ENTROPIES = _over(classes.CROSS_ENTROPIES_FORM, _OF_CLASS, _CLASS_ENTROPIES, _CROSS_ENTROPIES)
CLASS_WEIGHTS = _over(classes.CLASS_WEIGHTS_FORM, _OF_CLASS)
SIGMOID_LOSSES = NumpyForm(_sigmoid, (_SIGMOID_LOSSES,), arrays=True)
