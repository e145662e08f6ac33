"""A technician's whole day and a customer's whole story by text alone, in both languages (D10, F2, H15, V1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from models import Complaint, Customer, Escalation, Technician, Visit
from policies.complaints import ComplaintState
from policies.escalations import EscalationReason
from policies.languages import Language
from policies.visit_states import VisitState
from simulator.telephone import Telephone
from tests.town import EVENING, HOUSEHOLDS, WORKERS, Town

MORNING = EVENING.replace(hour=22, minute=30)
"""06:30 in Shanghai; the visit is at ten."""


@dataclass(frozen=True)
class Words:
    """What people type and read in one language; {code} is the visit's."""

    route: str
    accept: str
    accepted: str
    reminder: str
    leave: str
    left: str
    late: str
    delayed: str
    customer_asks: str
    thanked: str
    arrive: str
    arrived: str
    nonsense: str
    help: str
    part: str
    part_noted: str
    done: str
    asked: str
    score: str
    complaint: str
    stop: str
    stopped: str


WORDS = {
    Language.ZH: Words(
        route="今日1单",
        accept="收到",
        accepted="已接单1单",
        reminder="温馨提醒",
        leave="出发{code} 25分钟",
        left="已出发，预计09:55到达",
        late="晚到20分钟",
        delayed="有耽搁，预计10:15到达",
        customer_asks="门禁1234，请直接上楼",
        thanked="短信已收到",
        arrive="{code} 到了",
        arrived="已到达，请核对工号",
        nonsense="今天好热",
        help="没看懂",
        part="缺配件 {code} 灯泡",
        part_noted="需要配件，已转派工员",
        done="完成{code}",
        asked="请回复1到5分",
        score="2分",
        complaint="您的投诉已登记",
        stop="退订",
        stopped="已退订",
    ),
    Language.EN: Words(
        route="Stops today: 1.",
        accept="ok",
        accepted="Stops accepted: 1.",
        reminder="OneCall reminder",
        leave="on the way {code} eta 25 min",
        left="on the way and should arrive at 09:55",
        late="running late 20 min",
        delayed="should arrive at 10:15",
        customer_asks="The door code is 1234",
        thanked="OneCall has your text",
        arrive="arived {code}",
        arrived="please check the badge number",
        nonsense="so hot today",
        help="Not understood",
        part="need part {code}: lamp",
        part_noted="needs a part",
        done="{code} done",
        asked="Reply 1 to 5",
        score="2 stars",
        complaint="recorded your complaint",
        stop="TD",
        stopped="no more texts",
    ),
}


@pytest.mark.parametrize("language", Language)
def test_a_technicians_day_and_a_customers_story_by_text_alone(town: Town, language: Language) -> None:
    words = WORDS[language]
    everybody_speaks(town, language)
    wang = town.phone(HOUSEHOLDS[0].phone)
    the_customer_books_by_telephone(town, wang)

    town.wait_until(MORNING)
    technician, colleague, code = the_technician_hears_of_the_day_and_accepts(town, words)
    town.wait_until(MORNING + dt.timedelta(minutes=100))
    wang.receives(words.reminder)
    town.wait_until(MORNING + dt.timedelta(hours=3))
    the_technician_travels_and_is_late(town, technician, wang, words, code)
    a_colleague_and_a_stranger_change_nothing(town, colleague, code)
    the_customer_writes_and_is_heard(town, wang, words)
    the_technician_works(town, technician, wang, words, code)
    the_customer_is_not_satisfied_and_somebody_hears_of_it(town, wang, words)
    the_customer_wants_no_more_texts(town, wang, words)


def everybody_speaks(town: Town, language: Language) -> None:
    with town.services.database.writing() as session:
        session.execute(update(Technician).values(language=language))
        session.execute(update(Customer).values(language=language))


def the_customer_books_by_telephone(town: Town, wang: Telephone) -> None:
    call = wang.dial(town.hotline)
    for key in ("1", "1", "1", "2", "2", "3"):
        call.press(key)
    call.hang_up()
    town.tick()
    wang.receives("10:00-12:00")


def the_technician_hears_of_the_day_and_accepts(town: Town, words: Words) -> tuple[Telephone, Telephone, str]:
    with town.services.database.reading() as session:
        visit = session.scalars(select(Visit).where(Visit.state == VisitState.DISPATCHED)).one()
        assert visit.technician is not None
        code, number = visit.code, visit.technician.phone
    technician = town.phone(number)
    technician.receives(words.route)
    says(town, technician, words.accept)
    technician.receives(words.accepted)
    return technician, town.phone(next(worker.phone for worker in WORKERS if worker.phone != number)), code


def the_technician_travels_and_is_late(
    town: Town, technician: Telephone, wang: Telephone, words: Words, code: str
) -> None:
    says(town, technician, words.leave.format(code=code))
    wang.receives(words.left)
    says(town, technician, words.late)
    wang.receives(words.delayed)


def a_colleague_and_a_stranger_change_nothing(town: Town, colleague: Telephone, code: str) -> None:
    for phone in (colleague, town.phone("+8613711112222")):
        says(town, phone, f"4{code}")
    with town.services.database.reading() as session:
        assert session.scalars(select(Visit.state).where(Visit.code == code)).one() is VisitState.EN_ROUTE


def the_customer_writes_and_is_heard(town: Town, wang: Telephone, words: Words) -> None:
    says(town, wang, words.customer_asks)
    wang.receives(words.thanked)


def the_technician_works(town: Town, technician: Telephone, wang: Telephone, words: Words, code: str) -> None:
    says(town, technician, words.arrive.format(code=code))
    wang.receives(words.arrived)
    says(town, technician, words.nonsense)
    technician.receives(words.help)
    says(town, technician, words.part.format(code=code))
    technician.receives(words.part_noted)
    says(town, technician, words.done.format(code=code))
    wang.receives(words.asked)
    with town.services.database.reading() as session:
        reasons = session.scalars(select(Escalation.reason).where(Escalation.visit_id.is_not(None))).all()
    assert EscalationReason.NEEDS_PART in reasons


def the_customer_is_not_satisfied_and_somebody_hears_of_it(town: Town, wang: Telephone, words: Words) -> None:
    says(town, wang, words.score)
    wang.receives(words.complaint)
    with town.services.database.reading() as session:
        assert session.scalars(select(Complaint.state)).all() == [ComplaintState.OPEN]


def the_customer_wants_no_more_texts(town: Town, wang: Telephone, words: Words) -> None:
    says(town, wang, words.stop)
    wang.receives(words.stopped)


def says(town: Town, phone: Telephone, words: str) -> None:
    phone.text(words, to=town.hotline)
    town.tick()
