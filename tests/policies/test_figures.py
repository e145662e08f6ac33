from dataclasses import asdict

import pytest
from hypothesis import given, strategies as st

from policies.figures import DEFAULT_FIGURES, Figures, UnknownFigure, read_figures


def test_without_changes_the_figures_are_the_manuals() -> None:
    figures = read_figures({})

    assert figures == DEFAULT_FIGURES
    assert (figures.answer_seconds, figures.on_site_hours, figures.window_minutes) == (15, 24, 120)
    assert figures.publish_at_local == "06:30"


def test_a_changed_figure_replaces_only_itself() -> None:
    assert read_figures({"on_site_hours": 4}) == Figures(on_site_hours=4)


@pytest.mark.parametrize(
    "changed",
    [
        {"on_sight_hours": 4},
        {"on_site_hours": "4"},
        {"on_site_hours": 4.0},
        {"on_site_hours": True},
        {"is_auto_publish_on": 1},
        {"publish_at_local": 630},
        {"on_site_hours": None},
    ],
)
def test_an_unknown_name_or_a_wrong_type_is_refused_by_name(changed: dict[str, object]) -> None:
    with pytest.raises(UnknownFigure, match=next(iter(changed))):
        read_figures(changed)


@given(st.sets(st.sampled_from(sorted(asdict(DEFAULT_FIGURES)))))
def test_every_figure_can_be_written_down_and_read_again(names: set[str]) -> None:
    written = {name: value for name, value in asdict(DEFAULT_FIGURES).items() if name in names}

    assert read_figures(written) == DEFAULT_FIGURES
