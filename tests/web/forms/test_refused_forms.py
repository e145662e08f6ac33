"""A form that is refused comes back with what was typed, and beside each field what is wrong with it (T3)."""

import re

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from hypothesis import example, given, strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from models import Complaint
from policies.languages import Language
from policies.roles import Role
from tests.databases import SqliteFolder
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from web.forms.form_fields import UNPRINTABLE
from web.forms.form_filling import FormGone, Refusal, Typed, fill_form

FORM = """<!doctype html><html><head><title>A page</title></head><body><main>
<form method="post" action="/things/1"><input type="hidden" name="which" value="1"><input name="words"></form>
<form method="post" action="/things/1"><input type="hidden" name="which" value="2">
 <label>Words <input name="words" maxlength="20" required autofocus></label>
 <textarea name="more" maxlength="30"></textarea>
 <details><summary>Rare</summary><input type="number" name="count" min="1" max="9"></details>
 <select name="colour"><option value="">–</option><option value="red" selected>R</option><option>blue</option></select>
 <fieldset><legend>Size</legend>
  <input type="radio" name="size" value="s"><input type="radio" name="size" value="l"></fieldset>
 <input type="checkbox" name="loud" value="yes" checked>
 <input type="password" name="secret"><input name="code"><input name="code">
 <button name="do" value="save">Save</button><button formaction="/things/1/other">Other</button></form>
</main></body></html>
"""


@pytest.fixture
def engine(sqlite_folder: SqliteFolder) -> SqliteFolder:
    """What a refused form looks like does not depend on the database."""
    return sqlite_folder


def name_of(sentence: str, **values: object) -> str:
    return " ".join((sentence, *map(str, values.values())))


def filled(typed: Typed, faults: dict[str, str] | None = None, *, message: str = "", path: str = "/things/1") -> Tag:
    refusal = Refusal(faults or {}, message)
    page = fill_form(FORM, path=path, address="/things", typed=typed, refusal=refusal, say=name_of)
    return BeautifulSoup(page, "html.parser").find_all("form")[1]


def field(form: Tag, name: str) -> Tag:
    found = form.select_one(f"[name='{name}']")
    assert isinstance(found, Tag), name
    return found


def said_beside(form: Tag, name: str) -> str:
    """What a screen reader says of a field: the sentence that the field is described by."""
    control = field(form, name)
    beside = form.find(id=str(control.get("aria-describedby", "")))
    assert (control.get("aria-invalid") == "true") == isinstance(beside, Tag)
    return beside.get_text() if isinstance(beside, Tag) else ""


GOOD = {
    "which": ["2"],
    "words": ['<b>hi</b> & "you"'],
    "more": ["one\ntwo"],
    "count": ["3"],
    "colour": ["blue"],
    "size": ["l"],
    "secret": ["hunter2"],
    "code": ["a", "b"],
}


def test_everything_typed_is_in_the_form_again_except_passwords() -> None:
    form = filled(GOOD, {"words": "No such words."})

    assert field(form, "words")["value"] == GOOD["words"][0]
    assert field(form, "more").get_text() == "one\ntwo"
    assert [one.get_text() for one in form.find_all("option", selected=True)] == ["blue"]
    assert [one["value"] for one in form.select("[name=size]") if one.has_attr("checked")] == ["l"]
    assert not field(form, "loud").has_attr("checked"), "what was not ticked is not ticked"
    assert [one.get("value") for one in form.select("[name=code]")] == ["a", "b"]
    assert "hunter2" not in str(form)


