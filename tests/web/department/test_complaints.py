"""A complaint from a bad answer to its closing report, as the officer sees it (F1)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Commitment, Complaint, DutyTurn, Receivable, ServiceRequest, StatusEvent, Visit
from operations.aftercare.complaint_handling import take_complaint
from operations.aftercare.surveys import note_score
from operations.foundation.events import find_broken_link
from policies.channels import Channel
from policies.commitments import CommitmentState
from policies.complaints import ComplaintCategory, ComplaintState
from policies.duty import DutyRole
from policies.languages import Language
from policies.roles import Role
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from tests.web.offices import WANG, call_and_book

DAY = dt.timedelta(days=1)
ON_DUTY = "+8613900000013"
REPORT = {
    "responsibility": "technician",
    "improvement": "Talk before the visit",
    "improvement_owner": "manager",
    "improvement_due_on": "2026-12-15",
    "outcome_for_staff": "",
}
SIDES = {"customers_side": "He shouted.", "our_side": "I was late and said so.", "finding": "Both are right."}


@pytest.fixture
def number(town: Town) -> str:
    """Wang answered the survey after the visit with 1 of 5, and said why."""
    request = call_and_book(town)
    with town.services.database.writing() as session:
        matter = session.get_one(ServiceRequest, request.id)
        complaint = take_complaint(
            session, channel=Channel.DESK, category=ComplaintCategory.ATTITUDE, language=Language.ZH,
            words="1 of 5: he shouted", house=town.services.house, by="survey", opened_at=town.clock.now(),
            now=town.clock.now(), request=matter,
        )  # fmt: skip
        return complaint.number


def step(client: FlaskClient, number: str, name: str, **form: str) -> str:
    page = f"/complaints/{number}"
    answer = client.post(f"{page}/{name}", data={"csrf_token": read_token(client, page), **form}, follow_redirects=True)
    assert answer.status_code in {200, 422}, answer.status_code
    return answer.text


def close_one(client: FlaskClient, number: str, compensation: str, *, deviation: str = "") -> str:
    step(client, number, "answer")
    step(client, number, "investigate", **SIDES)
    page = step(client, number, "offer", solution="Sorry", compensation=compensation, gift="", deviation=deviation)
    step(client, number, "accept")
    step(client, number, "close", **{**REPORT, "improvement": "Training", "outcome_for_staff": "warned"})
    return page


def test_from_a_low_answer_to_the_closing_report_with_the_customers_own_yes(
    town: Town, number: str, sign_in: SignIn
) -> None:
    clerk, manager = sign_in(Role.CLERK), sign_in(Role.MANAGER)
    assert number in clerk.get("/complaints").text
    assert "One step after the other" in step(clerk, number, "investigate", **SIDES)
    step(clerk, number, "answer")
    assert "There is none" in step(clerk, number, "assign", owner="nobody we know")
    step(clerk, number, "assign", owner="manager")
    assert 'id="mine"' in manager.get("/complaints").text
    assert 'id="mine"' not in clerk.get("/complaints").text
    assert "Both sides must be heard" in step(clerk, number, "investigate", **{**SIDES, "our_side": " "})
    step(clerk, number, "investigate", **SIDES)

    offer = {"solution": "A new visit by somebody else", "compensation": "100.00", "gift": "a cloth", "deviation": ""}
    assert "above your limit" in step(clerk, number, "offer", **offer)
    step(manager, number, "offer", **offer)
    page = step(manager, number, "reject")
    assert "before the service manager" in page
    step(manager, number, "offer", **{**offer, "compensation": "150.00"})
    page = step(manager, number, "accept")
    assert '<select name="responsibility" required><option value="">' in page, "no record blames anybody"
    assert 'name="responsibility_why"' not in page, "there is nothing to decide otherwise than"
    assert "within a year" in step(manager, number, "close", **{**REPORT, "improvement_due_on": "2026-11-01"})
    closed = step(manager, number, "close", **REPORT)

    assert "Talk before the visit" in closed
    town.tick()
    told = [text.body for text in town.phone(WANG).inbox if number in text.body]
    words = (
        "已登记",
        "Manager",
        "已有解决方案",
        "上一级",
        "已有解决方案",
        "谢谢您接受",
        "我们已改进：Talk before the visit",
    )
    assert len(told) == len(words)
    assert all(word in body for word, body in zip(words, told, strict=True)), told
    assert "Talk before the visit" in manager.get("/complaints").text, "what is done better is not done yet"
    town.clock.set(town.clock.now() + dt.timedelta(days=30))
    assert "broken" in manager.get("/complaints").text
    step(manager, number, "improved", outcome="Everybody was shown how")
    assert "Nothing is left to be done" in step(manager, number, "improved", outcome="again")
    assert number not in manager.get("/complaints").text
    assert "Everybody was shown how" in manager.get(f"/complaints/{number}").text
    with town.services.database.reading() as session:
        complaint = session.scalars(select(Complaint)).one()
        assert (complaint.state, complaint.level) == (ComplaintState.CLOSED, 1)
        assert complaint.owner is not None
        assert complaint.owner.name == "manager"
        assert session.scalars(select(Receivable)).one().amount_cents == -15_000
        clock = session.scalars(select(Commitment).where(Commitment.subject == f"complaint:{complaint.id}")).first()
        assert clock is not None
        assert clock.state is CommitmentState.MET
        assert find_broken_link(session, subject=f"complaint:{complaint.id}") is None
        assert "complaint_closed" in set(session.scalars(select(StatusEvent.kind)))


def test_what_is_to_be_done_better_stands_on_a_clock_until_it_is_done(town: Town, number: str, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    with town.services.database.writing() as session:
        at = town.clock.now()
        session.add(
            DutyTurn(
                role=DutyRole.MANAGER, position=1, name="郑经理", name_en="Zheng", phone=ON_DUTY, language=Language.ZH,
                from_at=at, until_at=at + 60 * DAY,
            )
        )  # fmt: skip
    close_one(manager, number, "100.00")
    assert verdicts(town)["improvement"] == "running"
    assert "1 improvements to carry out" in manager.get("/work").text

    town.clock.set(town.clock.now() + dt.timedelta(days=30))
    town.tick()

    assert verdicts(town)["improvement"] == "broken"
    work = manager.get("/work").text.split("improvements to carry out")[1].split("</a>")[0]
    assert 'class="broken"' in work
    told = [text.body for text in town.phone(ON_DUTY).inbox if number in text.body]
    assert len(told) == 1
    assert "按期落实改进措施" in told[0]

    step(manager, number, "improved", outcome="Everybody was shown how")
    assert "improvements to carry out</b>" not in manager.get("/work").text
    with town.services.database.reading() as session:
        clock = session.scalars(select(Commitment).where(Commitment.kind == "improvement")).one()
        assert (clock.state, clock.fulfilled_at) == (CommitmentState.BROKEN, town.clock.now())


def test_the_records_say_whose_it_was_and_whoever_finds_otherwise_says_why(town: Town, sign_in: SignIn) -> None:
    request, manager = call_and_book(town), sign_in(Role.MANAGER)
    town.clock.set(town.clock.now() + 2 * DAY)
    town.tick()
    with town.services.database.writing() as session:
        late = take_complaint(
            session, channel=Channel.DESK, category=ComplaintCategory.RESPONSE_TIME, language=Language.ZH,
            words="nobody came", house=town.services.house, by="clerk", opened_at=town.clock.now(),
            now=town.clock.now(), request=session.get_one(ServiceRequest, request.id),
        ).number  # fmt: skip
    step(manager, late, "answer")
    step(manager, late, "investigate", **SIDES)
    step(manager, late, "offer", solution="Sorry", compensation="0.00", gift="", deviation="")
    page = step(manager, late, "accept")
    assert "the office: nobody was on site in time" in page
    assert '<option value="office" selected>' in page

    assert "say why it was not theirs" in step(manager, late, "close", **REPORT)
    why = {"responsibility_why": "he was sent and drove home"}
    page = step(manager, late, "close", **REPORT, **why)

    assert "he was sent and drove home" in page
    assert "the office: nobody was on site in time" in page
    with town.services.database.reading() as session:
        closed = session.scalars(select(StatusEvent).where(StatusEvent.kind == "complaint_closed")).one()
        kept = {"responsibility": "technician", "found": "office", "shown_by": "nobody_sent"}
        assert kept.items() <= closed.facts.items()
        assert closed.personal == {"why": "he was sent and drove home"}


def test_like_cases_are_shown_and_a_deviation_is_explained_or_refused(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    numbers = []
    for _ in range(4):
        with town.services.database.writing() as session:
            complaint = take_complaint(
                session, channel=Channel.DESK, category=ComplaintCategory.CHARGES, language=Language.ZH, words="dear",
                house=town.services.house, by="clerk", opened_at=town.clock.now(), now=town.clock.now(),
            )  # fmt: skip
            numbers.append(complaint.number)
    for number in numbers[:3]:
        close_one(manager, number, "50.00")

    refused = close_one(manager, numbers[3], "200.00")
    explained = step(
        manager, numbers[3], "offer", solution="Sorry", compensation="200.00", gift="", deviation="charged twice"
    )

    assert "say why this one differs" in refused
    assert "3 of them, usually ¥50.00" in refused
    assert "charged twice" in explained


def test_a_complaint_at_the_counter_is_written_down_with_its_clock_and_its_text(
    town: Town, dispatcher: FlaskClient
) -> None:
    form = {"category": "result", "words": "Broken again", "request": "", "customer": "C1"}
    token = read_token(dispatcher, "/complaints")

    page = dispatcher.post("/complaints", data={"csrf_token": token, **form}, follow_redirects=True).text
    empty = dispatcher.post("/complaints", data={"csrf_token": token, **form, "words": " "}, follow_redirects=True).text

    assert "Wang Xiaoming" in page
    assert "left" in page
    assert "Please fill this in" in empty
    town.tick()
    town.phone(WANG).receives("投诉")


def test_whoever_cannot_be_answered_in_a_day_hears_why_and_by_when_and_that_date_is_a_clock(
    town: Town, number: str, sign_in: SignIn
) -> None:
    clerk, manager = sign_in(Role.CLERK), sign_in(Role.MANAGER)
    today = town.clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    first, later = today + dt.timedelta(days=4), today + dt.timedelta(days=9)
    assert "from today on" in step(clerk, number, "explain", reason="x", solved_by_on=f"{today - DAY}")
    assert "Please give a day" in step(clerk, number, "explain", reason="x", solved_by_on="soon")
    assert "Please fill this in" in step(clerk, number, "explain", reason=" ", solved_by_on=f"{first}")
    step(clerk, number, "answer")

    page = step(clerk, number, "explain", reason="The maker examines the pump", solved_by_on=f"{first}")
    step(clerk, number, "explain", reason="He still does", solved_by_on=f"{later}")

    assert "The maker examines the pump" in page
    town.tick()
    texts = [text.body for text in town.phone(WANG).inbox if "需要更多时间" in text.body]
    assert ["The maker examines the pump" in texts[0], "He still does" in texts[1]] == [True, True]
    assert verdicts(town) == {"complaint": "met", "explanation": "met", "solution": "running"}
    step(clerk, number, "investigate", **SIDES)
    step(manager, number, "offer", solution="A new pump", compensation="0", gift="", deviation="")
    assert verdicts(town)["solution"] == "met"
    assert "One step after the other" in step(clerk, number, "explain", reason="x", solved_by_on=f"{first}")
    with town.services.database.reading() as session:
        clock = session.scalars(select(Commitment).where(Commitment.kind == "solution")).one()
        # The first date told counts, until the end of that day.
        ends = dt.datetime.combine(first + DAY, dt.time(), ZoneInfo("Asia/Shanghai"))
        assert clock.deadline_at == ends


def test_an_answer_alone_is_no_explanation(town: Town, number: str, dispatcher: FlaskClient) -> None:
    step(dispatcher, number, "answer")

    assert verdicts(town) == {"complaint": "met", "explanation": "running"}


@pytest.mark.usefixtures("number")
def test_a_manager_sees_low_answers_with_their_complaints_and_that_nothing_is_done_yet(
    town: Town, sign_in: SignIn
) -> None:
    with town.services.database.writing() as session:
        visit = session.scalars(select(Visit)).one()
        note_score(
            session, visit=visit, score=1, channel=Channel.SMS, contact_phone=WANG, house=town.services.house,
            now=town.clock.now(),
        )  # fmt: skip
        request = visit.request.number

    part = sign_in(Role.MANAGER).get("/complaints").text.split('id="low_answers"')[1].split("</section>")[0]

    assert f"/requests/{request}" in part
    assert "1 / 5" in part
    assert "nothing yet" in part
    assert part.count('href="/complaints/') == 1


def verdicts(town: Town) -> dict[str, str]:
    with town.services.database.reading() as session:
        rows = session.scalars(select(Commitment).where(Commitment.subject.startswith("complaint:")))
        return {row.kind: str(row.state) for row in rows}


def test_an_auditor_reads_a_clerk_does_not_close_and_a_stranger_signs_in(
    number: str, sign_in: SignIn, stranger: FlaskClient
) -> None:
    auditor, clerk = sign_in(Role.AUDITOR), sign_in(Role.CLERK)

    page = auditor.get(f"/complaints/{number}")

    assert page.status_code == 200
    assert "/answer" not in page.text
    form = {"csrf_token": read_token(auditor, "/"), "responsibility": "nobody", "improvement": "x"}
    assert auditor.post(f"/complaints/{number}/answer", data=form).status_code == 403
    form["csrf_token"] = read_token(clerk, "/")
    assert clerk.post(f"/complaints/{number}/close", data=form).status_code == 403
    assert stranger.get(f"/complaints/{number}").status_code == 302
