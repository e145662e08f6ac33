"""Files that may be one are those that comparing every file with every other finds, whatever has changed (C1)."""

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models import Customer, CustomerMerge, CustomerPhone, FileLikeness, Site
from models.database import Database
from operations.people.customer_file import merge_customers, unmerge_customers
from operations.people.file_likenesses import MOST_OLDER, compare_changed_files, list_likenesses
from policies.duplicates import FileFace, Likeness, LikenessReason, find_likenesses
from tests.factories.city import City
from tests.factories.customers import make_customer
from tests.factories.instants import NIGHT

FILES = 4
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["name", "address", "phone", "less", "merge", "unmerge", "compare"]),
        st.integers(0, FILES - 1),
        st.integers(0, FILES - 1),
    ),
    max_size=12,
)


def shown(session: Session) -> list[Likeness]:
    """What the page shows when everything was compared."""
    while compare_changed_files(session):
        pass
    return list_likenesses(session, most=50)


def files(session: Session, city: City) -> list[Customer]:
    return [session.get_one(Customer, asset.customer_id) for asset in city.assets[:FILES]]


def every_pair(session: Session, ids: list[int]) -> list[Likeness]:
    """Every file compared with every other, read anew."""
    session.flush()
    session.expire_all()
    standing = [one for one in (session.get_one(Customer, id_) for id_ in ids) if one.merged_into_id is None]
    return find_likenesses(
        FileFace(
            one.id,
            one.name,
            frozenset(phone.number for phone in one.phones),
            frozenset(site.address for site in one.sites),
        )
        for one in standing
    )


class Desk:
    """What people do to files, one after another."""

    def __init__(self, session: Session, ids: list[int]) -> None:
        self.session, self.ids = session, ids
        self.merges: list[CustomerMerge] = []

    def step(self, kind: str, one: int, other: int) -> None:
        """Change a file in one of the ways files change: by its row, by a statement, or with another."""
        session, id_ = self.session, self.ids[one]
        match kind:
            case "name":
                session.get_one(Customer, id_).name = f"Zhang {other % 2}"
            case "address":
                session.execute(update(Site).where(Site.customer_id == id_).values(address=f"{other % 2} Nanjing Rd"))
            case "phone":
                number = f"+861390000000{other % 2}"
                known = select(CustomerPhone.id).where(CustomerPhone.customer_id == id_, CustomerPhone.number == number)
                if session.scalar(known) is None:
                    session.add(CustomerPhone(customer_id=id_, number=number))
            case "less":
                session.execute(delete(CustomerPhone).where(CustomerPhone.customer_id == id_))
            case "compare":
                compare_changed_files(session)
            case _:
                self._merge(kind, id_, self.ids[other])
        session.flush()

    def _merge(self, kind: str, one: int, other: int) -> None:
        if kind == "unmerge" and self.merges:
            unmerge_customers(self.session, merge=self.merges.pop(), by="m", now=NIGHT)
        kept, merged = (self.session.get_one(Customer, id_) for id_ in (one, other))
        if kind == "merge" and kept is not merged and kept.merged_into_id is None and merged.merged_into_id is None:
            self.merges.append(merge_customers(self.session, kept=kept, merged=merged, by="m", now=NIGHT))


@given(steps=STEPS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_changes_the_pairs_shown_are_those_that_comparing_everything_finds(
    database: Database, city: City, steps: list[tuple[str, int, int]]
) -> None:
    ids = [asset.customer_id for asset in city.assets[:FILES]]
    with database.writing() as session:
        desk = Desk(session, ids)
        for step in steps:
            desk.step(*step)

        assert shown(session) == every_pair(session, ids)
        session.rollback()


def test_one_name_at_one_address_is_shown_until_one_of_them_moves(database: Database, city: City) -> None:
    with database.writing() as session:
        one, other, *_ = files(session, city)
        one.name = other.name = "Zhang Wei"
        one.sites[0].address, other.sites[0].address = "7 Nanjing Rd", "７ nanjing rd"
        session.flush()

        (pair,) = shown(session)
        assert pair == Likeness(one.id, other.id, LikenessReason.NAME_AND_ADDRESS)
        other.sites[0].address = "8 Nanjing Rd"
        session.flush()

        assert list_likenesses(session, most=50) == []
        assert shown(session) == []
        assert session.scalars(select(FileLikeness)).all() == []


def test_files_that_were_erased_are_like_nobody(database: Database, city: City) -> None:
    with database.writing() as session:
        one, other, *_ = files(session, city)
        for file in (one, other):
            file.name = file.sites[0].address = "–"
            file.erased_at = NIGHT
        session.flush()

        assert shown(session) == []
        assert one.sites[0].likeness_mark is None


def test_a_switchboards_number_in_many_files_shows_each_beside_some_older_ones(database: Database) -> None:
    with database.writing() as session:
        school = [make_customer(session) for _ in range(MOST_OLDER + 5)]
        session.add_all(CustomerPhone(customer_id=one.id, number="+862155555555") for one in school)
        session.flush()

        shown(session)

        beside = session.scalars(select(FileLikeness.first_id).where(FileLikeness.second_id == school[-1].id)).all()
        assert len(beside) == MOST_OLDER
        assert set(beside) <= {one.id for one in school}


@pytest.mark.parametrize("is_compared_before", [True, False])
def test_a_number_that_two_files_have_is_found_whichever_of_them_changed(
    database: Database, city: City, *, is_compared_before: bool
) -> None:
    with database.writing() as session:
        kept, merged, *_ = files(session, city)
        if is_compared_before:
            assert shown(session) == []
        session.add(CustomerPhone(customer_id=kept.id, number=merged.phones[0].number))
        session.flush()

        assert shown(session) == [Likeness(kept.id, merged.id, LikenessReason.PHONE)]
        merge_customers(session, kept=kept, merged=merged, by="m", now=NIGHT)

        assert list_likenesses(session, most=50) == []
