"""Asks an OpenID Connect issuer who somebody is: discovery, code flow with PKCE, signed ID token (T3, S2).

Authlib speaks OAuth 2.0 and checks the token's claims, joserfc checks its signature. What an issuer says of itself is
kept for an hour; a key nobody has heard of is asked for at once.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests.adapters import BaseAdapter

from integrations.outside_answers import NONSENSE, BoundedAdapter, parse_object
from operations.clients.issuer_client import IssuerAnswerRefused, IssuerDown, IssuerIdentity, IssuerQuestion

TIMEOUT_SECONDS = (3.0, 7.0)
"""To connect, and to answer."""
KEPT_SECONDS = 3600.0
QUIET_SECONDS = 10.0
"""So long after a failure nobody waits for the issuer again."""
LEEWAY_SECONDS = 60
"""So far may two clocks be apart."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Keys in pairs only: whoever knows what is public must not be able to sign."""
DISCOVERY = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
BASIC = "client_secret_basic"
MULTIPLE_FACTORS = "mfa"
"""RFC 8176's word in `amr` for more than one factor."""


@dataclass(frozen=True, slots=True)
class _Description:
    """What an issuer says of itself, and the keys it signs with."""

    metadata: Mapping[str, Any]
    keys: KeySet
    read_at_seconds: float


class OpenIdIssuer:
    """One issuer, at which OneCall is registered as a confidential client. `address` is its identifier, exactly."""

    def __init__(
        self,
        address: str,
        *,
        client_id: str,
        client_secret: str,
        name: str | None = None,
        adapter: BaseAdapter | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name or urlsplit(address).hostname or address
        self._address = address
        self._client_id = client_id
        self._client_secret = client_secret
        self._adapter = adapter or BoundedAdapter()
        self._seconds = seconds
        self._description: _Description | None = None
        self._quiet_until_seconds = 0.0

    def ask(self, *, return_address: str) -> IssuerQuestion:
        """Return a new question with secrets of its own."""
        metadata = self._describe().metadata
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        address, _ = self._client(metadata).create_authorization_url(
            metadata["authorization_endpoint"],
            state=state,
            nonce=nonce,
            code_verifier=verifier,
            redirect_uri=return_address,
        )
        return IssuerQuestion(address, state, nonce, verifier)

    def read_answer(
        self, *, question: IssuerQuestion, answer: Mapping[str, str], return_address: str, now: dt.datetime
    ) -> IssuerIdentity:
        """Exchange the code for a signed ID token and check everything about it."""
        code = self._read_code(question, answer)
        metadata = self._describe().metadata
        client = self._client(metadata)
        try:
            token = client.fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=question.verifier,
                redirect_uri=return_address,
            )
            claims = self._read_id_token(token, question.nonce, now)
            person = claims if "email" in claims else _ask_about(client, metadata, claims["sub"])
        except (AuthlibBaseError, JoseError) as error:
            raise IssuerAnswerRefused(f"{type(error).__name__}: {error}") from error
        except (requests.RequestException, *NONSENSE) as error:
            raise IssuerDown(f"{type(error).__name__} behind the code: {error}") from error
        return IssuerIdentity(
            email=str(person.get("email", "")),
            is_email_verified=person.get("email_verified") is True,
            has_second_factor=MULTIPLE_FACTORS in (claims.get("amr") or ()),
        )

    def _read_code(self, question: IssuerQuestion, answer: Mapping[str, str]) -> str:
        if not hmac.compare_digest(question.state.encode(), answer.get("state", "").encode()):
            raise IssuerAnswerRefused("state")
        if answer.get("iss", self._address) != self._address:  # RFC 9207: somebody else's answer
            raise IssuerAnswerRefused("issuer")
        if not answer.get("code"):
            raise IssuerAnswerRefused(f"no code: {answer.get('error', '')[:60]}")
        return answer["code"]

    def _read_id_token(self, token: Mapping[str, Any], nonce: str, now: dt.datetime) -> CodeIDToken:
        signed = str(token.get("id_token", ""))
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        try:
            decoded = jwt.decode(signed, self._describe().keys, registry=registry)
        except InvalidKeyIdError:
            decoded = jwt.decode(signed, self._describe(is_anew=True).keys, registry=registry)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": self._address},
                "aud": {"essential": True, "value": self._client_id},
            },
            {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        return claims

    def _describe(self, *, is_anew: bool = False) -> _Description:
        """Return what the issuer says of itself; after a failure nobody waits for it again for some seconds."""
        at, known = self._seconds(), self._description
        if known is not None and not is_anew and at - known.read_at_seconds < KEPT_SECONDS:
            return known
        if at < self._quiet_until_seconds:
            raise IssuerDown("it was down a moment ago")
        try:
            self._description = self._discover(at)
        except (requests.RequestException, JoseError, *NONSENSE) as error:
            self._quiet_until_seconds = at + QUIET_SECONDS
            raise IssuerDown(f"{type(error).__name__} at discovery: {error}") from error
        return self._description

    def _discover(self, at: float) -> _Description:
        client = self._client({})
        metadata = _get(client, self._address.rstrip("/") + DISCOVERY)
        if metadata["issuer"] != self._address:
            raise ValueError(f"it calls itself {metadata['issuer']}")
        for endpoint in ENDPOINTS:
            if urlsplit(metadata[endpoint]).scheme != "https":
                raise ValueError(f"{endpoint} is not encrypted")
        if not isinstance(metadata.get("token_endpoint_auth_methods_supported", []), list):
            raise ValueError("token_endpoint_auth_methods_supported is no list")  # noqa: TRY004 (what they said)
        keys = KeySet.import_key_set(_get(client, metadata["jwks_uri"]))  # type: ignore[arg-type]
        return _Description(metadata, keys, at)

    def _client(self, metadata: Mapping[str, Any]) -> OAuth2Session:
        """Return a client for one conversation: no redirect is followed, nothing but https is spoken."""
        methods = metadata.get("token_endpoint_auth_methods_supported") or [BASIC]
        client = OAuth2Session(
            self._client_id,
            self._client_secret,
            scope="openid email",
            code_challenge_method="S256",
            token_endpoint_auth_method=BASIC if BASIC in methods else "client_secret_post",
            default_timeout=TIMEOUT_SECONDS,
        )
        client.max_redirects = 0
        client.adapters.clear()
        client.mount("https://", self._adapter)
        return client


def _ask_about(client: OAuth2Session, metadata: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
    """Return what the issuer tells of the person apart from the ID token, where it leaves the address out of that."""
    if not metadata.get("userinfo_endpoint"):
        return {}
    person = _get(client, metadata["userinfo_endpoint"], withhold_token=False)
    if person.get("sub") != subject:
        raise IssuerAnswerRefused("told of another person")
    return person


def _get(client: OAuth2Session, address: str, *, withhold_token: bool = True) -> Mapping[str, Any]:
    answer = client.get(address, withhold_token=withhold_token)
    answer.raise_for_status()
    return parse_object(answer.content)
