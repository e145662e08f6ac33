"""What a form showed of a record comes back with it: nobody overwrites unseen what somebody else has changed (T3)."""

import json
from collections.abc import Mapping

from flask import abort, request

from web.form_fields import FormRefused
from web.sentences import say

SHOWN = "shown_values"
"""The hidden field that holds it."""


def write_shown(values: Mapping[str, str]) -> str:
    """Return the values of a form's fields as its hidden field `SHOWN` holds them."""
    return json.dumps(dict(values), ensure_ascii=False)


def expect_shown(present: Mapping[str, str]) -> None:
    """Refuse the form when a value it showed is another one now; call it with the record locked.

    Beside each such field stands what it was and what it is. The form comes back with what was typed and shows what is
    there now, so that sending it once more takes over.
    """
    faults = {
        name: say("forms.changed_meanwhile", was=was or "–", present=present[name] or "–")
        for name, was in _shown().items()
        if name in present and present[name] != was
    }
    if faults:
        raise FormRefused(faults, message=say("forms.look_again"))


def _shown() -> dict[str, str]:
    try:
        shown = json.loads(request.form.get(SHOWN, "{}"))
    except ValueError:
        abort(400)
    if not isinstance(shown, dict) or not all(isinstance(one, str) for one in shown.values()):
        abort(400)
    return shown
