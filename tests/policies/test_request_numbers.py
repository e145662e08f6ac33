import random

import pytest
from hypothesis import given, strategies as st

from policies.request_numbers import (
    REQUEST_NUMBER_DIGITS,
    VISIT_CODE_LENGTH,
    VISIT_CODE_LETTERS,
    check_digit,
    draw_request_number,
    draw_visit_code,
    is_request_number,
)

LOOK_ALIKES = ("0O", "1IL", "B8", "S5", "Z2")
bodies = st.text("0123456789", min_size=7, max_size=7)


@given(bodies)
def test_a_number_with_its_check_digit_is_a_request_number(body: str) -> None:
    assert is_request_number(body + check_digit(body))


@given(bodies, st.integers(0, 7), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(body: str, place: int, shift: int) -> None:
    number = body + check_digit(body)
    wrong = str((int(number[place]) + shift) % 10)

    assert not is_request_number(number[:place] + wrong + number[place + 1 :])


@given(bodies, st.integers(0, 6))
def test_every_swap_of_two_neighbours_is_found(body: str, place: int) -> None:
    number = body + check_digit(body)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert is_request_number(swapped) == (swapped == number)


def test_the_check_digit_is_damms() -> None:
    # H. M. Damm's own example: 572 has the check digit 4.
    assert check_digit("572") == "4"


@pytest.mark.parametrize("text", ["", "1234567", "123456789", "1234567a", "１２３４５６７８", "²²²²²²²²", "1234 567"])
def test_what_is_not_eight_plain_digits_is_no_request_number(text: str) -> None:
    assert not is_request_number(text)


def test_drawn_numbers_are_request_numbers_and_differ() -> None:
    draws = random.Random(1)

    numbers = {draw_request_number(draws) for _ in range(500)}

    assert all(is_request_number(number) for number in numbers)
    assert {len(number) for number in numbers} == {REQUEST_NUMBER_DIGITS}
    assert len(numbers) > 490


def test_visit_codes_have_four_letters_of_which_no_two_look_alike() -> None:
    draws = random.Random(1)

    codes = [draw_visit_code(draws) for _ in range(2000)]

    assert {len(code) for code in codes} == {VISIT_CODE_LENGTH}
    assert set("".join(codes)) == set(VISIT_CODE_LETTERS)
    assert all(sum(letter in VISIT_CODE_LETTERS for letter in alike) <= 1 for alike in LOOK_ALIKES)


def test_no_letter_stands_twice_in_the_alphabet_of_visit_codes() -> None:
    assert len(set(VISIT_CODE_LETTERS)) == len(VISIT_CODE_LETTERS)
