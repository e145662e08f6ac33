"""Who failed the last training for a skill is not sent for it, until another is passed (T1)."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from models import LivePlan, Skill, TeamRecord, Technician
from models.database import Database
from operations.day.team_records import list_records, note_record, withdraw_record
from operations.planning.certificates import held_until, read_lapses
from policies.team_records import RecordAhead, RecordWithdrawnAlready, RecordWordless, SkillOutOfPlace, TeamRecordKind
from tests.factories.city import City
from tests.factories.instants import NIGHT

TODAY = dt.date(2026, 11, 20)


def train(session: Session, city: City, *, day: dt.date, is_passed: bool) -> TeamRecord:
    return note_record(
        session,
        technician=session.get_one(Technician, city.technicians[0].id),
        kind=TeamRecordKind.TRAINING,
        happened_on=day,
        words="lamps",
        by="trainer",
        now=NIGHT,
        skill=session.get_one(Skill, city.skill.id),
        is_passed=is_passed,
    )


def skills_held(session: Session, city: City) -> dict[str, int]:
    mine = city.technicians[0].id
    lapses = read_lapses(session, area_id=city.area.id, technician_ids={mine})
    return held_until({city.skill.code: 2}, lapses, technician_id=mine, at=NIGHT + dt.timedelta(days=1))


def test_a_failed_training_takes_the_skill_away_and_a_passed_or_withdrawn_one_gives_it_back(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        assert skills_held(session, city) == {city.skill.code: 2}
        train(session, city, day=TODAY - dt.timedelta(days=3), is_passed=False)
        assert skills_held(session, city) == {}
        train(session, city, day=TODAY - dt.timedelta(days=2), is_passed=True)
        assert skills_held(session, city) == {city.skill.code: 2}
        failed = train(session, city, day=TODAY - dt.timedelta(days=1), is_passed=False)
        assert skills_held(session, city) == {}
        revision = session.get_one(LivePlan, city.area.id).revision
        withdraw_record(session, record=failed, why="another examinee", by="manager", now=NIGHT)

        assert skills_held(session, city) == {city.skill.code: 2}
        assert session.get_one(LivePlan, city.area.id).revision > revision, "who planned before looks again"
        assert [one.is_passed for one in list_records(session, technician=failed.technician)] == [False, True, False]
        with pytest.raises(RecordWithdrawnAlready):
            withdraw_record(session, record=failed, why="again", by="manager", now=NIGHT)


def test_an_entry_has_words_a_day_that_has_come_and_a_skill_for_trainings_alone(database: Database, city: City) -> None:
    with database.writing() as session:
        technician = session.get_one(Technician, city.technicians[0].id)
        skill = session.get_one(Skill, city.skill.id)

        def praise(*, words: str = "well done", day: dt.date = TODAY, about: Skill | None = None) -> TeamRecord:
            return note_record(
                session,
                technician=technician,
                kind=TeamRecordKind.PRAISE,
                happened_on=day,
                words=words,
                by="manager",
                now=NIGHT,
                skill=about,
            )

        with pytest.raises(RecordWordless):
            praise(words="  ")
        with pytest.raises(RecordAhead):
            praise(day=TODAY + dt.timedelta(days=30))
        with pytest.raises(SkillOutOfPlace):
            praise(about=skill)
        assert praise().is_passed is None
