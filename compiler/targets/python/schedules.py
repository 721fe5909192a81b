"""What the learning rate is multiplied by at each step, as a line of Python over `step` and `steps`."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ...graph.signatures import Invocation


def schedule_text(call: Invocation, epoch: int) -> str:
    """The factor of a step, counted from 0, where an epoch has so many steps; empty where it is 1 throughout."""
    own = SCHEDULES[call.name](call, epoch)
    warmup = call.integer("warmup") if "warmup" in call.arguments else 0
    if not warmup:
        return own
    rise = f"min(1.0, (step + 1) / {warmup})"
    return f"{own} * {rise}" if own else rise


def _step(call: Invocation, epoch: int) -> str:
    return f"{call.number('factor')!r} ** (step // {call.integer('every')})"


def _exponential(call: Invocation, epoch: int) -> str:
    return f"{call.number('factor')!r} ** (step // {epoch})"


def _half_cosine(start: str, stop: str, progress: str) -> str:
    return f"{stop} + ({start} - {stop}) * (1 + math.cos(math.pi * {progress})) / 2"


def _cosine(call: Invocation, epoch: int) -> str:
    final, warmup = call.number("final"), call.integer("warmup")
    done, all_steps = (f"max(0, step - {warmup})", f"max(1, steps - {warmup})") if warmup else ("step", "steps")
    text = _half_cosine("1.0", repr(final), f"min(1.0, {done} / {all_steps})")
    return f"({text})"


def _piecewise(call: Invocation, epoch: int) -> str:
    factors = (1.0, *call.numbers("factors"))
    begins = [int(at * epoch) if float(at * epoch).is_integer() else at * epoch for at in call.numbers("at")]
    return f"{factors!r}[sum(step >= begin for begin in {begins!r})]"


def _one_cycle(call: Invocation, epoch: int) -> str:
    peak, final, rise = call.number("peak"), call.number("final"), call.number("rise")
    top = f"max(0.0, {rise!r} * steps - 1)"
    up = _half_cosine("1.0", repr(peak), f"(step / ({top}))")
    down = _half_cosine(repr(peak), repr(final), f"min(1.0, (step - {top}) / max(1e-300, max(1, steps - 1) - {top}))")
    return f"({up} if step <= {top} and {top} > 0 else {down})"


SCHEDULES: Mapping[str, Callable[[Invocation, int], str]] = MappingProxyType(
    {
        "constant": lambda call, epoch: "",
        "step": _step,
        "exponential": _exponential,
        "cosine": _cosine,
        "piecewise": _piecewise,
        "one_cycle": _one_cycle,
    }
)
"""By name, as runtime/steps/schedules.py computes them."""
