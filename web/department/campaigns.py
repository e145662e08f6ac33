"""Recalls with their progress, owners somebody must speak with, and defect cases (C8)."""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Campaign, DefectCase, FaultCategory, Product, Recall, Visit
from operations.aftercare.campaigns import (
    MachineRecalledAlready,
    NobodyConcerned,
    SerialsUnknown,
    SerialsWrongWayRound,
    count_recalls,
    list_campaigns,
    open_batch_campaign,
    open_campaign,
    percent_done,
)
from operations.aftercare.defect_cases import close_defect_case, list_defect_cases
from operations.aftercare.recalls import MOST_LISTED, give_up, list_by_hand, list_recalls, list_windows, reach
from operations.reports.files import FileCell
from policies.campaigns import SETTLED, CampaignState, RecallMoveRefused, RecallState, read_serials
from web.forms.form_fields import Refusals, known, read_text
from web.foundation.access import OFFICE, PLANNERS, for_roles
from web.foundation.downloads import send_table
from web.foundation.services import now, services
from web.layout.tables import (
    Act,
    Cell,
    Field,
    Link,
    Mark,
    Row,
    Table,
    carry_out,
    cell_text,
    house_zone,
    local,
    request_cell,
    show_tables,
)
from web.wording.catalogue_choices import fault_choices, model_choices
from web.wording.sentences import in_language, say
from web.wording.words import Tone, window

campaigns = Blueprint("campaigns", __name__, url_prefix="/campaigns")
LONGEST_SERIAL = 40
LONGEST_BATCH = 60_000
"""Some thousand serials, pasted one behind the other."""
MOVABLE = frozenset(RecallState) - SETTLED


class RangeOrBatch(ValueError):
    """A recall is of a range of serials or of those of a batch: one of the two."""

    field = "serials"


REFUSALS: Refusals = {
    RangeOrBatch: "campaigns.range_or_list",
    SerialsUnknown: "campaigns.unknown_serials",
    SerialsWrongWayRound: "campaigns.wrong_way_round",
    NobodyConcerned: "campaigns.nobody",
    MachineRecalledAlready: "campaigns.twice",
    RecallMoveRefused: "tables.too_late",
}


@campaigns.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """Every campaign and what waits for somebody."""
    with services().database.reading() as session:
        zone = house_zone(session)
        tables = [_campaigns(session, zone), _unreached(session), _defects(session, zone)]
    return show_tables(title=say("nav.campaigns"), tables=tables)


@campaigns.post("")
@for_roles(PLANNERS)
def start() -> ResponseReturnValue:
    """A recall begins: its owners are told by the clock."""

    def act(session: Session) -> None:
        product = session.scalars(select(Product).where(Product.model_code == read_text("model"))).one_or_none()
        fault = session.scalars(select(FaultCategory).where(FaultCategory.code == read_text("fault"))).one_or_none()
        product, fault = known(product, "model"), known(fault, "fault")
        serial_from, serial_until = _serial("serial_from"), _serial("serial_until")
        serials = read_serials(read_text("serials", longest=LONGEST_BATCH))
        notice, by = read_text("notice", is_required=True), current_user.name
        if serials and not serial_from and not serial_until:
            open_batch_campaign(
                session, product=product, fault_category=fault, serials=serials, notice=notice, by=by, now=now()
            )
        elif serial_from and serial_until and not serials:
            open_campaign(
                session,
                product=product,
                fault_category=fault,
                serial_from=serial_from,
                serial_until=serial_until,
                notice=notice,
                by=by,
                now=now(),
            )
        else:
            raise RangeOrBatch

    return _carry_out(act)


@campaigns.get("/<int:campaign_id>")
@for_roles(OFFICE)
def show_one(campaign_id: int) -> ResponseReturnValue:
    """One recall: how far it is, and each of its machines."""
    with services().database.reading() as session:
        campaign = session.get(Campaign, campaign_id) or abort(404)
        zone = house_zone(session)
        state = _read_state()
        counts = count_recalls(session, campaign=campaign)
        tables = [_standing(campaign, counts, zone), _machines(session, campaign, state, counts, zone)]
        title = say("campaigns.page", model=in_language(campaign.product, "name"))
    return render_template("campaign.html", title=title, tables=tables, campaign_id=campaign_id)


