"""A page as it was sent, with one of its forms filled in again: what was typed, and beside each field what is wrong.

Pure: a page's text in, a page's text out. It works on what the browser would have got, so that no template needs to
know how a refused form looks; a form's own limits (`required`, `maxlength`, choices) tell the rest of what is wrong.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EntitySubstitution
from bs4.formatter import HTMLFormatter

Say = Callable[..., str]
"""Returns a sentence by its name, its placeholders filled."""

Typed = Mapping[str, Sequence[str]]
"""What was typed, by field: several values where a field stands in a form more than once."""

PAGE_FIELD = "refused_on"
"""The hidden field of a form that has been refused: the address of its page, for the next try."""

SHOWN_FIELD = "shown_values"
"""The hidden field of a form that changes a record: what it showed of it."""

NEVER_FILLED = {"hidden", "password", "file", "submit", "image", "button", "reset"}
TICKED = {"checkbox", "radio"}
HIDDEN = {PAGE_FIELD, SHOWN_FIELD}
NUMBER = re.compile(r"[-−]?\d{1,15}(\.\d{1,6})?")


class _AsItWas(HTMLFormatter):
    """Writes a page as our templates do: attributes in their order, nothing closed that HTML leaves open."""

    def __init__(self) -> None:
        super().__init__(entity_substitution=EntitySubstitution.substitute_xml, void_element_close_prefix="")

    def attributes(self, tag: Tag) -> list[tuple[str, Any]]:
        return list(tag.attrs.items())


AS_IT_WAS = _AsItWas()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form is not taken: sentences by field, and what is said of the whole form."""

    faults: Mapping[str, str]
    message: str


class FormGone(LookupError):
    """The page has no such form, or no longer: what it was for has moved on."""


def fill_form(page: str, *, path: str, address: str, typed: Typed, refusal: Refusal, say: Say) -> str:
    """Return the page with the form that goes to `path` filled in and explained; raises FormGone.

    `address` is the page's own. What the form itself forbids is said beside its fields too, where nothing else is.
    """
    soup = BeautifulSoup(page, "html.parser")
    form = _find_form(soup, path, address, typed)
    controls = [one for one in form.find_all(["input", "select", "textarea"]) if one.get("name")]
    _fill(controls, typed)
    faults = {**_own_faults(controls, typed, say), **refusal.faults}
    for one in soup.find_all(autofocus=True):
        del one["autofocus"]
    homeless = _explain_fields(soup, controls, faults)
    message = " ".join([refusal.message, *homeless]).strip()
    if message or not faults:
        _explain_form(soup, form, message or say("forms.unreadable"), is_focused=len(homeless) == len(faults))
    form.insert(0, soup.new_tag("input", attrs={"type": "hidden", "name": PAGE_FIELD, "value": address}))
    if soup.title is not None:
        soup.title.string = f"{say('forms.refused')} · {soup.title.get_text()}"
    return soup.decode(formatter=AS_IT_WAS)


def explain_without_form(page: str, *, typed: Typed, refusal: Refusal, say: Say) -> str:
    """Return the page with the refusal on top and what was typed below it, for a form that is there no longer."""
    soup = BeautifulSoup(page, "html.parser")
    box = soup.new_tag("div", attrs={"class": "flash trouble", "role": "alert", "tabindex": "-1", "autofocus": ""})
    for sentence in filter(None, (refusal.message, *refusal.faults.values())):
        box.append(_paragraph(soup, sentence))
    kept = [value for name, values in typed.items() if name not in HIDDEN for value in values if _is_prose(value)]
    if kept:
        box.append(_paragraph(soup, say("forms.you_typed")))
        for value in kept:
            box.append(_paragraph(soup, value, name="blockquote"))
    (soup.main or soup.body or soup).insert(0, box)
    return soup.decode(formatter=AS_IT_WAS)


