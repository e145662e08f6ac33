"""The knowledge base: what callers are told, written in versions, heard before it is released (H4, H7)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from models import Guide
from operations.day.day import find_area
from operations.versions.guides import (
    GuideFlawed,
    Help,
    InForceInThePast,
    Subject,
    discard_draft,
    find_in_force,
    frames_of,
    list_subjects,
    list_versions,
    measure_entries,
    measure_subjects,
    name_subject,
    open_draft,
    release_draft,
    save_draft,
    wordings_of,
)
from policies.guides import MOST_ENTRIES, Flaw, GuideKind, Wording, entry_seconds, find_flaws
from policies.languages import Language
from web.forms.form_fields import FormRefused, Refusals, read_start, refusing
from web.forms.shown_values import expect_shown, write_shown
from web.foundation.access import LEARNERS, WRITERS, for_roles
from web.foundation.services import now, services
from web.layout.tables import Row, Table, file_address, send_list
from web.wording.record_words import say_party
from web.wording.sentences import page_language, say
from web.wording.words import instant

guides = Blueprint("guides", __name__, url_prefix="/knowledge")
FIELDS = ("title", "title_en", "text", "text_en")
MOVE_UP = "up:"
SAID_AFTER = {"release": "guides.released", "discard": "guides.discarded"}


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """One subject in the list: what is in force, whether somebody is writing, and how far it has helped."""

    kind: GuideKind
    about: str
    name: str
    in_force: str
    has_draft: bool
    help: Help


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry as it is heard: its words and seconds per language, what is wrong with it, how far it has helped."""

    wording: Wording
    heard: tuple[tuple[Language, str, float], ...]
    flaws: tuple[str, ...]
    help: Help


@dataclass(frozen=True, slots=True)
class VersionBox:
    """One version with its entries."""

    guide_id: int
    version: int
    state: str
    from_at: str
    by: str
    entries: tuple[EntryLine, ...]


@guides.get("")
@for_roles(LEARNERS)
def show_all() -> ResponseReturnValue:
    """Every fault and product family, with what callers are told about it now."""
    with services().database.reading() as session:
        helped = {kind: measure_subjects(session, kind=kind) for kind in GuideKind}
        families = {
            family: [_subject_line(session, subject, name, helped[subject.kind]) for subject, name in subjects]
            for family, subjects in list_subjects(session, language=page_language()).items()
        }
    table = _subjects_table(families)
    if file := send_list([table]):
        return file
    return render_template("guides.html", families=families, table=table, file_address=file_address)


def _subjects_table(families: Mapping[str, Sequence[SubjectLine]]) -> Table:
    """Return all families' subjects as one list that is taken along."""
    rows = [
        Row(
            (
                family,
                say(f"guide_kind.{line.kind}"),
                line.name,
                line.in_force or say("guides.nothing"),
                say("guides.state.draft") if line.has_draft else "",
                str(line.help.heard),
                "" if line.help.percent is None else f"{line.help.percent} %",
            )
        )
        for family, lines in families.items()
        for line in lines
    ]
    headers = [
        say(f"guides.{name}") for name in ("family", "kind", "about", "in_force", "state.draft", "heard", "solved")
    ]
    return Table("guides", say("nav.guides"), headers, rows, say("guides.no_products"))


@guides.get("/<kind>/<about>")
@for_roles(LEARNERS)
def show(kind: str, about: str) -> ResponseReturnValue:
    """Every version of one subject: the one in force, the draft, and what callers heard before."""
    with services().database.reading() as session:
        subject, name = _subject(session, kind, about)
        in_force = find_in_force(session, subject=subject, at=now())
        versions = list_versions(session, subject=subject)
        helped = measure_entries(session, entry_ids=[one.id for version in versions for one in version.entries])
        zone = _zone(session)
        boxes = [_version_box(version, in_force, helped, zone) for version in versions]
        models = name_subject(session, subject=subject, language=page_language()).models
    return render_template(
        "guide.html", subject=subject, name=name, versions=boxes, models=models, may_write=_may_write()
    )


