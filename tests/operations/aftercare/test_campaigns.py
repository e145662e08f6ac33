"""A recall of 500 machines from contact to 100 %, nobody told twice, nobody forgotten; clusters raise cases (C8)."""

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    Asset,
    Campaign,
    CustomerCall,
    DefectCase,
    Escalation,
    FaultCategory,
    Handover,
    Message,
    Product,
    Recall,
    ServicePoint,
    ServiceRequest,
    Site,
)
from models.database import Database
from operations.aftercare.campaigns import (
    MachineRecalledAlready,
    NobodyConcerned,
    SerialsUnknown,
    SerialsWrongWayRound,
    count_recalls,
    open_batch_campaign,
    open_campaign,
    percent_done,
)
from operations.aftercare.defect_cases import close_defect_case, list_defect_cases, raise_defect_cases
from operations.aftercare.recalls import give_up, list_by_hand, raise_requests, reach, settle_recalls
from operations.day.day import list_open_requests
from operations.dispatching.bookings import commit_hold
from operations.dispatching.offers import offer_windows
from operations.fieldwork.visits import draft_visit
from operations.hotline.customer_call_plans import plan_customer_calls
from operations.matters.requests import close_request
from policies.campaigns import CampaignState, RecallState
from policies.customer_calls import CustomerCallState
from policies.languages import Language
from policies.request_states import CloseReason
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, open_visit
from tests.factories.customers import make_asset, make_customer, make_site
from tests.factories.instants import NIGHT, minutes

DAY = dt.timedelta(days=1)


def recall(session: Session, city: City, *, first: str = "A", last: str = "ZZZZ") -> Campaign:
    return open_campaign(
        session,
        product=session.get_one(Product, city.product.id),
        fault_category=session.get_one(FaultCategory, city.fault.id),
        serial_from=first,
        serial_until=last,
        notice="更换电源板",
        by="manager",
        now=NIGHT,
    )


def add_machines(session: Session, city: City, count: int) -> None:
    site = session.get_one(Site, city.assets[0].site_id)
    product = session.get_one(Product, city.product.id)
    for _ in range(count):
        make_asset(session, make_site(session, make_customer(session), site.territory), product)


def take_rounds(session: Session, at: dt.datetime) -> None:
    settle_recalls(session, now=at)
    raise_requests(session, house=HOUSE, now=at)


@pytest.mark.parametrize("machines", [50, pytest.param(500, marks=pytest.mark.proof)])
def test_a_recall_of_many_goes_from_contact_to_a_hundred_percent(database: Database, city: City, machines: int) -> None:
    with database.writing() as session:
        add_machines(session, city, machines - len(city.assets))
        lonely = session.get_one(Asset, city.assets[0].id).customer
        for phone in list(lonely.phones):
            session.delete(phone)
        session.flush()
        session.expire(lonely)
        campaign = recall(session, city)
        seen, at, withdrawn = [], NIGHT, 0
        for number in range(30):
            at += minutes(5)
            take_rounds(session, at)
            open_ones = session.scalars(
                select(ServiceRequest)
                .join(Recall, Recall.request_id == ServiceRequest.id)
                .where(Recall.state == RecallState.REQUESTED)
            ).all()
            for request in open_ones:
                # The first few put it off once: they are spoken with, and asked again.
                puts_off = number < 4 and withdrawn < 3
                withdrawn += puts_off
                reason = CloseReason.WITHDRAWN if puts_off else CloseReason.SOLVED
                close_request(session, request=request, reason=reason, now=at, source="desk", actor="clerk")
            for one in list_by_hand(session, now=at):
                reach(session, recall=one, now=at)
            seen.append(percent_done(count_recalls(session, campaign=campaign)))
            if campaign.state is CampaignState.CLOSED:
                break

        assert count_recalls(session, campaign=campaign) == {RecallState.DONE: machines}
        assert (campaign.state, seen[-1], withdrawn) == (CampaignState.CLOSED, 100, 3)
        assert seen == sorted(seen)
        assert count_recalls(session, campaign=campaign) == {RecallState.DONE: machines}
        told = session.scalar(select(func.count()).where(Message.template == "recall_notice"))
        assert told == machines + 2, "the owner without a number never, those who put it off again"
        assert session.scalar(select(func.count()).select_from(ServiceRequest)) == machines + 3


def test_a_range_without_machines_or_twice_or_the_wrong_way_round_is_refused(database: Database, city: City) -> None:
    with database.writing() as session:
        with pytest.raises(SerialsWrongWayRound):
            recall(session, city, first="B", last="A")
        with pytest.raises(NobodyConcerned):
            recall(session, city, first="0", last="00")
        recall(session, city)
        with pytest.raises(MachineRecalledAlready):
            recall(session, city)


