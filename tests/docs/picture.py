"""The menu drawn: a box for each place, rows by how many choices lead there, an arrow for each way a caller can go."""

from collections.abc import Sequence
from dataclasses import dataclass

from ivr.reply import Then
from outbox.words import load_prompts
from policies.languages import Language

START = "main"
STARTS = (START, "technician")
"""Where calls begin: those of technicians at a place of their own."""
FROM_EVERYWHERE = frozenset({"person", "voicemail", "closing", START})
"""Places nearly every other leads to: the picture shows the boxes and leaves their arrows out."""
WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 170, 54, 26, 74, 30
LABEL_CHARACTERS = 11
STYLE = """
    text { font-family: "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; fill: #1d2733; }
    rect.box { fill: #fff; stroke: #33658a; stroke-width: 1.5; }
    rect.end { fill: #e3efe6; stroke: #3c7a52; stroke-width: 1.5; }
    rect.person { fill: #fbeedd; stroke: #a8642a; stroke-width: 1.5; }
    .said { font-size: 12px; fill: #51606f; }
    .name { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 13px; font-weight: 600; }
    .arrow { fill: none; stroke: #51606f; stroke-width: 1.3; marker-end: url(#head); opacity: 0.75; }
"""
HEAD = (
    '<marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 L8 4 L0 8 z" fill="#51606f"/></marker>'
)


@dataclass(frozen=True)
class Place:
    """A node: what is said there and on leaving it, what the caller can do, and where that leads."""

    name: str
    says: tuple[str, ...]
    says_on_leaving: tuple[str, ...]
    then: tuple[Then, ...]
    leads_to: tuple[str, ...]


@dataclass(frozen=True)
class Spot:
    """Where a box stands: its left upper corner."""

    x: int
    y: int

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


def list_arrows(places: Sequence[Place]) -> list[tuple[str, str]]:
    """Return the ways that are drawn."""
    return [(place.name, there) for place in places for there in place.leads_to if there not in FROM_EVERYWHERE]


def draw_menu(places: Sequence[Place], *, has_style: bool = True) -> str:
    """Return the picture as SVG; without its style it takes that of the page around it."""
    rows = _rows(places)
    width = MARGIN * 2 + max(map(len, rows)) * (WIDTH + GAP_X) - GAP_X
    height = MARGIN * 2 + len(rows) * (HEIGHT + GAP_Y) - GAP_Y
    spots = _spots(rows, width)
    by_name = {place.name: place for place in places}
    parts = [_arrow(spots[here], spots[there], here, there) for here, there in list_arrows(places)]
    parts += [_box(by_name[name], spot) for name, spot in spots.items()]
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    style = [f"  <style>{STYLE}  </style>"] if has_style else []
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">'
    title = '  <title id="title">The menu of the hotline</title>'
    ground = f'  <rect width="{width}" height="{height}" fill="#f6f8fa"/>'
    return "\n".join([head, title, *style, f"  <defs>{HEAD}</defs>", ground, *parts, "</svg>", ""])


def _rows(places: Sequence[Place]) -> list[list[str]]:
    """Return the places row by row, each as near to the start as the shortest way to it; the last row ends calls."""
    leads_to = {place.name: place.leads_to for place in places}
    seen, row, rows = set(STARTS) | FROM_EVERYWHERE, list(STARTS), []
    while row:
        rows.append(row)
        below = dict.fromkeys(there for here in row for there in leads_to[here] if there not in seen)
        seen |= set(below)
        row = list(below)
    return [*rows, [place.name for place in places if place.name in FROM_EVERYWHERE - {START}]]


def _spots(rows: Sequence[Sequence[str]], width: int) -> dict[str, Spot]:
    spots = {}
    for number, row in enumerate(rows):
        left = (width - len(row) * (WIDTH + GAP_X) + GAP_X) // 2
        for column, name in enumerate(row):
            spots[name] = Spot(left + column * (WIDTH + GAP_X), MARGIN + number * (HEIGHT + GAP_Y))
    return spots


def _arrow(here: Spot, there: Spot, name: str, other: str) -> str:
    return f'  <path class="arrow" data-from="{name}" data-to="{other}" d="{_way(here, there)}"/>'


def _way(here: Spot, there: Spot) -> str:
    if here == there:
        right = here.x + WIDTH
        return f"M{right} {here.y + 14} C{right + 22} {here.y + 8} {right + 22} {here.y + 46} {right + 2} {here.y + 40}"
    if here.y < there.y:
        low, high = here.y + HEIGHT, there.y
        return f"M{here.middle} {low} C{here.middle} {low + 40} {there.middle} {high - 40} {there.middle} {high - 2}"
    if here.y > there.y:
        low, high = there.y + HEIGHT, here.y
        start, end = here.middle + 30, there.middle + 30
        return f"M{start} {high} C{start} {high - 40} {end} {low + 40} {end} {low + 2}"
    side, low = 20 if here.x < there.x else -20, here.y + HEIGHT
    start, end = here.middle + side, there.middle - side
    return f"M{start} {low} C{start} {low + 30} {end} {low + 30} {end} {low + 2}"


def _box(place: Place, spot: Spot) -> str:
    kind = "person" if place.name in {"person", "voicemail"} else "end" if Then.HANG_UP in place.then else "box"
    said = [load_prompts(Language.ZH)[prompt].partition("{")[0] for prompt in place.says]
    # A sentence that begins with what is filled in tells nothing.
    label = next((words for words in said if words), "人工")[:LABEL_CHARACTERS]
    return "\n".join(
        [
            f'  <g data-place="{place.name}">',
            f'    <rect class="{kind}" x="{spot.x}" y="{spot.y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
            f'    <text class="name" x="{spot.middle}" y="{spot.y + 22}" text-anchor="middle">{place.name}</text>',
            f'    <text class="said" x="{spot.middle}" y="{spot.y + 42}" text-anchor="middle">{label}</text>',
            "  </g>",
        ]
    )
