"""What one has of a spec: a program to run, differentiate and train.

Scripts of 0.1.0 find `compile`, `load` and `Program` here; they are loaded when they are first asked for.
"""

TYPE_CHECKING = False  # as in the front door: importing it would be most of the time of this file
if TYPE_CHECKING:
    from .front_door import compile as compile
    from .front_door import load as load
    from .program import Program as Program
else:
    _HOMES = {"compile": ".front_door", "load": ".front_door", "Program": ".program"}

    def __getattr__(name: str) -> object:
        from importlib import import_module  # here, because the rooms below it must cost nothing

        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name], __name__), name)
        return value
