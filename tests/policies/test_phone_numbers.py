import pytest
from hypothesis import given, strategies as st

from policies.phone_numbers import dialable_number, read_keyed_number, read_written_number


@pytest.mark.parametrize("sent", ["+8613800000001", "+862150000000", "+12025550100", "+1234567", "+123456789012345"])
def test_a_number_in_international_form_can_be_called_back(sent: str) -> None:
    assert dialable_number(sent) == sent


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "+",
        "anonymous",
        "unknown",
        "client:alice",
        "sip:a@b",
        "13800000001",
        "+0138",
        "+12345",
        "+1234567890123456",
        "+86 138",
        "+8613800000001\n",
        "＋8613800000001",
        "+८६१३८००००",
    ],
)
def test_what_cannot_be_called_back_is_no_number(sent: str) -> None:
    assert dialable_number(sent) is None


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        ("13900000077", "+8613900000077"),
        ("02160000002", "+862160000002"),
        ("00447700900123", "+447700900123"),
        ("12", None),
        ("60000002", None),
        ("901234", None),
        ("", None),
        ("9" * 30, None),
    ],
)
def test_keyed_digits_are_read_as_a_number_of_the_hotlines_country(digits: str, number: str | None) -> None:
    assert read_keyed_number(digits, like="+862150000000") == number


@given(digits=st.text(alphabet="0123456789*", max_size=40))
def test_whatever_is_keyed_can_be_dialled_or_is_refused(digits: str) -> None:
    number = read_keyed_number(digits, like="+12025550100")

    assert number is None or dialable_number(number) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("138 0000 0001", "+8613800000001"),
        ("+86 138-0000-0001", "+8613800000001"),
        ("0086 13800000001", "+8613800000001"),
        ("021-60000002", "+862160000002"),
        ("+1 (202) 555-0100", "+12025550100"),
        ("abc", None),
        ("", None),
        ("１３８００００００01", None),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, number: str | None) -> None:
    assert read_written_number(written) == number
