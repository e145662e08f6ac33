"""After the visit, by the link in the last text: the report, the score, whether greetings are welcome (V4, F2, F3)."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Complaint, StatusEvent, SurveyAnswer, Technician, Visit, WorkReport, WorkReportCharge
from outbox.contact import find_choice, stop_messages
from policies.message_channels import MessageChannel
from policies.roles import Role
from policies.work_reports import ChargeKind, Opinion, ReportState
from tests.databases import ON_SQLITE_ALONE
from tests.town import ADDRESS, Town
from tests.web.conftest import SignIn
from tests.web.offices import WANG, call_and_book, publish_day, technician_of

pytestmark = ON_SQLITE_ALONE
"""One kind of database is enough at the door: what operations do is tested on both."""


@pytest.fixture
def link(town: Town) -> str:
    """The path of the link in the text that says the work is done."""
    own = call_and_book(town)
    publish_day(town)
    technician, code = technician_of(town, own)
    for digit in "1234":
        technician.text(f"{digit}{code}", to=town.hotline)
        town.tick()
    found = re.search(rf"{ADDRESS}(/v/\S+)", town.phone(WANG).inbox[-1].body)
    assert found, town.phone(WANG).inbox[-1].body
    return found[1]


def write_report(town: Town, state: ReportState) -> None:
    with town.services.database.writing() as session:
        if (known := session.scalars(select(WorkReport)).one_or_none()) is not None:
            known.state = state
            return
        visit = session.scalars(select(Visit)).one()
        technician = session.get_one(Technician, visit.technician_id)
        report = WorkReport(
            visit=visit, technician=technician, state=state, sections={}, fault_found="<b>主板</b>坏", cause="受潮",
            action="换主板", charges_total_cents=12_000, opinion=Opinion.SATISFIED, opinion_note="很快",
            signed_at=town.clock.now(), serial_seen="LX-2A345678",
        )  # fmt: skip
        labour = WorkReportCharge(
            position=0, kind=ChargeKind.LABOUR, description="更换", quantity=1, unit_cents=12_000, total_cents=12_000
        )
        report.charges.append(labour)
        session.add(report)


def test_the_report_is_shown_when_it_is_handed_in_with_nothing_a_finder_could_use(
    town: Town, link: str, stranger: FlaskClient
) -> None:
    assert stranger.get(f"{link}/report").status_code == 404
    assert "/report" not in stranger.get(link).text
    write_report(town, ReportState.RETURNED)
    assert stranger.get(f"{link}/report").status_code == 404

    write_report(town, ReportState.HANDED_IN)

    assert f'href="{link}/report"' in stranger.get(link).text
    page = stranger.get(f"{link}/report")
    for shown in ("&lt;b&gt;主板", "受潮", "换主板", "120.00", "满意"):
        assert shown in page.text
    for private in ("南京西路", WANG, "LX-2A345678", "王小明"):
        assert private not in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert stranger.get("/v/wrong-link/report").status_code == 410


def test_the_first_score_on_the_page_counts_and_a_low_one_is_a_complaint(
    town: Town, link: str, stranger: FlaskClient
) -> None:
    assert stranger.post(f"{link}/score", data={"score": "6"}).status_code == 422

    said = stranger.post(f"{link}/score", data={"score": "1"}, follow_redirects=True).text
    again = stranger.post(f"{link}/score", data={"score": "5"}, follow_redirects=True).text

    assert "按投诉登记" in said
    assert "您的评价：1 分" in again
    assert f'action="{link}/score"' not in again
    town.phone(WANG).text("5", to=town.hotline)
    town.tick()
    with town.services.database.reading() as session:
        assert session.scalars(select(SurveyAnswer.score)).all() == [1]
        assert session.scalars(select(Complaint.contact_phone)).all() == [WANG]


def test_a_low_score_can_be_explained_once_and_the_reason_stands_beside_it(
    town: Town, link: str, stranger: FlaskClient, sign_in: SignIn
) -> None:
    assert stranger.post(f"{link}/why", data={"why": "迟到了"}).status_code == 422, "there is no score yet"
    page = stranger.post(f"{link}/score", data={"score": "2"}, follow_redirects=True).text
    assert f'action="{link}/why"' in page
    assert stranger.post(f"{link}/why", data={"why": " "}).status_code == 422
    assert stranger.post(f"{link}/why", data={"why": "长" * 401}).status_code == 422

    said = stranger.post(f"{link}/why", data={"why": "迟到了，也没说一声"}, follow_redirects=True).text
    stranger.post(f"{link}/why", data={"why": "别的"}, follow_redirects=True)

    assert "处理投诉的同事会看到" in said
    assert f'action="{link}/why"' not in said
    with town.services.database.reading() as session:
        assert session.scalars(select(Complaint.words)).all() == ["迟到了，也没说一声"]
        worded = session.scalars(select(StatusEvent).where(StatusEvent.kind == "complaint_worded")).one()
        assert (worded.actor, worded.personal) == ("customer", {"words": "迟到了，也没说一声"})
    low = sign_in(Role.MANAGER).get("/complaints").text.split('id="low_answers"')[1].split("</section>")[0]
    assert "迟到了，也没说一声" in low


def test_greetings_are_asked_for_and_ended_on_the_page_and_a_stop_hides_the_question(
    town: Town, link: str, stranger: FlaskClient
) -> None:
    assert "欢迎问候我" in stranger.get(link).text

    on = stranger.post(f"{link}/greetings", data={"welcome": "yes"}, follow_redirects=True).text
    with town.services.database.reading() as session:
        choice = find_choice(session, channel=MessageChannel.SMS, address=WANG)
        assert choice is not None
        assert (choice.care_agreed_at, choice.changed_by) == (town.clock.now(), "customer")
    off = stranger.post(f"{link}/greetings", data={"welcome": "no"}, follow_redirects=True).text

    assert "不再问候我" in on
    assert "欢迎问候我" in off
    with town.services.database.writing() as session:
        stop_messages(session, channel=MessageChannel.SMS, address=WANG, by="sms", now=town.clock.now())
    assert "问候我" not in stranger.get(link).text
