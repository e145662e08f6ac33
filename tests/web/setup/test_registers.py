"""The pages of the organisation's registers: who reads, who changes, what a file says (T3, S1)."""

import datetime as dt
import io
import json
import re
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import FileLook, Shift, Technician
from operations.imports.cells import write_moment
from operations.office.registers import REGISTERS
from policies.languages import Language
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from web.setup.registers import keepers_of, readers_of

pytestmark = ON_SQLITE_ALONE
"""What the pages do to either database is tested in tests/operations."""

SHANGHAI = ZoneInfo("Asia/Shanghai")


def send_file(client: FlaskClient, name: str, data: bytes, do: str) -> TestResponse:
    form = {"csrf_token": read_token(client, "/registers/technicians"), "do": do, "file": (io.BytesIO(data), "x.csv")}
    return client.post(f"/registers/{name}/file", data=form)


def shown_in(page: str) -> dict[str, str]:
    """The row a form was made with."""
    found = re.search(r'name="shown_values" value="([^"]*)"', page)
    assert found, page
    shown: dict[str, str] = json.loads(found[1].replace("&#34;", '"'))
    return shown


def test_every_register_opens_for_an_administrator_in_both_languages(sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR, language=Language.ZH)

    pages = {name: administrator.get(f"/registers/{name}") for name in REGISTERS}
    overview = administrator.get("/registers").text

    assert {name for name, page in pages.items() if page.status_code != 200} == set()
    assert sorted(re.findall(r'href="/registers/([\w-]+)"', overview)) == sorted(REGISTERS), "each once, in its group"
    assert "李强" in pages["technicians"].text
    assert "工号" in administrator.get("/registers/shifts/row").text
    administrator.post("/language", data={"csrf_token": read_token(administrator, "/registers"), "language": "en"})
    assert administrator.get("/registers/technicians/row").status_code == 200


def test_each_role_sees_and_changes_its_own_registers_and_no_other(sign_in: SignIn) -> None:
    for role in Role:
        if role is Role.TECHNICIAN:
            continue
        client = sign_in(role)
        for name in REGISTERS:
            may_see, may_change = role in readers_of(name), role in keepers_of(name)
            assert client.get(f"/registers/{name}").status_code == (200 if may_see else 403), (role, name)
            if REGISTERS[name].has_own_page:
                assert client.get(f"/registers/{name}/row").status_code == (404 if may_change else 403), (role, name)
            else:
                assert client.get(f"/registers/{name}/row").status_code == (200 if may_change else 403), (role, name)
    assert keepers_of("prices") == {Role.MANAGER, Role.ADMINISTRATOR}
    assert Role.AUDITOR in readers_of("technicians") - keepers_of("technicians")
    assert Role.PARTS in keepers_of("parts")


def test_an_auditor_may_read_and_never_write(sign_in: SignIn) -> None:
    auditor = sign_in(Role.AUDITOR)
    token = read_token(auditor, "/registers/technicians")

    row = auditor.post("/registers/technicians/row", data={"csrf_token": token})
    file = auditor.post("/registers/technicians/file", data={"csrf_token": token})

    assert (row.status_code, file.status_code) == (403, 403)


