"""A day on which everything goes wrong, by text alone: lost texts, declines, delays, closed doors (D10, V1, F3)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from models import Customer, Escalation, Technician, Visit
from policies.escalations import EscalationReason
from policies.languages import Language
from policies.roles import Role
from policies.visit_states import VisitState
from simulator.telephone import Telephone
from tests.databases import ON_SQLITE_ALONE
from tests.journeys.aftersales.people import Colleague
from tests.town import ADDRESS, EVENING, HOUSEHOLDS, Town
from tests.web.conftest import browser

MORNING = EVENING.replace(hour=22, minute=30)
"""06:30 in Shanghai; the visit is promised for ten to twelve."""
WANG = HOUSEHOLDS[0].phone


@dataclass(frozen=True)
class Words:
    """What people type, hear and read in one language; {code} is the visit's."""

    waiting_call: str
    added: str
    removed: str
    decline: str
    declined: str
    other_comes: str
    accept: str
    late_without_time: str
    not_understood: str
    late: str
    promise_broken: str
    leave: str
    arrive: str
    help: str
    help_noted: str
    nobody: str
    closed_door: str
    too_late: str
    out_of_order: str
    link_of: str
    cancelled: str
    wants_greetings: str
    greetings_on: str
    greeting: str
    no_greetings: str
    greetings_off: str
    help_word: str
    helped: str
    start: str
    started: str
    stop: str
    stopped: str


WORDS = {
    Language.ZH: Words(
        waiting_call="您有1单还没有接",
        added="新增{code}",
        removed="取消{code}",
        decline="退单{code} 车坏了",
        declined="已转派其他师傅",
        other_comes="改由",
        accept="１{code}",
        late_without_time="晚到{code}",
        not_understood="没看懂",
        late="５{code} 12:30",
        promise_broken="赶不上约定的",
        leave="{code}出发",
        arrive="3{code}",
        help="求助{code} 墙里没有电",
        help_noted="求助已收到",
        nobody="没人 {code}",
        closed_door="家中无人",
        too_late="接单{code}",
        out_of_order="您今天的行程里没有",
        link_of="改约",
        cancelled="师傅不再上门",
        wants_greetings="问候",
        greetings_on="我们会问候您",
        greeting="新年快乐",
        no_greetings="不要问候",
        greetings_off="不再给您发问候短信",
        help_word="帮助",
        helped="24小时有人接听",
        start="恢复",
        started="已恢复短信通知",
        stop="停止",
        stopped="已退订",
    ),
    Language.EN: Words(
        waiting_call="Visits you have not accepted yet: 1",
        added="new {code}",
        removed="cancelled {code}",
        decline="decline {code}: the van broke down",
        declined="another technician takes it",
        other_comes="will come instead",
        accept="acept {code}",
        late_without_time="late {code}",
        not_understood="Not understood",
        late="late {code} 12:30",
        promise_broken="cannot keep",
        leave="otw {code}",
        arrive="here {code}",
        help="help {code} no power in the wall",
        help_noted="has your call for help",
        nobody="nobody home {code}",
        closed_door="nobody was in",
        too_late="accept {code}",
        out_of_order="is not on your route",
        link_of="See or change",
        cancelled="nobody will come",
        wants_greetings="greetings",
        greetings_on="we will greet you",
        greeting="happy New Year",
        no_greetings="no greetings",
        greetings_off="no more greetings",
        help_word="帮助",
        helped="day and night",
        start="HF",
        started="you get our texts again",
        stop="TD",
        stopped="no more texts",
    ),
}
BOTH_LANGUAGES = pytest.mark.parametrize("language", Language)


@ON_SQLITE_ALONE
@BOTH_LANGUAGES
def test_a_text_that_is_lost_and_a_van_that_breaks_down_still_bring_somebody(town: Town, language: Language) -> None:
    words = WORDS[language]
    everybody_speaks(town, language)
    the_customer_books_by_telephone(town)
    first = whoever_goes(town)
    first.cannot_receive()
    town.wait_until(MORNING)

    the_call_that_follows_is_not_answered(town, first, words)
    second = the_dispatcher_hands_it_on(town, language, first)
    code = second_declines_with_a_reason(town, second, words)
    third = whoever_goes(town)
    assert len({first.number, second.number, third.number}) == 3
    third_comes_after_the_window(town, third, words, code)
    third_stands_before_a_closed_door(town, third, words, code)
    those_who_gave_it_back_change_nothing_any_more(town, second, words, code)


@ON_SQLITE_ALONE
@BOTH_LANGUAGES
def test_a_customer_reads_writes_cancels_and_is_greeted_without_a_call(town: Town, language: Language) -> None:
    words = WORDS[language]
    everybody_speaks(town, language)
    the_customer_books_by_telephone(town)
    town.wait_until(MORNING)
    technician = whoever_goes(town)

    the_link_of_the_confirmation_cancels(town, words)
    technician.receives(words.removed.format(code=code_of_visit(town)))
    the_customer_asks_for_greetings_and_gets_one(town, words)
    the_customer_stops_and_starts_our_texts(town, words)


def everybody_speaks(town: Town, language: Language) -> None:
    with town.services.database.writing() as session:
        session.execute(update(Technician).values(language=language))
        session.execute(update(Customer).values(language=language))


