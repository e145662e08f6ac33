"""The pages at the top: the most used in a row, the others under "more", each only for those who may open it."""

from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_login import current_user

from policies.roles import Role
from web.wording.sentences import say

PAGES = (
    "web.work.show",
    "web.day.show",
    "web.radar.show",
    "web.new_request.start",
    "web.team.show",
    "web.calls.show_all",
    "web.agents.show",
    "web.desk.show",
    "web.messages.show",
    "web.customer_calls.show",
    "web.commitments.show",
    "web.clock_rules.show",
    "web.parts.show",
    "web.workshop.show",
    "web.customers.show_all",
    "web.complaints.show_all",
    "web.shipments.show",
    "web.agreements.show_all",
    "web.money.show",
    "web.returns.show",
    "web.care.show",
    "web.campaigns.show",
    "web.reports.show_all",
    "web.replays.show_all",
    "web.service_points.show",
    "web.guides.show_all",
    "web.work_reports.show_all",
    "web.risks.show",
    "web.registers.show_all",
    "web.policy.show",
    "web.texts.show_all",
    "web.hooks.show_all",
    "web.api_keys.show_all",
    "web.accounts.show_all",
    "web.looks.show",
)
"""Those used all day first."""
PAGES_IN_ROW = 9
"""So many names fit beside each other."""

AT_THE_BOARD = frozenset({Role.CLERK, Role.DISPATCHER, Role.EXPERT, Role.MANAGER, Role.ADMINISTRATOR})
"""Those whose day is the day's visits and calls; everybody else begins with what waits for them."""


@dataclass(frozen=True, slots=True)
class Page:
    """A link at the top."""

    address: str
    name: str
    is_current: bool


def list_pages() -> list[Page]:
    """Return the links of whoever is signed in: the first PAGES_IN_ROW stand in a row, the others under "more"."""
    return [
        Page(url_for(endpoint), say(f"nav.{endpoint.split('.')[1]}"), request.endpoint == endpoint)
        for endpoint in PAGES
        if may_open(endpoint)
    ]


def may_open(endpoint: str) -> bool:
    """Tell whether whoever is signed in has a role for this page."""
    return current_user.role in getattr(current_app.view_functions[endpoint], "page_roles", ())


def find_home() -> str:
    """Return where the day of whoever is signed in begins: at the board, or with what waits for them."""
    is_at_board = not current_user.is_authenticated or current_user.role in AT_THE_BOARD
    return url_for("web.day.show" if is_at_board else "web.work.show")
