"""What a form showed of a record comes back with it: nobody overwrites unseen what somebody else has changed (T3)."""

import json
from collections.abc import Mapping

from flask import abort, request

from web.form_fields import FormRefused
from web.form_filling import SHOWN_FIELD
from web.sentences import say


def write_shown(values: Mapping[str, str]) -> str:
    """Return the values of a form's fields as its hidden field `SHOWN_FIELD` holds them."""
    return json.dumps(dict(values), ensure_ascii=False)


def expect_shown(present: Mapping[str, str], *, by: str = "", at: str = "") -> None:
    """Refuse the form when a value it showed is another one now; call it with the record locked.

    Beside each such field stands what it was and what it is, and above them who changed the record last (`by`) and
    when (`at`, in local words), where that is known. The form comes back with what was typed and shows what is there
    now, so that sending it once more takes over.
    """
    faults = find_changed(present)
    if faults:
        who = [say("forms.changed_by", by=by, at=at)] if by else []
        raise FormRefused(faults, message=" ".join([*who, say("forms.look_again")]))


def find_changed(present: Mapping[str, str]) -> dict[str, str]:
    """Return a sentence for each field that is another one now than the form showed; a name not shown was empty."""
    if SHOWN_FIELD not in request.form:
        return {}
    shown = read_shown()
    return {
        name: say("forms.changed_meanwhile", was=shown.get(name) or "–", present=value or "–")
        for name, value in present.items()
        if value != shown.get(name, "")
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