def test_what_is_wrong_stands_beside_its_field_the_first_in_focus_and_the_form_not_sent_is_left_alone() -> None:
    typed = {**GOOD, "words": [""], "count": ["12"], "colour": ["green"], "size": ["xl"]}

    form = filled(typed, {"more": "Not this."})

    said = {name: said_beside(form, name) for name in ("words", "more", "count", "colour", "size", "code")}
    assert said == {
        "words": "forms.missing",
        "more": "Not this.",
        "count": "forms.no_number 1 9",
        "colour": "forms.no_choice",
        "size": "forms.no_choice",
        "code": "",
    }
    assert [one["name"] for one in form.find_all(autofocus=True)] == ["words"]
    assert form.details is not None
    assert form.details.has_attr("open"), "a fault is never folded away"
    assert field(form, "refused_on")["value"] == "/things", "the next try knows its page"
    other = BeautifulSoup(FORM, "html.parser").form
    page = form.find_parent("html")
    assert isinstance(page, Tag)
    assert str(page.form) == str(other)
    assert page.title is not None
    assert page.title.get_text().startswith("forms.refused")


@pytest.mark.parametrize("path", ["/things/1", "/things/1/other"])
def test_what_is_about_no_field_stands_on_top_of_the_form_and_has_the_focus(path: str) -> None:
    form = filled(GOOD, {"gone": "There is no such field."}, message="Too late.", path=path)

    said = form.find(role="alert")
    assert isinstance(said, Tag)
    assert said.get_text() == "Too late. There is no such field."
    assert said.has_attr("autofocus")
    assert form["aria-describedby"] == said["id"]


def test_a_form_that_is_there_no_longer_is_not_mistaken_for_another() -> None:
    with pytest.raises(FormGone):
        filled(GOOD, path="/things/2")


def as_shown(area: Tag) -> str:
    """What a browser shows of a text area: it takes any line break for one, and drops the first after the tag."""
    return re.sub(r"\r\n?", "\n", area.get_text()).removeprefix("\n")


def as_sent(typed: str) -> str:
    """What a browser sends of a text area."""
    return typed.replace("\n", "\r\n")


@given(words=st.text(max_size=30), more=st.text(max_size=30))
@example(words="", more="\n")
@example(words="", more="\n\n<b>")
def test_whatever_is_typed_comes_back_as_text_and_never_as_markup(words: str, more: str) -> None:
    form = filled({**GOOD, "words": [words], "more": [as_sent(more)]}, {"words": words or "x"})

    printable = not UNPRINTABLE.search(words + more) and "\r" not in words + more
    if printable:
        assert field(form, "words")["value"] == words
        assert as_shown(field(form, "more")) == more
    assert {one.name for one in form.find_all(True)} <= {
        "input", "label", "textarea", "details", "summary", "select", "option", "fieldset", "legend", "button",
        "span", "p",
    }  # fmt: skip


def test_a_text_of_many_lines_is_as_long_as_it_was_typed_not_as_it_is_sent() -> None:
    lines = "\n".join("ab" * 5) + "\n" * 10

    form = filled({**GOOD, "more": [as_sent(f"{lines}c")]}, {"count": "Not this."})
    longer = filled({**GOOD, "more": [as_sent(f"{lines}cd")]}, {"count": "Not this."})

    assert said_beside(form, "more") == ""
    assert said_beside(longer, "more").startswith("forms.too_long")


def send(client: FlaskClient, page: str, to: str, **form: str) -> TestResponse:
    """Send a form as a browser does: with its token, saying which page it stood on."""
    data = {"csrf_token": read_token(client, page), **form}
    return client.post(to, data=data, headers={"Referer": f"https://onecall.example{page}"})


def form_on(answer: TestResponse, action: str) -> Tag:
    form = BeautifulSoup(answer.text, "html.parser").find("form", action=action)
    assert isinstance(form, Tag), answer.text
    return form


