"""What a form showed of a record comes back with it: nobody overwrites unseen what somebody else has changed (T3)."""

import json
from collections.abc import Callable, Mapping

from flask import abort, request

from web.forms.form_fields import FormRefused
from web.forms.form_filling import SHOWN_FIELD
from web.wording.sentences import say

Spell = Callable[[str, str, str], str]
"""Writes a value as people read it: the field's name, the value, and the other one that it stands beside."""


def spell_as_it_is(_name: str, value: str, _other: str) -> str:
    """Return the value."""
    return value


def write_shown(values: Mapping[str, str]) -> str:
    """Return the values of a form's fields as its hidden field `SHOWN_FIELD` holds them."""
    return json.dumps(dict(values), ensure_ascii=False)


def expect_shown(present: Mapping[str, str], *, by: str = "", at: str = "", spell: Spell = spell_as_it_is) -> None:
    """Refuse the form when a value it showed is another one now; call it with the record locked.

    Beside each such field stands what it was and what it is, written by `spell`, and above them who changed the record
    last (`by`) and when (`at`, in local words), where that is known. The form comes back with what was typed and shows
    what is there now, so that sending it once more takes over.
    """
    faults = find_changed(present, spell=spell)
    if faults:
        raise FormRefused(faults, message=" ".join([*say_who(by=by, at=at), say("forms.look_again")]))


def say_who(*, by: str, at: str) -> list[str]:
    """Return the sentence that says who changed a record last, or none where that is not known."""
    return [say("forms.changed_by", by=by, at=at)] if by else []


def find_changed(present: Mapping[str, str], *, spell: Spell = spell_as_it_is) -> dict[str, str]:
    """Return a sentence for each field that is another one now than the form showed; a name not shown was empty."""
    if SHOWN_FIELD not in request.form:
        return {}
    shown = read_shown()
    pairs = {name: (shown.get(name, ""), value) for name, value in present.items() if value != shown.get(name, "")}
    return {
        name: say("forms.changed_meanwhile", was=spell(name, was, value) or "–", present=spell(name, value, was) or "–")
        for name, (was, value) in pairs.items()
    }


def read_shown() -> dict[str, str]:
    """Return the values the form showed, by field; 400 for what no form of ours has written."""
    try:
        shown = json.loads(request.form.get(SHOWN_FIELD, "{}"))
    except ValueError:
        abort(400)
    if not isinstance(shown, dict) or not all(isinstance(one, str) for one in shown.values()):
        abort(400)
    return shown
