"""The figures of all promises, as one versioned set: defaults here, changed by a PolicyVersion row, never by code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


class UnknownFigure(ValueError):
    """A policy version names a figure that does not exist, or gives it a value of the wrong type."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Every figure a promise depends on, with the manual's value as default (K1, H2, H5, D6)."""

    answer_seconds: int = 15
    human_seconds: int = 15
    on_site_hours: int = 24
    window_minutes: int = 120
    offer_lead_minutes: int = 30
    offer_count: int = 3
    offer_beyond_hours: int = 24
    night_from_hour: int = 22
    night_until_hour: int = 7
    hold_minutes: int = 3
    freeze_minutes: int = 60
    undo_minutes: int = 3
    horizon_hours: int = 72
    publish_at_local: str = "06:30"
    is_auto_publish_on: bool = True
    proposal_expiry_hours: int = 72
    circuity_percent: int = 135
    city_speed_km_per_hour: int = 28
    travel_buffer_minutes: int = 5
    message_expiry_hours: int = 12
    quiet_from_hour: int = 21
    quiet_until_hour: int = 8
    calls_quiet_from_hour: int = 20
    calls_quiet_until_hour: int = 9
    call_attempts: int = 3
    follow_up_call_hours: int = 24
    follow_up_call_days: int = 4
    recall_call_hours: int = 48
    replies_per_hour: int = 20
    reminders_per_day: int = 3
    strangers_abroad_per_hour: int = 20
    survey_days: int = 7
    award_visits: int = 30
    survey_percent: int = 100
    care_days: int = 30
    reminder_evening_hour: int = 18
    reminder_minutes: int = 120
    technician_answer_minutes: int = 15
    technician_lead_minutes: int = 90
    technician_call_minutes: int = 5
    texts_per_second: int = 100
    calls_per_second: int = 20
    customer_calls_ahead_minutes: int = 120
    technician_calls_ahead_minutes: int = 720
    voicemail_callback_minutes: int = 30
    call_silence_minutes: int = 240
    repeat_days: int = 30
    recording_days: int = 180
    recording_pause_seconds: int = 120
    call_days: int = 730
    message_days: int = 730
    photo_days: int = 1_095
    request_days: int = 1_095
    handover_answer_minutes: int = 30
    measure_hours: int = 4
    duty_call_seconds: int = 90
    duty_retry_minutes: int = 5
    complaint_hours: int = 24
    explanation_hours: int = 24
    email_hours: int = 24
    workshop_workdays: int = 5
    technical_answer_hours: int = 4
    expert_answer_hours: int = 4
    manager_answer_hours: int = 24
    manufacturer_answer_hours: int = 72
    agent_ring_seconds: int = 20
    complaint_ring_seconds: int = 7
    complaint_person_seconds: int = 45
    person_wait_minutes: int = 10
    wrap_up_seconds: int = 30
    repair_reserve_minutes: int = 180
    warranty_unit_months: int = 12
    warranty_accessory_months: int = 6
    warranty_project_accessory_months: int = 12
    warranty_project_most_months: int = 36
    approval_clerk_cents: int = 0
    approval_dispatcher_cents: int = 20_000
    approval_complaints_cents: int = 20_000
    approval_manager_cents: int = 1_000_000
    approval_administrator_cents: int = 10_000_000
    payment_days: int = 14
    service_budget_cents: int = 0
    parcel_search_days: int = 3
    parcel_lost_days: int = 7
    claim_answer_days: int = 30
    claim_carriage_times: int = 3
    exchange_repairs: int = 2
    exchange_repair_days: int = 60
    quality_return_days: int = 7
    handling_fee_basis_points: int = 1_000
    depreciation_basis_points_per_day: int = 5


DEFAULT_FIGURES = Figures()
DEFAULT_VERSION = 0


def read_figures(changed: Mapping[str, Any]) -> Figures:
    """Return the defaults with `changed` put in; an unknown name or a wrong type raises UnknownFigure naming it."""
    known = {field.name for field in fields(Figures)}
    defaults = asdict(DEFAULT_FIGURES)
    for name, value in changed.items():
        if name not in known or type(value) is not type(defaults[name]):
            raise UnknownFigure(f"{name} = {value!r}")
    return Figures(**{**defaults, **changed})
