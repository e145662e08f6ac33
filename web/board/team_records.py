"""A technician's sheet: figures down to their records, customers' answers, papers, what is on record (T1, T2)."""

import datetime as dt
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Certificate, Skill, SurveyAnswer, TeamRecord, Technician
from operations.day.team_records import list_answers, list_certificates, list_records, note_record, withdraw_record
from operations.reports.shape import Stretch
from operations.reports.technician_performance import TECHNICIAN_PERFORMANCE
from policies.periods import month_of, neighbours
from policies.roles import Role
from policies.surveys import LOW_SCORE
from policies.team_records import (
    RecordAhead,
    RecordWithdrawnAlready,
    RecordWordless,
    SkillOutOfPlace,
    TeamRecordKind,
)
from web.forms.form_fields import Refusals, known, read_choice, read_day, read_text
from web.foundation.access import SUPERVISORS, for_roles
from web.foundation.paging import most_rows
from web.foundation.services import now, services
from web.layout.tables import Act, Cell, Field, Link, Mark, Row, Table, carry_out, local, request_cell, show_tables
from web.wording.report_cells import write_cell
from web.wording.sentences import in_language, say
from web.wording.words import Tone

team_records = Blueprint("team_records", __name__, url_prefix="/team/members")
TRAINERS = SUPERVISORS | {Role.TRAINER}
READERS = TRAINERS | {Role.AUDITOR}
ANSWERS_SHOWN = 100
ANSWERS_SINCE = dt.timedelta(days=92)
ENDS_SOON = dt.timedelta(days=30)
SHEET_MONTHS = 3
LONGEST_WORDS = 1000
REFUSALS: Refusals = {
    RecordAhead: "team_record.ahead",
    RecordWithdrawnAlready: "tables.too_late",
    RecordWordless: "forms.missing",
    SkillOutOfPlace: "team_record.skill_out_of_place",
}


@team_records.get("/<number>")
@for_roles(READERS)
def show(number: str) -> ResponseReturnValue:
    """Everything there is about one technician; a trainer sees papers and trainings alone."""
    with services().database.reading() as session:
        technician = _find(session, number)
        zone = ZoneInfo(technician.area.time_zone)
        tables = [certificates(session, technician, zone), _records(session, technician, zone)]
        if current_user.role is not Role.TRAINER:
            tables = [_figures(session, technician, zone), answers(session, technician, zone), *tables]
        title = f"{in_language(technician, 'name')} {technician.number}"
    return show_tables(title=title, tables=tables, template="team_member.html", is_headed=True)


@team_records.post("/<number>")
@for_roles(TRAINERS)
def record(number: str) -> ResponseReturnValue:
    """Something is put on record; a trainer records trainings."""
    kind = read_choice("kind", TeamRecordKind)
    if current_user.role is Role.TRAINER and kind is not TeamRecordKind.TRAINING:
        abort(403)

    def act(session: Session) -> None:
        code = read_text("skill")
        skill = session.scalars(select(Skill).where(Skill.code == code)).one_or_none()
        note_record(
            session,
            technician=_find(session, number),
            kind=kind,
            happened_on=read_day("happened_on"),
            words=read_text("words", longest=LONGEST_WORDS, is_required=True),
            skill=known(skill, "skill") if code else None,
            is_passed=read_text("is_passed") != "no",
            by=current_user.name,
            now=now(),
        )

    return _carry_out(act, number)


@team_records.post("/<number>/<int:record_id>/withdraw")
@for_roles(SUPERVISORS)
def withdraw(number: str, record_id: int) -> ResponseReturnValue:
    """An entry was wrong."""

    def act(session: Session) -> None:
        one = session.get(TeamRecord, record_id)
        if one is None or one.technician.number != number:
            abort(404)
        why = read_text("why", longest=200, is_required=True)
        withdraw_record(session, record=one, why=why, by=current_user.name, now=now())

    return _carry_out(act, number)


def certificates(session: Session, technician: Technician, zone: ZoneInfo) -> Table:
    """Return a technician's certificates: what has ended and what ends soon stand out."""
    today = now().astimezone(zone).date()
    rows = [
        Row([in_language(one.skill, "name"), one.number, Mark(str(one.valid_until_on), _tone(one, today))])
        for one in list_certificates(session, technician=technician)
    ]
    headers = [say(f"team_record.{name}") for name in ("skill", "certificate", "valid_until")]
    return Table("certificates", say("team_record.certificates"), headers, rows, say("team_record.no_certificate"))


def answers(session: Session, technician: Technician, zone: ZoneInfo) -> Table:
    """Return what customers said of a technician's visits in the last three months, whoever may open them linked."""
    found = list_answers(session, technician=technician, since_at=now() - ANSWERS_SINCE, most=most_rows(ANSWERS_SHOWN))
    rows = [Row([local(one.answered_at, zone), _score(one), _matter(number)]) for one, number in found]
    headers = [say(f"team_record.{name}") for name in ("answered", "score", "request")]
    return Table("answers", say("team_record.answers"), headers, rows, say("team_record.no_answer"), found=found.found)


