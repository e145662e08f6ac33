"""E-mail through an SMTP server, as a MessageProvider."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
from collections.abc import Set as AbstractSet
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from outbox.sender import SendRefused, SendUncertain

TIMEOUT_SECONDS = 20.0
PERMANENT = 500


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
        except (OSError, smtplib.SMTPException) as error:
            raise SendRefused(f"no connection: {error}", is_permanent=False) from error
        try:
            with server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise SendRefused(f"{codes}: recipient refused", is_permanent=min(codes) >= PERMANENT) from error
        except smtplib.SMTPResponseException as error:
            raise SendRefused(str(error), is_permanent=error.smtp_code >= PERMANENT) from error
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
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port or 465, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port or 25, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
        if self._user:
            server.login(self._user, self._password)
        return server
