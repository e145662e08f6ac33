"""What is on record of a complaint's matter is found where it was written down, and says whose it was (F1)."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from models import Campaign, Commitment, DefectCase, Handover, Recall, ServicePoint, ServiceRequest
from models.database import Database
from operations.aftercare.responsibility import read_record
from operations.money.entitlement import decide_again
from policies.campaigns import CampaignState, RecallState
from policies.commitments import CommitmentState
from policies.entitlement import ChargeableCause
from policies.handovers import HandoverState
from policies.languages import Language
from policies.responsibility import ComplaintRecord
from tests.factories.city import City, book_visit, open_visit
from tests.factories.instants import NIGHT, hours, minutes

Change = Callable[[Session, ServiceRequest], None]


def hand_over(state: HandoverState) -> Change:
    def act(session: Session, request: ServiceRequest) -> None:
        point = ServicePoint(
            code="SP", name="网点", name_en="Point", phone="+8613900000001", language=Language.ZH,
            time_zone="Asia/Shanghai", districts=[], position=1, is_active=True,
        )  # fmt: skip
        session.add(point)
        session.flush()
        session.add(
            Handover(
                request_id=request.id, service_point_id=point.id, state=state, offered_at=NIGHT,
                answer_until_at=NIGHT + hours(1),
            )
        )  # fmt: skip

    return act


def recall(session: Session, request: ServiceRequest) -> None:
    assert request.asset is not None
    campaign = Campaign(
        product=request.asset.product, fault_category=request.fault_category, serial_from="", serial_until="",
        is_batch=True, notice="召回", state=CampaignState.OPEN, opened_at=NIGHT, opened_by="zhang",
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    session.add(Recall(campaign_id=campaign.id, asset_id=request.asset.id, state=RecallState.FOUND))


def find_defect(session: Session, request: ServiceRequest) -> None:
    assert request.asset is not None
    session.add(
        DefectCase(
            product_id=request.asset.product_id, fault_category_id=request.fault_category_id, reports=5, opened_at=NIGHT
        )
    )


def find_cause(*causes: ChargeableCause) -> Change:
    def act(session: Session, request: ServiceRequest) -> None:
        decide_again(session, request=request, by="zhang", reason="", causes=causes, now=NIGHT)

    return act


def break_clock(session: Session, request: ServiceRequest) -> None:
    session.query(Commitment).filter_by(request_id=request.id, kind="on_site").one().state = CommitmentState.BROKEN


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda _session, _request: None, ComplaintRecord()),
        (hand_over(HandoverState.DONE), ComplaintRecord(is_partners=True)),
        (hand_over(HandoverState.DECLINED), ComplaintRecord()),
        (recall, ComplaintRecord(is_defect=True)),
        (find_defect, ComplaintRecord(is_defect=True)),
        (find_cause(ChargeableCause.MISUSE), ComplaintRecord(is_chargeable=True)),
        (find_cause(ChargeableCause.FORCE_MAJEURE), ComplaintRecord()),
        (break_clock, ComplaintRecord(is_clock_broken=True)),
    ],
    ids=["nothing", "a partner did it", "a partner declined", "recalled", "defect case", "misuse", "storm", "late"],
)
def test_what_is_on_record_of_a_request(
    database: Database, city: City, change: Change, expected: ComplaintRecord
) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        change(session, request)
        session.flush()

        assert read_record(session, request=request) == expected


def test_who_arrived_after_the_window_promised_was_late_and_a_second_report_is_a_failed_repair(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        assert visit.window_until_at is not None
        visit.arrived_at = visit.window_until_at
        again = open_visit(session, city, customer=1).request
        again.repeat_of = visit.request
        session.flush()
        assert read_record(session, request=visit.request) == ComplaintRecord(was_visited=True)
        assert read_record(session, request=again) == ComplaintRecord(is_repeat=True)

        visit.arrived_at += minutes(1)
        session.flush()

        assert read_record(session, request=visit.request) == ComplaintRecord(was_visited=True, is_window_missed=True)