@campaigns.get("/<int:campaign_id>.<kind>")
@for_roles(OFFICE)
def download(campaign_id: int, kind: str) -> ResponseReturnValue:
    """Every machine of a recall as a file."""
    with services().database.reading() as session:
        campaign = session.get(Campaign, campaign_id) or abort(404)
        zone = house_zone(session)
        recalls = list_recalls(session, campaign=campaign, state=None, limit=None)
        cells: list[list[FileCell]] = [
            [cell_text(cell) for cell in row] for row in _machine_cells(session, recalls, zone)
        ]
    title = say("campaigns.title")
    return send_table(kind, name=f"recall-{campaign_id}", title=title, headings=_machine_headings(), rows=cells)


@campaigns.post("/recalls/<int:recall_id>/<step>")
@for_roles(PLANNERS)
def move(recall_id: int, step: str) -> ResponseReturnValue:
    """An owner was reached, or a machine is given up with the reason."""
    if step not in {"reach", "give_up"}:
        abort(404)

    def act(session: Session) -> None:
        recall = session.get(Recall, recall_id) or abort(404)
        if step == "reach":
            reach(session, recall=recall, now=now())
        else:
            note, by = read_text("note", longest=200, is_required=True), current_user.name
            give_up(session, recall=recall, note=note, house=services().house, by=by, now=now())

    return _carry_out(act)


@campaigns.post("/defects/<int:case_id>")
@for_roles(PLANNERS)
def close_case(case_id: int) -> ResponseReturnValue:
    """Somebody has looked into a defect."""

    def act(session: Session) -> None:
        case = session.get(DefectCase, case_id) or abort(404)
        close_defect_case(
            session, case=case, finding=read_text("finding", is_required=True), by=current_user.name, now=now()
        )

    return _carry_out(act)


def _carry_out(act: Callable[[Session], None]) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.campaigns.show"))


def _serial(name: str) -> str:
    return read_text(name, longest=LONGEST_SERIAL).upper()


def _may_act() -> bool:
    return current_user.role in PLANNERS


def _campaigns(session: Session, zone: ZoneInfo) -> Table:
    fields = [
        Field("model", say("campaigns.model"), kind="choice", choices=model_choices(session)),
        Field("serial_from", say("campaigns.serial_from"), is_required=False),
        Field("serial_until", say("campaigns.serial_until"), is_required=False),
        Field("serials", say("campaigns.serials_list"), kind="lines", is_required=False),
        Field("fault", say("campaigns.fault"), kind="choice", choices=fault_choices(session)),
        Field("notice", say("campaigns.notice")),
    ]
    form = Act(url_for("web.campaigns.start"), say("campaigns.start"), fields)
    headers = [say(f"campaigns.{name}") for name in ("model", "serials", "notice", "since", "progress", "machines")]
    rows = [_campaign_row(session, one, zone) for one in list_campaigns(session)]
    return Table(
        "campaigns", say("campaigns.title"), headers, rows, say("campaigns.none"), (form,) if _may_act() else ()
    )


def _campaign_row(session: Session, one: Campaign, zone: ZoneInfo) -> Row:
    counts = count_recalls(session, campaign=one)
    done = percent_done(counts)
    return Row(
        [
            Link(in_language(one.product, "name"), url_for("web.campaigns.show_one", campaign_id=one.id)),
            _serials(one),
            one.notice,
            local(one.opened_at, zone),
            Mark(f"{done} %", _tone(one)),
            ", ".join(f"{say(f'recall_state.{state}')} {counts[state]}" for state in RecallState if counts.get(state)),
        ]
    )


def _serials(one: Campaign) -> str:
    span = f"{one.serial_from} – {one.serial_until}"
    return say("campaigns.of_batch", span=span) if one.is_batch else span


def _read_state() -> RecallState | None:
    text = request.args.get("state", "")
    if text and text not in set(RecallState):
        abort(404)
    return RecallState(text) if text else None


def _standing(one: Campaign, counts: Mapping[RecallState, int], zone: ZoneInfo) -> Table:
    """How many machines stand where, each figure the way to them."""

    def to(state: RecallState | None) -> str:
        return url_for("web.campaigns.show_one", campaign_id=one.id, state=state, _anchor="machines")

    rows: list[Row] = [
        Row([say("campaigns.serials"), _serials(one)]),
        Row([say("campaigns.fault"), in_language(one.fault_category, "name")]),
        Row([say("campaigns.notice"), one.notice]),
        Row([say("campaigns.opened"), f"{local(one.opened_at, zone)} {one.opened_by}"]),
        Row([say("campaigns.closed"), local(one.closed_at, zone)]),
        Row([say("campaigns.progress"), Mark(f"{percent_done(counts)} %", _tone(one))]),
        Row([say("campaigns.all"), Link(str(sum(counts.values())), to(None))]),
    ]
    rows += [
        Row([say(f"recall_state.{state}"), Link(str(counts[state]), to(state))])
        for state in RecallState
        if counts.get(state)
    ]
    headers = [say("campaigns.fact"), say("campaigns.value")]
    return Table("standing", say("campaigns.page", model=in_language(one.product, "name")), headers, rows, "")


