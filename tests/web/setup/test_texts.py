"""The pages of texts: found, tried, put in force, said to the next caller, and taken back."""

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from policies.languages import Language
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import ADDRESS, Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token

pytestmark = ON_SQLITE_ALONE
"""What a version does on either database is tested in tests/operations."""

GREETING = "/texts/prompt/greeting_unknown"


def typed(client: FlaskClient, **changes: str) -> dict[str, str]:
    words = {"text": "您好，一呼即到。", "text_en": "Hello, OneCall speaking."}
    return {**words, "csrf_token": read_token(client, GREETING), **changes}


def test_a_new_greeting_is_tried_put_in_force_and_said_to_the_next_caller(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    found = manager.get("/texts?q=open+day+and+night").text
    tried = manager.post(f"{GREETING}/preview", data=typed(manager)).text
    done = manager.post(GREETING, data=typed(manager), follow_redirects=True).text

    call = town.phone("anonymous").dial(town.hotline)

    assert GREETING in found
    assert "Hello, OneCall speaking." in tried
    assert "about 1 s to hear" in tried
    assert 'class="flash done"' in done
    assert "Back to the product" in done
    call.hears("您好，一呼即到。")
    call.hang_up()
    assert "您好，一呼即到。" in manager.get("/calls/1").text, "the log has what was said"
    trail = manager.get("/audit").text
    assert "text put in force" in trail
    assert "<ins>您好，一呼即到。</ins>" in trail


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)

    answer = manager.post(GREETING, data=typed(manager, text_en="Hello {name}"))
    too_early = manager.post(GREETING, data=typed(manager, **{"from": "2020-01-01T00:00"}))
    no_time = manager.post(GREETING, data=typed(manager, **{"from": "tomorrow"}))

    assert (answer.status_code, too_early.status_code, no_time.status_code) == (422, 422, 422)
    assert '<ul id="t-text_en" class="field-trouble"><li>This cannot be filled in here: name.</li></ul>' in answer.text
    assert 'id="t-text"' not in answer.text
    assert ">Hello {name}</textarea>" in answer.text
    assert '<p id="t-from" class="field-trouble">It cannot come into force before now.</p>' in too_early.text
    assert '<p id="t-from" class="field-trouble">Please give a day and a time, such as' in no_time.text


@pytest.mark.parametrize(("language", "why"), [(Language.EN, "It is in force already"), (Language.ZH, "已经在用")])
def test_a_version_that_has_come_into_force_meanwhile_is_not_taken_back_and_the_page_says_why(
    language: Language, why: str, sign_in: SignIn
) -> None:
    manager = sign_in(Role.MANAGER, language=language)
    manager.post(GREETING, data=typed(manager))
    token = read_token(manager, GREETING)

    came_from = {"Referer": f"{ADDRESS}{GREETING}"}
    late = manager.post("/texts/versions/1/withdraw", data={"csrf_token": token}, headers=came_from)

    said = BeautifulSoup(late.text, "html.parser").select_one("main [role=alert]")
    assert late.status_code == 422
    assert said is not None
    assert why in said.get_text()
    assert "Hello, OneCall speaking." in late.text, "the page of the text"


def test_a_version_ahead_is_withdrawn_and_an_auditor_only_reads(sign_in: SignIn) -> None:
    manager, auditor = sign_in(Role.MANAGER), sign_in(Role.AUDITOR, language=Language.ZH)
    manager.post(GREETING, data=typed(manager, **{"from": "2027-01-01T00:00"}))
    ahead = auditor.get("/texts?own=1").text

    refused = auditor.post("/texts/versions/1/withdraw", data={"csrf_token": read_token(auditor, GREETING)})
    withdrawn = manager.post("/texts/versions/1/withdraw", data={"csrf_token": read_token(manager, GREETING)})

    assert "起有新的" in ahead
    assert refused.status_code == 403
    assert withdrawn.status_code == 302
    assert "2027-01-01" not in auditor.get(GREETING).text
    assert auditor.get("/texts/prompt/no_such_text").status_code == 404
    assert auditor.get("/texts/letter/main").status_code == 404