@guides.post("/<kind>/<about>/draft")
@for_roles(WRITERS)
def begin(kind: str, about: str) -> ResponseReturnValue:
    """Begin a new version, or go on with the one that is being written."""
    with services().database.writing() as session:
        subject, _ = _subject(session, kind, about)
        draft_id = open_draft(session, subject=subject, by=current_user.name, now=now()).id
    return redirect(url_for("web.guides.write", guide_id=draft_id))


@guides.get("/drafts/<int:guide_id>")
@for_roles(WRITERS)
def write(guide_id: int) -> ResponseReturnValue:
    """The draft as a form, with what callers would hear beside it."""
    with services().database.reading() as session:
        draft = _draft(session, guide_id)
        subject, name = _subject(session, draft.kind, draft.about, draft.model_code)
        wordings = wordings_of(draft)
    rows = [*wordings, *([Wording("", "", "", "")] if len(wordings) < MOST_ENTRIES[subject.kind] else [])]
    return render_template(
        "guide_draft.html",
        guide_id=guide_id,
        subject=subject,
        name=name,
        rows=rows,
        shown=write_shown(_shown_rows(subject.kind, wordings)),
        preview=_preview(subject.kind, wordings),
    )


@guides.post("/drafts/<int:guide_id>/preview")
@for_roles(WRITERS)
def preview(guide_id: int) -> ResponseReturnValue:
    """What callers would hear of the words on the page; nothing is stored."""
    with services().database.reading() as session:
        kind = _draft(session, guide_id).kind
    return render_template("guide_preview.html", preview=_preview(kind, _read_wordings(request.form)))


@guides.post("/drafts/<int:guide_id>")
@for_roles(WRITERS)
def save(guide_id: int) -> ResponseReturnValue:
    """Keep what was written; then release it, throw it away, or move an entry up."""
    do = request.form.get("do", "save")
    with services().database.writing() as session:
        draft = _draft(session, guide_id)
        session.refresh(draft, with_for_update=True)
        subject = Subject(draft.kind, draft.about, draft.model_code)
        shown = _shown_rows(draft.kind, wordings_of(draft))
        expect_shown(shown, by=draft.written_by, at=_at(draft.written_at, _zone(session)))
        if do == "discard":
            discard_draft(session, draft=draft)
        else:
            wordings = _moved_up(_read_wordings(request.form), do)
            save_draft(session, draft=draft, wordings=wordings, by=current_user.name, now=now())
    if do == "release":
        _release(guide_id)
    if do in SAID_AFTER:
        flash(say(SAID_AFTER[do]), "done")
        address = url_for("web.guides.show", kind=subject.kind, about=subject.about, model=subject.model_code or None)
        return redirect(address)
    flash(say("guides.saved"), "done")
    return redirect(url_for("web.guides.write", guide_id=guide_id))


def _release(guide_id: int) -> None:
    """Release what has been saved; raises FormRefused, and the draft stays."""
    back_to = url_for("web.guides.write", guide_id=guide_id)
    try:
        refusals: Refusals = {InForceInThePast: "guides.in_the_past"}
        with refusing(refusals, back_to=back_to), services().database.writing() as session:
            draft, from_at = _draft(session, guide_id), read_start("in_force_from", _zone(session))
            release_draft(session, draft=draft, in_force_from_at=from_at, by=current_user.name, now=now())
    except GuideFlawed as flawed:
        message = " ".join(_describe(flaw) for flaw in flawed.flaws)
        raise FormRefused({}, message=message, back_to=back_to) from flawed


def _shown_rows(kind: GuideKind, wordings: Sequence[Wording]) -> dict[str, str]:
    """Return what the form of a draft shows, by the name and place of its field; the rows not written are empty."""
    rows = [*wordings, *([Wording("", "", "", "")] * MOST_ENTRIES[kind])][: MOST_ENTRIES[kind]]
    return {f"{field}#{place}": getattr(row, field) for place, row in enumerate(rows) for field in FIELDS}


