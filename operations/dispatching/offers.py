"""Offer a caller windows the planner has proven, each held while they choose (H5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

import dispatch
from models import SlotHold, SlotOffer, Visit
from operations.clocks.commitments import deadline_of, request_subject
from operations.foundation.events import record_event
from operations.planning.holds import free_holds, list_in_the_way, make_room
from operations.planning.live import OpenPlan, hold_plan, open_plan, read_plan, save_plan
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

    The plan is searched before it is locked, so that callers do not wait for one another's search; what was found is
    proven again where the plan has changed meanwhile.
    """
    in_the_way = list_in_the_way(session, visit=visit, now=now)
    seen = read_plan(session, area_id=visit.area_id, now=now, also=[visit], without={hold.id for hold in in_the_way})
    wish = _Wish(visit, deadline_of(session, request_id=visit.request_id), frozenset(skip), span, now)
    round_ = wish.look_at(seen)
    if round_.found or in_the_way:
        round_ = _hold(session, wish, round_, in_the_way)
    found = dict(sorted(round_.found.items(), key=lambda named: named[1].window.from_at))
    opened = round_.opened
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


def _hold(session: Session, wish: _Wish, seen: _Round, in_the_way: Sequence[SlotHold]) -> _Round:
    """Lock the plan, with what is in the way freed, and return the round that holds in the plan as it is now.

    A plan that has changed since it was searched is read again where it matters: the days of the technicians who were
    found. When a window was lost there, the whole plan is searched while others wait: nobody is put off twice.
    """
    held = hold_plan(session, seen.opened, now=wish.now)
    if held is not None:
        free_holds(session, in_the_way, plan=held.row, now=wish.now)
        return replace(seen, opened=held)
    area_id = wish.visit.area_id
    make_room(session, visit=wish.visit, now=wish.now)
    concerned = seen.list_technicians()
    opened = open_plan(session, area_id=area_id, now=wish.now, also=[wish.visit], technicians=concerned)
    again = wish.look_at(opened, among={ranked.window for ranked in seen.found.values()})
    if len(again.found) == len(seen.found):
        return again
    return wish.look_at(open_plan(session, area_id=area_id, now=wish.now, also=[wish.visit]))


@dataclass(frozen=True, slots=True)
class _Wish:
    """What somebody may be offered: which visit, which starts they do not want to hear again, inside which span."""

    visit: Visit
    deadline_at: dt.datetime | None
    skip: Collection[dt.datetime]
    span: Window | None
    now: dt.datetime

    def look_at(self, opened: OpenPlan, *, among: Collection[Window] | None = None) -> _Round:
        """Find the best windows in a plan, of all there are or `among` a few."""
        data = visit_data(opened.snapshot, self.visit, deadline_at=self.deadline_at)
        candidates = self._list_candidates(opened)
        round_ = _Round(
            opened,
            # A promised visit is in the plan already, and stays there while its customer looks for another time.
            replace(data, id=f"again:{data.id}"),
            self.deadline_at,
            candidates if among is None else [window for window in candidates if window in among],
            opened.snapshot.problem,
            opened.snapshot.plan,
        )
        round_.find_windows()
        return round_

    def _list_candidates(self, opened: OpenPlan) -> list[Window]:
        figures, now = opened.figures, self.now
        horizon_at = now + dt.timedelta(hours=figures.horizon_hours)
        beyond_at = max(self.deadline_at or now, now) + dt.timedelta(hours=figures.offer_beyond_hours)
        candidates = list_candidate_windows(
            now=now,
            until=horizon_at if self.span else min(horizon_at, beyond_at),
            lead_minutes=figures.offer_lead_minutes,
            window_minutes=figures.window_minutes,
            time_zone=opened.time_zone,
        )
        unwanted = {*self.skip, self.visit.window_from_at if self.visit.state in PROMISED else None}
        return [w for w in candidates if w.from_at not in unwanted and _starts_in(self.span, w)]


@dataclass(slots=True)
class _Round:
    """One round of offering: the plan with the windows found so far, and the windows still worth asking about.

    The name by which each of the `found` stands in the plan leads to its window.
    """

    opened: OpenPlan
    data: dispatch.Visit
    deadline_at: dt.datetime | None
    candidates: list[Window]
    problem: dispatch.Problem
    plan: dispatch.Plan
    found: dict[str, RankedWindow] = field(default_factory=dict)

    def find_windows(self) -> None:
        """Put the visit into the plan once for each of the best windows, so that all can be kept at the same time."""
        slack = None
        while len(self.found) < self.opened.figures.offer_count:
            slack = dispatch.PlanSlack(self.problem, self.plan, earlier=slack)
            best = self._find_next(self.found.values(), slack)
            if best is None:
                break
            name = f"found:{len(self.found)}"
            window, quoted = best
            held = with_identity(self.data, key=name, window=quoted.window)
            self.problem, self.plan = dispatch.insert(self.problem, self.plan, held, quoted)
            self.found[name] = window

    def list_technicians(self) -> set[int]:
        """Return who would come in the windows that were found."""
        technicians = {shift.id: int(shift.technician_id) for shift in self.problem.shifts}
        routes = (route for route in self.plan.routes if any(stop.visit_id in self.found for stop in route.stops))
        return {technicians[route.shift_id] for route in routes}

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
