"""Offer a caller windows the planner has proven, each held while they choose (H5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

import dispatch
from models import SlotHold, SlotOffer, Visit
from operations.clocks.commitments import deadline_of, request_subject
from operations.foundation.events import record_event
from operations.planning.holds import make_room
from operations.planning.live import OpenPlan, open_plan, save_plan
from operations.planning.rows import hold_key
from operations.planning.snapshot import visit_data, with_identity
from policies.offers import HoldState, RankedWindow, Window, choose_windows, list_candidate_windows
from policies.visit_states import PROMISED, VisitState, move_visit


def offer_windows(
    session: Session,
    *,
    visit: Visit,
    now: dt.datetime,
    skip: Sequence[dt.datetime] = (),
    span: Window | None = None,
) -> SlotOffer:
    """Hold the best windows for a visit and return them; the offer has no holds when nothing at all fits.

    Windows that the visit was offered before are freed first. Each window is placed in the live plan on its own, so
    all that are read out can be kept at the same time. `skip` lists starts the caller does not want to hear again,
    `span` asks for those that start inside it. A visit that has its promise keeps it until another window is committed.
    """
    make_room(session, visit=visit, now=now)
    opened = open_plan(session, area_id=visit.area_id, now=now, also=[visit])
    round_ = _open_round(session, opened, visit, skip=skip, span=span, now=now)
    found = dict(sorted(round_.find_windows().items(), key=lambda named: named[1].window.from_at))
    expires_at = now + dt.timedelta(minutes=opened.figures.hold_minutes)
    holds = [_hold_of(position, window, expires_at) for position, window in enumerate(found.values())]
    offer = SlotOffer(
        request=visit.request, visit=visit, plan_revision=opened.row.revision, offered_at=now, holds=holds
    )
    session.add(offer)
    session.flush()
    if holds:
        keys = {name: hold_key(hold.id) for name, hold in zip(found, holds, strict=True)}
        save_plan(session, opened, _with_keys(round_.plan, keys), now=now)
        if visit.state is VisitState.DRAFT:
            visit.state = move_visit(visit.state, VisitState.OFFERED)
        _record_offer(session, offer, now=now)
    return offer


@dataclass(slots=True)
class _Round:
    """One round of offering: the plan with the windows held so far, and the windows still worth asking about."""

    opened: OpenPlan
    data: dispatch.Visit
    deadline_at: dt.datetime | None
    candidates: list[Window]
    problem: dispatch.Problem
    plan: dispatch.Plan

    def find_windows(self) -> dict[str, RankedWindow]:
        """Put the visit into the plan once for each of the best windows, so that all can be kept at the same time.

        The name by which each stands in the plan leads to its window.
        """
        found: dict[str, RankedWindow] = {}
        slack = None
        while len(found) < self.opened.figures.offer_count:
            slack = dispatch.PlanSlack(self.problem, self.plan, earlier=slack)
            best = self._find_next(found.values(), slack)
            if best is None:
                break
            name = f"found:{len(found)}"
            window, quoted = best
            held = with_identity(self.data, key=name, window=quoted.window)
            self.problem, self.plan = dispatch.insert(self.problem, self.plan, held, quoted)
            found[name] = window
        return found

    def _find_next(
        self, found: Collection[RankedWindow], slack: dispatch.PlanSlack
    ) -> tuple[RankedWindow, dispatch.QuotedWindow] | None:
        """Quote every candidate against the plan as it now is; return the best not yet found, or None."""
        snapshot, figures = self.opened.snapshot, self.opened.figures
        asked = {
            dispatch.TimeWindow(snapshot.seconds(window.from_at), snapshot.seconds(window.until_at)): window
            for window in self.candidates
        }
        answers = dispatch.quote(self.problem, self.plan, self.data, tuple(asked), slack=slack)
        quotes = {asked[quoted.window]: quoted for quoted in answers}
        # What was found already stays in the ranking: it is the earliest, though there may be no room for it twice.
        costs = {ranked.window: ranked.extra_cost_cents for ranked in found}
        costs |= {window: quoted.extra_cost_cents for window, quoted in quotes.items()}
        ranked = [RankedWindow(window, cost, self._is_inside(window)) for window, cost in costs.items()]
        wanted = choose_windows(
            ranked,
            count=figures.offer_count,
            time_zone=self.opened.time_zone,
            night_from_hour=figures.night_from_hour,
            night_until_hour=figures.night_until_hour,
        )
        taken = {ranked.window for ranked in found}
        best = next((window for window in wanted if window.window not in taken), None)
        return None if best is None else (best, quotes[best.window])

    def _is_inside(self, window: Window) -> bool:
        return self.deadline_at is None or window.until_at <= self.deadline_at


def _open_round(
    session: Session,
    opened: OpenPlan,
    visit: Visit,
    *,
    skip: Sequence[dt.datetime],
    span: Window | None,
    now: dt.datetime,
) -> _Round:
    figures, snapshot = opened.figures, opened.snapshot
    deadline_at = deadline_of(session, request_id=visit.request_id)
    horizon_at = now + dt.timedelta(hours=figures.horizon_hours)
    beyond_at = max(deadline_at or now, now) + dt.timedelta(hours=figures.offer_beyond_hours)
    candidates = list_candidate_windows(
        now=now,
        until=horizon_at if span else min(horizon_at, beyond_at),
        lead_minutes=figures.offer_lead_minutes,
        window_minutes=figures.window_minutes,
        time_zone=opened.time_zone,
    )
    data = visit_data(snapshot, visit, deadline_at=deadline_at)
    unwanted = {*skip, visit.window_from_at if visit.state in PROMISED else None}
    return _Round(
        opened,
        # A promised visit is in the plan already, and stays there while its customer looks for another time.
        replace(data, id=f"again:{data.id}"),
        deadline_at,
        [window for window in candidates if window.from_at not in unwanted and _starts_in(span, window)],
        snapshot.problem,
        snapshot.plan,
    )


def _record_offer(session: Session, offer: SlotOffer, *, now: dt.datetime) -> None:
    """Say in the request's chain which windows were read out, and until when each is held (K3)."""
    record_event(
        session,
        subject=request_subject(offer.request_id),
        kind="windows_offered",
        occurred_at=now,
        recorded_at=now,
        source="planner",
        actor="hotline",
        facts={
            "visit": offer.visit_id,
            "windows": [[hold.window_from_at.isoformat(), hold.window_until_at.isoformat()] for hold in offer.holds],
            "held_until": offer.holds[0].expires_at.isoformat(),
        },
    )


def _starts_in(span: Window | None, window: Window) -> bool:
    return span is None or span.from_at <= window.from_at < span.until_at


def _hold_of(position: int, ranked: RankedWindow, expires_at: dt.datetime) -> SlotHold:
    return SlotHold(
        position=position,
        window_from_at=ranked.window.from_at,
        window_until_at=ranked.window.until_at,
        is_inside_commitment=ranked.is_inside_commitment,
        extra_cost_cents=round(ranked.extra_cost_cents),
        state=HoldState.HELD,
        expires_at=expires_at,
    )


def _with_keys(plan: dispatch.Plan, keys: Mapping[str, str]) -> dispatch.Plan:
    """Return the plan with other ids for some of its visits."""
    routes = (
        replace(
            route, stops=tuple(replace(stop, visit_id=keys.get(stop.visit_id, stop.visit_id)) for stop in route.stops)
        )
        if any(stop.visit_id in keys for stop in route.stops)
        else route
        for route in plan.routes
    )
    return replace(plan, routes=tuple(routes))
