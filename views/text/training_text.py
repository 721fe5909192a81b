"""What a training came to, for a terminal: curves of its metrics, its best values, and where it began to overfit."""

from ...compiler.graph.spec import SIDES
from ...grammar.diagnostic import shown
from ...runtime.training.find_rate import Sweep
from ...runtime.training.history import History
from .terminal import padded, width
from .terminal_curve import plot, sparkline


def training_text(history: History) -> str:
    """A line for each metric, and what train rows and others say of one another; empty where there are no reports."""
    names = [name for name in history.columns if name.partition(".")[0] in SIDES]
    if len(history) < 2:
        return ""
    column = max((width(shown(name)) for name in names), default=0)
    lines = []
    for name in names:
        row = history.best_row(name)
        best = f"best {row[name]:.4g} at step {row['step']} (epoch {row['epoch']})" if row else ""
        values, kept = history[name].tolist(), history.kept.get(name)
        earlier = f", kept {kept:.4g}" if history.kept_step != history.steps and kept is not None else ""
        lines.append(f"{padded(shown(name), column)}  {sparkline(values)}  last {values[-1]:.4g}, {best}{earlier}")
    return "\n".join([*lines, *_gap(history)])


def _gap(history: History) -> list[str]:
    """What the rows to validate on, else the test rows, lost after their best report."""
    found = []
    for name in history.columns:
        side, _, metric = name.partition(".")
        if side == "train" and (turn := history.turn(metric)) is not None:
            metric = shown(metric)
            found.append(
                f"overfitting since step {turn.step} (epoch {turn.epoch}): {turn.side}.{metric} went from "
                f"{turn.best:.4g} to {turn.last:.4g}; the gap to train.{metric} is {turn.gap:.4g}"
            )
    return found


def sweep_text(sweep: Sweep) -> str:
    """The curve of a sweep over learning rates, and the rate to take."""
    marks = [number for number, rate in enumerate(sweep.rates) if sweep.suggestion and rate >= sweep.suggestion]
    curve = plot(
        [min(loss, 2 * max(sweep.smoothed[0], 1e-300)) for loss in sweep.smoothed],
        left=f"{sweep.rates[0]:.0e}",
        right=f"{sweep.rates[-1]:.0e}",
        mark=marks[0] if marks else -1,
    )
    if sweep.suggestion is None:
        return f"{curve}\nthe loss did not fall at any rate"
    return f"{curve}\ntry lr = {sweep.suggestion:g}: there the loss falls fastest"
