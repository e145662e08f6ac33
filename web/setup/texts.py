"""What the hotline says and what is sent, in the organisation's own words: tried, put in force, taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import TextVersion
from operations.foundation.events import list_events
from operations.versions.policy_versions import InForceInThePast, LaterVersionThere, NothingChanged, VersionInForce
from operations.versions.texts import (
    TextFlawed,
    TextName,
    Words,
    approve_text,
    find_flaws_of,
    list_text_versions,
    list_texts,
    load_samples,
    lock_text,
    shipped_words,
    withdraw_text,
    words_of,
)
from outbox.texts import UnknownText
from policies.languages import Language
from policies.texts import (
    LONGEST_OWN_TEXT,
    SPOKEN,
    TextFlaw,
    TextKind,
    count_size,
    placeholders_of,
)
from web.forms.form_fields import FormRefused, Refusals, read_start
from web.forms.form_filling import as_typed
from web.forms.shown_values import expect_shown, write_shown
from web.foundation.access import AUDITORS, DECIDERS, for_roles
from web.foundation.services import now, services
from web.layout.tables import carry_out, house_zone, local
from web.wording.sentences import say

texts = Blueprint("texts", __name__, url_prefix="/texts")
PAGE_LINES = 50
FIELDS = {Language.ZH: "text", Language.EN: "text_en"}
Flaws = Mapping[str, Sequence[str]]
"""What is wrong with the words, as sentences by the name of their field."""
NO_FLAWS: Flaws = {}
REFUSALS: Refusals = {
    NothingChanged: "texts.nothing_changed",
    InForceInThePast: "texts.in_the_past",
    LaterVersionThere: "texts.later_there",
    VersionInForce: "texts.in_force_already",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One language of the form: what is typed, how it comes out, how long that is, and what is wrong with it."""

    language: Language
    field: str
    text: str
    filled: str
    size: str
    flaws: Sequence[str]


@dataclass(frozen=True, slots=True)
class VersionBox:
    """One version of a text in the list below the form."""

    version: int
    version_id: int
    state: str
    from_at: str
    by: str
    is_shipped: bool
    words: Words


