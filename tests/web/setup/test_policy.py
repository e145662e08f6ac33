"""The page of the figures: looked at before they are approved (K1, T4)."""

import re
from dataclasses import asdict

import pytest
from flask.testing import FlaskClient

from operations.foundation.figures import figures_at
from policies.figures import DEFAULT_FIGURES
from policies.languages import Language
from policies.roles import Role
from tests.databases import ON_SQLITE_ALONE
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token

pytestmark = ON_SQLITE_ALONE
"""What a version does on either database is tested in tests/operations."""


def typed(client: FlaskClient, **changes: str) -> dict[str, str]:
    """The whole form, as the page has it, with some figures changed."""
    values = {name: str(int(v) if isinstance(v, bool) else v) for name, v in asdict(DEFAULT_FIGURES).items()}
    return {**values, **changes, "csrf_token": read_token(client, "/policy")}


def test_a_change_is_shown_first_and_in_force_only_when_it_is_approved(town: Town, sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)

    looked = administrator.post("/policy/preview", data=typed(administrator, on_site_hours="8"))
    form = {"on_site_hours": "8", "from": "2026-11-24T00:00", "csrf_token": read_token(administrator, "/policy")}
    approved = administrator.post("/policy/versions", data=form, follow_redirects=True)

    assert "<del>24</del>" in looked.text
    assert "<ins>8</ins>" in looked.text
    assert "window_minutes" not in looked.text, "only what changes"
    assert "not in force yet" in approved.text
    in_words = r"<td>In force from [^<;T]*00:00; [^<;]+ 24 → 8</td>"
    assert re.search(in_words, approved.text)
    assert re.search(in_words, administrator.get("/audit?part=figures").text)
    with town.services.database.reading() as session:
        now = town.clock.now()
        assert figures_at(session, now).on_site_hours == 24
    town.wait(60 * 48)
    with town.services.database.reading() as session:
        assert figures_at(session, town.clock.now()).on_site_hours == 8


def test_a_look_at_no_change_is_refused_on_the_form_itself(sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)

    answer = administrator.post("/policy/preview", data=typed(administrator))

    assert answer.status_code == 422
    assert "Nothing would change." in answer.text
    assert 'action="/policy/preview"' in answer.text


def test_a_version_ahead_can_be_withdrawn_and_one_before_now_is_refused(sign_in: SignIn) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    token = read_token(administrator, "/policy")
    form = {"on_site_hours": "8", "from": "2026-11-24T00:00", "csrf_token": token}
    administrator.post("/policy/versions", data=form)

    withdrawn = administrator.post("/policy/versions/1/withdraw", data={"csrf_token": token}, follow_redirects=True)
    late = administrator.post("/policy/versions", data={**form, "from": "2026-11-01T00:00"}, follow_redirects=True)

    assert "figures withdrawn" in withdrawn.text
    assert "cannot come into force before now" in late.text


def test_a_time_that_is_none_is_refused_in_words_and_nothing_comes_into_force(sign_in: SignIn, town: Town) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)
    form = {"on_site_hours": "8", "csrf_token": read_token(administrator, "/policy")}

    for no_time in ("tomorrow", "2026-02-30T08:00", "0001-01-01T00:00"):
        refused = administrator.post("/policy/versions", data={**form, "from": no_time})
        assert refused.status_code in {200, 422}
        assert "Please give a day and a time" in refused.text

    town.wait(60 * 48)
    with town.services.database.reading() as session:
        assert figures_at(session, town.clock.now()).on_site_hours == 24


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("on_site_hours", "0", "must be within 1–720"),
        ("on_site_hours", "a day", "must be within 1–720"),
        ("publish_at_local", "25:00", "must be within 00:00–23:59"),
        ("hold_minutes", "١", "must be within 1–30"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(sign_in: SignIn, name: str, value: str, said: str) -> None:
    administrator = sign_in(Role.ADMINISTRATOR)

    answer = administrator.post("/policy/preview", data=typed(administrator, **{name: value}))

    assert answer.status_code == 422
    assert f'<p id="t-{name}" class="field-trouble">{said}</p>' in answer.text


def test_an_auditor_reads_every_figure_and_changes_none(sign_in: SignIn) -> None:
    auditor = sign_in(Role.AUDITOR, language=Language.ZH)

    page = auditor.get("/policy").text
    answer = auditor.post("/policy/preview", data=typed(auditor, on_site_hours="8"))

    assert "上门承诺（小时）" in page
    assert all(f'name="{name}"' in page for name in asdict(DEFAULT_FIGURES))
    assert answer.status_code == 403
