"""Our own signature against Twilio's published example and against Twilio's own validator."""

import pytest
from hypothesis import given, strategies as st
from twilio.request_validator import RequestValidator

from simulator.signature import find_signed_url, sign

FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}


@pytest.mark.parametrize(
    ("host", "signature"),
    [("example.com", "L/OH5YylLD5NRKLltdqwSvS0BnU="), ("mycompany.com", "GvWf1cFY/Q7PnoempGyD5oXAezc=")],
)
def test_the_published_example_is_signed_as_published(host: str, signature: str) -> None:
    assert sign(f"https://{host}/myapp.php?foo=1&bar=2", FORM, "12345") == signature


def test_the_order_in_which_fields_were_written_does_not_matter() -> None:
    turned = dict(reversed(FORM.items()))

    assert sign("https://example.com/", turned, "12345") == sign("https://example.com/", FORM, "12345")


@given(
    form=st.dictionaries(st.text("ABCxyz_1", min_size=1, max_size=8), st.text(max_size=20), max_size=6),
    path=st.text("abc报修/", max_size=10),
)
def test_twilios_validator_agrees_whatever_is_said(form: dict[str, str], path: str) -> None:
    url = f"https://onecall.example/{path}"

    assert RequestValidator("token").validate(url, form, sign(url, form, "token"))
    assert not RequestValidator("other token").validate(url, form, sign(url, form, "token"))


@pytest.mark.parametrize(
    ("url", "is_voice", "signed"),
    [
        ("https://onecall.example:8443/ivr?a=1#rc=2", True, "https://onecall.example/ivr?a=1"),
        ("https://onecall.example:8443/sms", False, "https://onecall.example:8443/sms"),
        ("http://127.0.0.1:8000/ivr/answer", True, "http://127.0.0.1:8000/ivr/answer"),
        ("https://user:secret@onecall.example/ivr/", True, "https://onecall.example/ivr/"),
        ("https://user:secret@onecall.example:8443/ivr/", True, "https://onecall.example/ivr/"),
    ],
)
def test_what_of_a_url_is_signed(url: str, is_voice: bool, signed: str) -> None:  # noqa: FBT001
    assert find_signed_url(url, is_voice=is_voice) == signed
