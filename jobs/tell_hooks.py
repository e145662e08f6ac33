"""Post events to the systems that want them, each try with no transaction open (H16)."""

from __future__ import annotations

from operations.clients.services import Services
from operations.foundation.hook_deliveries import claim_delivery, post_delivery, record_answer

MOST_PER_RUN = 100


def tell_hooks(services: Services) -> int:
    """Post what is due and return how many were taken; a system that does not answer holds up no other."""
    if services.hook_poster is None:
        return 0
    taken, silent = 0, set[int]()
    for _ in range(MOST_PER_RUN):
        with services.database.writing() as session:
            claimed = claim_delivery(session, now=services.now(), other_than=silent)
        if claimed is None:
            break
        answer = post_delivery(services.hook_poster, claimed, seal=services.seal)
        with services.database.writing() as session:
            is_taken = record_answer(session, claimed=claimed, answer=answer, now=services.now())
        if is_taken:
            taken += 1
        else:
            silent.add(claimed.hook_id)
    return taken
