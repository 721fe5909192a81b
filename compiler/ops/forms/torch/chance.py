"""Forms in PyTorch of what is drawn at random, and of what hangs on whether a module is trained."""

from ..numpy_form import NumpyForm

_UNIFORM = '''
def uniform(name: str, shape: tuple[int, ...]) -> Array:
    """Random numbers in [0, 1) for the node of that name; put a function of your own in its place to feed others."""
    return torch.rand(shape, dtype=REAL)
'''
_NORMAL = '''
def normal(name: str, shape: tuple[int, ...]) -> Array:
    """Normally distributed numbers for the node of that name; put a function of your own there to feed others."""
    return torch.randn(shape, dtype=REAL)
'''

UNIFORM = NumpyForm("uniform({key}, {shape})", (_UNIFORM,))
NORMAL = NumpyForm("normal({key}, {shape})", (_NORMAL,))
IN_TRAINING = NumpyForm("{0} if self.training else {1}", arrays=True)
