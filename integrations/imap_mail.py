"""A mailbox on an IMAP server (H16). It is OneCall's own: what somebody else marks as read is not taken."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import unquote, urlsplit

from integrations.outside_answers import NONSENSE
from operations.clients.mailbox import MailboxDown, NewMail, OpenMailbox
from policies.letters import LARGEST_BYTES

TIMEOUT_SECONDS = 20.0
PORT, TLS_PORT = 143, 993
FOLDER = "INBOX"
MOST_BYTES = LARGEST_BYTES + 2**20
"""What one question may be answered with: an e-mail of the largest size that is fetched whole, and its frame."""
_SIZE = re.compile(rb"UID (\d+).*?RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+).*?UID (\d+)", re.DOTALL)


class ImapMailbox:
    """Reads `imap://` (upgraded to TLS where the server can) or `imaps://user:password@host:port`.

    Messages are named by UID, which stays with them, and read with PEEK, so that one whose taking was interrupted is
    still new the next time.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "localhost", parts.port
        self._is_tls = parts.scheme == "imaps"
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")

    @contextmanager
    def open(self) -> Iterator[OpenMailbox]:
        """Connect, sign in and open the inbox; whatever goes wrong on the way or later raises MailboxDown."""
        try:
            server = self._connect()
            try:
                server.login(self._user, self._password)
                _checked(server.select(FOLDER))
                yield _Inbox(server)
            finally:
                _leave(server)
        except (OSError, imaplib.IMAP4.error) as error:
            raise MailboxDown(f"{self._host}: {error}") from error

    def _connect(self) -> imaplib.IMAP4:
        context = ssl.create_default_context()
        if self._is_tls:
            return _BoundedImapOverTls(self._host, self._port or TLS_PORT, ssl_context=context, timeout=TIMEOUT_SECONDS)
        server = _BoundedImap(self._host, self._port or PORT, timeout=TIMEOUT_SECONDS)
        if "STARTTLS" in server.capabilities:
            server.starttls(context)
        return server


class _Inbox:
    def __init__(self, server: imaplib.IMAP4) -> None:
        self._server = server

    def list_new(self, *, limit: int) -> Sequence[NewMail]:
        """Return what has not been read, the oldest first."""
        with _told_apart():
            (found,) = _checked(self._server.uid("SEARCH", "UNSEEN"))
            uids = sorted(map(int, (found or b"").split()))[:limit]
            if not uids:
                return []
            rows = _checked(self._server.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)"))
            sizes = dict(_sizes(rows))
            return [NewMail(str(uid), sizes[uid]) for uid in uids if uid in sizes]

    def fetch(self, mail: NewMail) -> bytes:
        """Return a whole e-mail."""
        return self._fetch(mail, "BODY.PEEK[]")

    def fetch_head(self, mail: NewMail) -> bytes:
        """Return an e-mail's head."""
        return self._fetch(mail, "BODY.PEEK[HEADER]")

    def mark_taken(self, mail: NewMail) -> None:
        """Mark as read."""
        _checked(self._server.uid("STORE", mail.uid, "+FLAGS.SILENT", r"(\Seen)"))

    def set_aside(self, mail: NewMail) -> None:
        """Mark as read and flagged."""
        _checked(self._server.uid("STORE", mail.uid, "+FLAGS.SILENT", r"(\Seen \Flagged)"))

    def _fetch(self, mail: NewMail, what: str) -> bytes:
        with _told_apart():
            rows = _checked(self._server.uid("FETCH", mail.uid, f"({what})"))
            content = next((row[1] for row in rows if isinstance(row, tuple)), None)
        if content is None:
            raise MailboxDown(f"message {mail.uid} is gone")
        return bytes(content)


class _BoundedImap(imaplib.IMAP4):
    """Reads no more of an answer than one may be long: a server may go on for ever, line by line."""

    _left = MOST_BYTES

    def uid(self, command: str, *args: str) -> tuple[str, list[Any]]:
        """Ask, with a whole answer's room."""
        self._left = MOST_BYTES
        return super().uid(command, *args)

    def read(self, size: int) -> bytes:
        """Read a literal, whose size the server has announced."""
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        """Read a line."""
        line = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort("the server does not come to an end")


class _BoundedImapOverTls(_BoundedImap, imaplib.IMAP4_SSL):
    """The same, encrypted from the first byte."""


@contextmanager
def _told_apart() -> Iterator[None]:
    """Say of an answer nobody can read that the mailbox is down, and not that we are wrong."""
    try:
        yield
    except NONSENSE as error:
        raise MailboxDown(f"an answer nobody can read: {error}") from error


def _leave(server: imaplib.IMAP4) -> None:
    """Say goodbye and close; a server that does not listen any more is left all the same."""
    try:
        server.logout()
    except (OSError, imaplib.IMAP4.error):
        with suppress(OSError):
            server.shutdown()


def _checked(answer: tuple[str, list[Any]]) -> list[Any]:
    status, rows = answer
    if status != "OK":
        raise MailboxDown(f"{status}: {rows}")
    return rows


def _sizes(rows: list[Any]) -> Iterator[tuple[int, int]]:
    for row in rows:
        line = row[0] if isinstance(row, tuple) else row
        if line and (found := _SIZE.search(line)):
            uid, size = (found[1], found[2]) if found[1] else (found[4], found[3])
            yield int(uid), int(size)
