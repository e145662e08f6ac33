"""Call customers: plan what is called for, let ring what is due (H15, F2, F3)."""

from __future__ import annotations

from operations.clients.services import Services
from operations.hotline.customer_call_plans import plan_customer_calls
from operations.hotline.customer_calls import place_calls


def call_customers(services: Services) -> int:
    """Plan and place calls; return how many were planned or moved."""
    with services.database.writing() as session:
        planned = plan_customer_calls(session, now=services.now())
    with services.database.writing() as session:
        return planned + place_calls(session, now=services.now())
