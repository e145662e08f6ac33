"""Numbers in webhooks: what is none is none, never an error."""

import pytest
from twilio.request_validator import RequestValidator

from ivr.form_values import whole_number
from tests.town import ADDRESS, TOKEN, Town


@pytest.mark.parametrize("text", [None, "", "-1", "1.5", "٣", "9" * 19, "1 ", "x"])
def test_what_is_no_number_or_too_long_for_a_database_is_none(text: str | None) -> None:
    assert whole_number(text) is None


def test_up_to_eighteen_digits_are_a_number() -> None:
    assert whole_number("007") == 7
    assert whole_number("9" * 18) == 10**18 - 1


@pytest.mark.parametrize("path", ["/sms/status?m=" + "9" * 30, "/ivr/outgoing/" + "9" * 30])
def test_an_id_that_no_row_can_have_is_not_found(town: Town, path: str) -> None:
    signature = RequestValidator(TOKEN).compute_signature(f"{ADDRESS}{path}", {})

    answer = town.app.test_client().post(path, headers={"X-Twilio-Signature": signature})

    assert answer.status_code == 404
