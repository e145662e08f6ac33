"""What an issuer's answer must be before anybody is let in on its word; one test per way to cheat (S2)."""

import datetime as dt
from urllib.parse import parse_qsl, urlsplit

import pytest

from integrations.openid_issuer import KEPT_SECONDS, QUIET_SECONDS, OpenIdIssuer
from operations.clients.issuer_client import IssuerAnswerRefused, IssuerDown, IssuerIdentity, IssuerQuestion
from tests.fake_issuer import ISSUER, MAIL, FakeIssuer, ec_key, rsa_key

NOW = dt.datetime(2026, 11, 22, 14, 40, tzinfo=dt.UTC)
RETURN = "https://onecall.example/sign-in/issuer/return"


@pytest.fixture
def issuer() -> FakeIssuer:
    return FakeIssuer(lambda: NOW)


def brought(issuer: FakeIssuer, question: IssuerQuestion) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(issuer.answer(question.address)).query))


def read(
    client: OpenIdIssuer, question: IssuerQuestion, answer: dict[str, str], *, now: dt.datetime = NOW
) -> IssuerIdentity:
    return client.read_answer(question=question, answer=answer, return_address=RETURN, now=now)


def go_there_and_back(issuer: FakeIssuer, *, now: dt.datetime = NOW) -> IssuerIdentity:
    client = issuer.client()
    question = client.ask(return_address=RETURN)
    return read(client, question, brought(issuer, question), now=now)


@pytest.mark.parametrize(("key", "algorithm"), [(rsa_key("first"), "RS256"), (ec_key("second"), "ES256")])
def test_a_signed_answer_to_our_own_question_names_somebody(issuer: FakeIssuer, key: object, algorithm: str) -> None:
    issuer.key, issuer.algorithm = key, algorithm  # type: ignore[assignment]

    assert go_there_and_back(issuer) == IssuerIdentity(MAIL, is_email_verified=True, has_second_factor=False)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "of another question"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"iss": "https://other.example"}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": ["onecall", "another-client"]}, "azp"),
        ({"azp": "another-client"}, "azp"),
        ({"exp": int(NOW.timestamp()) - 61}, "expired"),
        ({"iat": int(NOW.timestamp()) + 600}, "iat|issued"),
        ({"exp": None}, "exp"),
        ({"sub": None}, "sub"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
    ],
)
def test_a_token_that_is_not_for_us_now_and_this_question_is_refused(
    issuer: FakeIssuer, claims: dict[str, object], reason: str
) -> None:
    issuer.claims |= claims

    with pytest.raises(IssuerAnswerRefused, match=reason):
        go_there_and_back(issuer)


def test_a_token_signed_by_somebody_elses_key_is_refused(issuer: FakeIssuer) -> None:
    forged = rsa_key("forged").as_dict(private=True) | {"kid": "first"}
    issuer.key = type(rsa_key("first")).import_key(forged)

    with pytest.raises(IssuerAnswerRefused, match="BadSignature"):
        go_there_and_back(issuer)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_nobody_signed_or_signed_with_what_everybody_knows_is_refused(
    issuer: FakeIssuer, algorithm: str
) -> None:
    issuer.algorithm = algorithm

    with pytest.raises(IssuerAnswerRefused, match="UnsupportedAlgorithm"):
        go_there_and_back(issuer)


def test_an_answer_to_another_question_is_refused_before_the_issuer_is_asked(issuer: FakeIssuer) -> None:
    client = issuer.client()
    mine, other = (client.ask(return_address=RETURN) for _ in range(2))
    answer = brought(issuer, mine)

    with pytest.raises(IssuerAnswerRefused, match="state"):
        read(client, other, answer)
    with pytest.raises(IssuerAnswerRefused, match="state"):
        read(client, mine, {"code": answer["code"]})
    with pytest.raises(IssuerAnswerRefused, match="issuer"):
        read(client, mine, {**answer, "iss": "https://other.example"})
    with pytest.raises(IssuerAnswerRefused, match="access_denied"):
        read(client, mine, {"state": mine.state, "error": "access_denied"})
    assert "token" not in issuer.asked


