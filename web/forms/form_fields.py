"""What somebody typed into a form, read field by field; `FormRefused` says what is wrong, and with which field.

Nothing typed is cut short or guessed at: what does not fit is refused, and the page comes back with it.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import request

from operations.imports.problems import BadCell
from web.forms.form_filling import as_typed
from web.foundation.services import now
from web.wording.amounts import read_amount
from web.wording.sentences import say

LONGEST_LINE = 400
LONGEST_TEXT = 4000
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")

Word = TypeVar("Word", bound=StrEnum)
Found = TypeVar("Found")
Refusals = Mapping[type[Exception], str]
"""What is said when an operation refuses: error class → name of the sentence, filled with the error's words."""


class FormRefused(Exception):
    """A form is not taken: `faults` are sentences by the name of their field; `message` is about the whole form.

    `back_to` is the address of the page the form belongs to, where it is not the one the form came from.
    """

    def __init__(self, faults: Mapping[str, str], *, message: str = "", back_to: str = "") -> None:
        super().__init__(message, *faults.items())
        self.faults = dict(faults)
        self.message = message
        self.back_to = back_to


@contextmanager
def refusing(refusals: Refusals, *, back_to: str = "", **values: object) -> Iterator[None]:
    """Turn what an operation refuses inside into the form's refusal, beside the field that the error names.

    An error class says by `field` which of its form's fields it is about; one without is about the whole form.
    `values` fill the sentences, beside the error's own words.
    """
    try:
        yield
    except FormRefused as refused:
        refused.back_to = refused.back_to or back_to
        raise
    except tuple(refusals) as refused:
        name = next(refusals[kind] for kind in type(refused).__mro__ if kind in refusals)
        sentence, field = say(name, why=str(refused), **values), getattr(refused, "field", "")
        faults = {field: sentence} if field else {}
        raise FormRefused(faults, message="" if field else sentence, back_to=back_to) from refused


def fault(name: str, sentence: str, **values: object) -> FormRefused:
    """Return the refusal of one field, by the name of its sentence; `name#2` is the third field of that name."""
    return FormRefused({name: say(sentence, **values)})


def known(found: Found | None, name: str) -> Found:
    """Return what was found by what was typed into a field; raises FormRefused when there is no such thing."""
    if found is None:
        raise fault(name, "forms.unknown")
    return found


def check_typed() -> None:
    """Refuse a form with characters in it that no keyboard writes. Runs before every page that takes a form."""
    faults = {
        name: say("forms.unprintable")
        for name, values in request.form.lists()
        if any(UNPRINTABLE.search(value) for value in values)
    }
    if faults:
        raise FormRefused(faults)


def read_text(name: str, *, longest: int = LONGEST_LINE, is_required: bool = False) -> str:
    """Return what was typed, without the space around it; raises FormRefused when it is too long, or missing."""
    text = as_typed(request.form.get(name, "")).strip()
    if len(text) > longest:
        raise fault(name, "forms.too_long", most=longest, typed=len(text))
    if is_required and not text:
        raise fault(name, "forms.missing")
    return text


def read_choice(name: str, words: type[Word]) -> Word:
    """Return the word chosen; raises FormRefused for any other."""
    text = read_text(name)
    if text not in set(words):
        raise fault(name, "forms.no_choice")
    return words(text)


def read_yes(name: str) -> bool:
    """Return whether "yes" was chosen, and not "no"; raises FormRefused for anything else."""
    text = read_text(name)
    if text not in {"yes", "no", ""}:
        raise fault(name, "forms.no_choice")
    return text == "yes"


def read_day(name: str) -> dt.date:
    """Return the day chosen; raises FormRefused for what is none, and before 1900."""
    text = read_text(name, is_required=True)
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = dt.date.min
    if day.year < 1900:  # noqa: PLR2004 (a slip of the keyboard: nobody living was born before)
        raise fault(name, "forms.no_day")
    return day


def read_instant(name: str, zone: ZoneInfo) -> dt.datetime:
    """Return the local day and time chosen, as an instant in UTC; raises FormRefused for what is none."""
    text = read_text(name, is_required=True)
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise fault(name, "forms.no_time") from error


def read_start(name: str, zone: ZoneInfo) -> dt.datetime:
    """Return from when something is to hold, in UTC: now where nothing is given; raises FormRefused as read_instant."""
    return read_instant(name, zone) if read_text(name) else now()


def read_whole(name: str, *, least: int, most: int) -> int:
    """Return the whole number typed; raises FormRefused for what is none, or out of range."""
    text = read_text(name, is_required=True)
    if not WHOLE_NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise fault(name, "forms.no_number", least=least, most=most)
    return int(text)


def read_cents(name: str, *, nothing_is: int | None = None) -> int:
    """Return the amount typed in cents; an empty field is `nothing_is`; raises FormRefused for what is no amount."""
    text = read_text(name)
    if not text and nothing_is is not None:
        return nothing_is
    try:
        return read_amount(text)
    except BadCell as error:
        raise fault(name, "forms.no_amount") from error
