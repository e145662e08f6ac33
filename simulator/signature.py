"""X-Twilio-Signature, written from Twilio's description and proven by its published example."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit


def sign(url: str, form: Mapping[str, str], auth_token: str) -> str:
    """Return the signature of a request: HMAC-SHA1 over the URL, then names and values in the names' Unix order."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def find_signed_url(url: str, *, is_voice: bool) -> str:
    """Return the part of a webhook's URL that Twilio signs.

    Never the fragment (it holds connection settings) nor user and password; voice over HTTPS drops the port too.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if is_voice and parts.scheme == "https" and parts.port is not None:
        host = host.rpartition(":")[0]
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
