"""Every place of the menu is heard by somebody, in either language, on the ways written down here (H2, H14).

Whoever adds a place to the menu adds a way to it; `tests/ivr/test_every_key.py` then tries every key there.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ivr.flow import NODES
from models import Call, CallEvent, Technician, Visit
from policies.languages import Language
from policies.visit_states import PROMISED, VisitState
from tests.databases import SqliteFolder
from tests.ivr.test_every_key import NUMBER, STRANGER, TELEPHONE, WANG, furnish
from tests.journeys.test_a_person import LI, bring_agent
from tests.journeys.test_any_call_ends_well import a_fresh_town
from tests.town import Town

OF_WANG = (
    ("1", "1", "1"),
    ("1", "1", "2", "5", "1", "1"),
    ("2", "1", "2"),
    ("2", "1", "3"),
    ("2", "1", "4"),
    ("3", "1", "1"),
    ("3", "2", "1"),
    ("3", "3"),
    ("4", "1"),
    ("5", "1", "1", "1"),
    ("0",),
)
OF_A_STRANGER = (
    ("1", "345678#"),
    ("1", "901234#"),
    ("2", NUMBER),
    ("3", "4", f"{TELEPHONE}#", "1"),
)


@pytest.mark.parametrize("language", list(Language))
def test_each_place_of_the_menu_is_heard_on_a_way_of_this_list(sqlite_folder: SqliteFolder, language: Language) -> None:
    with a_fresh_town(sqlite_folder) as town:
        number = furnish(town, language)
        to_their_language = () if language is Language.ZH else ("9",)
        for keys in OF_WANG:
            ring(town, WANG, keys)
        for keys in OF_A_STRANGER:
            ring(town, STRANGER, (*to_their_language, *(key.replace(NUMBER, f"{number}#") for key in keys)))
        ring(town, technician_under_way(town, language), ())
        bring_agent(town, LI, "李娜", language=language)
        ring(town, WANG, ("0",))

        assert set(NODES) - heard_in(town, language) == set()


def ring(town: Town, caller: str, keys: tuple[str, ...]) -> None:
    """Call the hotline, press the keys, listen and hang up."""
    call = town.phone(caller).dial(town.hotline)
    for key in keys:
        call.press(key)
    call.listen()
    call.hang_up()


def technician_under_way(town: Town, language: Language) -> str:
    """Let the technician of Mr Wang's visit know of it, speak this language, and be due; return his number."""
    with town.services.database.writing() as session:
        visit = session.scalars(select(Visit).where(Visit.state.in_(PROMISED))).first()
        assert visit is not None
        assert visit.window_from_at is not None
        visit.state = VisitState.ACKNOWLEDGED
        technician = session.get_one(Technician, visit.technician_id)
        technician.language = language
        town.clock.set(visit.window_from_at)
        return technician.phone


def heard_in(town: Town, language: Language) -> set[str]:
    """Return the places somebody heard in this language."""
    with town.services.database.reading() as session:
        said = select(CallEvent.node).join(Call, Call.id == CallEvent.call_id)
        return set(session.scalars(said.where(CallEvent.kind == "said", Call.language == language)))
