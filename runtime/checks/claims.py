"""Whether claims hold: both sides of each `expect` line, compared element by element."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...compiler.faults import CLAIM_FAILED, NO_VALUE
from ...compiler.graph.spec import Claim, Precision, Spec
from ...compiler.ops.leaves import METRIC
from ...grammar.diagnostic import Diagnostic, Note, shown
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..evaluate.evaluate import Evaluator
from ..training.job import Job
from ..training.train import Training

RELATIVE = 1e-9
RELATIVE_AFTER_TRAIN = 1e-5
ABSOLUTE = 1e-12

_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, repr=False)
class ClaimResult:
    """A claim with the values of its sides; both are None where a fault kept them from being computed."""

    claim: Claim
    holds: bool
    left: Array | None
    right: Array | None
    diagnostics: tuple[Diagnostic, ...] = ()

    def __repr__(self) -> str:
        """The line of the claim, and under it why it does not hold."""
        span = self.claim.span
        text = shown(" ".join(self.claim.text.split()))
        line = f"{'holds' if self.holds else 'FAILS'}  {shown(span.source.name)}:{span.line}: {text}"
        return "\n       ".join([line, *(each.message for each in self.diagnostics)])


class ClaimResults(list[ClaimResult]):
    """The results of all claims of a spec, in order; printed a line each."""

    def __repr__(self) -> str:
        held = sum(result.holds for result in self)
        return "\n".join([*map(repr, self), f"{held} of {len(self)} claims hold" if self else "there are no claims"])


def judge_all(
    spec: Spec,
    evaluator: Evaluator,
    initial: Callable[[], Mapping[str, Array]],
    job: Callable[[], Job],
) -> ClaimResults:
    """Judges every claim of a spec on `initial` parameters, or on those that the `job` comes to, which is done once.

    What keeps a claim from being judged is told in its result.
    """
    once = _TrainedOnce(job)
    full = spec.full
    asked = {node.path for node in full.nodes if node.operation is METRIC} | full.inputs.keys()

    def judged(claim: Claim) -> ClaimResult:
        feeds: Mapping[str, object] = {}
        precision: Precision = "float64"
        if claim.after_train:
            training = once.training()
            precision, parameters, feeds = training.job.precision, training.kept, _reported(training)
        else:
            parameters = initial()
        fed = {path: value for path, value in feeds.items() if path in asked}  # a node of its own may be called so too
        sides = claim.left, claim.right
        values = evaluator.evaluate(full, sides, fed, parameters, precision=precision)
        relative = RELATIVE if precision == "float64" else RELATIVE_AFTER_TRAIN
        return judge(claim, values.at(claim.left), values.at(claim.right), relative=relative)

    results = ClaimResults()
    for claim in spec.claims:
        try:
            results.append(judged(claim))
        except SpecError as error:
            results.append(refused(claim, error))
    return results


class _TrainedOnce:
    """The training that claims about the trained model share: done once, even if in vain."""

    def __init__(self, job: Callable[[], Job]) -> None:
        self._job = job
        self._training: Training | None = None
        self._failed: SpecError | None = None

    def training(self) -> Training:
        """It, when it is over. Raises SpecError."""
        if self._failed is not None:
            raise self._failed
        if self._training is None:
            try:
                training = Training(self._job())
                training.run()
            except SpecError as error:
                self._failed = error
                raise
            self._training = training
        return self._training


def _reported(training: Training) -> dict[str, object]:
    """What claims about a trained model read: metrics of the weights that are kept, and the rows."""
    history, data = training.history, training.job.data
    kept = next((row for row in history.rows if row["step"] == history.kept_step), history.rows[-1])
    metrics = {name: value for name, value in kept.items() if "." in name}
    return {**metrics, **(data.inputs if data else {})}


def judge(claim: Claim, left: Array, right: Array, *, relative: float) -> ClaimResult:
    """Holds a claim's sides against each other; `relative` is the tolerance of `==` without `within`."""
    sides = np.asarray(left, float), np.asarray(right, float)
    holds = _fit(*sides) and bool(np.all(_compared(claim, *sides, relative)))
    failed = () if holds else (CLAIM_FAILED.at(claim.span, left=_shown(left), right=_shown(right)),)
    return ClaimResult(claim, holds, left, right, failed)


def refused(claim: Claim, error: SpecError) -> ClaimResult:
    """A claim whose sides cannot be computed; that an input has no value is said at the claim's own line."""
    found = tuple(
        each._replace(where=claim.span, notes=(Note("the input stands here", each.where), *each.notes))
        if each.code == NO_VALUE.code
        else each
        for each in error.diagnostics
    )
    return ClaimResult(claim, False, None, None, found)


def _fit(left: Array, right: Array) -> bool:
    """Whether the shapes broadcast, which a claim about a free size shows only now."""
    try:
        np.broadcast_shapes(left.shape, right.shape)
    except ValueError:
        return False
    return True


def _compared(claim: Claim, left: Array, right: Array, relative: float) -> Array:
    with np.errstate(all="ignore"):
        finite = np.isfinite(left) & np.isfinite(right)
        if claim.comparison != "==":
            return np.asarray(_COMPARISONS[claim.comparison](left, right) & finite)
        allowed = relative * np.abs(right) + ABSOLUTE if claim.within is None else claim.within
        return np.asarray((np.abs(left - right) <= allowed) & finite)


def _shown(value: Array) -> str:
    array = np.asarray(value)
    if array.ndim == 0:
        return repr(float(array))
    return np.array2string(array, threshold=8, edgeitems=3, separator=", ").replace("\n", "")
