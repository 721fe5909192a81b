"""Where `chainrule.Callback` was found in 0.1.0; scripts that import it from here go on working."""

from .training.train import Callback, OnReport

__all__ = ["Callback", "OnReport"]