def test_a_row_is_changed_by_its_form_and_the_audit_page_tells_before_and_after(town: Town, sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    page = administrator.get("/registers/technicians/row?key=T1").text
    shown = shown_in(page)
    form = {
        **shown,
        "name_en": "Li Qiang Senior",
        "shown_values": json.dumps(shown),
        "csrf_token": read_token(administrator),
    }

    answer = administrator.post("/registers/technicians/row", data=form)
    again = administrator.post("/registers/technicians/row", data={**form, "name_en": "Somebody"})

    assert answer.status_code == 302
    assert again.status_code == 422
    assert "from “Li Qiang” to “Li Qiang Senior”" in again.text
    audit = administrator.get("/audit").text
    assert "Name (English) <del>Li Qiang</del> → <ins>Li Qiang Senior</ins>" in audit
    assert '<a href="/registers/technicians">Register Technicians</a>' in audit
    with town.services.database.reading() as session:
        assert session.scalars(select(Technician.name_en).where(Technician.number == "T1")).one() == "Li Qiang Senior"


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    shown = shown_in(administrator.get("/registers/technicians/row?key=T1").text)
    form = {**shown, "phone": "12", "shown_values": json.dumps(shown), "csrf_token": read_token(administrator)}

    answer = administrator.post("/registers/technicians/row", data=form)

    assert answer.status_code == 422
    assert '<span id="wrong-phone" class="field-trouble">is not a telephone number: 12</span>' in answer.text
    assert 'aria-invalid="true" aria-describedby="wrong-phone"' in answer.text
    assert 'value="12"' in answer.text


def test_a_time_is_chosen_as_the_clock_on_the_wall_shows_it_and_one_left_alone_stays_to_the_second(
    town: Town, sign_in: SignIn
) -> None:
    dispatcher = sign_in()
    with town.services.database.writing() as session:
        shift = session.scalars(select(Shift).order_by(Shift.id)).first()
        assert shift is not None
        shift.ends_at += dt.timedelta(seconds=30)
        key = f"{shift.technician.number} · {write_moment(shift.starts_at.astimezone(SHANGHAI))}"
        ends_at = shift.ends_at
    page = dispatcher.get("/registers/shifts/row", query_string={"key": key}).text
    shown = shown_in(page)
    typed = {name: re.findall(rf'id="f-{name}" name="{name}" type="[\w-]+" value="([^"]*)"', page) for name in shown}
    form = {name: found[0] for name, found in typed.items() if found} | {
        "is_night": "0",
        "overtime_limit_minutes": "45",
    }

    sent = {**form, "shown_values": json.dumps(shown), "csrf_token": read_token(dispatcher)}
    saved = dispatcher.post("/registers/shifts/row", data=sent)

    assert saved.status_code == 302
    assert "+08:00" not in page.replace(json.dumps(shown).replace('"', "&#34;"), "")
    assert f'type="datetime-local" value="{ends_at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"' in page
    with town.services.database.reading() as session:
        kept = session.get_one(Shift, shift.id)
        assert (kept.ends_at, kept.overtime_limit_minutes) == (ends_at, 45)


def test_a_field_of_several_says_how_they_are_written_and_which_there_are(sign_in: SignIn) -> None:
    page = sign_in(Role.MANAGER).get("/registers/technicians/row").text

    assert re.search(r"Skill and level, such as optics:3; several with ; between them. There are: \w+", page)
    assert "Several with ; between them. There are: centre" in page
    assert '<option value="zh-CN">Mandarin</option>' in page
    assert "Several with ; between them." not in sign_in(Role.TRAINER).get("/registers/skills/row").text


@pytest.mark.parametrize("shown", ["[]", "{", '{"technician_number": "T1"}', '{"a": 1}'])
def test_a_form_with_an_altered_row_is_refused(shown: str, sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)

    answer = administrator.post(
        "/registers/technicians/row", data={"shown_values": shown, "csrf_token": read_token(administrator)}
    )

    assert answer.status_code == 422


def test_a_file_is_checked_first_then_taken_in_and_a_bad_one_names_every_line(town: Town, sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    good = administrator.get("/registers/technicians.csv").data.replace(b"Zhao Min", b"Zhao Min Jun")
    bad = good.replace(b"'+8613900000003", b"12").replace(b"projector:", b"welding:", 1)

    checked = send_file(administrator, "technicians", good, "check").text
    refused = send_file(administrator, "technicians", bad, "take").text
    before = names(town)
    taken = send_file(administrator, "technicians", good, "take").text

    assert "nothing has been taken in yet" in checked
    assert "0 added, 1 changed, 3 unchanged" in checked
    assert "2 problems; nothing was taken in" in refused
    assert "is not a telephone number: 12" in refused
    assert "does not exist here: welding" in refused
    assert "Zhao Min" in before
    assert "Taken in" in taken
    assert "Zhao Min Jun" in names(town)


def test_whoever_takes_a_whole_register_away_is_on_record(town: Town, sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)

    answer = administrator.get("/registers/customers.xlsx")

    assert answer.data.startswith(b"PK")
    manager = sign_in(Role.MANAGER)
    assert manager.get("/registers/customers.csv").status_code == 403
    assert '<a href="/registers/customers">Register Customers</a>' in administrator.get("/audit").text
    assert "<td>Register Customers</td>" in manager.get("/audit").text, "nobody is led where he is refused"
    with town.services.database.reading() as session:
        assert session.scalars(select(FileLook.subject)).all() == ["register:customers"]


def test_an_unknown_register_kind_of_file_or_row_does_not_exist(sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)

    for path in ("/registers/nothing", "/registers/parts.pdf", "/registers/parts/row?key=none"):
        assert administrator.get(path).status_code == 404


def names(town: Town) -> list[str]:
    with town.services.database.reading() as session:
        return list(session.scalars(select(Technician.name_en).order_by(Technician.number)))
