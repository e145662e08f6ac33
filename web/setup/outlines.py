"""A territory's border: drawn on the map, or typed corner by corner; both are the same list (D2, H13)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Territory
from operations.day.district_map import draw_district_map, list_outlines
from operations.foundation.territories import count_sites_inside, find_territory
from operations.imports.outlines import read_latitude, read_longitude, read_outline
from operations.imports.problems import BadCell, ImportRefused, Problem, Trouble
from operations.imports.sentences import describe_trouble
from operations.office.register_changes import Cells, find_row, write_row
from operations.office.registers import REGISTERS
from operations.office.site_moves import SiteMoves, move_waiting_sites, order_site_moves, plan_site_moves
from policies.outlines import MOST_CORNERS
from web.board.day_map import MapShape, draw_districts, draw_shape
from web.forms.form_fields import FormRefused
from web.forms.shown_values import write_shown
from web.foundation.access import for_roles
from web.foundation.map_tiles import Point, map_tiles
from web.foundation.security import admit_pictures
from web.foundation.services import now, services
from web.setup.registers import expect_row, keepers_of, read_row_shown, readers_of
from web.wording.sentences import in_language, page_language, say

outlines = Blueprint("outlines", __name__, url_prefix="/registers/territories/outline")

CORNERS_TOLD = 6
TERRITORIES = REGISTERS["territories"]
READERS, KEEPERS = readers_of(TERRITORIES.name), keepers_of(TERRITORIES.name)


@dataclass(frozen=True, slots=True)
class CornerLine:
    """One corner as it stands in its two fields, what is wrong with either, and where the map shows it."""

    latitude: str
    longitude: str
    latitude_trouble: str = ""
    longitude_trouble: str = ""
    at: Point | None = None

    @property
    def is_readable(self) -> bool:
        """Tell whether both fields hold degrees."""
        return not (self.latitude_trouble or self.longitude_trouble)


@dataclass(frozen=True, slots=True)
class MapCorner:
    """A corner in degrees, and where the tiles show it."""

    degrees: Point
    at: Point


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under the drawing: districts, other territories, corners of their borders that ours can be joined to.

    `draft` is the territory as it is on the map without a border of its own: something to begin with. `present` is its
    border as somebody else has saved it, while another one is being drawn.
    """

    districts: Sequence[MapShape]
    territories: Sequence[MapShape]
    neighbours: Sequence[MapCorner]
    draft: Sequence[MapCorner]
    present: Sequence[MapCorner]


@outlines.get("")
@for_roles(READERS)
def show() -> ResponseReturnValue:
    """The border of the territory `key`, on the map and as a list of corners."""
    with services().database.reading() as session:
        cells = find_row(session, register=TERRITORIES, key=request.args.get("key", "")) or abort(404)
        return _page(session, cells, _lines_of(cells["outline"]))


@outlines.post("")
@for_roles(KEEPERS)
def write() -> ResponseReturnValue:
    """Keep the border, or take it away when no corner is left; what is wrong stands beside the corner."""
    shown = read_row_shown(TERRITORIES) or abort(400)
    pairs = list(zip(request.form.getlist("latitude"), request.form.getlist("longitude"), strict=False))
    if len(pairs) > MOST_CORNERS * 2:
        abort(400)
    lines = [_read_line(latitude.strip(), longitude.strip()) for latitude, longitude in pairs]
    lines = [line for line in lines if line.latitude or line.longitude]
    troubles, crossing, asked, is_changed = list[str](), frozenset[int](), None, False
    if all(line.is_readable for line in lines):
        outline = ";".join(f"{line.latitude},{line.longitude}" for line in lines)
        try:
            with services().database.writing() as session:
                standing = expect_row(
                    session, register=TERRITORIES, shown=shown, names=("outline",), spell=_spell_corners
                )
                cells = {**standing, "outline": outline}
                said = "policy.nothing_changed" if cells == standing else "tables.done"
                moves = _plan_moves(session, cells)
                is_decided = request.form.get("sites") in {"move", "keep"} or not (moves.destinations or moves.left)
                asked = None if is_decided else moves
                moved = _write(session, cells, standing, moves) if is_decided else 0
        except ImportRefused as refused:
            troubles = [describe_trouble(one, page_language()) for one in refused.problems]
            crossing = _crossing_corners(refused.problems)
        except FormRefused as refused:
            troubles, is_changed = [refused.message, *refused.faults.values()], True
        else:
            if asked is None:
                flash(say("outline.moved", count=moved) if moved else say(said), "done")
                return redirect(url_for("web.outlines.show", key=TERRITORIES.key_of(shown)))
    with services().database.reading() as session:
        standing = find_row(session, register=TERRITORIES, key=TERRITORIES.key_of(shown)) or abort(404)
        present = _lines_of(standing["outline"]) if is_changed else []
        page = _page(session, standing, lines, moves=asked, troubles=troubles, crossing=crossing, present=present)
    return page, 422 if asked is None else 200


