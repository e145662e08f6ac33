"""Two people change one record: the second sees what the first has changed, and takes over or begins anew (T3)."""

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from policies.roles import Role
from tests.databases import SqliteFolder
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.forms import read_token, refused


@pytest.fixture
def engine(sqlite_folder: SqliteFolder) -> SqliteFolder:
    """What a form shows does not depend on the database."""
    return sqlite_folder


def form_of(page: str, goal: str, name: str) -> Tag:
    """Return the form that goes there and has this field."""
    forms = BeautifulSoup(page, "html.parser").find_all("form", action=goal)
    return next(one for one in forms if one.select_one(f"[name={name}]"))


def shown_in(form: Tag) -> str:
    field = form.select_one("[name=shown_values]")
    assert field is not None, form
    return str(field["value"])


def send(client: FlaskClient, goal: str, **form: str) -> TestResponse:
    return client.post(goal, data={"csrf_token": read_token(client, "/account"), **form})


def complain(client: FlaskClient) -> str:
    """Somebody complains and has been answered; return the complaint's page."""
    send(client, "/complaints", category="attitude", customer="C1", words="late")
    link = BeautifulSoup(client.get("/complaints").text, "html.parser").select_one("#complaints td a")
    assert link is not None
    send(client, f"{link['href']}/answer")
    return str(link["href"])


@pytest.mark.parametrize("what", ["care", "complaint", "role"])
def test_the_second_of_two_who_change_a_record_sees_the_firsts_change_and_can_take_over(
    what: str, town: Town, sign_in: SignIn
) -> None:
    first, second = sign_in(Role.ADMINISTRATOR), sign_in(Role.MANAGER)
    page, goal, name, one, other, more = {
        "care": ("/customers/C1", "/customers/C1/care", "adviser", "Lin", "Zhao", {"segment": "vip"}),
        "complaint": ("", "", "finding", "He was late", "She was late", {"customers_side": "a", "our_side": "b"}),
        "role": ("/users", "/users/2", "role", "clerk", "dispatcher", {"do": "role"}),
    }[what]
    if what == "complaint":
        page = complain(first)
        goal = f"{page}/investigate"
    if what == "role":
        second = first
    shown = shown_in(form_of(first.get(page).text, goal, name))

    taken = send(first, goal, shown_values=shown, **{name: one}, **more)
    answer = refused(second, goal, shown_values=shown, **{name: other}, **more)
    form = form_of(answer, goal, name)
    again = send(second, goal, shown_values=shown_in(form), **{name: other}, **more)

    assert taken.status_code == 302
    beside = form.find(id=f"wrong-{name}")
    assert beside is not None
    assert one in beside.get_text(), "what is there now"
    assert "somebody else was quicker" in form.get_text()
    control = form.select_one(f"[name={name}]")
    assert control is not None
    assert other in {str(control.get("value")), control.get_text()} | {
        str(option["value"]) for option in control.select("option[selected]")
    }, "what was typed is there still"
    assert again.status_code == 302, "whoever has seen it may take over"
    assert town.app.testing


@pytest.mark.parametrize("altered", ["{", "[]", '{"adviser": 1}'])
def test_an_altered_memory_of_what_was_shown_changes_nothing(altered: str, sign_in: SignIn) -> None:
    clerk = sign_in(Role.CLERK)

    refused(clerk, "/customers/C1/care", segment="vip", adviser="Lin", shown_values=altered)

    assert "Lin" not in clerk.get("/customers/C1").text
