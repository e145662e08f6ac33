"""Recalls with their progress, owners somebody must speak with, and defect cases (C8)."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Campaign, DefectCase, FaultCategory, Product, Recall
from operations.campaigns import (
    MachineRecalledAlready,
    NobodyConcerned,
    SerialsWrongWayRound,
    count_recalls,
    give_up,
    list_by_hand,
    list_campaigns,
    open_campaign,
    percent_done,
    reach,
)
from operations.defect_cases import close_defect_case, list_defect_cases
from policies.campaigns import CampaignState, RecallMoveRefused, RecallState
from web.access import OFFICE, PLANNERS, for_roles
from web.catalogue_choices import fault_choices, model_choices
from web.form_fields import Refusals, known, read_text
from web.sentences import in_language, say
from web.services import now, services
from web.tables import Act, Field, Link, Mark, Row, Table, carry_out, house_zone, local
from web.words import Tone

campaigns = Blueprint("campaigns", __name__, url_prefix="/campaigns")
WHOLE_PERCENT = 100
REFUSALS: Refusals = {
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
    return render_template("tables.html", title=say("nav.campaigns"), tables=tables)


@campaigns.post("")
@for_roles(PLANNERS)
def start() -> ResponseReturnValue:
    """A recall begins: its owners are told by the clock."""

    def act(session: Session) -> None:
        product = session.scalars(select(Product).where(Product.model_code == read_text("model"))).one_or_none()
        fault = session.scalars(select(FaultCategory).where(FaultCategory.code == read_text("fault"))).one_or_none()
        open_campaign(
            session,
            product=known(product, "model"),
            fault_category=known(fault, "fault"),
            serial_from=_serial("serial_from"),
            serial_until=_serial("serial_until"),
            notice=read_text("notice", is_required=True),
            by=current_user.name,
            now=now(),
        )

    return _carry_out(act)


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
            give_up(session, recall=recall, note=read_text("note", longest=200, is_required=True))

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
    return read_text(name, longest=40, is_required=True).upper()


def _may_act() -> bool:
    return current_user.role in PLANNERS


def _campaigns(session: Session, zone: ZoneInfo) -> Table:
    fields = [
        Field("model", say("campaigns.model"), kind="choice", choices=model_choices(session)),
        Field("serial_from", say("campaigns.serial_from")),
        Field("serial_until", say("campaigns.serial_until")),
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
    tone = Tone.KEPT if one.state is CampaignState.CLOSED else Tone.NEAR
    machines = ", ".join(
        f"{say(f'recall_state.{state}')} {counts[state]}" for state in RecallState if counts.get(state)
    )
    return Row(
        [
            in_language(one.product, "name"),
            f"{one.serial_from} – {one.serial_until}",
            one.notice,
            local(one.opened_at, zone),
            Mark(f"{done} %", tone if done == WHOLE_PERCENT else Tone.NEAR),
            machines,
        ]
    )


def _unreached(session: Session) -> Table:
    rows = [
        Row(
            [
                one.asset.serial,
                in_language(one.asset.customer, "name"),
                Link(one.asset.customer.number, url_for("web.customers.show", number=one.asset.customer.number)),
                say(f"recall_state.{one.state}"),
            ],
            _recall_acts(one),
        )
        for one in list_by_hand(session)
    ]
    headers = [say(f"campaigns.{name}") for name in ("serial", "customer", "customer_number", "state")]
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
