"""Secrets that we must read again are kept sealed: who has the database or a backup of it does not have them (S2)."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"onecall sealed secrets 1"
MARK = "sealed:"
LONGEST_SEALED = 300


class SealBroken(ValueError):
    """A secret was sealed with another SECRET_KEY, or somebody changed it."""


class Seal:
    """Seals and opens secrets with a key that is made of SECRET_KEY and used for nothing else."""

    def __init__(self, secret_key: str) -> None:
        made = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(made))

    def __repr__(self) -> str:
        return "Seal(…)"

    def close(self, secret: str) -> str:
        """Return what is stored of a secret."""
        return MARK + self._fernet.encrypt(secret.encode()).decode()

    def open(self, stored: str) -> str:
        """Return the secret, also one from before there were seals; raises SealBroken."""
        if not is_sealed(stored):
            return stored
        try:
            return self._fernet.decrypt(stored.removeprefix(MARK)).decode()
        except InvalidToken as error:
            raise SealBroken from error


def is_sealed(stored: str) -> bool:
    """Tell a sealed secret from one that was stored before there were seals."""
    return stored.startswith(MARK)