def _is_prose(value: str) -> bool:
    """Tell words that somebody wrote from codes and choices: there is a space in them, or they are Chinese."""
    return " " in value.strip() or not value.isascii()


def _find_form(soup: BeautifulSoup, path: str, address: str, typed: Typed) -> Tag:
    """Of several forms that go to one address it is the one whose hidden fields were sent."""
    found = [one for one in soup.find_all("form") if _is_posted(one) and path in _goals(one, address)]
    if not found:
        raise FormGone(path)
    return max(found, key=lambda form: (_likeness(form, typed), -found.index(form)))


def _is_posted(form: Tag) -> bool:
    return str(form.get("method", "get")).lower() == "post"


def _goals(form: Tag, address: str) -> set[str]:
    own = str(form.get("action") or address)
    buttons = form.find_all("button", formaction=True)
    return {goal.partition("?")[0] for goal in (own, *(str(one["formaction"]) for one in buttons))}


def _likeness(form: Tag, typed: Typed) -> int:
    names = {str(one["name"]) for one in form.find_all(["input", "select", "textarea", "button"]) if one.get("name")}
    hidden = [one for one in form.find_all("input", type="hidden") if one.get("name") != "csrf_token"]
    same = sum(str(one.get("value", "")) in typed.get(str(one.get("name")), ()) for one in hidden)
    return 10 * (2 * same - len(hidden)) - len(set(typed) - names)


def _fill(controls: Sequence[Tag], typed: Typed) -> None:
    places = dict[str, int]()
    for control in controls:
        name, kind = str(control["name"]), _kind(control)
        if kind in NEVER_FILLED:
            continue
        values = typed.get(name)
        if kind in TICKED:
            _mark(control, "checked", is_so=str(control.get("value", "on")) in (values or ()))
        elif values is not None and kind == "select":
            for option in control.find_all("option"):
                _mark(option, "selected", is_so=_value_of(option) in values)
        elif values is not None:
            place = places.get(name, 0)
            places[name] = place + 1
            _write(control, kind, values[place] if place < len(values) else "")


def _write(control: Tag, kind: str, value: str) -> None:
    if kind == "textarea":
        # A browser sends \r\n, and drops the first line break after the tag: one that was typed needs one before it.
        lines = as_typed(value)
        control.string = f"\n{lines}" if lines.startswith("\n") else lines
    else:
        control["value"] = value


def as_typed(value: str) -> str:
    """Return what was typed: a line break is one character, as `maxlength` counts it, and not the two that are sent."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _mark(control: Tag, name: str, *, is_so: bool) -> None:
    if is_so:
        control[name] = ""
    elif name in control.attrs:
        del control[name]


def _kind(control: Tag) -> str:
    return str(control.get("type", "text")).lower() if control.name == "input" else str(control.name)


def _value_of(option: Tag) -> str:
    return str(option.get("value", option.get_text().strip()))


def _own_faults(controls: Sequence[Tag], typed: Typed, say: Say) -> dict[str, str]:
    """What the form's own limits say of what was typed."""
    faults = dict[str, str]()
    choices = dict[str, set[str]]()
    for control in controls:
        if _kind(control) == "radio":
            choices.setdefault(str(control["name"]), set()).add(str(control.get("value", "on")))
    for name, allowed in choices.items():
        if not set(typed.get(name, ())) & allowed:
            faults[name] = say("forms.no_choice")
    places = dict[str, int]()
    for control in controls:
        name, kind = str(control["name"]), _kind(control)
        if kind in NEVER_FILLED | TICKED:
            continue
        place = places.get(name, 0)
        places[name] = place + 1
        values = typed.get(name, ())
        told = _flaw(control, kind, values[place] if place < len(values) else "", say)
        if told:
            faults[f"{name}#{place}" if place else name] = told
    return faults