@pytest.mark.parametrize(("language", "missing"), [(Language.EN, "Please fill"), (Language.ZH, "请填写此项。")])
def test_a_complaint_that_names_nobody_we_know_comes_back_as_it_was_typed(
    town: Town, sign_in: SignIn, language: Language, missing: str
) -> None:
    clerk = sign_in(Role.CLERK, language=language)
    typed = {"category": "attitude", "request": "99999999", "customer": "", "words": "He shouted <loudly>"}

    first = send(clerk, "/complaints", "/complaints", **typed)
    form = form_on(first, "/complaints")
    again = send(clerk, "/complaints", "/complaints", **{**typed, "request": "", "words": " "})
    taken = send(clerk, "/complaints", "/complaints", **{**typed, "request": "", "customer": "C1"})

    assert first.status_code == 422
    assert said_beside(form, "request")
    assert field(form, "words")["value"] == typed["words"]
    assert said_beside(form_on(again, "/complaints"), "words").startswith(missing)
    assert taken.status_code == 302
    with town.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Complaint)) == 1


def test_characters_no_keyboard_writes_are_refused_beside_their_field_on_every_page(sign_in: SignIn) -> None:
    clerk = sign_in(Role.CLERK)

    answer = send(clerk, "/complaints", "/complaints", category="attitude", words="bell \x07", customer="C1")

    assert answer.status_code == 422
    assert "cannot be read" in said_beside(form_on(answer, "/complaints"), "words")


def test_a_form_refused_twice_still_knows_its_page_and_one_that_comes_from_nowhere_too(sign_in: SignIn) -> None:
    """A browser says of the second try that it comes from the address of the first, which shows nothing."""
    clerk = sign_in(Role.CLERK)
    typed = {"csrf_token": read_token(clerk, "/customers/C1"), "segment": "none such", "adviser": "Lin"}
    there = "/customers/C1/care"

    for noted in ("/customers/C1", ""):
        answer = clerk.post(
            there, data={**typed, "refused_on": noted}, headers={"Referer": f"https://onecall.example{there}"}
        )
        form = form_on(answer, there)
        assert answer.status_code == 422
        assert said_beside(form, "segment") == "Please choose one of these."
        assert field(form, "adviser")["value"] == "Lin"


@pytest.mark.parametrize("noted", ["https://evil.example/", "//evil.example/", "/sign-out", "/users", "x" * 99])
def test_the_page_of_a_refused_form_is_one_of_ours_and_one_the_user_may_see(sign_in: SignIn, noted: str) -> None:
    clerk = sign_in(Role.CLERK)

    answer = send(clerk, "/customers/C1", "/customers/C1/care", segment="none such", refused_on=noted)

    assert answer.status_code == 422
    assert re.search(r"<title>[^<]*C1", answer.text)


def test_a_form_whose_token_is_too_old_comes_back_filled_in_and_one_more_press_sends_it_once(
    town: Town, sign_in: SignIn
) -> None:
    clerk = sign_in(Role.CLERK)
    typed = {"segment": "vip", "adviser": "Lin", "csrf_token": "from-last-night"}

    old = clerk.post("/customers/C1/care", data=typed)
    form = BeautifulSoup(old.text, "html.parser").find("form", action="/customers/C1/care")
    assert form is not None
    sent = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")}
    nothing_yet = clerk.get("/customers/C1").text
    again = clerk.post("/customers/C1/care", data={**typed, **sent})

    assert old.status_code == 422
    assert "open for too long" in old.text
    assert sent["adviser"] == "Lin"
    assert "Lin" not in nothing_yet
    assert again.status_code == 302
    assert "Lin" in clerk.get("/customers/C1").text
    assert town.app.testing


@pytest.mark.parametrize(
    "where_from", [{"Origin": "https://elsewhere.example"}, {"Referer": "https://elsewhere.example/"}]
)
def test_a_form_another_site_sends_with_a_wrong_token_does_not_come_back_filled_in(
    where_from: dict[str, str], sign_in: SignIn
) -> None:
    clerk = sign_in(Role.CLERK)
    typed = {"segment": "vip", "adviser": "Lin", "csrf_token": "forged", "refused_on": "/customers/C1"}

    forged = clerk.post("/customers/C1/care", data=typed, headers=where_from)

    assert forged.status_code == 400
    assert "Lin" not in forged.text