def test_a_stolen_code_is_worth_nothing_without_its_verifier_and_once_used(issuer: FakeIssuer) -> None:
    client = issuer.client()
    victim, thief = (client.ask(return_address=RETURN) for _ in range(2))
    stolen = brought(issuer, victim)["code"]

    with pytest.raises(IssuerAnswerRefused, match="invalid_grant"):
        read(client, thief, {"state": thief.state, "code": stolen})
    with pytest.raises(IssuerAnswerRefused, match="invalid_grant"):
        read(client, victim, {"state": victim.state, "code": stolen})


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"email_verified": False}, (False, False)),
        ({"email_verified": None}, (False, False)),
        ({"email_verified": "true"}, (False, False)),
        ({"amr": ["pwd", "otp", "mfa"]}, (True, True)),
        ({"amr": ["pwd"]}, (True, False)),
    ],
)
def test_only_a_plain_yes_counts(issuer: FakeIssuer, claims: dict[str, object], expected: tuple[bool, bool]) -> None:
    issuer.claims |= claims

    named = go_there_and_back(issuer)

    assert (named.is_email_verified, named.has_second_factor) == expected


def test_an_address_that_is_not_in_the_token_is_asked_for_and_only_of_the_same_person(issuer: FakeIssuer) -> None:
    issuer.claims = {"email": None, "email_verified": None}
    nothing = go_there_and_back(issuer)
    issuer.person |= {"email": MAIL, "email_verified": True}
    somebody = go_there_and_back(issuer)
    issuer.person["sub"] = "43"

    assert (nothing.email, nothing.is_email_verified) == ("", False)
    assert (somebody.email, somebody.is_email_verified) == (MAIL, True)
    with pytest.raises(IssuerAnswerRefused, match="another person"):
        go_there_and_back(issuer)


@pytest.mark.parametrize("endpoint", ["list", "moved", "nothing-there"])
def test_nonsense_behind_the_code_is_an_issuer_that_is_down(issuer: FakeIssuer, endpoint: str) -> None:
    issuer.claims = {"email": None}
    issuer.metadata["userinfo_endpoint"] = f"{ISSUER}/{endpoint}"
    with pytest.raises(IssuerDown):
        go_there_and_back(issuer)

    issuer.metadata["token_endpoint"] = f"{ISSUER}/{endpoint}"
    with pytest.raises(IssuerDown):
        go_there_and_back(issuer)


def test_what_the_issuer_says_of_itself_is_kept_for_an_hour_and_a_new_key_is_found_at_once(issuer: FakeIssuer) -> None:
    seconds = [0.0]
    client = issuer.client(seconds=lambda: seconds[0])
    for _ in range(3):
        question = client.ask(return_address=RETURN)
    kept = issuer.asked.count("metadata")
    issuer.key = rsa_key("third")
    issuer.published = [rsa_key("third")]

    named = read(client, question, brought(issuer, question))
    found = issuer.asked.count("metadata")
    seconds[0] = KEPT_SECONDS + 1
    client.ask(return_address=RETURN)

    assert (kept, named.email, found, issuer.asked.count("metadata")) == (1, MAIL, 2, 3)


def test_an_issuer_that_is_down_is_not_waited_for_by_everybody(issuer: FakeIssuer) -> None:
    seconds = [0.0]
    client = issuer.client(seconds=lambda: seconds[0])
    issuer.is_down = True
    for _ in range(2):
        with pytest.raises(IssuerDown):
            client.ask(return_address=RETURN)
    tries = len(issuer.asked)
    issuer.is_down, seconds[0] = False, QUIET_SECONDS + 1
    question = client.ask(return_address=RETURN)
    answer = brought(issuer, question)
    issuer.is_down = True

    with pytest.raises(IssuerDown, match="behind the code"):
        read(client, question, answer)
    assert tries == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://id.example/token"},
        {"jwks_uri": "https://id.example/nothing-there"},
        {"jwks_uri": f"{ISSUER}/moved"},
        {"jwks_uri": f"{ISSUER}/list"},
        {"token_endpoint": None},
    ],
)
def test_an_issuer_that_describes_itself_as_it_should_not_is_not_asked(
    issuer: FakeIssuer, metadata: dict[str, object]
) -> None:
    issuer.metadata |= metadata

    with pytest.raises(IssuerDown, match="discovery"):
        issuer.client().ask(return_address=RETURN)