def _flaw(control: Tag, kind: str, value: str, say: Say) -> str:
    text = as_typed(value).strip()
    if not text:
        return say("forms.missing") if control.has_attr("required") else ""
    most = str(control.get("maxlength", ""))
    if most.isdigit() and len(text) > int(most):
        return say("forms.too_long", most=most, typed=len(text))
    if kind == "select":
        return "" if text in map(_value_of, control.find_all("option")) else say("forms.no_choice")
    if kind == "number":
        return _number_flaw(control, text, say)
    if kind == "date":
        return "" if _is_read_by(dt.date.fromisoformat, text) else say("forms.no_day")
    if kind == "time":
        return "" if _is_read_by(dt.time.fromisoformat, text) else say("forms.no_time")
    if kind == "datetime-local":
        return "" if _is_read_by(dt.datetime.fromisoformat, text) else say("forms.no_time")
    return ""


def _number_flaw(control: Tag, text: str, say: Say) -> str:
    least, most = (float(str(control.get(name) or fallback)) for name, fallback in (("min", "-inf"), ("max", "inf")))
    if NUMBER.fullmatch(text) and least <= float(text.replace("−", "-")) <= most:
        return ""
    if control.get("min") and control.get("max"):
        return say("forms.no_number", least=control["min"], most=control["max"])
    return say("forms.not_a_number")


def _is_read_by(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _explain_fields(soup: BeautifulSoup, controls: Sequence[Tag], faults: Mapping[str, str]) -> list[str]:
    """Put each sentence beside its field, the first field in focus; return the sentences whose field is not there."""
    homeless = list[str]()
    shown = [one for one in controls if _kind(one) != "hidden"]
    for key, sentence in faults.items():
        name, _, place = key.partition("#")
        control = next(islice((one for one in shown if one["name"] == name), int(place or 0), None), None)
        if control is None:
            homeless.append(sentence)
            continue
        mark = f"wrong-{key}".replace("#", "-")
        for old in soup.find_all(id=mark):
            old.decompose()
        control["aria-invalid"] = "true"
        hints = [one for one in str(control.get("aria-describedby", "")).split() if soup.find(id=one)]
        control["aria-describedby"] = " ".join([mark, *hints])
        beside = soup.new_tag("span", attrs={"id": mark, "class": "field-trouble"})
        beside.string = sentence
        _block_of(control).insert_after(beside)
        _open_around(control)
    first = next((one for one in shown if one.get("aria-invalid") == "true"), None)
    if first is not None:
        first["autofocus"] = ""
    return homeless


def _block_of(control: Tag) -> Tag:
    """What the sentence stands after: the label around a field, or the field; the group of a set of choices."""
    if _kind(control) in TICKED:
        group = control.find_parent("fieldset")
        if group is not None and (legend := group.find("legend")) is not None and isinstance(legend, Tag):
            return legend
    return control.find_parent("label") or control


def _open_around(control: Tag) -> None:
    for around in control.parents:
        if around.name == "details":
            around["open"] = ""


def _explain_form(soup: BeautifulSoup, form: Tag, sentence: str, *, is_focused: bool) -> None:
    said = _paragraph(soup, sentence)
    said.attrs.update({"class": "form-trouble trouble", "id": "form-wrong", "role": "alert", "tabindex": "-1"})
    if is_focused:
        said["autofocus"] = ""
    form["aria-describedby"] = "form-wrong"
    form.attrs.pop("hidden", None)
    form.insert(0, said)
    _open_around(form)


def _paragraph(soup: BeautifulSoup, text: str, *, name: str = "p") -> Tag:
    paragraph = soup.new_tag(name)
    paragraph.string = text
    return paragraph


def focus_first_fault(page: str) -> str:
    """Return a refused page that marks its own fields with the first of them in focus."""
    soup = BeautifulSoup(page, "html.parser")
    first = soup.select_one(":is(input, select, textarea)[aria-invalid=true]")
    if first is None:
        return page
    for one in soup.find_all(autofocus=True):
        del one["autofocus"]
    first["autofocus"] = ""
    return soup.decode(formatter=AS_IT_WAS)
