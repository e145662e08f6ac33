"""Two people change one record: the second sees what the first has changed, and takes over or begins anew (T3)."""

import json
import re

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import Area
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.factories.parts import make_part, make_warehouse
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token, refused

pytestmark = ON_SQLITE_ALONE
"""What a form shows does not depend on the database."""


def form_of(page: str, goal: str, name: str) -> Tag:
    """Return the form that goes there and has this field."""
    forms = BeautifulSoup(page, "html.parser").find_all("form", action=goal)
    return next(one for one in forms if one.select_one(f"[name={name}]"))


def shown_in(form: Tag) -> str:
    field = form.select_one("[name=shown_values]")
    assert field is not None, form
    return str(field["value"])


def send(client: FlaskClient, goal: str, **form: object) -> TestResponse:
    return client.post(goal, data={"csrf_token": read_token(client, "/account"), **form})


def complain(client: FlaskClient) -> str:
    """Somebody complains and has been answered; return the complaint's page."""
    send(client, "/complaints", category="attitude", customer="C1", words="late")
    link = BeautifulSoup(client.get("/complaints").text, "html.parser").select_one("#complaints td a")
    assert link is not None
    send(client, f"{link['href']}/answer")
    return str(link["href"])


GREETING = "/texts/prompt/greeting_unknown"
LEVEL = "/parts/moves/levels?place=W1&part=lamp-0"
CHANGES: dict[str, tuple[str, str, str, str, str, dict[str, object]]] = {
    "care": ("/customers/C1", "/customers/C1/care", "adviser", "Lin", "Zhao", {"segment": "vip"}),
    "finding": ("", "/investigate", "finding", "He was late", "She was late", {"customers_side": "a", "our_side": "b"}),
    "owner": ("", "/assign", "owner", "manager", "administrator", {}),
    "role": ("/users", "/users/2", "role", "clerk", "dispatcher", {"do": "role"}),
    "rule": ("/clock-rules/complaint", "/clock-rules/complaint", "count", "13", "15", {"calendar": "always"}),
    "week": ("/clock-rules", "/clock-rules/calendars/office/week", "hours", "09:00-12:00", "10:00-12:00", {}),
    "row": ("/registers/technicians/row?key=T1", "/registers/technicians/row", "name_en", "Li the Elder", "Lee", {}),
    "text": (GREETING, GREETING, "text_en", "Hello there.", "Good day.", {"text": "您好。"}),
    "draft": ("/agreements/A-9/edit", "/agreements/A-9/edit", "price", "130.00", "150.00", {}),
    "level": (
        LEVEL,
        "/parts/moves/levels",
        "reorder_point",
        "3",
        "4",
        {"place": "W1", "part": "LAMP-0", "reorder_up_to": "9"},
    ),
    "guide": ("", "", "text", "关机再开机。", "拔下插头。", {"title": "", "title_en": "", "text_en": "Wait."}),
}
"""What two people change: the page, where its form goes, a field and what each types there, and the other fields."""


