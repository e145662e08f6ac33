"""The knowledge base: written in versions, and never changed under a caller (H4, H7)."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from models import Guide
from models.database import Database
from operations.telephone.calls import open_call
from operations.versions.guides import (
    GuideFlawed,
    GuideReleased,
    InForceInThePast,
    Subject,
    discard_draft,
    find_in_force,
    list_versions,
    measure_entries,
    measure_subjects,
    note_heard,
    open_draft,
    plant_guide,
    release_draft,
    save_draft,
    wordings_of,
)
from policies.guides import GuideKind, GuideTrouble, Wording

NOW = dt.datetime(2026, 11, 22, 14, 40, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DARK = Subject(GuideKind.STEPS, "no_picture")
CABLE = Wording("", "", "请检查电源线。", "Please check the power cable.")
RESTART = Wording("", "", "请重新开机。", "Please switch it off and on.")


def write(session: Session, *wordings: Wording, subject: Subject = DARK, at: dt.datetime = NOW) -> Guide:
    draft = open_draft(session, subject=subject, by="clerk", now=at)
    save_draft(session, draft=draft, wordings=wordings, by="clerk", now=at)
    return draft


def release(session: Session, *wordings: Wording, subject: Subject = DARK, at: dt.datetime = NOW) -> Guide:
    draft = write(session, *wordings, subject=subject, at=at)
    release_draft(session, draft=draft, in_force_from_at=at, by="clerk", now=at)
    return draft


def heard_at(session: Session, at: dt.datetime, subject: Subject = DARK) -> tuple[Wording, ...]:
    guide = find_in_force(session, subject=subject, at=at)
    return wordings_of(guide) if guide else ()


def test_a_version_is_heard_from_its_instant_on_and_the_old_one_is_kept(database: Database) -> None:
    with database.writing() as session:
        release(session, CABLE)
        draft = write(session, RESTART, at=NOW + HOUR)
        release_draft(session, draft=draft, in_force_from_at=NOW + 3 * HOUR, by="manager", now=NOW + HOUR)

    with database.reading() as session:
        assert heard_at(session, NOW - HOUR) == ()
        assert heard_at(session, NOW) == (CABLE,)
        assert heard_at(session, NOW + 2 * HOUR) == (CABLE,)
        assert heard_at(session, NOW + 3 * HOUR) == (RESTART,)
        assert [version.version for version in list_versions(session, subject=DARK)] == [2, 1]


def test_nobody_hears_a_draft_and_two_writers_share_it(database: Database) -> None:
    with database.writing() as session:
        release(session, CABLE)
        draft = write(session, CABLE, RESTART)
        assert open_draft(session, subject=DARK, by="colleague", now=NOW) is draft
        assert heard_at(session, NOW + HOUR) == (CABLE,)
        discard_draft(session, draft=draft)
        assert open_draft(session, subject=DARK, by="colleague", now=NOW).version == 2


def test_a_new_draft_begins_with_the_words_in_force(database: Database) -> None:
    with database.writing() as session:
        release(session, CABLE, RESTART)

        assert wordings_of(open_draft(session, subject=DARK, by="clerk", now=NOW)) == (CABLE, RESTART)


def test_what_was_released_never_changes(database: Database) -> None:
    with database.writing() as session:
        released = release(session, CABLE)
        with pytest.raises(GuideReleased):
            save_draft(session, draft=released, wordings=[RESTART], by="clerk", now=NOW)
        with pytest.raises(GuideReleased):
            discard_draft(session, draft=released)
        with pytest.raises(GuideReleased):
            release_draft(session, draft=released, in_force_from_at=NOW, by="clerk", now=NOW)


def test_a_flawed_draft_is_refused_and_stays_a_draft(database: Database) -> None:
    with database.writing() as session:
        draft = write(session, Wording("", "", "请检查电源线。", ""))
        with pytest.raises(GuideFlawed) as refused:
            release_draft(session, draft=draft, in_force_from_at=NOW, by="clerk", now=NOW)

        assert [flaw.trouble for flaw in refused.value.flaws] == [GuideTrouble.MISSING]
        assert draft.in_force_from_at is None


def test_nothing_comes_into_force_before_now(database: Database) -> None:
    with database.writing() as session:
        draft = write(session, CABLE)
        with pytest.raises(InForceInThePast):
            release_draft(session, draft=draft, in_force_from_at=NOW - HOUR, by="clerk", now=NOW)


def test_a_model_with_words_of_its_own_goes_before_its_family(database: Database) -> None:
    model = DARK._replace(model_code="LX-2")
    with database.writing() as session:
        release(session, CABLE)
        assert heard_at(session, NOW, model) == (CABLE,)
        assert wordings_of(open_draft(session, subject=model, by="clerk", now=NOW)) == (CABLE,)
        release(session, RESTART, subject=model)

        assert heard_at(session, NOW, model) == (RESTART,)
        assert heard_at(session, NOW) == (CABLE,)


def test_the_catalogue_never_overwrites_what_the_office_wrote(database: Database) -> None:
    with database.writing() as session:
        assert plant_guide(session, subject=DARK, wordings=[CABLE], now=NOW)
        assert not plant_guide(session, subject=DARK, wordings=[CABLE], now=NOW)
        assert plant_guide(session, subject=DARK, wordings=[RESTART], now=NOW)
        release(session, CABLE, RESTART)

        assert not plant_guide(session, subject=DARK, wordings=[RESTART], now=NOW)
        assert heard_at(session, NOW) == (CABLE, RESTART)


def test_each_call_counts_once_per_entry_by_its_last_word(database: Database) -> None:
    with database.writing() as session:
        cable, restart = release(session, CABLE, RESTART).entries
        calls = [
            open_call(session, call_sid=f"CA{number:032}", from_number="+8613800000001", to_number="+1", now=NOW)
            for number in range(3)
        ]
        for call in calls:
            note_heard(session, call=call, entry_id=cable.id, is_solved=False, now=NOW)
        note_heard(session, call=calls[0], entry_id=cable.id, is_solved=True, now=NOW)
        note_heard(session, call=calls[1], entry_id=restart.id, is_solved=False, now=NOW)

        helped = measure_entries(session, entry_ids=[cable.id, restart.id])
        whole = measure_subjects(session, kind=GuideKind.STEPS)["no_picture"]

    assert (helped[cable.id].heard, helped[cable.id].solved, helped[cable.id].percent) == (3, 1, 33)
    assert helped[restart.id].percent == 0
    assert (whole.heard, whole.solved) == (3, 1)