@texts.get("")
@for_roles(AUDITORS)
def show_all() -> ResponseReturnValue:
    """Every text as it is now, found by kind and by a word in it."""
    kind, words = request.args.get("kind", ""), request.args.get("q", "").strip()[:60]
    only_own = request.args.get("own") == "1"
    page = request.args.get("page", 1, type=int)
    with services().database.reading() as session:
        zone = house_zone(session)
        found = list_texts(session, kind=TextKind(kind) if kind in set(TextKind) else None, words=words, at=now())
    lines = [line for line in found if not only_own or line.is_own or line.next_from_at]
    shown = lines[max(0, page - 1) * PAGE_LINES :][:PAGE_LINES]
    asked = {name: value for name in ("kind", "q", "own") if (value := request.args.get(name))}
    return render_template(
        "texts.html",
        lines=[(line, local(line.next_from_at, zone)) for line in shown],
        kinds=list(TextKind),
        kind=kind,
        words=words,
        only_own=only_own,
        found=len(lines),
        page=page,
        pages=max(1, -(-len(lines) // PAGE_LINES)),
        asked=asked,
    )


@texts.get("/<kind>/<name>")
@for_roles(AUDITORS)
def show(kind: str, name: str) -> ResponseReturnValue:
    """One text: its words in both languages to change, and every version it has had."""
    return _page(_wanted(kind, name))


@texts.post("/<kind>/<name>/preview")
@for_roles(DECIDERS)
def preview(kind: str, name: str) -> ResponseReturnValue:
    """How the words on the page come out, how long they are, and what is wrong with them; nothing is stored."""
    wanted, words = _wanted(kind, name), _typed()
    return render_template(
        "text_preview.html", columns=_columns(wanted, words, _say_flaws(find_flaws_of(wanted, words)))
    )


@texts.post("/<kind>/<name>")
@for_roles(DECIDERS)
def approve(kind: str, name: str) -> ResponseReturnValue:
    """Put the words, or those of the product again, in force; what is wrong stands beside its field."""
    wanted, typed = _wanted(kind, name), _typed()
    words = None if request.form.get("do") == "shipped" else typed
    try:
        with services().database.writing() as session:
            zone = house_zone(session)
            _expect_seen(session, wanted, zone)
            approve_text(
                session,
                wanted=wanted,
                words=words,
                in_force_from_at=read_start("from", zone),
                by=current_user.name,
                now=now(),
            )
    except TextFlawed as refused:
        return _page(wanted, typed, _say_flaws(refused.flaws)), 422
    except FormRefused as refused:
        faults = {name: [fault] for name, fault in refused.faults.items()}
        return _page(wanted, typed, faults, trouble=refused.message, wrong_from=refused.faults.get("from", "")), 422
    except (InForceInThePast, LaterVersionThere) as refused:
        return _page(wanted, typed, wrong_from=say(REFUSALS[type(refused)])), 422
    except NothingChanged as refused:
        return _page(wanted, typed, trouble=say(REFUSALS[type(refused)])), 422
    flash(say("tables.done"), "done")
    return redirect(url_for("web.texts.show", kind=wanted.kind, name=wanted.name))


@texts.post("/versions/<int:version_id>/withdraw")
@for_roles(DECIDERS)
def withdraw(version_id: int) -> ResponseReturnValue:
    """Take back the last version of a text while it is not in force."""
    with services().database.reading() as session:
        version = session.get(TextVersion, version_id) or abort(404)
        page = url_for("web.texts.show", kind=version.kind, name=version.name)

    def act(session: Session) -> None:
        version = session.get(TextVersion, version_id) or abort(404)
        withdraw_text(session, version=version, by=current_user.name, now=now())

    return carry_out(act, refusals=REFUSALS, back_to=page)


def _page(
    wanted: TextName,
    typed: Words | None = None,
    flaws: Flaws = NO_FLAWS,
    *,
    wrong_from: str = "",
    trouble: str = "",
) -> str:
    with services().database.reading() as session:
        versions = list_text_versions(session, wanted=wanted)
        boxes = _version_boxes(session, wanted, versions)
        newest = words_of(versions[0] if versions else None, wanted)
    return render_template(
        "text.html",
        wanted=wanted,
        columns=_columns(wanted, typed or newest, flaws),
        versions=boxes,
        shipped=shipped_words(wanted),
        shown=write_shown(_shown(newest)),
        is_own=bool(boxes) and not boxes[0].is_shipped,
        values=sorted(placeholders_of(shipped_words(wanted).text)),
        longest=LONGEST_OWN_TEXT,
        from_value=request.form.get("from", ""),
        wrong_from=wrong_from,
        trouble=trouble,
        may_change=current_user.role in DECIDERS,
    )


def _expect_seen(session: Session, wanted: TextName, zone: ZoneInfo) -> None:
    """Refuse words written over others than those the form showed; the last event tells whose the new ones are."""
    present = words_of(lock_text(session, wanted=wanted), wanted)
    last = list_events(session, subject=wanted.subject)[-1:]
    at = "".join(local(one.occurred_at, zone) for one in last)
    expect_shown(_shown(present), by="".join(one.actor for one in last), at=at)


def _shown(words: Words) -> dict[str, str]:
    return dict(zip(FIELDS.values(), words, strict=True))


def _say_flaws(flaws: Sequence[TextFlaw]) -> Flaws:
    said = {field: list[str]() for field in FIELDS.values()}
    for flaw in flaws:
        said[FIELDS[flaw.language]].append(say(f"text_trouble.{flaw.trouble}", about=flaw.about))
    return said


def _columns(wanted: TextName, words: Words, flaws: Flaws) -> list[Column]:
    return [
        Column(
            language=language,
            field=FIELDS[language],
            text=words.in_language(language),
            filled=(filled := _fill(words.in_language(language), language)),
            size=_say_size(wanted.kind, filled, language),
            flaws=flaws.get(FIELDS[language], ()),
        )
        for language in (Language.ZH, Language.EN)
    ]


def _fill(text: str, language: Language) -> str:
    """Return a text as it comes out with the longest values, or nothing while it cannot be filled."""
    try:
        return (
            text.format_map(dict(load_samples(language)))
            if placeholders_of(text) <= set(load_samples(language))
            else ""
        )
    except ValueError:
        return ""


def _say_size(kind: TextKind, filled: str, language: Language) -> str:
    if not filled:
        return ""
    size = count_size(kind, filled, language)
    if kind in SPOKEN:
        return say("texts.seconds", seconds=f"{size:.0f}")
    if kind is TextKind.SMS:
        return say("texts.segments", count=f"{size:.0f}", characters=len(filled))
    return say("texts.characters", characters=len(filled))


def _version_boxes(session: Session, wanted: TextName, versions: Sequence[TextVersion]) -> list[VersionBox]:
    zone = house_zone(session)
    in_force = next((one for one in versions if one.in_force_from_at <= now()), None)
    return [
        VersionBox(
            version=one.version,
            version_id=one.id,
            state="in_force" if one is in_force else "planned" if one.in_force_from_at > now() else "past",
            from_at=f"{one.in_force_from_at.astimezone(zone):%Y-%m-%d %H:%M}",
            by=one.approved_by,
            is_shipped=one.text is None,
            words=words_of(one, wanted),
        )
        for one in versions
    ]


def _wanted(kind: str, name: str) -> TextName:
    if kind not in set(TextKind):
        abort(404)
    wanted = TextName(TextKind(kind), name)
    try:
        shipped_words(wanted)
    except UnknownText:
        abort(404)
    return wanted


def _typed() -> Words:
    # A browser sends lines as CR LF; the text itself has LF alone.
    return Words(*(as_typed(request.form.get(field, "")).strip() for field in FIELDS.values()))
