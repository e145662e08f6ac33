"""The organisation's signature under its proofs: Ed25519, with the key of PROOF_SIGNING_KEY (K3)."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Signer:
    """Signs with one private key (32 bytes). Each kind of thing signed begins with words of its own."""

    def __init__(self, private_key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)

    def __repr__(self) -> str:
        return f"Signer({self.public_key})"

    @property
    def public_key(self) -> str:
        """The key others check with, in base64: published, and part of every certificate."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, kind: bytes, message: bytes) -> str:
        """Return the signature over `kind` and `message`, in base64."""
        return base64.b64encode(self._key.sign(kind + message)).decode()
