"""A call's way through the drawn menu: the places it came through and the arrows between them (H14)."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

from markupsafe import Markup

PICTURE = Path(__file__).parent / "static" / "menu.svg"


def draw_way(nodes: Sequence[str]) -> Markup:
    """Return the menu as SVG with the places of a call marked; `nodes` are those of its steps, in order."""
    ways = {(here, there) for here, there in pairwise(nodes) if here != there}

    def mark_place(found: re.Match[str]) -> str:
        return f"{found[0]} data-visited" if found[1] in nodes else found[0]

    def mark_way(found: re.Match[str]) -> str:
        return f"{found[0]} data-visited" if (found[1], found[2]) in ways else found[0]

    drawn = re.sub(r'data-place="(\w+)"', mark_place, _picture())
    # The picture is ours, and of the call only whether a name is in it: nothing a caller sent gets into the markup.
    return Markup(re.sub(r'data-from="(\w+)" data-to="(\w+)"', mark_way, drawn))  # noqa: S704


@cache
def _picture() -> str:
    # An attribute without a value is HTML and not XML: the page is HTML.
    return PICTURE.read_text(encoding="utf-8")


@cache
def list_places() -> frozenset[str]:
    """Return the names of the places in the picture."""
    return frozenset(re.findall(r'data-place="(\w+)"', _picture()))
