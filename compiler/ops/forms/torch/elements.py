"""Forms in PyTorch of operations that go element by element. What differs at ties is written out."""

from ..numpy_form import NumpyForm

_LARGER = '''
def larger(a: Array, b: Array) -> Array:
    """The larger one; of equal ones b, which has the gradient then."""
    return torch.where((a > b) | torch.isnan(a), a, b)
'''
_SMALLER = '''
def smaller(a: Array, b: Array) -> Array:
    """The smaller one; of equal ones b, which has the gradient then."""
    return torch.where((a < b) | torch.isnan(a), a, b)
'''
_FLOOR = '''
def floor(x: Array) -> Array:
    """Rounded down to an int: the largest for what is too large, the smallest for NaN and for what is too small."""
    below = torch.floor(x)
    inside = (below >= -(2.0**63)) & (below < 2.0**63)
    whole = torch.where(inside, below, 0.0).to(INT)
    return torch.where(inside, whole, torch.where(below > 0, torch.iinfo(INT).max, torch.iinfo(INT).min))
'''
_SHARE = '''
def share(a: Array, b: Array) -> Array:
    """a / b, and 0 where a is 0."""
    return torch.where(a == 0, 0.0, a / torch.where(a == 0, 1.0, b))
'''

ADD = NumpyForm("{0} + {1}")
SUB = NumpyForm("{0} - {1}")
MUL = NumpyForm("{0} * {1}")
DIV = NumpyForm("{0} / {1}")
NEG = NumpyForm("-{0}")
RATIO = NumpyForm("share({0}, {1})", (_SHARE,), arrays=True)
POW = NumpyForm("torch.pow({0}, {1})")
LESS = NumpyForm("({0} < {1}).to(INT)")
EQUAL = NumpyForm("({0} == {1}).to(INT)")
MAXIMUM = NumpyForm("larger({0}, {1})", (_LARGER,), arrays=True)
MINIMUM = NumpyForm("smaller({0}, {1})", (_SMALLER,), arrays=True)
WHERE = NumpyForm("torch.where({0} != 0, {1}, {2})", arrays=True)
FLOOR = NumpyForm("floor({0})", (_FLOOR,))
DETACH = NumpyForm("{0}.detach()")
IDENTITY = NumpyForm("{0}")
REAL = NumpyForm("{0}.to(REAL)")
RELU_GRADIENT = NumpyForm("torch.where({1} <= 0, 0.0, {0})", arrays=True)
SIGMOID_SLOPE = NumpyForm("torch.sigmoid({0}) * torch.sigmoid(-{0})")
TANH_SLOPE = NumpyForm("4.0 * torch.sigmoid(2.0 * {0}) * torch.sigmoid(-2.0 * {0})")
SOFTPLUS = NumpyForm("torch.logaddexp({0}, torch.zeros_like({0}))")


def called(function: str) -> NumpyForm:
    """A function of PyTorch's of one operand."""
    return NumpyForm(f"torch.{function}({{0}})")
