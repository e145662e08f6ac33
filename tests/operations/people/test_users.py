"""Users of the pages: made, checked at the door, stopped from guessing (S2, T3)."""

import pytest
from argon2 import PasswordHasher

from models import User
from models.database import Database
from operations.people.users import (
    TRIES_PER_ADDRESS,
    TRIES_PER_NAME_AND_ADDRESS,
    PasswordTooShort,
    SignInRefused,
    TooManyTries,
    UserNameTaken,
    add_user,
    check_sign_in,
    count_sign_in,
    welcome,
)
from policies.languages import Language
from policies.roles import Role
from tests.factories.instants import NIGHT, minutes
from tests.factories.threads import run_together

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _somebody_else(database: Database) -> None:
    """A user whose row must never be taken for another's."""
    add(database, name="somebody", password="another password")


def add(database: Database, *, name: str = "zhou", password: str = PASSWORD) -> int:
    with database.writing() as session:
        user = add_user(
            session, name=name, display_name="周敏", password=password, role=Role.DISPATCHER, language=Language.ZH
        )
        return user.id


def check(database: Database, name: str, password: str) -> int:
    with database.reading() as session:
        return check_sign_in(session, name=name, password=password).id


def test_the_right_name_and_password_give_the_user(database: Database) -> None:
    user_id = add(database)

    assert check(database, " Zhou ", PASSWORD) == user_id


@pytest.mark.parametrize(
    ("name", "password"), [("zhou", "wrong"), ("zhou", ""), ("nobody", PASSWORD), ("somebody", PASSWORD)]
)
def test_a_wrong_pair_is_refused(name: str, password: str, database: Database) -> None:
    add(database)

    with pytest.raises(SignInRefused):
        check(database, name, password)


def test_a_switched_off_user_is_refused(database: Database) -> None:
    user_id = add(database)
    with database.writing() as session:
        session.get_one(User, user_id).is_active = False

    with pytest.raises(SignInRefused):
        check(database, "zhou", PASSWORD)


def test_a_password_is_kept_as_a_hash_only(database: Database) -> None:
    user_id = add(database)

    with database.reading() as session:
        kept = session.get_one(User, user_id).password_hash

    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


def test_a_short_password_is_refused(database: Database) -> None:
    with pytest.raises(PasswordTooShort):
        add(database, password="elevenchars")


def test_a_name_is_given_once_whatever_its_case(database: Database) -> None:
    add(database)

    with pytest.raises(UserNameTaken):
        add(database, name="ZHOU")


def test_a_hash_made_with_weaker_settings_is_renewed_at_the_next_sign_in(database: Database) -> None:
    user_id = add(database)
    weaker = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.writing() as session:
        session.get_one(User, user_id).password_hash = weaker

    with database.writing() as session:
        welcome(session, user=session.get_one(User, user_id), password=PASSWORD, address="203.0.113.7")

    with database.reading() as session:
        assert session.get_one(User, user_id).password_hash != weaker
    assert check(database, "zhou", PASSWORD) == user_id


def try_once(database: Database, *, name: str = "zhou", address: str = "203.0.113.7", now_minutes: float = 0) -> bool:
    try:
        with database.writing() as session:
            count_sign_in(session, name=name, address=address, now=NIGHT + minutes(now_minutes))
    except TooManyTries:
        return False
    return True


def test_one_address_may_try_one_name_a_few_times_and_again_later(database: Database) -> None:
    tries = [try_once(database) for _ in range(TRIES_PER_NAME_AND_ADDRESS + 1)]

    assert tries == [True] * TRIES_PER_NAME_AND_ADDRESS + [False]
    assert try_once(database, address="203.0.113.8")
    assert try_once(database, now_minutes=16)


def test_one_address_cannot_go_through_many_names(database: Database) -> None:
    tries = [try_once(database, name=f"name{number}") for number in range(TRIES_PER_ADDRESS + 1)]

    assert tries == [True] * TRIES_PER_ADDRESS + [False]


def test_tries_at_the_same_time_never_get_more_than_their_share(database: Database) -> None:
    tries = run_together(*[lambda: try_once(database)] * (TRIES_PER_NAME_AND_ADDRESS + 4))

    assert sum(tries) == TRIES_PER_NAME_AND_ADDRESS


def test_signing_in_starts_the_counting_anew(database: Database) -> None:
    user_id = add(database)
    for _ in range(TRIES_PER_NAME_AND_ADDRESS):
        try_once(database)

    with database.writing() as session:
        welcome(session, user=session.get_one(User, user_id), password=PASSWORD, address="203.0.113.7")

    assert try_once(database)
