"""A call's way through the menu as it was drawn then: the places it came through and the arrows between them (H14)."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from markupsafe import Markup, escape

from outbox.words import CONTENT
from web.wording.sentences import say

PICTURE = CONTENT / "menu" / "menu.svg"


def draw_way(nodes: Sequence[str], picture: str) -> Markup:
    """Return a drawn menu (SVG of ours) with the places of a call marked; `nodes` are those of its steps, in order.

    Places are named in the page's language; one that today's menu no longer has keeps the name it was drawn with.
    """
    ways = {(here, there) for here, there in pairwise(nodes) if here != there}

    def mark_place(found: re.Match[str]) -> str:
        return f"{found[0]} data-visited" if found[1] in nodes else found[0]

    def mark_way(found: re.Match[str]) -> str:
        return f"{found[0]} data-visited" if (found[1], found[2]) in ways else found[0]

    drawn = re.sub(
        r'(<text class="name"[^>]*>)(\w+)', lambda found: f"{found[1]}{escape(name_place(found[2]))}", picture
    )
    drawn = re.sub(r'data-place="(\w+)"', mark_place, drawn)
    # The picture is ours, and of the call only whether a name is in it: nothing a caller sent gets into the markup.
    return Markup(re.sub(r'data-from="(\w+)" data-to="(\w+)"', mark_way, drawn))  # noqa: S704


def name_place(node: str) -> str:
    """Return what a place of the menu is called on pages."""
    return say(f"place.{node}") if node in list_places() else node


@cache
def todays_menu() -> str:
    """Return the drawn menu of this release."""
    # An attribute without a value is HTML and not XML: the page is HTML.
    return PICTURE.read_text(encoding="utf-8")


@cache
def list_places() -> frozenset[str]:
    """Return the names of the places of today's menu."""
    return frozenset(re.findall(r'data-place="(\w+)"', todays_menu()))
