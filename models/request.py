"""One customer matter, and the clocks it starts."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.customer import Asset, Customer, Site
from models.diagnosis import FaultCategory
from models.territory import Area
from policies.channels import Channel
from policies.commitments import CommitmentState
from policies.languages import Language
from policies.priorities import Severity
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason, RequestState


class ServiceRequest(Base):
    """One customer matter (H4). `number` is what people say; knowing it grants nothing.

    `opened_at` is the instant of the call: the clocks start there and are never restarted (D1). `repeat_of` is the
    matter that was thought solved and was not (H17). `tried_visits` counts the visits somebody came for: ended, not
    cancelled; `arrivals` those that somebody said he was on site for, `on_site_seconds` how long they took in all.
    """

    __tablename__ = "service_requests"
    __table_args__ = (
        Index("ix_service_requests_area_state", "area_id", "state"),
        # The reports of half a year are counted from the indexes alone, and where and of what a request is found, too.
        Index("ix_service_requests_of", "id", "area_id", "asset_id"),
        Index("ix_service_requests_opened", "opened_at", "kind", "fault_category_id", "repeat_of_id", "asset_id"),
        Index(
            "ix_service_requests_closed",
            *("closed_at", "kind", "close_reason", "opened_at", "tried_visits", "arrivals", "on_site_seconds", "id"),
        ),
    )
    id: Mapped[id_column]
    number: Mapped[str] = mapped_column(String(8), unique=True)
    area_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("areas.id"))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    site_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("sites.id"), index=True)
    asset_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("assets.id"), index=True)
    fault_category_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("fault_categories.id"))
    kind: Mapped[RequestKind] = mapped_column(
        Word(RequestKind), default=RequestKind.REPAIR, server_default=RequestKind.REPAIR.value
    )
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    contact_phone: Mapped[str | None] = mapped_column(String(20), index=True)
    language: Mapped[Language] = mapped_column(Word(Language))
    severity: Mapped[Severity] = mapped_column(Word(Severity))
    priority: Mapped[int]
    state: Mapped[RequestState] = mapped_column(Word(RequestState))
    close_reason: Mapped[CloseReason | None] = mapped_column(Word(CloseReason))
    note: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    repeat_of_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    tried_visits: Mapped[int] = mapped_column(default=0, server_default="0")
    arrivals: Mapped[int] = mapped_column(default=0, server_default="0")
    on_site_seconds: Mapped[int] = mapped_column(default=0, server_default="0")

    area: Mapped[Area | None] = relationship()
    customer: Mapped[Customer | None] = relationship()
    site: Mapped[Site | None] = relationship()
    asset: Mapped[Asset | None] = relationship()
    fault_category: Mapped[FaultCategory | None] = relationship()
    repeat_of: Mapped[ServiceRequest | None] = relationship(remote_side="ServiceRequest.id")
    commitments: Mapped[list[Commitment]] = relationship(order_by="Commitment.deadline_at")

    @property
    def time_zone(self) -> str:
        """The zone in which its times are said: the site's, the area's while no site is known, or UTC."""
        place = self.site or self.area
        return place.time_zone if place else "UTC"


class Commitment(Base):
    """A clock's last computed verdict; the truth is in the StatusEvents (K1), this row only makes lists quick.

    `subject` names what the clock is about: a request, a call that has not become one, a complaint. `kind` is that of
    the rule: one of CommitmentKind, or the organisation's own. `fulfilled_at` is when it was done, in time or not;
    `left_seconds` is what is left of a paused clock; `agreement` is the number of the one that set the target.
    """

    __tablename__ = "commitments"
    __table_args__ = (
        UniqueConstraint("subject", "kind"),
        Index("ix_commitments_state_deadline", "state", "deadline_at"),
        # The figures of half a year are counted from the indexes alone.
        Index("ix_commitments_started", "started_at", "state", "kind", "area_id", "agreement"),
        Index("ix_commitments_decided", "decided_at", "state", "kind"),
    )
    id: Mapped[id_column]
    subject: Mapped[str] = mapped_column(String(60))
    request_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("service_requests.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("areas.id"))
    kind: Mapped[str] = mapped_column(String(32))
    policy_version: Mapped[int]
    rule_version: Mapped[int] = mapped_column(default=0, server_default="0")
    agreement: Mapped[str | None] = mapped_column(String(40))
    started_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime]
    state: Mapped[CommitmentState] = mapped_column(Word(CommitmentState))
    decided_at: Mapped[dt.datetime | None]
    fulfilled_at: Mapped[dt.datetime | None]
    left_seconds: Mapped[int | None]
