"""A receipt and a technician's text reach Twilio and not us: its own records bring them in (rule 4, D10)."""

from sqlalchemy import select

from models import InboundMessage, Message
from policies.message_states import MessageState
from simulator.messages import Sms
from tests.databases import ON_SQLITE_ALONE
from tests.town import HOUSEHOLDS, Town

WANG = HOUSEHOLDS[0].phone


@ON_SQLITE_ALONE
def test_what_twilio_has_on_record_is_taken_in_though_no_webhook_came(town: Town) -> None:
    town.exchange.callbacks.hold()
    call = town.phone(WANG).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2", "3"):
        call.press(key)
    call.hang_up()
    town.tick("send_messages")
    town.exchange.callbacks.release(order=[])
    at = town.clock.now()
    lost = Sms(town.exchange.sids.new("SM"), WANG, town.hotline.number, "门禁1234", "inbound", at, "received")
    town.exchange.messages.messages.append(lost)

    town.wait(16)

    with town.services.database.reading() as session:
        assert session.scalars(select(Message.state).where(Message.to_number == WANG)).first() is MessageState.DELIVERED
        text = session.scalars(select(InboundMessage)).one()
        assert (text.body, text.is_waiting) == ("门禁1234", True)
        assert text.request_id is not None
    town.wait(5)
    town.phone(WANG).receives("短信已收到")
    with town.services.database.reading() as session:
        assert len(session.scalars(select(InboundMessage)).all()) == 1
