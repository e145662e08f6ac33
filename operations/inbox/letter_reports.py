"""A fault reported by e-mail or chat: a request opened by what it says, or a question back (H4, H16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Asset, FaultCategory, InboundMessage, ServiceRequest
from operations.aftercare.customer_page import find_own_asset
from operations.aftercare.own_requests import find_recent_request
from operations.foundation.guesses import count_guess
from operations.foundation.house import House
from operations.foundation.inbound_rows import recipient_of
from operations.foundation.links import make_request_link
from operations.matters.requests import open_request
from operations.messages.letter_files import hand_files_over
from operations.telephone.call_backs import promise_call_about
from outbox.enqueue import enqueue_message
from outbox.words import load_words
from policies.call_backs import CallBackReason
from policies.channels import Channel
from policies.languages import Language
from policies.letter_reports import MissingDetail, WrittenReport, is_report, match_fault, read_written_report
from policies.letters import reply_subject
from policies.message_channels import MessageChannel
from policies.request_states import RequestState

CHANNELS = {MessageChannel.EMAIL: Channel.EMAIL, MessageChannel.CHAT: Channel.CHAT}
TOLD_WITHIN = dt.timedelta(days=3)
"""What somebody wrote before so long belongs to what they write now."""
REPORTS_PER_DAY = 10
DAY_MINUTES = 24 * 60
LONGEST_NOTE = 500
ANSWER_EXPIRES = dt.timedelta(hours=12)


def speaks_of_a_fault(session: Session, *, letter: InboundMessage, now: dt.datetime) -> bool:
    """Tell whether somebody reports a fault, in either language, with this letter or with one shortly before it."""
    words = [word for language in Language for word in load_words(language)["report_words"]]
    return is_report(_words_of(_list_told(session, letter, now)), words)


def take_written_report(
    session: Session, *, letter: InboundMessage, language: Language, house: House, now: dt.datetime
) -> ServiceRequest | None:
    """Open the request somebody reports in writing, or ask for what is missing in the same thread and return None.

    A serial and the telephone its customer has with us are the proof, as on the web form; several letters of one
    sender are read together. A machine with an open request is not reported twice: its request is returned. Whoever
    tries more than ten times a day is left to a person.
    """
    told = _list_told(session, letter, now)
    report = read_written_report(_words_of(told))
    if report.missing:
        _ask(session, letter, report.missing, language, house, now)
        return None
    tries = count_guess(session, scope="letter_report", key=letter.from_number, window_minutes=DAY_MINUTES, now=now)
    own = _find_own(session, report) if tries <= REPORTS_PER_DAY else None
    if own is None:
        _ask(session, letter, (MissingDetail.OWN,), language, house, now)
        return None
    asset, phone = own
    request = _find_open(session, asset) or _open(session, letter, asset, phone, told, language, now)
    for one in told:
        one.request_id, one.customer_id = request.id, request.customer_id
    session.flush()
    hand_files_over(session, letters=told, request_id=request.id)
    _confirm(session, letter, request, language, house, now)
    return request


def _list_told(session: Session, letter: InboundMessage, now: dt.datetime) -> Sequence[InboundMessage]:
    """Return what this sender wrote lately that belongs to no matter yet, the letter itself at the end."""
    return session.scalars(
        select(InboundMessage)
        .where(
            InboundMessage.channel == letter.channel,
            InboundMessage.from_number == letter.from_number,
            InboundMessage.request_id.is_(None),
            InboundMessage.received_at > now - TOLD_WITHIN,
            InboundMessage.id <= letter.id,
        )
        .order_by(InboundMessage.id)
    ).all()


def _words_of(told: Sequence[InboundMessage]) -> str:
    return "\n".join(f"{one.subject or ''}\n{one.body}" for one in told)


def _find_own(session: Session, report: WrittenReport) -> tuple[Asset, str] | None:
    for serial in report.serials:
        for phone in report.phones:
            asset = find_own_asset(session, serial=serial, phone=phone)
            if asset is not None:
                return asset, phone
    return None


def _find_open(session: Session, asset: Asset) -> ServiceRequest | None:
    return session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.asset_id == asset.id, ServiceRequest.state != RequestState.CLOSED)
        .order_by(ServiceRequest.id.desc())
        .limit(1)
    ).one_or_none()


def _open(
    session: Session,
    letter: InboundMessage,
    asset: Asset,
    phone: str,
    told: Sequence[InboundMessage],
    language: Language,
    now: dt.datetime,
) -> ServiceRequest:
    """Open the request with the fault the words name; where they name none, or no window can be chosen, we call."""
    family = asset.product.family
    offered = select(FaultCategory).where(FaultCategory.family == family, FaultCategory.is_active.is_(True))
    faults = session.scalars(offered).all()
    named = match_fault(_words_of(told), [(one.name, one.name_en) for one in faults])
    channel = CHANNELS[letter.channel]
    request = open_request(
        session,
        channel=channel,
        language=language,
        # The clock starts with the words that made the report whole.
        opened_at=now,
        now=now,
        answered_by=channel,
        contact_phone=phone,
        asset=asset,
        fault_category=faults[named] if named is not None else None,
        note=letter.body[:LONGEST_NOTE],
        repeat_of=find_recent_request(session, asset=asset, now=now),
    )
    if named is None or request.area_id is None:
        promise_call_about(session, request=request, reason=CallBackReason.MESSAGE, now=now)
    return request


def _confirm(
    session: Session,
    letter: InboundMessage,
    request: ServiceRequest,
    language: Language,
    house: House,
    now: dt.datetime,
) -> None:
    values = {"number": request.number, "link": make_request_link(session, request=request, house=house, now=now)}
    _answer(session, letter, "letter_reported", values, language, house, now, request_id=request.id)


def _ask(
    session: Session,
    letter: InboundMessage,
    missing: Sequence[MissingDetail],
    language: Language,
    house: House,
    now: dt.datetime,
) -> None:
    words = load_words(language)
    asked = words["list_separator"].join(words["missing_details"][detail] for detail in missing)
    _answer(session, letter, "letter_question", {"missing": asked}, language, house, now)


def _answer(
    session: Session,
    letter: InboundMessage,
    template: str,
    values: Mapping[str, object],
    language: Language,
    house: House,
    now: dt.datetime,
    *,
    request_id: int | None = None,
) -> None:
    enqueue_message(
        session,
        event=f"letter:{letter.id}",
        recipient=recipient_of(letter),
        to_number=letter.from_number,
        language=language,
        template=template,
        values={**values, "subject": reply_subject(letter.subject), "hotline": house.hotline_number},
        now=now,
        expires_at=now + ANSWER_EXPIRES,
        request_id=request_id,
        channel=letter.channel,
    )
