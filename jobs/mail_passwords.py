"""Send password links to those who asked for them (S2)."""

from __future__ import annotations

from operations.clients.services import Services
from operations.people.password_mails import list_due_mails, record_posted, write_letter
from outbox.sender import SendRefused, SendUncertain
from policies.message_channels import MessageChannel


def mail_passwords(services: Services) -> int:
    """Mail what is due, each with no transaction open; return how many the mail server took."""
    provider = services.providers.get(MessageChannel.EMAIL)
    if provider is None:
        return 0
    with services.database.reading() as session:
        due = list_due_mails(session, now=services.now())
    taken = 0
    for mail_id in due:
        with services.database.writing() as session:
            letter = write_letter(session, mail_id=mail_id, house=services.house, now=services.now())
        if letter is None:
            continue
        trouble: SendRefused | SendUncertain | None = None
        try:
            provider.send(to_number=letter.to_address, body=letter.body, reference=letter.reference)
        except (SendRefused, SendUncertain) as error:
            trouble = error
        with services.database.writing() as session:
            record_posted(session, letter=letter, trouble=trouble, now=services.now())
        taken += trouble is None
    return taken