@outlines.get("/point")
@for_roles(READERS)
def convert() -> Response:
    """Return where a point of ours is on the tiles, or with `to=ours` the other way, where tiles are shifted."""
    try:
        point = read_latitude(request.args.get("latitude", "")), read_longitude(request.args.get("longitude", ""))
    except BadCell:
        abort(400)
    tiles = map_tiles()
    return jsonify(tiles.point_at(*point) if request.args.get("to") == "ours" else tiles.place(*point))


def _write(session: Session, cells: Cells, standing: Cells, moves: SiteMoves) -> int:
    """Write the border, and move its sites where somebody wants that; return how many were moved at once."""
    write_row(session, register=TERRITORIES, cells=cells, standing=standing, by=current_user.name, now=now())
    if request.form.get("sites") != "move":
        return 0
    order_site_moves(session, moves=moves)
    return move_waiting_sites(session, by=current_user.name, now=now())


def _spell_corners(_name: str, outline: str, other: str) -> str:
    """Return the corners of a border that the other one has not; the whole border where they only stand elsewhere."""
    own, others = outline.split(";"), other.split(";")
    differing = [corner for corner in own if corner not in others]
    if not differing and set(own) == set(others):
        differing = own
    more = [say("registers.more", count=len(differing) - CORNERS_TOLD)] if len(differing) > CORNERS_TOLD else []
    return " · ".join([*differing[:CORNERS_TOLD], *more])


def _plan_moves(session: Session, cells: Cells) -> SiteMoves:
    territory = find_territory(session, code=TERRITORIES.key_of(cells)) or abort(404)
    try:
        outline = read_outline(cells["outline"]) if cells["outline"] else []
    except BadCell as bad:
        raise ImportRefused([Problem(2, "outline", bad.trouble, bad.detail)]) from bad
    return plan_site_moves(session, territory=territory, outline=[(north, east) for north, east in outline])


def _page(
    session: Session,
    cells: Cells,
    lines: Sequence[CornerLine],
    *,
    moves: SiteMoves | None = None,
    troubles: Sequence[str] = (),
    crossing: frozenset[int] = frozenset(),
    present: Sequence[CornerLine] = (),
) -> str:
    key = TERRITORIES.key_of(cells)
    territory = find_territory(session, code=key) or abort(404)
    admit_pictures(map_tiles().host)
    return render_template(
        "outline.html",
        key=key,
        name=in_language(territory, "name"),
        lines=lines,
        most=MOST_CORNERS,
        shown=write_shown(cells),
        may_change=current_user.role in KEEPERS,
        troubles=troubles,
        crossing=crossing,
        moves=moves,
        inside=count_sites_inside(session, territory=territory),
        ground=_ground(session, territory, present),
        tiles=map_tiles(),
    )


def _ground(session: Session, territory: Territory, present: Sequence[CornerLine]) -> Ground:
    drawn, place = draw_district_map(session, area_id=territory.area_id), map_tiles().place
    others = [shape for shape in drawn.territories if shape.code != territory.code]
    own = next((shape for shape in drawn.territories if shape.code == territory.code), None)
    borders = list_outlines(session, area_id=territory.area_id)
    return Ground(
        draw_districts(drawn, place),
        [draw_shape(shape, in_language(shape, "name"), place) for shape in others],
        [_map_corner(corner) for code, corners in borders if code != territory.code for corner in corners],
        [_map_corner(corner) for corner in own.rings[0][:-1]] if own else [],
        [_map_corner((float(line.latitude), float(line.longitude))) for line in present],
    )


def _map_corner(corner: Sequence[float]) -> MapCorner:
    latitude, longitude = corner
    return MapCorner((latitude, longitude), map_tiles().place(latitude, longitude))


def _lines_of(outline: str) -> list[CornerLine]:
    pairs = (part.split(",") for part in outline.split(";") if part)
    return [_read_line(latitude, longitude) for latitude, longitude in pairs]


def _read_line(latitude: str, longitude: str) -> CornerLine:
    north, east = _read_degrees(read_latitude, latitude), _read_degrees(read_longitude, longitude)
    if isinstance(north, str) or isinstance(east, str):
        return CornerLine(
            latitude, longitude, north if isinstance(north, str) else "", east if isinstance(east, str) else ""
        )
    return CornerLine(latitude, longitude, at=map_tiles().place(north, east))


def _read_degrees(read: Callable[[str], float], text: str) -> float | str:
    """Return the degrees, or what is wrong with them in words."""
    try:
        return read(text)
    except BadCell as bad:
        trouble = bad.trouble if text else Trouble.MISSING
        return describe_trouble(Problem(1, "", trouble, bad.detail), page_language())


def _crossing_corners(problems: Sequence[Problem]) -> frozenset[int]:
    """Return the numbers of the corners at which sides that cross begin."""
    details = (one.detail for one in problems if one.trouble is Trouble.CROSSES_ITSELF)
    return frozenset(int(number) for detail in details for number in detail.split(","))
