"""Choosing when somebody comes, in both languages: other times, another day, too late, lost, none in time (H5)."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select

from models import CallBack, CallEvent, Escalation, ServiceRequest, Shift, SlotHold, Stop, Visit
from outbox.words import load_prompts
from policies.call_backs import CallBackReason
from policies.escalations import EscalationReason
from policies.languages import Language
from policies.offers import HoldState
from policies.request_states import RequestState
from policies.visit_states import VisitState
from simulator.call import SimulatedCall
from tests.databases import ON_SQLITE_ALONE
from tests.town import EVENING, Town

WANG = "+8613800000001"
IN_BOTH = pytest.mark.parametrize("language", list(Language))
TO_THE_OFFER = ("1", "1", "1", "2", "2")
FIRST, OTHER_TIMES, ANOTHER_DAY, EARLIEST, DAY_AFTER_TOMORROW = "1", "4", "5", "1", "3"


class Caller:
    """Mr Wang, who hears one language and chooses a window."""

    def __init__(self, town: Town, language: Language) -> None:
        self.prompts = load_prompts(language)
        self.call: SimulatedCall = town.phone(WANG).dial(town.hotline)
        if language is Language.EN:
            self.call.press("9")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.call.press(key)

    def hears(self, prompt: str) -> str:
        """Listen until this sentence is said, whatever is filled in."""
        said = re.sub(r"\\\{\w+\\\}", ".+", re.escape(self.prompts[prompt]))
        return self.call.hears(re.compile(said))


def held(town: Town) -> list[dt.datetime]:
    """Return when the windows held now begin."""
    with town.services.database.reading() as session:
        wanted = (
            select(SlotHold.window_from_at).where(SlotHold.state == HoldState.HELD).order_by(SlotHold.window_from_at)
        )
        return list(session.scalars(wanted))


def stops(town: Town) -> int:
    with town.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Stop)) or 0


def visit(town: Town) -> Visit:
    with town.services.database.reading() as session:
        found = session.scalars(select(Visit)).one()
        session.expunge(found)
    return found


@IN_BOTH
def test_other_times_are_others_until_there_are_none_and_then_a_person_goes_on(town: Town, language: Language) -> None:
    caller = Caller(town, language)
    caller.press(*TO_THE_OFFER)
    caller.hears("offer_intro")
    heard = held(town)

    for _ in range(3):
        caller.press(OTHER_TIMES)
        caller.hears("offer_choice")
        assert not set(heard) & set(held(town)), "never the same window twice"
        heard += held(town)
    caller.press(OTHER_TIMES)

    caller.hears("offer_given_up")
    caller.hears("voicemail_chosen")
    assert len(heard) == len(set(heard)) == 12
    caller.call.hang_up()
    town.exchange.callbacks.deliver()
    assert held(town) == []
    assert stops(town) == 0


@IN_BOTH
@pytest.mark.parametrize("then", ["0", "7", "silence", "a message"])
@ON_SQLITE_ALONE
def test_whom_no_time_suits_is_led_to_a_person_whatever_they_do_then_and_called_about_that_request(
    town: Town, language: Language, then: str
) -> None:
    caller = Caller(town, language)
    caller.press(*TO_THE_OFFER, *[OTHER_TIMES] * 4)
    caller.hears("voicemail_chosen")

    if then in {"0", "7"}:
        caller.press(then)
        if then == "7":
            caller.hears("wrong_key")
        caller.hears("voicemail_chosen")
    else:
        # Silence is the tone at once; what is said after it, if anything, is kept.
        caller.call.stay_silent()
    assert not caller.call.is_over
    caller.call.say_after_tone("周末上午可以" if then == "a message" else "…")
    caller.hears("voicemail_done")
    caller.call.hang_up()
    town.exchange.callbacks.deliver()

    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest)).one()
        assert request.state is RequestState.OPEN
        (promised,) = session.scalars(select(CallBack))
        assert (promised.request_id, promised.reason) == (request.id, CallBackReason.MESSAGE)
    assert stops(town) == 0


@IN_BOTH
def test_another_day_and_back_to_the_earliest(town: Town, language: Language) -> None:
    caller = Caller(town, language)
    caller.press(*TO_THE_OFFER)
    earliest = held(town)[0]

    caller.press(ANOTHER_DAY)
    caller.hears("offer_earliest")
    caller.press(DAY_AFTER_TOMORROW)
    caller.hears("offer_intro_day")
    assert {(at + dt.timedelta(hours=8)).date() for at in held(town)} == {dt.date(2026, 11, 24)}
    caller.press(ANOTHER_DAY, EARLIEST)
    caller.hears("offer_intro")
    assert held(town)[0] == earliest
    caller.press(FIRST)
    caller.hears("booked")

    assert visit(town).window_from_at == earliest


@IN_BOTH
@ON_SQLITE_ALONE
def test_who_says_the_time_books_that_window(town: Town, language: Language) -> None:
    caller = Caller(town, language)
    caller.press(*TO_THE_OFFER)
    caller.hears("offer_choice")
    wanted = held(town)[1]
    hour = wanted.astimezone(ZoneInfo("Asia/Shanghai")).hour

    caller.call.say(f"就{hour}点的吧" if language is Language.ZH else f"the one at {hour}:00, please")
    caller.hears("booked")

    assert visit(town).window_from_at == wanted


@IN_BOTH
def test_who_thinks_too_long_still_gets_the_window_when_it_is_free(town: Town, language: Language) -> None:
    caller = Caller(town, language)
    caller.press(*TO_THE_OFFER)
    wanted = held(town)[0]
    town.wait(4)
    assert held(town) == []

    caller.press(FIRST)

    caller.hears("booked")
    assert visit(town).window_from_at == wanted


@IN_BOTH
def test_a_window_lost_meanwhile_is_said_to_be_and_others_are_offered(town: Town, language: Language) -> None:
    caller = Caller(town, language)
    caller.press(*TO_THE_OFFER)
    lost = held(town)[0]
    town.wait(4)
    with town.services.database.writing() as session:
        session.execute(delete(Shift).where(Shift.starts_at <= lost, Shift.ends_at > lost))

    caller.press(FIRST)
    caller.hears("offer_lost")
    caller.hears("offer_choice")
    second = held(town)
    caller.press(FIRST)
    caller.hears("booked")

    assert lost not in second
    assert visit(town).window_from_at == second[0]
    with town.services.database.reading() as session:
        assert session.scalars(select(CallEvent.kind).where(CallEvent.kind == "lost")).all() == ["lost"]


@IN_BOTH
def test_where_nothing_fits_in_time_it_is_said_the_best_is_booked_and_somebody_is_told(
    town: Town, language: Language
) -> None:
    with town.services.database.writing() as session:
        session.execute(delete(Shift).where(Shift.starts_at < EVENING + dt.timedelta(hours=24)))
    caller = Caller(town, language)
    caller.press(*TO_THE_OFFER)
    caller.hears("offer_intro_late")
    best = held(town)[0]

    caller.press(FIRST)
    caller.hears("booked")
    caller.call.hang_up()

    assert visit(town).window_from_at == best
    with town.services.database.reading() as session:
        assert session.scalars(select(Escalation.reason)).all() == [EscalationReason.BEYOND_COMMITMENT]


@IN_BOTH
def test_changing_and_cancelling_free_the_place_in_the_same_step(town: Town, language: Language) -> None:
    caller = Caller(town, language)
    caller.press(*TO_THE_OFFER, FIRST)
    caller.hears("booked")
    before = visit(town).window_from_at
    caller.call.hang_up()
    town.exchange.callbacks.deliver()

    # The language is remembered: nobody has to ask for it again.
    caller.call = town.phone(WANG).dial(town.hotline)
    caller.press("2", "1", "1", "2")
    caller.hears("booked")
    caller.call.hang_up()
    moved = visit(town)
    assert (moved.state, stops(town)) == (VisitState.BOOKED, 1)
    assert moved.window_from_at != before

    caller.call = town.phone(WANG).dial(town.hotline)
    caller.press("2", "1", "2")
    caller.hears("cancel")
    caller.press("1")
    caller.hears("cancelled")
    assert (visit(town).state, stops(town)) == (VisitState.CANCELLED, 0)
