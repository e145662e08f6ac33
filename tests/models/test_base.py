import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import StatementError

from models import Area, Change, Message
from models.base import NaiveInstant, UtcDateTime, Word
from models.database import Database
from policies.languages import Language
from policies.message_states import MessageState
from tests.factories.instants import NIGHT
from tests.factories.looking import looking
from tests.factories.messages import make_message

ZONES = ["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]
DIALECTS = [sqlite.dialect(), postgresql.dialect()]


def test_an_instant_in_any_zone_comes_back_as_the_same_instant_in_utc(database: Database) -> None:
    given_at = {zone: NIGHT.astimezone(ZoneInfo(zone)) + dt.timedelta(microseconds=1) for zone in ZONES}
    with database.writing() as session:
        for zone, at in given_at.items():
            session.add(Change(topic=zone, number=1, changed_at=at))

    with looking(database) as session:
        kept = {change.topic: change.changed_at for change in session.query(Change)}

    assert kept == given_at
    assert {at.tzinfo for at in kept.values()} == {dt.UTC}
    assert {at.utcoffset() for at in kept.values()} == {dt.timedelta()}


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    def write() -> None:
        with database.writing() as session:
            session.add(Change(topic="naive", number=1, changed_at=NIGHT.replace(tzinfo=None)))

    with pytest.raises(StatementError) as refusal:
        write()
    assert isinstance(refusal.value.orig, NaiveInstant)


def test_an_instant_without_a_zone_is_refused_in_a_question_too(database: Database) -> None:
    with database.reading() as session, pytest.raises(StatementError, match="NaiveInstant"):
        session.query(Change).filter(Change.changed_at > NIGHT.replace(tzinfo=None)).all()


def test_instants_are_compared_as_instants_whatever_their_zone(database: Database) -> None:
    with database.writing() as session:
        session.add(Change(topic="now", number=1, changed_at=NIGHT))

    with looking(database) as session:
        in_new_york = NIGHT.astimezone(ZoneInfo("America/New_York"))
        assert session.query(Change).filter(Change.changed_at == in_new_york).count() == 1
        assert session.query(Change).filter(Change.changed_at < in_new_york).count() == 0


@given(
    st.integers(0, 10**9).map(lambda second: NIGHT + dt.timedelta(seconds=second)),
    st.sampled_from(ZONES),
    st.sampled_from(DIALECTS),
)
def test_any_instant_goes_in_and_out_unharmed(at: dt.datetime, zone: str, dialect: Dialect) -> None:
    column = UtcDateTime()

    stored = column.process_bind_param(at.astimezone(ZoneInfo(zone)), dialect)

    assert column.process_result_value(stored, dialect) == at
    assert column.process_bind_param(None, dialect) is column.process_result_value(None, dialect) is None


def test_a_word_comes_back_as_a_member_of_its_list(database: Database) -> None:
    with database.writing() as session:
        message_id = make_message(session).id

    with looking(database) as session:
        assert session.get_one(Message, message_id).state is MessageState.PENDING
        stored = session.execute(text("SELECT state, language FROM messages")).one()
    assert tuple(stored) == ("pending", "zh-CN")


def test_a_word_that_is_not_in_the_list_is_refused() -> None:
    column = Word(Language)

    assert column.process_bind_param("en", DIALECTS[0]) == "en"
    with pytest.raises(ValueError, match="fr"):
        column.process_bind_param("fr", DIALECTS[0])


def test_reading_cannot_change_anything_that_stays(database: Database) -> None:
    with database.reading() as session:
        session.add(Area(code="x", name="x", name_en="x", time_zone="UTC"))
        session.flush()

    with looking(database) as session:
        assert session.query(Area).count() == 0


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.writing() as session:
            session.add(Area(code="x", name="x", name_en="x", time_zone="UTC"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with looking(database) as session:
        assert session.query(Area).count() == 0
