"""What we ask of a mailbox, whatever its server; integrations/imap_mail.py opens one (H16)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


class MailboxDown(RuntimeError):
    """The mail server cannot be reached, does not let us in, or breaks off; the message says which."""


@dataclass(frozen=True, slots=True)
class NewMail:
    """An e-mail nobody has taken yet, by the server's name for it."""

    uid: str
    size_bytes: int


class OpenMailbox(Protocol):
    """A mailbox with a connection; everything may raise MailboxDown."""

    def list_new(self, *, limit: int) -> Sequence[NewMail]:
        """Return what has not been taken, the oldest first."""
        ...

    def fetch(self, mail: NewMail) -> bytes:
        """Return a whole e-mail; it stays new."""
        ...

    def fetch_head(self, mail: NewMail) -> bytes:
        """Return an e-mail without its body; it stays new."""
        ...

    def mark_taken(self, mail: NewMail) -> None:
        """Make it old: call it when what it says is stored."""
        ...

    def set_aside(self, mail: NewMail) -> None:
        """Make it old and flag it for a person: it is no e-mail we can read."""
        ...


class Mailbox(Protocol):
    """A mailbox of ours."""

    def open(self) -> AbstractContextManager[OpenMailbox]:
        """Connect, and disconnect at the end."""
        ...
