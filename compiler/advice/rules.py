"""Advice about a model: what nothing needs, forms that overflow, nets that learn badly, shapes and rows that mislead.

A spec that has findings means what it says and runs as it stands.
"""

from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Span
from ...grammar.syntax import Module
from ..graph.spec import Spec
from .adviser import Adviser
from .columns import log_odds_as_probabilities, misleading_columns
from .faults import FAULTS
from .forms import careless_forms
from .names import hidden_names
from .nets import mismatched_starts, sigmoids_in_a_row, stops_at_once
from .rows import columns_of_their_own_rows, rows_that_hang
from .silences import silenced
from .unused import unreached_params, unused_names, unused_nodes
from .vacuous_claims import idle_claims

CODES = frozenset(fault.code for fault in FAULTS)

RULES = (
    unreached_params,
    unused_nodes,
    unused_names,
    hidden_names,
    idle_claims,
    careless_forms,
    mismatched_starts,
    sigmoids_in_a_row,
    stops_at_once,
    misleading_columns,
    log_odds_as_probabilities,
    rows_that_hang,
    columns_of_their_own_rows,
)
"""What is looked for; each rule yields its findings about one spec."""


def advice(spec: Spec, module: Module) -> list[Diagnostic]:
    """Hints and warnings about a spec without errors, in the order of its text; without those that it silences."""
    adviser = Adviser(spec, module)
    found: dict[tuple[str, object], Diagnostic] = {}
    for rule in RULES:
        for finding in rule(adviser):
            found.setdefault((finding.code, finding.where), finding)
    answer = silenced(module, found.values(), CODES)
    return sorted(answer, key=lambda finding: finding.where.start if isinstance(finding.where, Span) else 0)