def the_customer_books_by_telephone(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2", "3"):
        call.press(key)
    call.hang_up()
    town.tick()


def whoever_goes(town: Town) -> Telephone:
    with town.services.database.reading() as session:
        visit = session.scalars(select(Visit)).one()
        assert visit.technician is not None
        return town.phone(visit.technician.phone)


def code_of_visit(town: Town) -> str:
    with town.services.database.reading() as session:
        return session.scalars(select(Visit.code)).one()


def state_of_visit(town: Town) -> VisitState:
    with town.services.database.reading() as session:
        return session.scalars(select(Visit.state)).one()


def notes_of(town: Town, reason: EscalationReason) -> list[str]:
    with town.services.database.reading() as session:
        return list(session.scalars(select(Escalation.note).where(Escalation.reason == reason)))


def says(town: Town, phone: Telephone, words: str) -> None:
    phone.text(words, to=town.hotline)
    town.tick()


def the_call_that_follows_is_not_answered(town: Town, technician: Telephone, words: Words) -> None:
    town.wait(1)
    assert technician.ringing is not None, "a text that was not delivered is followed by a call at once"
    call = technician.pick_up()
    call.hears(words.waiting_call)
    call.hang_up()
    town.tick()


def the_dispatcher_hands_it_on(town: Town, language: Language, first: Telephone) -> Telephone:
    """The task is on the desk with somebody else prepared: one press of a button."""
    with town.services.database.reading() as session:
        task = session.scalars(select(Escalation).where(Escalation.reason == EscalationReason.UNANSWERED)).one()
        assert task.technician_id is not None
        prepared = session.get_one(Technician, task.technician_id)
        task_id, number, name = task.id, prepared.phone, prepared.name_en if language is Language.EN else prepared.name
    assert number != first.number
    dispatcher = Colleague(town, Role.DISPATCHER, language)
    assert name in dispatcher.reads("/desk")
    dispatcher.sends(f"/desk/escalations/{task_id}/hand-on", on="/desk")
    town.tick()
    second = whoever_goes(town)
    assert second.number == number
    return second


def second_declines_with_a_reason(town: Town, second: Telephone, words: Words) -> str:
    code = code_of_visit(town)
    second.receives(code)
    town.phone(WANG).receives(words.other_comes)
    says(town, second, words.decline.format(code=code))
    second.receives(words.declined)
    return code


def third_comes_after_the_window(town: Town, third: Telephone, words: Words, code: str) -> None:
    third.receives(code)
    says(town, third, words.accept.format(code=code))
    assert state_of_visit(town) is VisitState.ACKNOWLEDGED
    says(town, third, words.late_without_time.format(code=code))
    third.receives(words.not_understood)
    town.wait_until(MORNING + dt.timedelta(hours=3))
    says(town, third, words.late.format(code=code))
    told = town.phone(WANG).receives(words.promise_broken)
    assert "12:30" in told.body
    assert notes_of(town, EscalationReason.RUNNING_LATE) == [""]
    says(town, third, words.leave.format(code=code))
    assert state_of_visit(town) is VisitState.EN_ROUTE


def third_stands_before_a_closed_door(town: Town, third: Telephone, words: Words, code: str) -> None:
    says(town, third, words.arrive.format(code=code))
    says(town, third, words.help.format(code=code))
    third.receives(words.help_noted)
    (note,) = notes_of(town, EscalationReason.NEEDS_HELP)
    assert note in words.help
    assert note
    says(town, third, words.nobody.format(code=code))
    town.phone(WANG).receives(words.closed_door)
    assert state_of_visit(town) is VisitState.NO_ACCESS


def those_who_gave_it_back_change_nothing_any_more(town: Town, second: Telephone, words: Words, code: str) -> None:
    says(town, second, words.too_late.format(code=code))
    second.receives(words.out_of_order)
    assert state_of_visit(town) is VisitState.NO_ACCESS


def the_link_of_the_confirmation_cancels(town: Town, words: Words) -> None:
    wang = town.phone(WANG)
    found = re.search(rf"{ADDRESS}(/v/[\w-]+)", wang.receives(words.link_of).body)
    assert found, "the confirmation leads to a page"
    client, page = browser(town), found[1]
    answer = client.post(f"{page}/cancel", data={"sure": "yes"})
    assert answer.status_code == 302
    town.tick()
    wang.receives(words.cancelled)


def the_customer_asks_for_greetings_and_gets_one(town: Town, words: Words) -> None:
    wang, new_year = town.phone(WANG), dt.datetime(2027, 1, 1, 2, 0, tzinfo=dt.UTC)
    says(town, wang, words.wants_greetings)
    wang.receives(words.greetings_on)
    town.clock.set(new_year)
    town.tick("send_greetings", "send_messages")
    wang.receives(words.greeting)
    says_alone(town, wang, words.no_greetings)
    wang.receives(words.greetings_off)


def the_customer_stops_and_starts_our_texts(town: Town, words: Words) -> None:
    wang = town.phone(WANG)
    for said, heard in ((words.help_word, words.helped), (words.stop, words.stopped), (words.start, words.started)):
        says_alone(town, wang, said)
        wang.receives(heard)


def says_alone(town: Town, phone: Telephone, words: str) -> None:
    """Write when nothing else happens: weeks after the visit."""
    phone.text(words, to=town.hotline)
    town.tick("send_messages")