def test_a_machine_that_is_gone_is_given_up_with_the_reason_and_counts_as_settled(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        campaign = recall(session, city)
        for one in session.scalars(select(Recall)):
            give_up(session, recall=one, note="已报废", house=HOUSE, by="clerk", now=NIGHT)
        settle_recalls(session, now=NIGHT)

        assert campaign.state is CampaignState.CLOSED
        assert session.scalars(select(Message)).all() == []


def test_a_batch_is_the_machines_listed_and_names_what_is_not_on_file(database: Database, city: City) -> None:
    with database.writing() as session:
        product = session.get_one(Product, city.product.id)
        fault = session.get_one(FaultCategory, city.fault.id)
        serials = [asset.serial for asset in city.assets[:2]]

        def open_batch(serials: list[str]) -> Campaign:
            return open_batch_campaign(
                session,
                product=product,
                fault_category=fault,
                serials=serials,
                notice="更换电源板",
                by="manager",
                now=NIGHT,
            )

        with pytest.raises(SerialsUnknown, match=r"NO-1, NO-2, NO-3, NO-4, NO-5 \+ 2$"):
            open_batch([*serials, *(f"NO-{number}" for number in range(1, 8))])
        campaign = open_batch(serials)

        assert (campaign.is_batch, campaign.serial_from, campaign.serial_until) == (True, min(serials), max(serials))
        assert count_recalls(session, campaign=campaign) == {RecallState.FOUND: 2}
        with pytest.raises(MachineRecalledAlready):
            recall(session, city)


def test_who_takes_no_time_is_called_then_spoken_with_and_leaves_the_desk_alone(database: Database, city: City) -> None:
    with database.writing() as session:
        recall(session, city)
        take_rounds(session, NIGHT)
        assert list_open_requests(session, area_id=city.area.id) == []
        booked = session.scalars(select(Recall).order_by(Recall.id)).first()
        assert booked is not None
        assert booked.request is not None
        offer = offer_windows(session, visit=draft_visit(session, request=booked.request), now=NIGHT)
        commit_hold(session, hold=offer.holds[0], house=HOUSE, now=NIGHT, source="web", actor="customer")
        session.flush()
        assert len(list_open_requests(session, area_id=city.area.id)) == 1, "what is promised is on the day's page"

        assert plan_customer_calls(session, now=NIGHT + DAY) == 0
        assert plan_customer_calls(session, now=NIGHT + 2 * DAY) == 3
        assert plan_customer_calls(session, now=NIGHT + 2 * DAY) == 0, "nobody is called twice about one request"
        for call in session.scalars(select(CustomerCall)):
            call.state = CustomerCallState.NOT_REACHED
        session.flush()
        assert list_by_hand(session, now=NIGHT + 2 * DAY) == []
        silent = list_by_hand(session, now=NIGHT + 3 * DAY)
        assert len(silent) == 3
        reach(session, recall=silent[0], now=NIGHT + 3 * DAY)
        assert silent[0].state is RecallState.REQUESTED
        assert len(list_by_hand(session, now=NIGHT + 4 * DAY)) == 2
        assert len(list_by_hand(session, now=NIGHT + 6 * DAY)) == 3


def test_a_machine_given_up_after_its_visit_was_promised_brings_nobody_there(database: Database, city: City) -> None:
    with database.writing() as session:
        recall(session, city)
        take_rounds(session, NIGHT)
        one = session.scalars(select(Recall).order_by(Recall.id)).first()
        assert one is not None
        assert one.request is not None
        visit = draft_visit(session, request=one.request)
        offer = offer_windows(session, visit=visit, now=NIGHT)
        commit_hold(session, hold=offer.holds[0], house=HOUSE, now=NIGHT, source="web", actor="customer")
        give_up(session, recall=one, note="已报废", house=HOUSE, by="clerk", now=NIGHT)

        assert (visit.state, one.request.close_reason) == (VisitState.CANCELLED, CloseReason.WITHDRAWN)
        assert settle_recalls(session, now=NIGHT) == 0


def test_outside_every_territory_a_service_point_is_asked_and_without_one_a_dispatcher(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        product = session.get_one(Product, city.product.id)
        elsewhere = [make_asset(session, make_site(session, make_customer(session), None), product) for _ in range(2)]
        elsewhere[1].site.district = "崇明"
        session.add(
            ServicePoint(
                code="SP1",
                name="静安服务点",
                name_en="Jingan point",
                phone="+8613700000001",
                language=Language.ZH,
                districts=["静安"],
                position=1,
                time_zone="Asia/Shanghai",
                is_active=True,
            )
        )
        session.flush()
        recall(session, city)
        take_rounds(session, NIGHT)

        assert session.scalars(select(Handover)).one().request.asset_id == elsewhere[0].id
        assert session.scalars(select(Escalation)).one().request.asset_id == elsewhere[1].id
        told = session.scalar(select(func.count()).where(Message.template == "recall_notice_partner"))
        assert told == 2


def test_a_cluster_of_one_fault_raises_a_case_once_until_it_is_looked_into(database: Database, city: City) -> None:
    with database.writing() as session:
        for number in range(4):
            open_visit(session, city, customer=number % 4, opened_at=NIGHT - number * DAY)
        assert raise_defect_cases(session, now=NIGHT + DAY) == 0
        open_visit(session, city, opened_at=NIGHT)

        assert [raise_defect_cases(session, now=NIGHT + DAY) for _ in range(2)] == [1, 0]
        (case,) = list_defect_cases(session)
        assert case.reports == 5
        close_defect_case(session, case=case, finding="一批电源", by="manager", now=NIGHT + DAY)

        assert list_defect_cases(session) == []
        assert raise_defect_cases(session, now=NIGHT + 2 * DAY) == 0
        assert session.scalar(select(func.count()).select_from(DefectCase)) == 1
