"""What a report must hold before it is handed in (V2–V5, M3)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as some

from policies.request_kinds import RequestKind
from policies.work_reports import (
    LARGEST_AMOUNT_CENTS,
    MOVES,
    ChargeKind,
    ChargeLine,
    ChargeOutOfRange,
    MissingPart,
    ReportContent,
    ReportMoveRefused,
    ReportState,
    add_up,
    compare_serials,
    list_missing,
    move_report,
)

WHOLE = ReportContent(
    answered={"one_cloth", "site_clean"},
    is_serial_checked=True,
    has_diagnosis=True,
    charges_total_cents=0,
    agreed_total_cents=None,
    photos_steps=0,
    photos_after=1,
    has_opinion=True,
    has_customer_signature=True,
    has_technician_signature=True,
)
REQUIRED = {"one_cloth", "site_clean"}
LINES = some.builds(
    ChargeLine,
    kind=some.sampled_from(ChargeKind),
    description=some.text(max_size=10),
    quantity=some.integers(1, 20),
    unit_cents=some.integers(0, 1_000_000),
)


def test_a_whole_report_misses_nothing() -> None:
    assert list_missing(WHOLE, required=REQUIRED, kind=RequestKind.REPAIR) == ()


@pytest.mark.parametrize(
    ("steps", "missing"), [(0, (MissingPart.PHOTO_STEPS,)), (2, (MissingPart.PHOTO_STEPS,)), (3, ())]
)
def test_an_installation_needs_a_series_of_photos(steps: int, missing: tuple[MissingPart, ...]) -> None:
    content = replace(WHOLE, photos_steps=steps)

    assert list_missing(content, required=REQUIRED, kind=RequestKind.INSTALLATION) == missing


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"answered": {"one_cloth"}}, MissingPart.CHECKLIST),
        ({"is_serial_checked": False}, MissingPart.SERIAL),
        ({"has_diagnosis": False}, MissingPart.DIAGNOSIS),
        ({"charges_total_cents": 100}, MissingPart.CHARGES),
        ({"charges_total_cents": 100, "agreed_total_cents": 90}, MissingPart.CHARGES),
        ({"charges_total_cents": 0, "agreed_total_cents": 90}, MissingPart.CHARGES),
        ({"photos_after": 0}, MissingPart.PHOTO_AFTER),
        ({"has_opinion": False}, MissingPart.OPINION),
        ({"has_customer_signature": False}, MissingPart.CUSTOMER_SIGNATURE),
        ({"has_technician_signature": False}, MissingPart.TECHNICIAN_SIGNATURE),
    ],
)
def test_whatever_is_not_there_is_named(change: dict[str, Any], missing: MissingPart) -> None:
    assert list_missing(replace(WHOLE, **change), required=REQUIRED, kind=RequestKind.REPAIR) == (missing,)


def test_charges_that_were_signed_for_are_complete() -> None:
    content = replace(WHOLE, charges_total_cents=12_300, agreed_total_cents=12_300)

    assert list_missing(content, required=REQUIRED, kind=RequestKind.REPAIR) == ()


@given(some.lists(LINES, max_size=8))
def test_the_total_is_the_sum_of_the_lines_in_whole_cents(lines: list[ChargeLine]) -> None:
    assert add_up(lines) == sum(line.quantity * line.unit_cents for line in lines)


@pytest.mark.parametrize(
    ("quantity", "unit_cents"), [(0, 100), (-1, 100), (1, -100), (2, LARGEST_AMOUNT_CENTS), (-2, -50)]
)
def test_a_line_nobody_could_mean_is_refused_by_name(quantity: int, unit_cents: int) -> None:
    with pytest.raises(ChargeOutOfRange, match="灯泡"):
        add_up([ChargeLine(ChargeKind.PART, "灯泡", quantity, unit_cents)])


def test_what_is_waived_stands_there_with_zero() -> None:
    assert add_up([ChargeLine(ChargeKind.LABOUR, "保修期内人工", 1, 0)]) == 0


@given(some.text("ABCXYZ0123456789", min_size=1), some.sampled_from(["", " ", "-", "/", "."]))
def test_a_serial_is_the_same_however_it_is_written(serial: str, separator: str) -> None:
    assert compare_serials(separator.join(serial).lower(), serial)


def test_a_serial_with_another_digit_is_another_one() -> None:
    assert not compare_serials("LX-2A345679", "LX-2A345678")


@pytest.mark.parametrize("state", ReportState)
@pytest.mark.parametrize("to", ReportState)
def test_a_report_moves_only_along_its_table(state: ReportState, to: ReportState) -> None:
    if to in MOVES[state]:
        assert move_report(state, to) is to
    else:
        with pytest.raises(ReportMoveRefused):
            move_report(state, to)