AGREEMENT = {
    "agreement_number": "A-9",
    "customer_number": "C1",
    "kind": "service",
    "from_on": "2026-12-01",
    "last_on": "2027-11-30",
    "price": "120.00",
    "currency": "CNY",
    "instalment_count": "1",
    "instalment_months": "1",
    "renewal_notice_days": "20",
    **dict.fromkeys(("labour_percent", "travel_percent", "main_part_percent", "wear_part_percent"), "100"),
    "allowance_visits": "1",
    "covers_misuse": "0",
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_second_of_two_who_change_a_record_sees_the_firsts_change_and_can_take_over(
    what: str, town: Town, sign_in: SignIn
) -> None:
    first, second = sign_in(Role.ADMINISTRATOR), sign_in(Role.MANAGER)
    page, goal, name, one, other, others = CHANGES[what]
    more = dict(others)
    if what in {"finding", "owner"}:
        page = complain(first)
        goal = f"{page}{goal}"
    if what == "level":
        with town.services.database.writing() as session:
            make_warehouse(session, session.scalars(select(Area)).one()).code = "W1"
            make_part(session, number="LAMP-0")
    if what == "draft":
        send(first, "/agreements/new", **AGREEMENT)
    if what == "guide":
        page = goal = send(first, "/knowledge/steps/no_picture/draft").location
    if what == "role":
        second = first
    more |= {"hours": [one] * 7} if what == "week" else {name: one}
    shown = shown_in(form_of(first.get(page).text, goal, name))
    if what in {"row", "draft"}:
        more = {key.partition("#")[0]: value for key, value in json.loads(shown).items()} | {name: one}

    taken = send(first, goal, shown_values=shown, **more)
    town.clock.advance(1)
    more |= {"hours": [other] * 7} if what == "week" else {name: other}
    answer = send(second, goal, shown_values=shown, **more)
    form = form_of(answer.text, goal, name)
    again = send(second, goal, shown_values=shown_in(form), **more)

    assert (taken.status_code, answer.status_code) == (302, 422)
    beside = form.find(id=re.compile(f"(wrong|t)-{name}(-0)?$"))
    assert beside is not None
    assert one in beside.get_text().lower() or one in beside.get_text(), "what is there now"
    assert ("Last changed by administrator" in form.get_text()) is (what not in {"care", "role"}), (
        "who, where it is kept"
    )
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


def test_two_days_put_into_a_calendar_by_two_people_both_stand_and_the_same_day_is_asked_about(
    town: Town, sign_in: SignIn
) -> None:
    manager = sign_in(Role.MANAGER)
    goal = "/clock-rules/calendars/office/days"
    shown = shown_in(form_of(manager.get("/clock-rules").text, goal, "from"))

    first = send(manager, goal, shown_values=shown, **{"from": "2026-12-24", "hours": "09:00-12:00"})
    town.clock.advance(1)
    other_day = send(manager, goal, shown_values=shown, **{"from": "2026-12-28", "hours": ""})
    town.clock.advance(1)
    same_day = refused(manager, goal, shown_values=shown, **{"from": "2026-12-24", "hours": ""})

    assert (first.status_code, other_day.status_code) == (302, 302)
    assert "2026-12-24 09:00-12:00" in same_day
    assert "Last changed by manager" in same_day
    assert "2026-12-28" in manager.get("/clock-rules").text


def test_figures_somebody_else_has_approved_meanwhile_are_seen_before_they_are_taken_back(
    town: Town, sign_in: SignIn
) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    whole = form_of(administrator.get("/policy").text, "/policy/preview", "on_site_hours")
    typed = {str(one["name"]): str(one.get("value")) for one in whole.select("input[name]")}
    typed |= {str(one["name"]): str(one.select("option[selected]")[0]["value"]) for one in whole.select("select[name]")}
    del typed["csrf_token"]

    def look(name: str, value: str) -> TestResponse:
        return send(administrator, "/policy/preview", **{**typed, name: value})

    def approve(page: TestResponse, name: str, value: str, day: str) -> TestResponse:
        shown = shown_in(form_of(page.text, "/policy/versions", name))
        more = {"from": f"{day}T00:00", name: value, "shown_values": shown}
        return send(administrator, "/policy/versions", **more)

    first, second = look("on_site_hours", "8"), look("on_site_hours", "12")
    taken = approve(first, "on_site_hours", "8", "2026-12-01")
    stale = approve(second, "on_site_hours", "12", "2026-12-02")
    again = approve(stale, "on_site_hours", "12", "2026-12-02")
    beside, other = look("on_site_hours", "20"), look("hold_minutes", "7")

    assert (taken.status_code, stale.status_code, again.status_code) == (302, 422, 302)
    assert "Last changed by administrator" in stale.text
    assert "<del>8</del>" in stale.text
    assert 'value="2026-12-02T00:00"' in stale.text
    assert beside.status_code == 422
    assert "from “24” to “12”" in beside.text
    assert "on_site_hours" not in other.text, "what was left as it was shown takes nothing back"
    assert town.app.testing


def test_whoever_approves_a_draft_that_has_changed_since_is_told_what_before_it_is_in_force(sign_in: SignIn) -> None:
    clerk, manager = sign_in(Role.CLERK), sign_in(Role.MANAGER)
    send(clerk, "/agreements/new", **AGREEMENT)
    edit, approve = "/agreements/A-9/edit", "/agreements/A-9/approve"
    read = shown_in(form_of(manager.get("/agreements/A-9").text, approve, "shown_values"))
    send(clerk, edit, shown_values=read, **{**AGREEMENT, "price": "9120.00"})

    stale = refused(manager, approve, shown_values=read)
    form = form_of(stale, approve, "shown_values")
    again = send(manager, approve, shown_values=shown_in(form))

    assert "from “Price 120.00” to “Price 9120.00”" in form.get_text()
    assert "Last changed by clerk" in form.get_text()
    assert again.status_code == 302
    assert "approved" in manager.get("/agreements/A-9").text


def test_a_row_that_somebody_has_removed_meanwhile_is_told_and_can_be_put_back(sign_in: SignIn) -> None:
    first, second = sign_in(Role.ADMINISTRATOR), sign_in(Role.MANAGER)
    goal, key = "/registers/skills/row", "welding"
    send(first, goal, skill_code=key, name="焊接", name_en="Welding")
    shown = shown_in(form_of(second.get(f"{goal}?key={key}").text, goal, "name"))
    removed = send(first, goal, shown_values=shown, **json.loads(shown), do="remove")

    gone = refused(second, goal, shown_values=shown, **{**json.loads(shown), "name_en": "To weld"})
    form = form_of(gone, goal, "name_en")
    typed = {str(one["name"]): str(one["value"]) for one in form.select("input[name]") if one["name"] != "csrf_token"}
    back = send(second, goal, **typed)

    assert (removed.status_code, back.status_code) == (302, 302)
    assert "Last changed by administrator" in form.get_text()
    assert "This row is gone." in form.get_text()
    assert form.select_one("[name=shown_values]") is None, "sent once more it is a new row"
    assert "To weld" in second.get("/registers/skills").text


def test_two_who_change_different_columns_of_a_row_are_told_and_a_border_is_not_about_the_name(
    town: Town, sign_in: SignIn
) -> None:
    manager = sign_in(Role.MANAGER)
    page = "/registers/territories/row?key=centre"
    shown = shown_in(form_of(manager.get(page).text, "/registers/territories/row", "name"))
    cells = json.loads(shown)
    corners = {"latitude": ["31.1", "31.1", "31.3"], "longitude": ["121.3", "121.6", "121.6"], "sites": "keep"}

    named = send(manager, "/registers/territories/row", shown_values=shown, **{**cells, "name_en": "Middle"})
    drawn = send(manager, "/registers/territories/outline", shown_values=shown, **corners)
    other = refused(manager, "/registers/territories/row", shown_values=shown, **{**cells, "name": "中"})

    assert (named.status_code, drawn.status_code) == (302, 302)
    assert "from “Centre” to “Middle”" in other
    assert "Middle" in manager.get("/registers/territories").text, "who draws the border leaves the new name"
    assert town.app.testing
