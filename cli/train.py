"""`train`: carries out the train section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..grammar.diagnostic import shown
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..compiler.graph.spec import BackendName
    from ..program.program import Program
    from ..runtime.steps.processes import Processes
    from ..runtime.training.train import Callback
    from ..views.text.json_values import Json


@click.command(
    epilog=example(
        "chainrule train specs/iris.graph --run runs/iris", "chainrule train specs/iris.graph --resume runs/iris"
    )
)
@click.argument("file")
@click.option("--run", "folder", metavar="DIR", help="Keep the run there: metrics, checkpoints, the model.")
@click.option("--resume", metavar="DIR", help="Go on with the run there, or begin it.")
@click.option(
    "--force", is_flag=True, help="Go on with a changed spec or data; write over files that others put there."
)
@click.option("--checkpoint-every", "every", metavar="STEPS|TIME", help="How often: 100, 30s, 10min; default 5s.")
@click.option("--quiet", is_flag=True, help="No reports while it trains.")
@click.option("--find-lr", "sweeps", is_flag=True, help="Do not train: try learning rates, and suggest one.")
@click.option("--plot", metavar="FILE", help="Draw curves and norms into FILE (.svg, .png, .pdf); the `plot` extra.")
@click.option("--seeds", type=click.IntRange(1), metavar="N", help="Train N times, with N seeds, and compare.")
@click.option("--folds", type=click.IntRange(2), metavar="K", help="Train K times, each K-th part once to validate on.")
@click.option("--sweep", "swept", multiple=True, metavar="NAME=[...]", help="Train once for each value of a setting; "
              "may be repeated: all values that go together.")  # fmt: skip
@click.option("--backend", type=click.Choice(["numpy", "jax"]), help="What takes the steps; jax is the `jax` extra.")
@click.option("--devices", type=click.IntRange(1), metavar="N", help="Share rows out over N devices of JAX.")
@click.option("--columns", "split", multiple=True, metavar="PARAM", help="Split the columns of a param among the "
              "devices, `wide.*` for several; may be repeated.")  # fmt: skip
@click.option("--coordinator", metavar="HOST:PORT", help="Train with other processes on JAX: where process 0 listens.")
@click.option("--processes", type=click.IntRange(2), metavar="N", help="How many there are; else as Slurm or MPI say.")
@click.option("--process", "number", type=click.IntRange(0), metavar="I", help="Which one this is, from 0.")
@click.option("--no-optimise", "plain", is_flag=True, help="Take every step node by node, as the graph stands.")
@verb
def train(
    request: Request,
    file: str,
    folder: str | None,
    resume: str | None,
    force: bool,
    every: str | None,
    quiet: bool,
    sweeps: bool,
    plot: str | None,
    seeds: int | None,
    folds: int | None,
    swept: tuple[str, ...],
    backend: BackendName | None,
    devices: int | None,
    split: tuple[str, ...],
    coordinator: str | None,
    processes: int | None,
    number: int | None,
    plain: bool,
) -> dict[str, Json]:
    """Train as the train section of a spec says.

    With --seeds, --folds and --sweep: several times, in one table. The best is named by the rows to validate on, never
    by test rows; --run DIR keeps a run folder for each in DIR.
    """
    from importlib.util import find_spec
    from pathlib import Path

    from ..runtime.runs.interval import Interval
    from ..views.plots.sheet import FORMATS
    from ..views.text.json_values import json_value
    from ..views.text.terminal import value_lines
    from ..views.text.training_text import training_text

    if folder and resume:
        raise click.UsageError("--run begins a run and --resume goes on with one: give one of the two.")
    if plot and find_spec("matplotlib") is None:
        raise click.UsageError("--plot needs matplotlib: pip install 'chainrule[plot]'.")
    if plot and Path(plot).suffix.lower() not in FORMATS:
        raise click.BadParameter(f"{plot!r} must end with one of: {', '.join(FORMATS)}.", param_hint="'--plot'")
    if every is not None and not (folder or resume):
        raise click.UsageError("--checkpoint-every is about a run that is kept: give --run DIR or --resume DIR.")
    try:
        interval = Interval.of(every or "5s")
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="'--checkpoint-every'") from None
    if backend == "jax" and plain:
        raise click.UsageError(
            "--no-optimise takes steps node by node, and --backend jax does not: give one of the two."
        )
    several = bool(seeds or folds or swept)
    if (devices or split or coordinator) and (several or sweeps or plain or backend == "numpy"):
        raise click.UsageError("--devices, --columns and --coordinator are about one training on JAX.")
    joined = _joined(coordinator, processes, number)
    quiet = quiet or (joined is not None and not joined.writes)
    if several and (sweeps or plot):
        raise click.UsageError("--seeds, --folds and --sweep compare trainings: give neither --find-lr nor --plot.")
    values = _swept(swept) if swept else {}  # to read a list takes the parser, which specs that are kept do without
    program = request.load(file)
    if sweeps:
        return _sweep(request, program, backend)
    way: dict[str, Any] = {
        "run": folder,
        "resume": resume,
        "force": force,
        "precision": request.precision,
        "optimise": not plain,
        "backend": backend,
        "checkpoint_every": interval,
    }
    if devices or split or joined is not None:
        way |= {"backend": "jax", "devices": devices, "columns": split, "processes": joined}
    if several:
        return _select(request, program, quiet=quiet, seeds=seeds, folds=folds, sweep=values, **way)
    watching = [] if quiet or request.as_json else [_reports(request)]
    history = program.train(callbacks=watching, **way)
    where = folder or resume
    if joined is not None and not joined.writes:
        return {"process": joined.number, "steps": history.steps}
    if quiet:
        request.say(value_lines(history.kept))
    elif text := training_text(history):
        request.say(text)
    if plot:
        history.plot(plot)
    kept = f"the run is in {shown(where)}" if where else "`--run DIR` keeps the model"
    best = f", the weights are those of step {history.kept_step}" if history.kept_step != history.steps else ""
    request.say(f"{history.steps} steps{best}; {kept}")
    return {
        "run": where,
        "steps": history.steps,
        "metrics": {name: json_value(value) for name, value in history.kept.items()},
        "kept_step": history.kept_step,
        "best": {name: json_value(value) for name, value in history.best.items()},
        "history": _history_file(where),
    }


def _joined(coordinator: str | None, count: int | None, number: int | None) -> Processes | None:
    """Which process this is, of how many; None where it is alone."""
    from ..runtime.steps.processes import processes_of

    if coordinator is None:
        if count is not None or number is not None:
            raise click.UsageError("--processes and --process go with --coordinator HOST:PORT.")
        return None
    try:
        return processes_of(coordinator, count, number)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None


def _history_file(folder: str | None) -> str | None:
    """Where a run keeps its reports."""
    from pathlib import Path

    if folder is None:
        return None
    from ..runtime.runs.run_folder import METRICS

    return str(Path(folder) / METRICS)


def _reports(request: Request) -> Callback:
    """A line a report, and on a terminal a live line below."""
    import sys

    if sys.stderr.isatty():
        from ..views.text.live_progress import LiveReports

        return LiveReports(request.say, request.note)
    from ..views.text.progress import Reports

    return Reports(request.say, request.note)


def _swept(given: tuple[str, ...]) -> dict[str, list[str]]:
    """The values of each `--sweep`, as texts."""
    from ..program.choices import listed

    values = {}
    for each in given:
        name, sign, text = each.partition("=")
        if not sign or not name.strip():
            raise click.BadParameter(f"{each!r} is not NAME=[VALUE, ...].", param_hint="'--sweep'")
        values[name.strip()] = listed(name.strip(), text.strip())
    return values


def _select(request: Request, program: Program, *, quiet: bool, **given: Any) -> dict[str, Json]:
    """The answer of `--seeds`, `--folds` and `--sweep`."""
    from ..program.selection import Run, failure
    from ..views.text.selection_text import Line, run_text

    ended, noted = 0, {(each.code, str(each.where)) for each in request.diagnostics}

    def tell(run: Run[Program], count: int) -> None:
        nonlocal ended
        ended += 1
        if not quiet:
            request.say(run_text(Line(run.settings, run.metrics, {}, 1), ended, count, run.seconds))
        said = failure(run)
        for found in (*run.program.diagnostics, *([said] if said is not None else [])):
            if (
                found is said or (found.code, str(found.where)) not in noted
            ):  # of a kind of finding the first run's alone
                noted.add((found.code, str(found.where)))
                request.note([found])

    selection = program.select(on_run=tell, **given)
    request.say(str(selection))
    return selection.as_json()


def _sweep(request: Request, program: Program, backend: BackendName | None) -> dict[str, Json]:
    """The answer of `--find-lr`."""
    from ..views.text.json_values import json_value
    from ..views.text.training_text import sweep_text

    sweep = program.find_rate(request.precision, backend=backend)
    request.say(sweep_text(sweep))
    if program.spec.train is not None and any("lr" in group.settings for group in program.spec.train.groups):
        request.say("this is the optimiser's; rates of groups were tried in proportion to it")
    return {
        "rates": json_value(sweep.rates),
        "losses": json_value(sweep.losses),
        "suggestion": sweep.suggestion,
    }
