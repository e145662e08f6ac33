"""Who takes part in the after-sales journeys: the office at its pages, technicians at theirs."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from models import ServiceRequest, Visit
from operations.people.users import add_user
from policies.languages import Language
from policies.roles import Role
from tests.factories.pictures import drawing, photo
from tests.town import ADDRESS, Town
from tests.web.conftest import PASSWORD, browser
from tests.web.filled_forms import read_token

LINK = rf"{ADDRESS}(/v/[\w-]+)"
SHANGHAI = dt.timedelta(hours=8)


class Colleague:
    """Somebody of the office, signed in; opens pages and fills in their forms, in English unless said otherwise."""

    def __init__(self, town: Town, role: Role, language: Language = Language.EN) -> None:
        self.name = str(role)
        with town.services.database.writing() as session:
            add_user(session, name=role, display_name=role.title(), password=PASSWORD, role=role, language=language)
        self._client = browser(town)
        form = {"name": role, "password": PASSWORD, "csrf_token": read_token(self._client)}
        assert self._client.post("/sign-in", data=form).status_code == 302

    def reads(self, path: str) -> str:
        """Open a page and return what stands there."""
        answer = self._client.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code)
        return html.unescape(answer.text)

    def sends(self, path: str, *, on: str, **form: object) -> str:
        """Fill in a form of the page `on` and return the page it leads to, or that says why it is not taken."""
        token = read_token(self._client, on)
        answer = self._client.post(path, data={"csrf_token": token, **form}, follow_redirects=True)
        assert answer.status_code in {200, 422}, (path, answer.status_code)
        return html.unescape(answer.text)

    def is_refused(self, path: str, *, on: str, **form: object) -> str:
        """Fill in a form that is not taken, and return the page that says why."""
        token = read_token(self._client, on)
        answer = self._client.post(path, data={"csrf_token": token, **form}, headers={"Referer": f"{ADDRESS}{on}"})
        assert answer.status_code == 422, (path, answer.status_code)
        return html.unescape(answer.text)

    def downloads(self, path: str) -> bytes:
        """Load a file and return what is in it."""
        answer = self._client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.data


class Technician:
    """Whoever was sent to a request: their telephone, and the page behind the link they were texted."""

    def __init__(self, town: Town, number: str) -> None:
        self._town = town
        with town.services.database.reading() as session:
            visit = session.scalars(
                select(Visit).join(ServiceRequest).where(ServiceRequest.number == number).order_by(Visit.id.desc())
            ).first()
            assert visit is not None
            assert visit.technician is not None
            self.code, self.phone = visit.code, town.phone(visit.technician.phone)
        links = [found for sms in self.phone.inbox for found in re.findall(rf"{ADDRESS}(/r/[\w-]+)", sms.body)]
        assert links, [sms.body for sms in self.phone.inbox]
        self._client, self._page = browser(town), links[-1]

    def texts(self, words: str) -> None:
        """Send a text to the hotline and let what follows from it happen."""
        self.phone.text(words, to=self._town.hotline)
        self._town.tick()

    def sees(self) -> dict[str, Any]:
        """The visit as the page keeps it."""
        day: dict[str, Any] = self._client.get(f"{self._page}/day.json").get_json()
        return next(visit for visit in day["visits"] if visit["code"] == self.code)

    def enters(self, entry: str, /, **data: object) -> None:
        """Enter one thing on the page; it must be taken."""
        result = self._send(entry, data)
        assert result["outcome"] == "taken", result

    def is_refused(self, entry: str, /, **data: object) -> str:
        """Enter one thing that is not taken, and return why."""
        result = self._send(entry, data)
        assert result["outcome"] == "refused", result
        return str(result["reason"])

    def photographs(self, kind: str, content: bytes = b"") -> str:
        """Take a photo, or have a signature drawn; return its key."""
        key, at = str(uuid.uuid4()), self._town.clock.now().isoformat()
        query = {"key": key, "visit": self.code, "at": at, "sent_at": at, "kind": kind}
        answer = self._client.post(f"{self._page}/photos", query_string=query, data=content or photo())
        assert answer.get_json()["outcome"] == "taken", answer.text
        return key

    def arrives(self) -> None:
        """Set out and be there half an hour later."""
        self.enters("departed", is_model_right=True)
        self._town.wait(30)
        self.enters("arrived")

    def tells_the_price(self, lines: Sequence[Mapping[str, object]], *, signer: str) -> None:
        """Tell what it will cost, and have the customer sign for it before anything is done."""
        self.enters("charges", lines=list(lines))
        total = sum(int(str(line["quantity"])) * int(str(line["unit_cents"])) for line in lines)
        self.enters(
            "charges_agreed",
            total_cents=total,
            method="更换灯泡",
            minutes=30,
            signer=signer,
            signature=self.photographs("signature", drawing()),
        )

    def repairs(self, *, serial: str, fault: str, action: str, parts: Sequence[str] = (), signer: str) -> None:
        """Do the work by the checklist, have both sign, and be done an hour later."""
        self.enters("serial", serial=serial, check="camera")
        self.enters("diagnosis", fault_found=fault, cause="", action=action)
        if parts:
            self.enters("parts", parts=[{"part_code": code, "quantity": 1} for code in parts])
        day = self._client.get(f"{self._page}/day.json").get_json()
        for item in day["checklist"]:
            if item["required"]:
                self.enters("checklist", item=item["code"], answer="done")
        self.photographs("after")
        self._town.wait(60)
        self.enters(
            "signed",
            opinion="satisfied",
            note="",
            signer=signer,
            customer_signature=self.photographs("signature", drawing(1)),
            technician_signature=self.photographs("signature", drawing(2)),
        )
        self.enters("done")
        self._town.tick()

    def books_the_next_visit(self) -> None:
        """Ask for windows on the spot, and take the first."""
        answer = self._client.post(f"{self._page}/visits/{self.code}/windows", json={})
        assert answer.status_code == 200, answer.text
        hold_id = answer.get_json()["windows"][0]["hold_id"]
        assert self._client.post(f"{self._page}/visits/{self.code}/next", json={"hold_id": hold_id}).status_code == 200

    def _send(self, kind: str, data: Mapping[str, object]) -> dict[str, Any]:
        at = self._town.clock.now().isoformat()
        entry = {"key": str(uuid.uuid4()), "kind": kind, "visit": self.code, "at": at, "seen": None, "data": data}
        body = json.dumps({"sent_at": at, "entries": [entry]})
        answer = self._client.post(f"{self._page}/entries", data=body, content_type="application/json")
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.get_json()["results"][0]
        return result


def wait_for_visit(town: Town, number: str) -> Technician:
    """Let time pass until shortly before the promised window; return who goes there, told by then."""
    with town.services.database.reading() as session:
        visit = session.scalars(
            select(Visit).join(ServiceRequest).where(ServiceRequest.number == number).order_by(Visit.id.desc())
        ).first()
        assert visit is not None
        assert visit.window_from_at is not None
        from_at = visit.window_from_at
    published_at = (from_at + SHANGHAI).replace(hour=6, minute=30) - SHANGHAI
    shortly_before = from_at - dt.timedelta(minutes=40)
    for at in (min(published_at, shortly_before), shortly_before):
        if at > town.clock.now():
            town.wait_until(at)
    return Technician(town, number)


def customers_link(town: Town, phone: str, number: str) -> str:
    """The way to the page of one request, from the texts a customer got."""
    links = [found for sms in town.phone(phone).inbox if number in sms.body for found in re.findall(LINK, sms.body)]
    assert links, [sms.body for sms in town.phone(phone).inbox]
    return str(links[-1])


def book(town: Town, phone: str, *keys: str) -> str:
    """Call, press these keys up to the windows, take the first one; return the request's number."""
    call = town.phone(phone).dial(town.hotline)
    for key in keys or ("1", "1", "1", "2", "2"):
        call.press(key)
    call.press("1")
    call.listen()
    call.hang_up()
    town.tick()
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id.desc())).first()
        assert request is not None
        return request.number


def first_of(pattern: str, page: str) -> str:
    """The first group of a pattern on a page, or all of it."""
    found = re.search(pattern, page)
    assert found, page
    return found[found.lastindex or 0]


def number_said_in(words: str) -> str:
    """The request's or complaint's number in a text or on a page."""
    return first_of(r"(?<!\d)\d{8}(?!\d)", words)
