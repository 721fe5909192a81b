"""A check of gradients as text and as JSON."""

from ...runtime.checks.gradcheck import GradientCheck, TensorCheck
from .json_values import Json, json_value
from .terminal import number_text, table

HEADER = ("of", "to", "elements", "checked", "left out", "worst", "reverse pass", "differences", "off by")


def gradcheck_text(checks: list[GradientCheck]) -> str:
    """A row a tensor with its worst element, and the time of both ways."""
    rows = [_row(check, tensor) for check in checks for tensor in check.tensors]
    lines = [table(HEADER, rows, left=2), ""]
    for check in checks:
        numerical = f"{check.numerical_seconds:.3g} s for {check.evaluations:,} forward passes"
        lines.append(f"{check.of}: differences took {numerical}, the reverse pass {check.backward_seconds:.3g} s")
    return "\n".join(lines)


def _row(check: GradientCheck, tensor: TensorCheck) -> tuple[str, ...]:
    left_out = len(tensor.kinks) + len(tensor.untold)
    start = (check.of, tensor.path, f"{tensor.size:,}", f"{tensor.checked:,}", str(left_out or ""))
    worst = tensor.worst
    if worst is None:
        return (*start, "", "", "", "")
    distance = abs(worst.analytic - worst.numerical)
    return (*start, index_text(worst.index), f"{worst.analytic:.9g}", f"{worst.numerical:.9g}", f"{distance:.2g}")


def index_text(index: tuple[int, ...]) -> str:
    """`[3, 0]`; nothing for a scalar."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def gradcheck_document(check: GradientCheck) -> dict[str, Json]:
    """The check as JSON."""
    return {
        "of": check.of,
        "holds": check.holds,
        "evaluations": check.evaluations,
        "numerical_seconds": check.numerical_seconds,
        "backward_seconds": check.backward_seconds,
        "tensors": [_tensor_document(tensor) for tensor in check.tensors],
    }


def _tensor_document(tensor: TensorCheck) -> Json:
    worst = tensor.worst
    return {
        "path": tensor.path,
        "elements": tensor.size,
        "checked": tensor.checked,
        "kinks": [list(index) for index in tensor.kinks],
        "untold": [list(index) for index in tensor.untold],
        "holds": tensor.holds,
        "worst": None
        if worst is None
        else {
            "index": list(worst.index),
            "reverse": json_value(worst.analytic),
            "differences": json_value(worst.numerical),
            "allowed": json_value(worst.allowed),
        },
    }


def element_text(value: float) -> str:
    """A gradient in a message."""
    return number_text(value)
