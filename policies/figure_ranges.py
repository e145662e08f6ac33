"""What each figure may be: whole numbers between two limits, and what must hold between figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from policies.figures import DEFAULT_FIGURES, Figures, read_figures

Range = tuple[int, int]
DAY_HOURS = (0, 23)
CENTS = (0, 10_000_000_000)

GROUPS: Mapping[str, Mapping[str, Range]] = {
    "hotline": {
        "answer_seconds": (1, 120),
        "human_seconds": (1, 600),
        "agent_ring_seconds": (5, 120),
        "complaint_ring_seconds": (3, 60),
        "complaint_person_seconds": (5, 600),
        "person_wait_minutes": (1, 120),
        "wrap_up_seconds": (0, 1800),
        "voicemail_callback_minutes": (5, 1440),
        "call_silence_minutes": (30, 1440),
        "repeat_days": (1, 365),
        "call_attempts": (1, 10),
        "calls_quiet_from_hour": DAY_HOURS,
        "calls_quiet_until_hour": DAY_HOURS,
        "follow_up_call_hours": (1, 720),
        "follow_up_call_days": (1, 60),
        "recall_call_hours": (1, 720),
        "customer_calls_ahead_minutes": (0, 1440),
        "technician_calls_ahead_minutes": (0, 2880),
        "recording_days": (1, 3650),
        "recording_pause_seconds": (15, 900),
        "call_days": (30, 3650),
        "message_days": (30, 3650),
        "photo_days": (30, 3650),
        "request_days": (30, 3650),
    },
    "visits": {
        "on_site_hours": (1, 720),
        "window_minutes": (30, 720),
        "offer_lead_minutes": (0, 1440),
        "offer_count": (1, 3),
        "offer_beyond_hours": (0, 720),
        "hold_minutes": (1, 30),
        "night_from_hour": DAY_HOURS,
        "night_until_hour": DAY_HOURS,
        "repair_reserve_minutes": (0, 1440),
    },
    "plan": {
        "freeze_minutes": (0, 480),
        "undo_minutes": (0, 60),
        "horizon_hours": (24, 336),
        "proposal_expiry_hours": (1, 336),
        "circuity_percent": (100, 300),
        "city_speed_km_per_hour": (5, 120),
        "travel_buffer_minutes": (0, 60),
    },
    "messages": {
        "message_expiry_hours": (1, 168),
        "quiet_from_hour": DAY_HOURS,
        "quiet_until_hour": DAY_HOURS,
        "replies_per_hour": (1, 1000),
        "reminders_per_day": (0, 20),
        "strangers_abroad_per_hour": (1, 100_000),
        "survey_days": (0, 365),
        "award_visits": (1, 10_000),
        "survey_percent": (0, 100),
        "care_days": (0, 365),
        "reminder_evening_hour": DAY_HOURS,
        "reminder_minutes": (0, 1440),
        "texts_per_second": (0, 10_000),
        "calls_per_second": (0, 1000),
    },
    "team": {
        "technician_answer_minutes": (1, 240),
        "technician_lead_minutes": (0, 480),
        "technician_call_minutes": (1, 60),
        "handover_answer_minutes": (1, 1440),
        "duty_call_seconds": (20, 600),
        "duty_retry_minutes": (1, 120),
    },
    "promises": {
        "measure_hours": (1, 168),
        "complaint_hours": (1, 720),
        "explanation_hours": (1, 720),
        "email_hours": (1, 720),
        "workshop_workdays": (1, 60),
        "technical_answer_hours": (1, 720),
        "expert_answer_hours": (1, 720),
        "manager_answer_hours": (1, 720),
        "manufacturer_answer_hours": (1, 720),
    },
    "warranty": {
        "warranty_unit_months": (0, 120),
        "warranty_accessory_months": (0, 120),
        "warranty_project_accessory_months": (0, 120),
        "warranty_project_most_months": (1, 240),
        "exchange_repairs": (1, 20),
        "exchange_repair_days": (1, 365),
        "quality_return_days": (0, 365),
        "handling_fee_basis_points": (0, 10_000),
        "depreciation_basis_points_per_day": (0, 1_000),
        "parcel_search_days": (0, 60),
        "parcel_lost_days": (1, 90),
        "claim_answer_days": (1, 365),
        "claim_carriage_times": (0, 100),
    },
    "money": {
        "approval_clerk_cents": CENTS,
        "approval_dispatcher_cents": CENTS,
        "approval_complaints_cents": CENTS,
        "approval_manager_cents": CENTS,
        "approval_administrator_cents": CENTS,
        "payment_days": (0, 365),
        "service_budget_cents": CENTS,
    },
}
"""Figures by what they are about, each with its lowest and highest value."""

OTHERS = ("publish_at_local", "is_auto_publish_on")
"""Figures that are no number: a time of day, and yes or no. Both belong to the plan."""

AT_MOST = (
    ("hold_minutes", "window_minutes"),
    ("technician_call_minutes", "technician_lead_minutes"),
    ("approval_clerk_cents", "approval_manager_cents"),
    ("approval_dispatcher_cents", "approval_manager_cents"),
    ("approval_complaints_cents", "approval_manager_cents"),
    ("approval_manager_cents", "approval_administrator_cents"),
)
"""Pairs of which the first may be as large as the second and no larger."""

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class FigureOutOfRange(ValueError):
    """Figures are outside what they may be; `flaws` has for each its name, and the range or the name of its limit."""

    def __init__(self, flaws: Mapping[str, str]) -> None:
        super().__init__(", ".join(flaws))
        self.flaws = dict(flaws)


def range_of(name: str) -> Range | None:
    """Return a figure's lowest and highest value; None for those that are no number."""
    return next((group[name] for group in GROUPS.values() if name in group), None)


def demand_sound(figures: Figures) -> None:
    """Raise FigureOutOfRange naming every figure that is not what it may be. Pure."""
    values = asdict(figures)
    flaws = {name: text for name, value in values.items() if (text := _flaw(name, value))}
    flaws |= {name: limit for name, limit in AT_MOST if values[name] > values[limit]}
    if flaws:
        raise FigureOutOfRange(flaws)


def differences(old: Figures, new: Figures) -> dict[str, tuple[Any, Any]]:
    """Return what is not the same: name → old and new value."""
    before, after = asdict(old), asdict(new)
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def changed_from_default(figures: Figures) -> dict[str, Any]:
    """Return only what is not as the manuals have it, as a policy version stores it."""
    return {name: new for name, (_, new) in differences(DEFAULT_FIGURES, figures).items()}


def with_changes(figures: Figures, changes: Mapping[str, Any]) -> Figures:
    """Return the figures with `changes` put in; raises UnknownFigure, or FigureOutOfRange when they do not fit."""
    changed = read_figures({**asdict(figures), **changes})
    demand_sound(changed)
    return changed


def _flaw(name: str, value: object) -> str:
    limits = range_of(name)
    if limits is not None:
        is_sound = isinstance(value, int) and limits[0] <= value <= limits[1]
        return "" if is_sound else f"{limits[0]}–{limits[1]}"
    if name == "publish_at_local":
        return "" if isinstance(value, str) and _CLOCK.fullmatch(value) else "00:00–23:59"
    return ""
