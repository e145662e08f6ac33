"""What pages about parts say alike: where a part comes from, what forms offer and refuse."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Part
from operations.parts.part_orders import OrderReceivedAlready
from operations.parts.part_supply import VisitPart
from operations.parts.requisitions import NoWarehouse, OwnRequisition, RequisitionEmpty
from operations.parts.reservations import ReservationEmpty, VisitOver
from operations.parts.stock import (
    EmptyMove,
    MoveReversedAlready,
    NoVan,
    PartNotOnVan,
    PartUnknown,
    PlaceUnknown,
    StockShort,
)
from operations.parts.stock_levels import ReorderImpossible
from policies.parts import PartSource, RequisitionMoveRefused, StockMoveRefused
from web.forms.form_fields import Refusals
from web.layout.tables import local
from web.wording.sentences import in_language, say
from web.wording.words import Tone

MOST_SUGGESTED = 300
MOST_UNITS = 100_000
PART_REFUSALS: Refusals = {
    PartUnknown: "parts.unknown",
    PlaceUnknown: "parts.place_unknown",
    StockShort: "parts.too_few",
    PartNotOnVan: "parts.too_few",
    StockMoveRefused: "parts.wrong_way",
    EmptyMove: "parts.no_units",
    RequisitionEmpty: "parts.no_units",
    ReservationEmpty: "parts.no_units",
    MoveReversedAlready: "parts.reversed_already",
    NoVan: "parts.no_van",
    NoWarehouse: "parts.no_warehouse",
    OwnRequisition: "parts.own",
    RequisitionMoveRefused: "parts.too_late",
    OrderReceivedAlready: "parts.too_late",
    ReorderImpossible: "parts.reorder_impossible",
    VisitOver: "parts.visit_over",
}


SOURCE_TONES = {PartSource.ON_VAN: Tone.KEPT, PartSource.MISSING: Tone.BROKEN, PartSource.ARRIVING: Tone.NEAR}


def read_units(text: str) -> int:
    """Return a number of units as typed; anything else than 1 to 100,000 counts as none, which operations refuse."""
    stripped = text.strip()
    units = int(stripped) if stripped.isdecimal() and stripped.isascii() else 0
    return units if units <= MOST_UNITS else 0


def part_choices(session: Session) -> list[tuple[str, str]]:
    """Return part numbers with their names for a field that completes what is typed."""
    found = session.scalars(select(Part).order_by(Part.number).limit(MOST_SUGGESTED))
    return [(one.number, in_language(one, "name")) for one in found]


def source_words(one: VisitPart, zone: ZoneInfo) -> str:
    """Return where a visit's part comes from, with the place and the time where there are any."""
    place = in_language(one.place, "name") if one.place else ""
    return say(
        f"part_source.{one.source}_at" if place else f"part_source.{one.source}", place=place, at=local(one.at, zone)
    )
