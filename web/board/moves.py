"""Moving visits on the board: the planner is asked, the dispatcher decides, and it can be undone (D6, D9)."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from models import Area, PlanMove, Shift, Visit
from operations.day.explanations import say_rules
from operations.dispatching.move_verdicts import MoveImpossible, MoveVerdict, Place, Wish
from operations.dispatching.moves import (
    LONGEST_REASON,
    Consent,
    MoveNotUndoable,
    ReasonMissing,
    ask_about_move,
    carry_out_move,
    undo_move,
)
from operations.planning.live_plan import StalePlan
from policies.visit_locks import VisitLockKind
from web.board.move_answers import ASKED, answer_outcome, is_part_wanted
from web.forms.form_fields import FormRefused, read_text
from web.forms.own_pages import page_of_form, with_query
from web.foundation.access import PLANNERS, for_roles
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.wording.sentences import in_language, page_language, say
from web.wording.words import instant, stretch

moves = Blueprint("moves", __name__, url_prefix="/moves")
CENTS = 100
Fields = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class MoveBox:
    """What the planner says about one move, in words, with what has to come back when it is confirmed."""

    wish: Wish
    code: str
    seen: Place
    troubles_seen: str
    before: str
    after: str
    cost: str
    travel: str
    broken: list[str]
    retimed: list[str]
    told: str
    needs_reason: bool
    is_same_place: bool


@moves.post("/ask")
@for_roles(PLANNERS)
def ask() -> ResponseReturnValue:
    """What the planner says about a wish, below the form or on its page; nothing is changed."""
    wish = _read_wish(request.form)
    with services().database.reading() as session:
        verdict = _draw(session, wish)
    return verdict if is_part_wanted() else redirect(_page_of(wish))


def draw_asked(session: Session) -> Markup:
    """Return the verdict about the move that the address of a page asks for; nothing where it asks for none."""
    if "visit" not in request.args or current_user.role not in PLANNERS:
        return Markup()
    return Markup(_draw(session, _read_wish(request.args)))  # noqa: S704 (a template of ours has written it)


@moves.post("")
@for_roles(PLANNERS)
def make() -> ResponseReturnValue:
    """Carry a move out, if it still means what was shown; otherwise show what it means now."""
    wish, wired = _read_wish(request.form), services()
    seen = Place(_id(request.form, "seen_shift"), _instant(request.form, "seen_start"))
    troubles = frozenset(request.form.get("troubles", "").split())
    reason = read_text("reason", longest=LONGEST_REASON)
    consent = Consent(seen, troubles, reason, current_user.name)
    try:
        with wired.database.writing() as session:
            move = carry_out_move(session, wish=wish, consent=consent, house=wired.house, now=now())
            made = say("move.done", code=session.get_one(Visit, move.visit_id).code)
    except MoveImpossible as refusal:
        return answer_outcome(trouble=say(f"move.impossible_{refusal.args[0]}"))
    except StalePlan:
        return _show_anew(wish, say("move.stale"), reason)
    except ReasonMissing:
        return _show_anew(wish, say("move.reason_missing"), reason)
    return answer_outcome(done=made)


@moves.post("/<int:move_id>/undo")
@for_roles(PLANNERS)
def undo(move_id: int) -> ResponseReturnValue:
    """Put a visit back while nobody has been told."""
    wired = services()
    try:
        with wired.database.writing() as session:
            move = session.get(PlanMove, move_id) or abort(404)
            undo_move(session, move=move, house=wired.house, by=current_user.name, now=now())
    except (MoveNotUndoable, MoveImpossible):
        return answer_outcome(trouble=say("move.not_undoable"))
    return answer_outcome(done=say("move.undone"))


def _show_anew(wish: Wish, note: str, reason: str) -> ResponseReturnValue:
    """Say why a move is not made, and what it means now; the reason typed stays."""
    if not is_part_wanted():
        raise FormRefused({}, message=note)
    with services().database.reading() as session:
        return _draw(session, wish, note=note, reason=reason)


def _draw(session: Session, wish: Wish, *, note: str = "", reason: str = "") -> str:
    """What the planner says about a wish, with the form that makes the move."""
    visit = session.get(Visit, wish.visit_id) or abort(404)
    try:
        verdict = ask_about_move(session, area_id=visit.area_id, wish=wish, now=now())
    except MoveImpossible as refusal:
        return render_template("move.html", trouble=say(f"move.impossible_{refusal.args[0]}"))
    return render_template(
        "move.html",
        box=_in_words(session, visit, verdict),
        note=note,
        reason=reason,
        page=_page_of(wish),
        locks=list(VisitLockKind),
        longest_reason=LONGEST_REASON,
    )


def _page_of(wish: Wish) -> str:
    """The page with the verdict about this wish on it: the one looked at, or the one its form stood on."""
    page = request.full_path if request.method == "GET" else page_of_form()
    values = (str(wish.visit_id), str(wish.shift_id), wish.start_at.isoformat(), wish.lock or "")
    return with_query(page, **dict(zip(ASKED, values, strict=True)))


def _in_words(session: Session, visit: Visit, verdict: MoveVerdict) -> MoveBox:
    zone = ZoneInfo(session.get_one(Area, visit.area_id).time_zone)
    names = _codes(session, verdict)
    retimed = [
        say("move.retimed", code=names[one.visit_id], before=_at(one.before_at, zone), after=_at(one.after_at, zone))
        for one in verdict.retimed
    ]
    return MoveBox(
        wish=verdict.wish,
        code=visit.code,
        seen=verdict.before,
        troubles_seen=" ".join(verdict.troubles),
        before=_place(session, verdict.before, zone),
        after=_place(session, verdict.after, zone),
        cost=_signed(verdict.extra_cost_cents),
        travel=_longer(verdict.extra_travel_seconds),
        broken=_troubles(verdict, names),
        retimed=retimed,
        told=_told(verdict, visit),
        needs_reason=verdict.needs_reason,
        is_same_place=verdict.before == verdict.after and verdict.wish.lock is None,
    )


def _codes(session: Session, verdict: MoveVerdict) -> dict[int, str]:
    """How the visits a verdict speaks of are called: code and customer."""
    ids = {one.visit_id for one in verdict.retimed}
    ids |= {int(trouble.partition(":")[2]) for trouble in verdict.troubles if ":" in trouble and ":hold" not in trouble}
    found = session.scalars(select(Visit).where(Visit.id.in_(ids))).all()
    return {
        visit.id: " ".join(
            [visit.code, in_language(visit.request.customer, "name") if visit.request.customer else ""]
        ).strip()
        for visit in found
    }


def _troubles(verdict: MoveVerdict, names: dict[int, str]) -> list[str]:
    lines = []
    rules = [trouble for trouble in verdict.troubles if ":" not in trouble]
    if rules:
        lines.append(say("move.rules", rules=say_rules(rules, language=page_language())))
    for trouble in verdict.troubles:
        kind, _, subject = trouble.partition(":")
        if subject:
            lines.append(say(f"move.breaks_{kind}", code=names.get(int(subject) if subject.isdigit() else 0, "")))
    return lines


def _told(verdict: MoveVerdict, visit: Visit) -> str:
    """What the customer of the moved visit will hear."""
    if visit.request.contact_phone is None:
        return say("move.told_nobody")
    if verdict.breaks_own_promise:
        return say("move.told_window")
    return say("move.told_same" if verdict.before.shift_id == verdict.after.shift_id else "move.told_technician")


def _place(session: Session, place: Place, zone: ZoneInfo) -> str:
    technician = session.get_one(Shift, place.shift_id).technician
    return f"{in_language(technician, 'name')} {_at(place.start_at, zone)}"


def _at(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant(at, zone, today=now().astimezone(zone).date())


def _signed(cents: int) -> str:
    return f"{cents / CENTS:+.2f}".replace("-", "−")


def _longer(seconds: int) -> str:
    length = dt.timedelta(seconds=abs(seconds))
    if length < dt.timedelta(minutes=1):
        return say("move.travel_same")
    return say("move.travel_more" if seconds > 0 else "move.travel_less", time=stretch(length))


def _read_wish(fields: Fields) -> Wish:
    return Wish(_id(fields, "visit"), _id(fields, "shift"), _instant(fields, "at"), _lock(fields))


def _lock(fields: Fields) -> VisitLockKind | None:
    word = fields.get("lock", "")
    if not word:
        return None
    return VisitLockKind(word) if word in set(VisitLockKind) else abort(400)


def _id(fields: Fields, name: str) -> int:
    found = fields.get(name, type=row_id)
    return abort(400) if found is None else found


def _instant(fields: Fields, name: str) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(fields.get(name, ""))
    except ValueError:
        abort(400)
    return at.astimezone(dt.UTC) if at.tzinfo else abort(400)
