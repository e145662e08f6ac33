import pytest

from policies.phone_numbers import dialable_number


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