def _subject(session: Session, kind: str, about: str, model_code: str | None = None) -> tuple[Subject, str]:
    if kind not in set(GuideKind):
        abort(404)
    model = request.args.get("model", "") if model_code is None else model_code
    subject = Subject(GuideKind(kind), about, model)
    named = name_subject(session, subject=subject, language=page_language())
    if not named.name:
        abort(404)
    return subject, named.name


def _draft(session: Session, guide_id: int) -> Guide:
    draft = session.get(Guide, guide_id) or abort(404)
    if draft.in_force_from_at is not None:
        abort(409)
    return draft


def _subject_line(session: Session, subject: Subject, name: str, helped: Mapping[str, Help]) -> SubjectLine:
    in_force = find_in_force(session, subject=subject, at=now())
    versions = list_versions(session, subject=subject)
    return SubjectLine(
        kind=subject.kind,
        about=subject.about,
        name=name,
        in_force=say("guides.version", version=in_force.version) if in_force else "",
        has_draft=bool(versions) and versions[0].in_force_from_at is None,
        help=helped.get(subject.about, Help()),
    )


def _version_box(version: Guide, in_force: Guide | None, helped: Mapping[int, Help], zone: ZoneInfo) -> VersionBox:
    if version.in_force_from_at is None:
        state = "draft"
    elif version is in_force:
        state = "in_force"
    else:
        state = "planned" if version.in_force_from_at > now() else "past"
    lines = _entry_lines(version.kind, wordings_of(version))
    return VersionBox(
        guide_id=version.id,
        version=version.version,
        state=state,
        from_at=_at(version.in_force_from_at, zone) if version.in_force_from_at else "",
        by=say_party(version.released_by or version.written_by),
        entries=tuple(
            EntryLine(line.wording, line.heard, line.flaws, helped.get(entry.id, Help()))
            for line, entry in zip(lines, version.entries, strict=True)
        ),
    )


def _preview(kind: GuideKind, wordings: Sequence[Wording]) -> dict[str, object]:
    flaws = [_describe(flaw) for flaw in find_flaws(kind, wordings, frames_of(kind)) if flaw.position is None]
    return {"entries": _entry_lines(kind, wordings), "flaws": flaws}


def _entry_lines(kind: GuideKind, wordings: Sequence[Wording]) -> list[EntryLine]:
    frames = frames_of(kind)
    flaws = find_flaws(kind, wordings, frames)
    return [
        EntryLine(
            wording=wording,
            heard=tuple(
                (
                    language,
                    " ".join(part for part in (*wording.in_language(language), frame.after) if part),
                    entry_seconds(wording, language, frame),
                )
                for language, frame in frames.items()
            ),
            flaws=tuple(_describe(flaw) for flaw in flaws if flaw.position == position),
            help=Help(),
        )
        for position, wording in enumerate(wordings, start=1)
    ]


def _describe(flaw: Flaw) -> str:
    where = say("guides.entry", position=flaw.position) if flaw.position else ""
    language = say(f"language.{flaw.language}") if flaw.language else ""
    what = say(f"guide_trouble.{flaw.trouble}", seconds=f"{flaw.seconds or 0:.0f}")
    return " ".join(part for part in (where, language, what) if part)


def _read_wordings(form: MultiDict[str, str]) -> list[Wording]:
    """Return the rows of the form in their order; a row left empty is none."""
    columns = [[text.strip() for text in form.getlist(field)] for field in FIELDS]
    rows = [Wording(*row) for row in zip(*columns, strict=False)]
    return [row for row in rows if any((row.title, row.title_en, row.text, row.text_en))]


def _moved_up(wordings: list[Wording], do: str) -> list[Wording]:
    position = do.removeprefix(MOVE_UP)
    if not do.startswith(MOVE_UP) or not position.isdecimal() or not 1 < int(position) <= len(wordings):
        return wordings
    index = int(position) - 1
    wordings[index - 1 : index + 1] = [wordings[index], wordings[index - 1]]
    return wordings


def _zone(session: Session) -> ZoneInfo:
    area = find_area(session, code=None)
    return ZoneInfo(area.time_zone if area else "UTC")


def _at(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant(at, zone, today=now().astimezone(zone).date())


def _may_write() -> bool:
    return current_user.role in WRITERS
