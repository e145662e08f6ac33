"""Active service: nothing generated twice, gaps filled behind repairs, cancelled visits reopen their date (F3, D15)."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Asset, CareDate, Commitment, Escalation, Handover, PreventivePlan, Product, ServicePoint, Site, Visit
from models.database import Database
from operations.aftercare.care import (
    list_care,
    list_due_for_release,
    move_date,
    note_contact,
    release_care,
    settle_care,
    skip_date,
)
from operations.aftercare.care_dates import (
    MACHINES_A_STEP,
    find_plan_to_write,
    hand_over_dates,
    write_again,
    write_dates,
)
from operations.fieldwork.visits import cancel_visit
from operations.matters.requests import close_request
from operations.money.agreements import approve_agreement, end_agreement
from policies.agreements import AgreementState
from policies.care import CareKind, CareMoveRefused, CareOutOfTolerance, CareState, Rhythm
from policies.escalations import EscalationReason
from policies.languages import Language
from policies.months import date_in_month
from policies.request_kinds import CARE_PRIORITY, RequestKind
from policies.request_states import CloseReason
from policies.visit_states import VisitState
from tests.factories.agreements import make_agreement
from tests.factories.city import HOUSE, City, book_visit, make_city
from tests.factories.customers import make_asset
from tests.factories.instants import NIGHT, hours

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 23)


def make_plan(
    session: Session,
    city: City,
    *,
    kind: CareKind = CareKind.QUARTERLY_MAINTENANCE,
    rhythm: Rhythm = Rhythm.ONCE,
    starts_on: dt.date = MONDAY,
    code: str = "care",
) -> PreventivePlan:
    plan = PreventivePlan(
        code=code,
        kind=kind,
        name="季度保养",
        name_en="Quarterly care",
        rhythm=rhythm,
        after_days=0,
        days_before=2,
        days_after=1,
        starts_on=starts_on,
        fault_category_id=city.fault.id,
        is_active=True,
    )
    session.add(plan)
    session.flush()
    return plan


def write_all(session: Session, *, now: dt.datetime) -> int:
    """Write dates step by step until every machine has been gone through; return how many were new."""
    made = 0
    while (plan_id := find_plan_to_write(session, now=now)) is not None:
        made += write_dates(session, plan_id=plan_id, now=now)
    return made


def dates(session: Session) -> list[CareDate]:
    return list(list_care(session, from_on=MONDAY - 30 * DAY, until_on=MONDAY + 500 * DAY))


def test_whatever_is_asked_again_or_moved_nothing_is_generated_twice(database: Database, city: City) -> None:
    with database.writing() as session:
        make_plan(session, city, rhythm=Rhythm.QUARTERLY)
        first = write_all(session, now=NIGHT)
        found = dates(session)
        move_date(session, care=found[0], wanted_on=found[0].due_on + DAY, by="clerk", note="客户要求")
        skip_date(session, care=found[1], by="clerk", note="停业")

        again = [write_all(session, now=NIGHT + days * DAY) for days in (0, 1)]
        later = write_all(session, now=NIGHT + 100 * DAY)

        assert first == len(city.assets) * 4
        assert again == [0, 0]
        assert later == len(city.assets)
        assert len({(one.plan_id, one.asset_id, one.due_on) for one in dates(session)}) == first + later


def test_many_machines_are_gone_through_step_by_step_and_a_new_one_at_once(database: Database, city: City) -> None:
    with database.writing() as session:
        site = session.get_one(Site, city.assets[0].site_id)
        product = session.get_one(Product, city.product.id)
        plan = make_plan(session, city)
        for _ in range(MACHINES_A_STEP):
            make_asset(session, site, product)
        assert write_dates(session, plan_id=plan.id, now=NIGHT) == MACHINES_A_STEP
        assert write_all(session, now=NIGHT) == len(city.assets)
        assert find_plan_to_write(session, now=NIGHT + 6 * DAY) is None

        make_asset(session, site, product)

        assert write_all(session, now=NIGHT) == 1


def test_changed_settings_take_out_what_nobody_has_touched_and_keep_what_somebody_has(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        plan = make_plan(session, city, rhythm=Rhythm.MONTHLY)
        write_all(session, now=NIGHT)
        moved, skipped, *_ = dates(session)
        move_date(session, care=moved, wanted_on=moved.due_on + DAY, by="clerk", note="")
        skip_date(session, care=skipped, by="clerk", note="停业")
        plan.rhythm = Rhythm.YEARLY
        write_again(plan)
        session.flush()
        write_all(session, now=NIGHT)
        session.expire_all()

        left = dates(session)

        yearly = {one.id for one in left if one.due_on == MONDAY.replace(year=2027)}
        assert len(yearly) == len(city.assets)
        assert {one.id for one in left} - yearly == {moved.id, skipped.id}


def test_the_visits_an_agreement_owes_are_planned_while_it_is_in_force_and_no_machine_gets_two_plans(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        make_plan(session, city, rhythm=Rhythm.QUARTERLY)
        machine = session.get_one(Asset, city.assets[0].id)
        term = {"from_on": MONDAY, "until_on": MONDAY.replace(year=2027)}
        agreement = make_agreement(session, machine, state=AgreementState.DRAFT, instalment_count=1, **term)
        owed = make_plan(session, city, code="agreed", rhythm=Rhythm.MONTHLY)
        owed.agreement_id = agreement.id
        write_all(session, now=NIGHT)
        before = kept_dates(session)
        assert {len(found) for found in before.values()} == {4}, "a draft owes nothing"

        approve_agreement(session, agreement=agreement, by="manager", now=NIGHT)
        write_all(session, now=NIGHT)

        agreed = kept_dates(session)
        months = [date_in_month(MONDAY, months) for months in range(1, 12)]
        after_its_term = [date_in_month(MONDAY, 12)]
        assert agreed == before | {("agreed", machine.id): months, ("care", machine.id): after_its_term}
        due_at = NIGHT + 32 * DAY
        assert len(list_due_for_release(session, now=due_at)) == 1
        moved = next(one for one in dates(session) if one.plan_id == owed.id)
        move_date(session, care=moved, wanted_on=moved.due_on + DAY, by="clerk", note="")

        end_agreement(session, agreement=agreement, reason="sold", by="manager", now=NIGHT)

        assert list_due_for_release(session, now=due_at) == [], "nobody is sent for what is not owed"
        assert write_all(session, now=NIGHT) == 3
        session.expire_all()
        assert kept_dates(session) == before
        assert write_all(session, now=NIGHT) == 0


def kept_dates(session: Session) -> dict[tuple[str, int], list[dt.date]]:
    """The due dates that are not left out, by plan and machine."""
    kept: dict[tuple[str, int], list[dt.date]] = {}
    for one in sorted(dates(session), key=lambda one: one.due_on):
        if one.state is not CareState.SKIPPED:
            kept.setdefault((one.plan.code, one.asset_id), []).append(one.due_on)
    return kept


def test_a_machine_in_anothers_place_keeps_its_dates_and_gets_none_twice(database: Database, city: City) -> None:
    with database.writing() as session:
        plan = make_plan(session, city, rhythm=Rhythm.QUARTERLY)
        write_all(session, now=NIGHT)
        old = session.get_one(Asset, city.assets[0].id)
        new = make_asset(session, old.site, old.product)
        new.purchased_on = old.purchased_on
        old.replaced_by_id = new.id
        session.flush()
        hand_over_dates(session, old=old, new=new)
        write_again(plan)
        session.flush()
        before = {one.id for one in dates(session)}

        assert write_all(session, now=NIGHT) == 0
        session.expire_all()
        assert {one.id for one in dates(session)} == before
        assert {one.asset_id for one in dates(session)} == {new.id, *(one.id for one in city.assets[1:])}


def test_a_date_that_finds_no_window_lets_others_try_first(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=0, customers=2)
        make_plan(session, city)
        write_all(session, now=NIGHT)
        first, second = list_due_for_release(session, now=NIGHT)
        release_care(session, care_id=first, house=HOUSE, now=NIGHT)

        assert list_due_for_release(session, now=NIGHT + hours(0.5)) == [second]
        assert list_due_for_release(session, now=NIGHT + hours(1)) == [second, first]


def test_a_date_in_view_becomes_a_promised_window_without_a_clock_of_a_day(database: Database, city: City) -> None:
    with database.writing() as session:
        make_plan(session, city)
        write_all(session, now=NIGHT)
        due = list_due_for_release(session, now=NIGHT)

        visits = [release_care(session, care_id=care_id, house=HOUSE, now=NIGHT) for care_id in due]

        promised = [visit for visit in visits if visit is not None]
        assert len(promised) == len(due) == len(city.assets)
        assert {visit.request.kind for visit in promised} == {RequestKind.PREVENTIVE}
        assert {visit.request.priority for visit in promised} == {CARE_PRIORITY}
        assert session.scalars(select(Commitment)).all() == []
        assert {one.state for one in dates(session)} == {CareState.RELEASED}
        assert list_due_for_release(session, now=NIGHT) == []
        assert release_care(session, care_id=due[0], house=HOUSE, now=NIGHT) is None


def test_care_leaves_repairs_their_reserved_time(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, customers=8, days=1, shift_hours=5, duration_minutes=60)
        make_plan(session, city)
        write_all(session, now=NIGHT)
        for care_id in list_due_for_release(session, now=NIGHT):
            release_care(session, care_id=care_id, house=HOUSE, now=NIGHT)

        booked = session.scalars(select(Visit).where(Visit.state == VisitState.BOOKED)).all()
        # Five hours of shift less three reserved for repairs: two visits of an hour.
        assert len(booked) == 2
        repair = book_visit(session, city, customer=7)
        assert repair.state is VisitState.BOOKED


def test_a_cancelled_visit_reopens_its_date_and_a_solved_one_closes_it(database: Database, city: City) -> None:
    with database.writing() as session:
        make_plan(session, city)
        write_all(session, now=NIGHT)
        due = list_due_for_release(session, now=NIGHT)
        first, second = (release_care(session, care_id=care_id, house=HOUSE, now=NIGHT) for care_id in due[:2])
        assert first is not None
        assert second is not None
        cancel_visit(session, visit=first, house=HOUSE, now=NIGHT, source="desk", actor="clerk")
        for visit, reason in ((first, CloseReason.WITHDRAWN), (second, CloseReason.SOLVED)):
            close_request(session, request=visit.request, reason=reason, now=NIGHT, source="desk", actor="clerk")

        assert settle_care(session, now=NIGHT) == 2
        assert settle_care(session, now=NIGHT) == 0

        states = {one.id: (one.state, one.request_id) for one in dates(session)}
        assert states[due[0]] == (CareState.PLANNED, None)
        assert states[due[1]][0] is CareState.DONE
        assert due[0] in list_due_for_release(session, now=NIGHT)


def test_past_its_tolerance_a_date_without_a_window_is_put_before_the_desk(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=0, customers=1)
        make_plan(session, city)
        write_all(session, now=NIGHT)
        (care_id,) = list_due_for_release(session, now=NIGHT)

        assert release_care(session, care_id=care_id, house=HOUSE, now=NIGHT) is None
        assert session.scalars(select(Visit)).all() == []
        assert release_care(session, care_id=care_id, house=HOUSE, now=NIGHT + 3 * DAY) is None

        assert session.scalars(select(Escalation.reason)).all() == [EscalationReason.NO_WINDOW]
        assert list_due_for_release(session, now=NIGHT + 3 * DAY) == []


def test_a_contact_is_done_when_somebody_has_spoken_and_a_visit_is_not(database: Database, city: City) -> None:
    with database.writing() as session:
        plan = make_plan(session, city, kind=CareKind.MONTHLY_CONTACT)
        write_all(session, now=NIGHT)
        one, other, *_ = dates(session)
        note_contact(session, care=one, by="clerk", note="一切正常", now=NIGHT)
        assert (one.state, one.done_on) == (CareState.DONE, dt.date(2026, 11, 22))
        assert list_due_for_release(session, now=NIGHT) == []

        with pytest.raises(CareMoveRefused):
            move_date(session, care=one, wanted_on=MONDAY, by="clerk", note="")
        with pytest.raises(CareOutOfTolerance):
            move_date(session, care=other, wanted_on=MONDAY + 9 * DAY, by="clerk", note="")
        plan.kind = CareKind.YEARLY_CARE
        with pytest.raises(CareMoveRefused):
            note_contact(session, care=other, by="clerk", note="", now=NIGHT)


def test_quarterly_maintenance_through_a_year_is_kept_four_times(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, customers=2, days=400, shift_hours=5)
        make_plan(session, city, rhythm=Rhythm.QUARTERLY)
        at = NIGHT
        for _ in range(190):
            at += 2 * DAY
            settle_care(session, now=at)
            write_all(session, now=at)
            for care_id in list_due_for_release(session, now=at):
                visit = release_care(session, care_id=care_id, house=HOUSE, now=at)
                assert visit is not None
                close_request(
                    session,
                    request=visit.request,
                    reason=CloseReason.SOLVED,
                    now=at,
                    source="sms",
                    actor="T",
                )
                visit.state = VisitState.COMPLETED

        done = [one for one in dates(session) if one.state is CareState.DONE]
        assert len(done) == 4 * len(city.assets)


def test_outside_every_territory_care_is_a_service_points_or_waits_for_a_dispatcher(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        for number, asset in enumerate(session.scalars(select(Asset).order_by(Asset.id)).all()):
            asset.site.territory_id, asset.site.district = None, "静安" if number == 0 else "崇明"
        session.add(
            ServicePoint(
                code="SP1",
                name="静安服务点",
                name_en="Jingan point",
                phone="+8613700000001",
                language=Language.ZH,
                time_zone="Asia/Shanghai",
                districts=["静安"],
                position=1,
                is_active=True,
            )
        )
        session.flush()
        make_plan(session, city)
        write_all(session, now=NIGHT)
        due = list_due_for_release(session, now=NIGHT)
        for care_id in due:
            assert release_care(session, care_id=care_id, house=HOUSE, now=NIGHT) is None
        handover = session.scalars(select(Handover)).one()
        request, reason = handover.request, CloseReason.HANDED_OVER
        close_request(session, request=request, reason=reason, now=NIGHT, source="service_point", actor="SP1")

        assert settle_care(session, now=NIGHT) == 1
        assert [one.reason for one in session.scalars(select(Escalation))] == [EscalationReason.OUT_OF_AREA] * 3
        assert sorted(one.state for one in dates(session)) == [CareState.DONE, *[CareState.RELEASED] * 3]
        assert list_due_for_release(session, now=NIGHT) == [], "nobody is asked twice"
