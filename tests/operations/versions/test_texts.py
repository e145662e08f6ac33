"""Texts of the organisation's own come into force by version, are taken back, and are used wherever they are said."""

import datetime as dt

import pytest

from models import TextVersion
from models.database import Database
from operations.foundation.events import list_events
from operations.versions.policy_versions import InForceInThePast, LaterVersionThere, NothingChanged, VersionInForce
from operations.versions.texts import (
    TextFlawed,
    TextName,
    Words,
    approve_text,
    list_text_versions,
    list_texts,
    prompts_at,
    shipped_words,
    withdraw_text,
)
from outbox.texts import UnknownText, template_at
from policies.languages import Language
from policies.texts import TextKind
from tests.databases import ON_SQLITE_ALONE
from tests.factories.instants import NIGHT, hours

FAREWELL = TextName(TextKind.PROMPT, "farewell")
OURS = Words("谢谢来电，祝您愉快。", "Thank you. Have a good day.")
CANCELLED = TextName(TextKind.SMS, "visit_cancelled")


def approve(database: Database, words: Words | None, *, wanted: TextName = FAREWELL, after_hours: float = 0) -> None:
    with database.writing() as session:
        approve_text(
            session,
            wanted=wanted,
            words=words,
            in_force_from_at=NIGHT + hours(after_hours),
            by="Li",
            now=NIGHT,
        )


def said(database: Database, at: dt.datetime, language: Language = Language.EN) -> str:
    with database.reading() as session:
        return prompts_at(session, at)(language)["farewell"]


def test_an_own_sentence_is_said_from_its_instant_on_until_the_products_is_back(database: Database) -> None:
    shipped = shipped_words(FAREWELL)
    assert said(database, NIGHT) == shipped.text_en, "remembered before the change"

    approve(database, OURS, after_hours=1)
    approve(database, None, after_hours=3)

    assert said(database, NIGHT) == shipped.text_en
    assert said(database, NIGHT + hours(1)) == OURS.text_en
    assert said(database, NIGHT + hours(2), Language.ZH) == OURS.text
    assert said(database, NIGHT + hours(3)) == shipped.text_en


def test_what_is_rolled_back_was_never_said(database: Database) -> None:
    with database.reading() as session:
        approve_text(session, wanted=FAREWELL, words=OURS, in_force_from_at=NIGHT, by="Li", now=NIGHT)
        assert prompts_at(session, NIGHT)(Language.EN)["farewell"] == OURS.text_en

    assert said(database, NIGHT) == shipped_words(FAREWELL).text_en


def test_a_message_is_written_in_our_words_and_keeps_its_version(database: Database) -> None:
    words = Words("报修单{number}已取消。{hotline}", "Request {number} is cancelled. {hotline}")
    approve(database, words, wanted=CANCELLED, after_hours=1)

    with database.reading() as session:
        before, after = (
            template_at(session, "visit_cancelled", Language.EN, at=NIGHT + hours(later)) for later in (0, 1)
        )

    assert before.text == shipped_words(CANCELLED).text_en
    assert (after.text, after.version, after.purpose) == (words.text_en, before.version, before.purpose)


def test_a_text_that_a_new_release_can_no_longer_fill_gives_way_to_the_products(database: Database) -> None:
    with database.writing() as session:
        for wanted in (FAREWELL, CANCELLED):
            session.add(
                TextVersion(
                    kind=wanted.kind,
                    name=wanted.name,
                    version=1,
                    text="{gone}",
                    text_en="{gone}",
                    in_force_from_at=NIGHT,
                    approved_by="Li",
                    approved_at=NIGHT,
                )
            )

    with database.reading() as session:
        template = template_at(session, "visit_cancelled", Language.EN, at=NIGHT)
    assert template.text == shipped_words(CANCELLED).text_en
    assert said(database, NIGHT) == shipped_words(FAREWELL).text_en


def test_a_version_ahead_is_taken_back_and_all_of_it_is_on_record(database: Database) -> None:
    approve(database, OURS, after_hours=1)

    with database.writing() as session:
        withdraw_text(session, version=list_text_versions(session, wanted=FAREWELL)[0], by="Wu", now=NIGHT)

    assert said(database, NIGHT + hours(2)) == shipped_words(FAREWELL).text_en
    with database.reading() as session:
        told = [(one.kind, one.actor, one.facts) for one in list_events(session, subject=FAREWELL.subject)]
    assert [(kind, by) for kind, by, _ in told] == [("text_approved", "Li"), ("text_withdrawn", "Wu")]
    assert told[0][2]["before"] == list(shipped_words(FAREWELL))
    assert told[0][2]["after"] == list(OURS)


@ON_SQLITE_ALONE
def test_what_cannot_be_put_in_force_is_refused_and_nothing_changes(database: Database) -> None:
    approve(database, OURS, after_hours=2)
    with pytest.raises(NothingChanged):
        approve(database, OURS, after_hours=3)
    with pytest.raises(InForceInThePast):
        approve(database, Words("再见。", "Bye."), after_hours=-1)
    with pytest.raises(LaterVersionThere):
        approve(database, Words("再见。", "Bye."), after_hours=1)
    with pytest.raises(TextFlawed):
        approve(database, Words("再见{name}。", "Bye."), after_hours=3)
    with pytest.raises(UnknownText):
        approve(database, OURS, wanted=TextName(TextKind.CHAT, "farewell"))

    with database.writing() as session:
        only = list_text_versions(session, wanted=FAREWELL)
        assert [one.text for one in only] == [OURS.text]
        with pytest.raises(VersionInForce):
            withdraw_text(session, version=only[0], by="Wu", now=NIGHT + hours(3))


@ON_SQLITE_ALONE
def test_a_text_is_found_by_what_it_says_in_either_language(database: Database) -> None:
    approve(database, OURS)

    with database.reading() as session:
        found = list_texts(session, kind=None, words="YOU. HAVE A GOOD DAY", at=NIGHT)
        calls = list_texts(session, kind=TextKind.VOICE, words="", at=NIGHT)

    assert [(line.wanted, line.words, line.is_own) for line in found] == [(FAREWELL, OURS, True)]
    assert {line.wanted.kind for line in calls} == {TextKind.VOICE}
