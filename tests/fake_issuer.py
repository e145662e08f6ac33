"""An OpenID Connect issuer of our own, with real keys: it answers as one should, or lies as it is told to."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from werkzeug.test import Client

from integrations.openid_issuer import OpenIdIssuer
from simulator.in_process import WsgiAdapter

REALM = "/realms/office"
ISSUER = f"https://id.example{REALM}"
CLIENT_ID = "onecall"
CLIENT_SECRET = "the secret: of two"
MAIL = "li@office.example"


@cache
def rsa_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name})


@cache
def ec_key(name: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": name})


def _forge(header: dict[str, Any], claims: dict[str, Any], known_to_all: bytes) -> str:
    """Return a token as no decent library makes one: not signed, or with the public key for a secret."""
    parts = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    signature = b"" if header["alg"] == "none" else hmac.digest(known_to_all, parts.encode(), "sha256")
    return f"{parts}.{_base64(signature)}"


def _base64(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


class FakeIssuer:
    """`claims` go into ID tokens beside what belongs there, or in its place; None takes one out."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        self.now = now
        self.claims: dict[str, Any] = {"email": MAIL, "email_verified": True}
        self.person: dict[str, Any] = {"sub": "42"}
        self.key: RSAKey | ECKey = rsa_key("first")
        self.algorithm = "RS256"
        self.published: list[RSAKey | ECKey] = [rsa_key("first"), ec_key("second")]
        self.metadata: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
            "jwks_uri": f"{ISSUER}/keys",
        }
        self.is_down = False
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.app = self._make_app()

    def client(self, **more: Any) -> OpenIdIssuer:  # noqa: ANN401 (what OpenIdIssuer takes)
        adapter = WsgiAdapter(self.app)
        return OpenIdIssuer(ISSUER, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, adapter=adapter, **more)

    def answer(self, address: str) -> str:
        """Do what a browser does that is sent to `address`, and somebody signs in there; return where it goes then."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/authorize"
        return Client(self.app).get(parts.path, query_string=parts.query).headers["Location"]

    def _make_app(self) -> Flask:
        app = Flask("issuer")
        app.before_request(self._note)
        app.get(f"{REALM}/.well-known/openid-configuration", endpoint="metadata")(lambda: self.metadata)
        app.get(f"{REALM}/keys", endpoint="keys")(self._keys)
        app.get(f"{REALM}/authorize", endpoint="authorize")(self._authorize)
        app.post(f"{REALM}/token", endpoint="token")(self._token)
        app.get(f"{REALM}/userinfo", endpoint="userinfo")(self._userinfo)
        app.route(f"{REALM}/moved", endpoint="moved", methods=["GET", "POST"])(lambda: redirect(f"{ISSUER}/keys", 307))
        app.route(f"{REALM}/list", endpoint="list", methods=["GET", "POST"])(lambda: ["no object"])
        return app

    def _note(self) -> None:
        self.asked.append(str(request.endpoint))
        if self.is_down:
            raise requests.ConnectionError("no route")

    def _keys(self) -> Any:  # noqa: ANN401 (a JSON document)
        return KeySet([*self.published]).as_dict(private=False)

    def _authorize(self) -> ResponseReturnValue:
        asked = dict(parse_qsl(request.query_string.decode(), strict_parsing=True))
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert (asked["code_challenge_method"], set(asked["scope"].split())) == ("S256", {"openid", "email"})
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': ISSUER})}")

    def _token(self) -> ResponseReturnValue:
        asked = self._codes.pop(request.form["code"], None)
        known = request.authorization
        if known is None or (known.username, known.password) != (CLIENT_ID, CLIENT_SECRET):
            return {"error": "invalid_client"}, 401
        challenge = _base64(hashlib.sha256(request.form["code_verifier"].encode()).digest())
        fits = asked is not None and (asked["code_challenge"], asked["redirect_uri"]) == (
            challenge,
            request.form["redirect_uri"],
        )
        if asked is None or not fits:
            return {"error": "invalid_grant"}, 400
        return {"access_token": "opens userinfo", "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])}

    def _id_token(self, nonce: str) -> str:
        at = int(self.now().timestamp())
        usual = {"iss": ISSUER, "aud": CLIENT_ID, "sub": "42", "iat": at, "exp": at + 300, "nonce": nonce}
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid or ""}
        if self.algorithm in {"none", "HS256"}:
            return _forge(header, claims, rsa_key("first").as_pem(private=False))
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])

    def _userinfo(self) -> ResponseReturnValue:
        assert request.headers["Authorization"] == "Bearer opens userinfo"
        return self.person
