"""E-mail through an SMTP server, as a MessageProvider."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
import time
from collections.abc import Set as AbstractSet
from email.message import EmailMessage
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from outbox.sender import SendRefused, SendUncertain

TIMEOUT_SECONDS = 20.0
WHOLE_SECONDS = 60.0
MOST_BYTES = 64 * 2**10
"""More than any server says in one conversation."""
PERMANENT = range(500, 600)


class SmtpMail:
    """Sends one e-mail at a time. The first line of a body is its subject, what follows the empty line its text.

    The address is `smtp://` (upgraded to TLS where the server can) or `smtps://user:password@host:port`. The
    Message-ID is made of our own reference: whoever gets an e-mail twice after a lost answer sees one.
    """

    def __init__(self, url: str, *, domain: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "localhost", parts.port
        self._is_tls = parts.scheme == "smtps"
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._domain = domain
        self._from = self._user if "@" in self._user else f"service@{domain}"

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        """Hand one e-mail over and return its Message-ID; raise SendRefused or SendUncertain."""
        message = self._compose(to_number, body, reference)
        try:
            server = self._open()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise SendRefused(f"no connection: {error}", is_permanent=False) from error
        try:
            with server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise SendRefused(f"{codes}: recipient refused", is_permanent=min(codes) in PERMANENT) from error
        except smtplib.SMTPResponseException as error:
            raise SendRefused(str(error), is_permanent=error.smtp_code in PERMANENT) from error
        except (OSError, smtplib.SMTPException) as error:
            raise SendUncertain(str(error)) from error
        return str(message["Message-ID"])

    def find_sent(self, *, to_number: str, body: str, since: dt.datetime, other_than: AbstractSet[str]) -> str | None:  # noqa: ARG002
        """Return None: SMTP cannot be asked. Sending again is harmless, because the Message-ID is the same."""
        return None

    def _compose(self, to_address: str, body: str, reference: str) -> EmailMessage:
        subject, _, text = body.partition("\n\n")
        message = EmailMessage()
        message["From"], message["To"] = self._from, to_address
        message["Subject"] = " ".join(subject.split())
        message["Message-ID"] = f"<onecall.{reference}@{self._domain}>"
        # So that vacation notices do not answer us, nor we them.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text or subject)
        return message

    def _open(self) -> smtplib.SMTP:
        if self._is_tls:
            context = ssl.create_default_context()
            server: smtplib.SMTP = _BoundedSmtpOverTls(
                self._host, self._port or 465, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = _BoundedSmtp(self._host, self._port or 25, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
        if self._user:
            server.login(self._user, self._password)
        return server


class _BoundedLines:
    """What a server says, up to an end: a number of bytes, and an instant of time.monotonic()."""

    def __init__(self, lines: BinaryIO, *, until: float) -> None:
        self._lines, self._until, self._left = lines, until, MOST_BYTES

    def readline(self, size: int) -> bytes:
        """Return the next line; OSError, as of a broken connection, when the server does not come to an end."""
        line = self._lines.readline(min(size, self._left + 1))
        self._left -= len(line)
        if self._left < 0 or time.monotonic() > self._until:
            raise OSError("the server does not come to an end")
        return line

    def close(self) -> None:
        self._lines.close()


class _BoundedSmtp(smtplib.SMTP):
    """Reads no more than a server has to say: a reply may go on for ever, line by line."""

    file: _BoundedLines | None

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _BoundedLines(self.sock.makefile("rb"), until=time.monotonic() + WHOLE_SECONDS)
        return super().getreply()


class _BoundedSmtpOverTls(_BoundedSmtp, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""
