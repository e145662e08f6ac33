"""Take in what came into our mailbox: each e-mail stored before it counts as read (H16)."""

from __future__ import annotations

from dataclasses import replace

import structlog

from operations.clients.mailbox import NewMail, OpenMailbox
from operations.clients.services import Services
from operations.inbox.inbound_letters import arrive_by_mail, take_letter
from policies.letters import LARGEST_BYTES, LetterUnreadable, read_letter

MOST_PER_RUN = 50
log = structlog.get_logger()


def read_mail(services: Services) -> int:
    """Take in what is new in the mailbox, if there is one, and return how many e-mails that was.

    Whoever is killed in between finds the e-mail new again, and its Message-ID taken: it is stored once.
    """
    if services.mailbox is None:
        return 0
    with services.mailbox.open() as mailbox:
        found = mailbox.list_new(limit=MOST_PER_RUN)
        for mail in found:
            _take(services, mailbox, mail)
    return len(found)


def _take(services: Services, mailbox: OpenMailbox, mail: NewMail) -> None:
    """Of an e-mail that is too large only the head is taken: who wrote about what; the rest stays in the mailbox."""
    is_large = mail.size_bytes > LARGEST_BYTES
    try:
        letter = read_letter(mailbox.fetch_head(mail) if is_large else mailbox.fetch(mail))
    except LetterUnreadable as trouble:
        log.warning("e-mail set aside", uid=mail.uid, error=str(trouble))
        mailbox.set_aside(mail)
        return
    arrived = arrive_by_mail(letter, files=services.files)
    if is_large:
        arrived = replace(arrived, left_out=1)
    with services.database.writing() as session:
        take_letter(session, arrived=arrived, house=services.house, now=services.now())
    if is_large:
        mailbox.set_aside(mail)
    else:
        mailbox.mark_taken(mail)
