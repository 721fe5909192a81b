"""The package onnx, which comes with an extra."""

from typing import Any

from ...grammar.spec_error import SpecError
from .faults import NO_ONNX


def onnx_package() -> Any:
    """The package itself. Raises SpecError where it is not installed."""
    try:
        import onnx
    except ImportError:
        raise SpecError([NO_ONNX.at(None, hint=NO_ONNX.fix)]) from None
    return onnx
