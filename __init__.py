"""chainrule: a compiler for declarative computation graphs.

The public names are loaded when they are first asked for, so that importing the package costs next to nothing.
"""

__all__ = ["Callback", "Program", "SpecError", "__version__", "compile", "load"]  # estimators need an extra

TYPE_CHECKING = False  # type checkers know the name; importing it would be most of the time of this file
if TYPE_CHECKING:
    from .grammar.spec_error import SpecError
    from .program.estimators.classifier import GraphClassifier as GraphClassifier
    from .program.estimators.regressor import GraphRegressor as GraphRegressor
    from .program.front_door import compile, load
    from .program.imports import import_onnx as import_onnx
    from .program.program import Program
    from .runtime.training.train import Callback

    __version__: str
else:
    _HOMES = {
        "GraphClassifier": ".program.estimators.classifier",  # asked for with scikit-learn, the `sklearn` extra
        "GraphRegressor": ".program.estimators.regressor",
        "Callback": ".runtime.training.train",
        "Program": ".program.program",
        "SpecError": ".grammar.spec_error",
        "compile": ".program.front_door",
        "load": ".program.front_door",
        "import_onnx": ".program.imports",  # asked for with the `onnx` extra
        "load_ipython_extension": ".program.front_door",  # asked for by `%load_ext chainrule`
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module  # here, because importing the package must cost nothing

        if name == "__version__":
            from importlib.metadata import version  # slow, and seldom asked for

            return version("chainrule")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name], __name__), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, "GraphClassifier", "GraphRegressor", "import_onnx"})