def list_lines(records: Sequence[TeamRecord]) -> list[list[Cell]]:
    """Return entries as lines: the day, what it is, its words, the skill with how it went."""
    return [
        [str(one.happened_on), Mark(say(f"team_record_kind.{one.kind}"), KIND_TONES[one.kind]), one.words, _skill(one)]
        for one in records
    ]


KIND_TONES = {
    TeamRecordKind.TRAINING: Tone.CALM,
    TeamRecordKind.PRAISE: Tone.KEPT,
    TeamRecordKind.WARNING: Tone.BROKEN,
    TeamRecordKind.AWARD: Tone.KEPT,
}


def _find(session: Session, number: str) -> Technician:
    return session.scalars(select(Technician).where(Technician.number == number)).one_or_none() or abort(404)


def _carry_out(act: Callable[[Session], None], number: str) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.team_records.show", number=number))


def _figures(session: Session, technician: Technician, zone: ZoneInfo) -> Table:
    """Performance of this month and the two before; each month is the way to the requests it counts."""
    period = month_of(now().astimezone(zone).date())
    columns = [one for one in TECHNICIAN_PERFORMANCE.columns if one.name not in {"technician_number", "technician"}]
    rows = []
    for _ in range(SHEET_MONTHS):
        start, end = (dt.datetime.combine(on, dt.time(), zone) for on in (period.from_on, period.until_on))
        found = TECHNICIAN_PERFORMANCE.read(session, Stretch(start, end))
        values = next((row.values[2:] for row in found if row.key == str(technician.id)), (None,) * len(columns))
        address = url_for(
            "web.reports.records", name=TECHNICIAN_PERFORMANCE.name, key=technician.id, period=period.name
        )
        shown = [write_cell(value, one.unit) for value, one in zip(values, columns, strict=True)]
        rows.append(Row([Link(period.name, address), *shown]))
        period, _ = neighbours(period)
    headers = [say("reports.period"), *(say(f"reports.{one.name}") for one in columns)]
    return Table("performance", say("report.technician_performance"), headers, rows, "")


def _records(session: Session, technician: Technician, zone: ZoneInfo) -> Table:
    found = [one for one in list_records(session, technician=technician) if _may_see(one)]
    rows = [
        Row([*line, f"{one.recorded_by} {local(one.recorded_at, zone)}", _withdrawn(one)], _withdraw_acts(one))
        for one, line in zip(found, list_lines(found), strict=True)
    ]
    names = ("happened_on", "kind", "words", "skill", "recorded", "withdrawn")
    headers = [say(f"team_record.{name}") for name in names]
    acts = (_record_act(session, technician),) if current_user.role in TRAINERS else ()
    return Table("records", say("team_record.records"), headers, rows, say("team_record.none"), acts)


def _may_see(one: TeamRecord) -> bool:
    return current_user.role is not Role.TRAINER or one.kind is TeamRecordKind.TRAINING


def _record_act(session: Session, technician: Technician) -> Act:
    kinds = [TeamRecordKind.TRAINING] if current_user.role is Role.TRAINER else list(TeamRecordKind)
    skills = [(one.code, in_language(one, "name")) for one in session.scalars(select(Skill).order_by(Skill.code))]
    yes_no = [("yes", say("team_record.passed")), ("no", say("team_record.failed"))]
    fields = (
        Field(
            "kind", say("team_record.kind"), "choice", choices=[(one, say(f"team_record_kind.{one}")) for one in kinds]
        ),
        Field("happened_on", say("team_record.happened_on"), "date"),
        Field("words", say("team_record.words")),
        Field("skill", say("team_record.skill"), "choice", choices=[("", "–"), *skills]),
        Field("is_passed", say("team_record.outcome"), "choice", choices=yes_no),
    )
    return Act(url_for("web.team_records.record", number=technician.number), say("team_record.record"), fields)


def _withdraw_acts(one: TeamRecord) -> list[Act]:
    if current_user.role not in SUPERVISORS or one.withdrawn_at is not None:
        return []
    address = url_for("web.team_records.withdraw", number=one.technician.number, record_id=one.id)
    return [Act(address, say("team_record.withdraw"), (Field("why", say("team_record.why")),))]


def _withdrawn(one: TeamRecord) -> str:
    return f"{one.withdrawn_by}: {one.withdrawn_why}" if one.withdrawn_at is not None else ""


def _skill(one: TeamRecord) -> str:
    if one.skill is None:
        return ""
    return f"{in_language(one.skill, 'name')}: {say('team_record.passed' if one.is_passed else 'team_record.failed')}"


def _score(one: SurveyAnswer) -> Mark:
    return Mark(f"{one.score} / 5", Tone.BROKEN if one.score <= LOW_SCORE else Tone.KEPT)


def _matter(number: str) -> Cell:
    """The technician himself is not signed in: he reads the number alone."""
    return request_cell(number) if current_user.is_authenticated else number


def _tone(one: Certificate, today: dt.date) -> Tone:
    if one.valid_until_on < today:
        return Tone.BROKEN
    return Tone.NEAR if one.valid_until_on < today + ENDS_SOON else Tone.CALM
