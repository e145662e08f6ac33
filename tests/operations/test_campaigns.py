"""A recall of 500 machines from contact to 100 %, nobody told twice, nobody forgotten; clusters raise cases (C8)."""

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Asset, Campaign, DefectCase, FaultCategory, Message, Product, Recall, ServiceRequest, Site
from models.database import Database
from operations.campaigns import (
    MachineRecalledAlready,
    NobodyConcerned,
    SerialsWrongWayRound,
    count_recalls,
    give_up,
    list_by_hand,
    open_campaign,
    percent_done,
    raise_requests,
    reach,
    settle_recalls,
    tell_owners,
)
from operations.defect_cases import close_defect_case, list_defect_cases, raise_defect_cases
from operations.requests import close_request
from policies.campaigns import CampaignState, RecallState
from policies.request_states import CloseReason
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
    raise_requests(session, now=at)
    tell_owners(session, house=HOUSE, now=at)


def test_a_recall_of_five_hundred_goes_from_contact_to_a_hundred_percent(database: Database, city: City) -> None:
    with database.writing() as session:
        add_machines(session, city, 500 - len(city.assets))
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
            for one in list_by_hand(session):
                reach(session, recall=one, now=at)
            seen.append(percent_done(count_recalls(session, campaign=campaign)))
            if campaign.state is CampaignState.CLOSED:
                break

        assert count_recalls(session, campaign=campaign) == {RecallState.DONE: 500}
        assert (campaign.state, seen[-1], withdrawn) == (CampaignState.CLOSED, 100, 3)
        assert seen == sorted(seen)
        assert count_recalls(session, campaign=campaign) == {RecallState.DONE: 500}
        told = session.scalar(select(func.count()).where(Message.template == "recall_notice"))
        assert told == 499
        assert session.scalar(select(func.count()).select_from(ServiceRequest)) == 503


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
            give_up(session, recall=one, note="已报废")
        settle_recalls(session, now=NIGHT)

        assert campaign.state is CampaignState.CLOSED
        assert session.scalars(select(Message)).all() == []


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