def _tone(one: Campaign) -> Tone:
    return Tone.KEPT if one.state is CampaignState.CLOSED else Tone.NEAR


def _machines(
    session: Session, one: Campaign, state: RecallState | None, counts: Mapping[RecallState, int], zone: ZoneInfo
) -> Table:
    recalls = list_recalls(session, campaign=one, state=state)
    cells = _machine_cells(session, recalls, zone)
    acts = [_recall_acts(recall) if recall.state in MOVABLE else [] for recall in recalls]
    rows = [Row(row, act) for row, act in zip(cells, acts, strict=True)]
    title = say(f"recall_state.{state}") if state else say("campaigns.machines")
    whole = counts.get(state, 0) if state else sum(counts.values())
    if whole > MOST_LISTED:
        title = f"{title} · {say('campaigns.too_many', most=MOST_LISTED)}"
    return Table("machines", title, _machine_headings(), rows, say("campaigns.no_machine"))


def _machine_headings() -> list[str]:
    names = ("serial", "customer", "customer_number", "state", "told_at", "request", "window", "note")
    return [say(f"campaigns.{name}") for name in names]


def _machine_cells(session: Session, recalls: Sequence[Recall], zone: ZoneInfo) -> list[list[Cell]]:
    visits = list_windows(session, recalls=recalls)
    return [_cells_of(one, visits.get(one.request_id or 0), zone) for one in recalls]


def _cells_of(one: Recall, visit: Visit | None, zone: ZoneInfo) -> list[Cell]:
    owner = one.asset.customer
    return [
        one.asset.serial,
        in_language(owner, "name"),
        Link(owner.number, url_for("web.customers.show", number=owner.number)),
        say(f"recall_state.{one.state}"),
        local(one.told_at, zone),
        request_cell(one.request.number) if one.request else "",
        _window(visit, zone),
        one.note,
    ]


def _window(visit: Visit | None, zone: ZoneInfo) -> str:
    if visit is None or visit.window_from_at is None or visit.window_until_at is None:
        return ""
    return window(visit.window_from_at, visit.window_until_at, zone, today=now().astimezone(zone).date())


def _unreached(session: Session) -> Table:
    rows = [
        Row(
            [
                one.asset.serial,
                in_language(one.asset.customer, "name"),
                Link(one.asset.customer.number, url_for("web.customers.show", number=one.asset.customer.number)),
                say(f"recall_state.{one.state}"),
                request_cell(one.request.number) if one.request else "",
            ],
            _recall_acts(one),
        )
        for one in list_by_hand(session, now=now())
    ]
    headers = [say(f"campaigns.{name}") for name in ("serial", "customer", "customer_number", "state", "request")]
    return Table("unreached", say("campaigns.unreached"), headers, rows, say("campaigns.unreached_none"))


def _recall_acts(one: Recall) -> list[Act]:
    if not _may_act():
        return []
    note = (Field("note", say("campaigns.why")),)
    return [
        Act(url_for("web.campaigns.move", recall_id=one.id, step="reach"), say("campaigns.reach")),
        Act(url_for("web.campaigns.move", recall_id=one.id, step="give_up"), say("campaigns.give_up"), note),
    ]


def _defects(session: Session, zone: ZoneInfo) -> Table:
    rows = [
        Row(
            [
                in_language(one.product, "name"),
                in_language(one.fault_category, "name"),
                str(one.reports),
                local(one.opened_at, zone),
            ],
            [_close_act(one)] if _may_act() else [],
        )
        for one in list_defect_cases(session)
    ]
    headers = [say(f"campaigns.{name}") for name in ("model", "fault", "reports", "since")]
    return Table("defects", say("campaigns.defects"), headers, rows, say("campaigns.defects_none"))


def _close_act(one: DefectCase) -> Act:
    fields = (Field("finding", say("campaigns.finding")),)
    return Act(url_for("web.campaigns.close_case", case_id=one.id), say("campaigns.close"), fields)
