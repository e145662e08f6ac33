import pytest
from hypothesis import example, given, strategies as st

from operations.imports.formulas import neutralise, restore

SIGNS = st.text(alphabet="'=+-@\t\r ＝＋－＠a1\"中", max_size=8)


@given(st.text() | SIGNS)
@example("'=1+1")
@example("' =1")
def test_what_is_neutralised_comes_back_unchanged(cell: str) -> None:
    assert restore(neutralise(cell)) == cell


@given(st.text() | SIGNS)
def test_nothing_that_leaves_us_starts_a_formula(cell: str) -> None:
    sent = neutralise(cell)

    assert not sent.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert not sent.startswith(("\t", "\r"))


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+8615412345678", "-31.2", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_a_formula_becomes_text(cell: str) -> None:
    assert neutralise(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["晨帆实验小学", "LVP2419K004512", "O'Connell", "'quoted'", "", "31.2"])
def test_an_ordinary_cell_is_left_alone(cell: str) -> None:
    assert neutralise(cell) == cell
    assert restore(cell) == cell
