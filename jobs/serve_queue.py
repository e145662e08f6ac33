"""Ring the next telephone for callers who wait for a person, and carry out what live legs are told (H8, H12)."""

from __future__ import annotations

from operations.clients.services import Services
from operations.foundation.line_orders import OrderRefused, carry_out, claim_order, record_refusal
from operations.hotline.agent_rings import serve_queue as ring_next
from operations.people.agents import end_wrap_ups

MOST_ORDERS = 100


def serve_queue(services: Services) -> int:
    """Let the queue move on by one step; return how many telephones ring anew."""
    with services.database.writing() as session:
        end_wrap_ups(session, now=services.now())
        return ring_next(session, now=services.now())


def carry_out_line_orders(services: Services) -> int:
    """Move and end the legs that are to be; return how many orders were carried out."""
    done = 0
    for _ in range(MOST_ORDERS):
        with services.database.writing() as session:
            order = claim_order(session, now=services.now())
        if order is None:
            break
        try:
            carry_out(services.lines, order)
            done += 1
        except OrderRefused as refusal:
            with services.database.writing() as session:
                record_refusal(session, order_id=order.id, refusal=refusal)
            if not refusal.is_permanent:
                break
    return done
