"""What the JSON API takes and gives, as pydantic models: the OpenAPI document is made of them."""

import datetime as dt
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models import Asset, Customer, Message, ServiceRequest, SlotHold, Technician, Visit
from policies.channels import Channel
from policies.languages import Language
from policies.message_states import MessageState
from policies.phone_numbers import dialable_number
from policies.priorities import Severity
from policies.request_states import CloseReason, RequestState
from policies.visit_states import VisitState

LONGEST_ID = 2**53
PROBLEM_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


class Document(BaseModel):
    """Nothing but the fields that are named."""

    model_config = ConfigDict(extra="forbid")


class Problem(Document):
    """What went wrong (RFC 9457); `problems` names each field."""

    # Read by flask-openapi3 alone; pydantic's own type does not know it.
    model_config = ConfigDict(extra="forbid", openapi_extra={"content": PROBLEM_CONTENT})  # type: ignore[typeddict-unknown-key]

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    problems: list[dict[str, str]] = Field(default_factory=list)


class NumberPath(Document):
    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]


class CodePath(Document):
    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4}(-[0-9]{1,11})?$")]


class CustomerPath(Document):
    number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,20}$")]


class PageQuery(Document):
    """A page of a list: `after` is the `next` of the page before."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Annotated[int, Field(ge=0, le=LONGEST_ID)] = 0


class RequestQuery(PageQuery):
    state: RequestState | None = None


class VisitQuery(PageQuery):
    request: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")] | None = None
    state: VisitState | None = None


class MessageQuery(PageQuery):
    request: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")] | None = None


class CustomerQuery(PageQuery):
    phone: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None


class NewRequest(Document):
    """A fault to be reported; `key` is the caller's own and makes sending twice harmless."""

    key: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{8,60}$")]
    serial: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    fault: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    contact_phone: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
    language: Language = Language.ZH
    note: Annotated[str, StringConstraints(max_length=1000)] = ""


class NewBooking(Document):
    hold_id: Annotated[int, Field(ge=1, le=LONGEST_ID)]


class Done(Document):
    """Nothing more to say."""

    ok: bool = True


class RequestOut(Document):
    number: str
    state: RequestState
    close_reason: CloseReason | None
    severity: Severity
    channel: Channel
    customer: str | None
    serial: str | None
    fault: str | None
    note: str
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    repeat_of: str | None

    @classmethod
    def of(cls, row: ServiceRequest) -> Self:
        """Return the document of a request."""
        return cls(
            number=row.number,
            state=row.state,
            close_reason=row.close_reason,
            severity=row.severity,
            channel=row.channel,
            customer=row.customer.number if row.customer else None,
            serial=row.asset.serial if row.asset else None,
            fault=row.fault_category.code if row.fault_category else None,
            note=row.note,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            repeat_of=row.repeat_of.number if row.repeat_of else None,
        )


class VisitOut(Document):
    code: str
    request: str
    state: VisitState
    technician: str | None
    window_from_at: dt.datetime | None
    window_until_at: dt.datetime | None
    arrived_at: dt.datetime | None
    completed_at: dt.datetime | None

    @classmethod
    def of(cls, row: Visit) -> Self:
        """Return the document of a visit."""
        return cls(
            code=row.code,
            request=row.request.number,
            state=row.state,
            technician=row.technician.number if row.technician else None,
            window_from_at=row.window_from_at,
            window_until_at=row.window_until_at,
            arrived_at=row.arrived_at,
            completed_at=row.completed_at,
        )


class AssetOut(Document):
    serial: str
    model: str
    site: str
    purchased_on: dt.date | None

    @classmethod
    def of(cls, row: Asset) -> Self:
        """Return the document of a machine."""
        return cls(serial=row.serial, model=row.product.model_code, site=row.site.code, purchased_on=row.purchased_on)


class CustomerOut(Document):
    number: str
    name: str
    language: Language
    phones: list[str]
    assets: list[AssetOut]

    @classmethod
    def of(cls, row: Customer) -> Self:
        """Return the document of a customer."""
        return cls(
            number=row.number,
            name=row.name,
            language=row.language,
            phones=[phone.number for phone in row.phones],
            assets=[AssetOut.of(asset) for asset in row.assets],
        )


class TechnicianOut(Document):
    number: str
    name: str
    skills: dict[str, int]

    @classmethod
    def of(cls, row: Technician) -> Self:
        """Return the document of a technician, without home and telephone."""
        return cls(number=row.number, name=row.name, skills={one.skill.code: one.level for one in row.skills})


class MessageOut(Document):
    id: int
    template: str
    to: str
    state: MessageState
    created_at: dt.datetime

    @classmethod
    def of(cls, row: Message) -> Self:
        """Return the document of a message; who it went to is masked, what it said stays with us."""
        return cls(id=row.id, template=row.template, to=mask(row.to_number), state=row.state, created_at=row.created_at)


class WindowOut(Document):
    hold_id: int
    from_at: dt.datetime
    until_at: dt.datetime
    expires_at: dt.datetime

    @classmethod
    def of(cls, row: SlotHold) -> Self:
        """Return the document of a window that is held."""
        return cls(hold_id=row.id, from_at=row.window_from_at, until_at=row.window_until_at, expires_at=row.expires_at)


class RequestPage(Document):
    items: list[RequestOut]
    next: int | None


class VisitPage(Document):
    items: list[VisitOut]
    next: int | None


class CustomerPage(Document):
    items: list[CustomerOut]
    next: int | None


class TechnicianPage(Document):
    items: list[TechnicianOut]
    next: int | None


class MessagePage(Document):
    items: list[MessageOut]
    next: int | None


class WindowsOut(Document):
    items: list[WindowOut]


def mask(number: str) -> str:
    """Return a telephone number of which the last four digits are left."""
    return f"…{number[-4:]}" if dialable_number(number) else "…"
