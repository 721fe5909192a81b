"""Advice about a model: what nothing needs, forms that overflow, nets that learn badly, shapes and rows that mislead.

A spec that has findings means what it says and runs as it stands.
"""

from ..grammar.diagnostic import Diagnostic
from ..grammar.source import Span
from ..grammar.syntax import Module
from .advice_columns import log_odds_as_probabilities, misleading_columns
from .advice_faults import FAULTS
from .advice_forms import careless_forms
from .advice_names import hidden_names
from .advice_nets import mismatched_starts, sigmoids_in_a_row, stops_at_once
from .advice_rows import columns_of_their_own_rows, rows_that_hang
from .advice_unused import unreached_params, unused_names, unused_nodes
from .adviser import Adviser
from .idle_claims import idle_claims
from .silences import silenced
from .spec import Spec

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
