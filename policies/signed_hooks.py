"""Who may send us messages over HTTP: whoever knows the shared secret, now and not last week (S2)."""

from __future__ import annotations

import hashlib
import hmac

LONGEST_AGE_SECONDS = 300


def sign_hook(*, secret: str, sent_at: str, body: bytes) -> str:
    """Return the signature of a body sent at `sent_at` (seconds since 1970, as decimal digits): HMAC-SHA256 in hex."""
    return hmac.new(secret.encode(), sent_at.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed_hook(*, secret: str, sent_at: str, body: bytes, signature: str, now_seconds: float) -> bool:
    """Tell whether a body carries its signature and is not older, or from further ahead, than five minutes."""
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= len("9999999999")):
        return False
    is_fresh = abs(now_seconds - int(sent_at)) <= LONGEST_AGE_SECONDS
    expected = sign_hook(secret=secret, sent_at=sent_at, body=body)
    return is_fresh and hmac.compare_digest(expected.encode(), signature.encode())
