"""The keys of `train` that take rows from those to train on: `hold_out`, `validate`, `stratify`."""

from collections.abc import Mapping

from ...grammar.source import Span
from ...grammar.suggestion import suggestion
from ...grammar.syntax import Call, Expression, Name
from ..elaborate.calls.checked_calls import argument_value, invocation
from ..elaborate.draft import Draft
from ..elaborate.reporter import Reporter
from ..elaborate.scope import Site
from ..graph.shares import Fold, Share, Taken, shuffles
from ..graph.signatures import SHARES, Parameter
from ..graph.spec import DataSection
from .share_faults import IDLE_STRATIFY, NO_SUCH_FOLD, NOT_CLASSES, STRATIFIED_LAST, WINDOWS_DRAWN


def taken_rows(expression: Expression, parameter: Parameter, site: Site, *, folds: bool) -> Taken | None:
    """What a key takes: a fraction, `last(0.2)`, or, if there are `folds`, `fold(1, 5)`; None: faulty, and reported."""
    known = {name: each for name, each in SHARES.items() if folds or name != "fold"}
    if not isinstance(expression, Call) and not (isinstance(expression, Name) and expression.name in known):
        value = argument_value(expression, parameter, parameter.name, site)
        return Share(value) if isinstance(value, float) else None
    call = invocation(expression, known, "a share of rows", site)
    if call is None:
        return None
    if call.name == "last":
        return Share(call.number("share"), last=True)
    fold = Fold(call.integer("number"), call.integer("of"))
    if fold.number > fold.of:
        site.tell(NO_SUCH_FOLD, expression, number=fold.number, of=fold.of)
        return None
    return fold


def strata(expression: Expression, rows: DataSection | None, draft: Draft, site: Site) -> str | None:
    """The input by whose values rows are stratified; None where it has no class for each row, which is reported.

    `rows` is the section to train on, None where it has a fault of its own.
    """
    name = expression.name if isinstance(expression, Name) else ""
    said = name or site.text(expression)
    if name not in draft.inputs:
        hint = suggestion(name, draft.inputs, what="inputs")
        site.tell(NOT_CLASSES, expression, name=said, reason="it is no input", hint=hint)
        return None
    type_ = draft.builder.nodes[draft.inputs[name].index].type
    one_a_row = len(type_.shape) == 1 or (len(type_.shape) == 2 and type_.shape[1] == 1)
    if not one_a_row:
        site.tell(NOT_CLASSES, expression, name=said, reason="it is not one number for each row")
        return None
    if rows is not None and name not in rows.columns:
        hint = suggestion(name, [each for each in rows.columns if each in draft.inputs], what="its columns")
        site.tell(NOT_CLASSES, expression, name=said, reason=f"`{rows.name}` has no such column", hint=hint)
        return None
    return name


def check_strata(taken: Mapping[str, Taken | None], span: Span, reporter: Reporter) -> None:
    """Reports what is taken, by key, without being drawn, which rows that are stratified must be."""
    for key, each in taken.items():
        if each is not None and not shuffles(each):
            reporter.report(STRATIFIED_LAST, span, key=key, share=each)


def check_overlaps(
    rows: DataSection | None, taken: Mapping[str, Taken | None], spans: Mapping[str, Span], reporter: Reporter
) -> None:
    """Reports what is drawn, by key, from a section of rows that share values with those beside them."""
    for key, each in taken.items():
        if rows is not None and rows.overlaps and each is not None and shuffles(each):
            share = each.fraction if isinstance(each, Share) else 1 / each.of
            hint = f"write `{key} = last({share:.3g})`, which takes the rows at the end"
            reporter.report(WINDOWS_DRAWN, spans[key], key=key, share=each, name=rows.name, hint=hint)


def hint_at_idle(taken: Mapping[str, Taken | None], span: Span, reporter: Reporter) -> None:
    """Says so where nothing is taken that could be stratified."""
    if not any(taken.values()):
        reporter.report(IDLE_STRATIFY, span)
