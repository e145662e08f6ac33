"""Who would pay, in one line, as a caller is told it (C2)."""

from policies.entitlement import Entitlement
from web.wording.sentences import say


def say_cover(cover: Entitlement) -> str:
    """Return what is free and why, then what is charged and why."""
    if cover.needs_choice:
        return say("cover_reason.choice_needed")
    groups: dict[tuple[int, str], list[str]] = {}
    for item in cover.items:
        groups.setdefault((item.percent, str(item.reason)), []).append(say(f"cover_item.{item.item}"))
    if len(groups) == 1:
        [(percent, reason)] = groups
        return say("new_request.all_free" if percent else "new_request.all_charged", why=say(f"cover_reason.{reason}"))
    separator = say("list_separator")
    return " ".join(
        say("new_request.share", percent=percent, items=separator.join(items), why=say(f"cover_reason.{reason}"))
        for (percent, reason), items in sorted(groups.items(), reverse=True)
    )
