"""Messages in the outbox."""

import datetime as dt

from sqlalchemy.orm import Session

from models import Message
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_purposes import TURN, MessagePurpose
from policies.message_states import MessageState
from tests.factories.instants import NIGHT, hours
from tests.factories.numbers import next_number


def make_message(
    session: Session,
    *,
    created_at: dt.datetime = NIGHT,
    not_before_at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
    state: MessageState = MessageState.PENDING,
    to_number: str = "+8613800000001",
    body: str = "",
    purpose: MessagePurpose = MessagePurpose.SERVICE,
    channel: MessageChannel = MessageChannel.SMS,
    time_zone: str | None = None,
) -> Message:
    number = next_number()
    message = Message(
        business_key=f"event{number}|customer:1|visit_completed.1",
        to_number=to_number,
        recipient="customer:1",
        language=Language.ZH,
        template="visit_completed",
        template_version=1,
        values={},
        purpose=purpose,
        turn=TURN[purpose],
        channel=channel,
        time_zone=time_zone,
        body=body or f"第{number}条",
        state=state,
        created_at=created_at,
        not_before_at=not_before_at or created_at,
        expires_at=expires_at or created_at + hours(12),
        attempts=0,
    )
    session.add(message)
    session.flush()
    return message
