"""Why a visit is where it is, why it is not, and the smallest change that helps; every claim re-solved (D8)."""

from dispatch.explain.alternatives import Alternative, list_alternatives
from dispatch.explain.blocking import Explanation, explain
from dispatch.explain.fixes import Fix, FixKind
from dispatch.explain.reasons import name_reason, with_reasons

__all__ = [
    "Alternative",
    "Explanation",
    "Fix",
    "FixKind",
    "explain",
    "list_alternatives",
    "name_reason",
    "with_reasons",
]
