"""What a technician's page may send: every field of every kind of entry, with its type and its limits (D11)."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from policies.field_entries import EntryKind
from policies.receivables import ExpenseKind
from policies.request_numbers import VISIT_CODE_LETTERS
from policies.technician_replies import LONGEST_NOTE, MOST_MINUTES
from policies.visit_states import IncompleteReason
from policies.work_reports import LARGEST_AMOUNT_CENTS, ChargeKind, ChecklistAnswer, Opinion, SerialCheck

MOST_ENTRIES = 200
MOST_LINES = 40
LONGEST_WORK_MINUTES = 7 * 24 * 60
LARGEST_ID = 2**63 - 1
Code = Annotated[str, StringConstraints(pattern=f"^[{VISIT_CODE_LETTERS}]{{4}}$")]
Words = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(max_length=120, min_length=1, strip_whitespace=True)]
Short = Annotated[str, StringConstraints(max_length=40, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(max_length=80, min_length=1, strip_whitespace=True)]
Quantity = Annotated[int, Field(ge=1, le=999)]


class FieldForm(BaseModel):
    """Nothing but the fields that are named, and of their type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoWords(FieldForm):
    pass


class Remark(FieldForm):
    note: Words = ""


class Declined(FieldForm):
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE, min_length=1, strip_whitespace=True)]


class Departure(FieldForm):
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    is_model_right: bool | None = None


class Late(FieldForm):
    minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES)]


class ItemAnswer(FieldForm):
    item: Short
    answer: ChecklistAnswer


class SerialSeen(FieldForm):
    serial: Short
    check: SerialCheck


class Diagnosis(FieldForm):
    fault_found: Words
    cause: Words = ""
    action: Words = ""


class Charge(FieldForm):
    kind: ChargeKind
    description: Line
    quantity: Quantity
    unit_cents: Annotated[int, Field(ge=0, le=LARGEST_AMOUNT_CENTS)]


class Charges(FieldForm):
    lines: Annotated[list[Charge], Field(max_length=MOST_LINES)]


class Agreement(FieldForm):
    total_cents: Annotated[int, Field(ge=0, le=LARGEST_AMOUNT_CENTS * MOST_LINES)]
    method: Annotated[str, StringConstraints(max_length=2000, min_length=1, strip_whitespace=True)]
    minutes: Annotated[int, Field(ge=1, le=LONGEST_WORK_MINUTES)]
    salesperson: Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)] = ""
    signer: Name
    signature: UUID


class Part(FieldForm):
    part_code: Annotated[Short, StringConstraints(min_length=1)]
    quantity: Quantity
    old_serial: Short = ""
    new_serial: Short = ""


class Parts(FieldForm):
    parts: Annotated[list[Part], Field(max_length=MOST_LINES)]


class Wanted(FieldForm):
    part_code: Annotated[Short, StringConstraints(min_length=1)]
    quantity: Quantity


class Fetched(FieldForm):
    place: Annotated[Short, StringConstraints(min_length=1)]
    parts: Annotated[list[Wanted], Field(min_length=1, max_length=MOST_LINES)]


class Spent(FieldForm):
    kind: ExpenseKind
    amount_cents: Annotated[int, Field(ge=1, le=LARGEST_AMOUNT_CENTS)]
    note: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = ""
    receipt: UUID | None = None


class Problem(FieldForm):
    problem: Annotated[str, StringConstraints(max_length=2000, min_length=1, strip_whitespace=True)]


class TriedAnswer(FieldForm):
    report: Annotated[int, Field(ge=1, le=LARGEST_ID)]
    is_solved: bool


class Signed(FieldForm):
    opinion: Opinion
    note: Words = ""
    signer: Name
    customer_signature: UUID
    technician_signature: UUID


class Unfinished(FieldForm):
    reason: IncompleteReason
    note: Words = ""


DATA: dict[EntryKind, type[FieldForm]] = {
    EntryKind.ACCEPT: NoWords,
    EntryKind.DECLINE: Declined,
    EntryKind.DEPARTED: Departure,
    EntryKind.LATE: Late,
    EntryKind.ARRIVED: NoWords,
    EntryKind.CHECKLIST: ItemAnswer,
    EntryKind.SERIAL: SerialSeen,
    EntryKind.DIAGNOSIS: Diagnosis,
    EntryKind.CHARGES: Charges,
    EntryKind.CHARGES_AGREED: Agreement,
    EntryKind.PARTS: Parts,
    EntryKind.SIGNED: Signed,
    EntryKind.DONE: NoWords,
    EntryKind.INCOMPLETE: Unfinished,
    EntryKind.NO_ACCESS: Unfinished,
    EntryKind.NEED_PART: Wanted,
    EntryKind.FETCHED: Fetched,
    EntryKind.EXPENSE: Spent,
    EntryKind.NEED_HELP: Remark,
    EntryKind.ASK_EXPERTS: Problem,
    EntryKind.TRIED_ANSWER: TriedAnswer,
}
"""The fields of each kind; a photo comes by itself."""


class EntryForm(FieldForm):
    """One entry as the page sends it; `seen` is the entry it believes to be the last for this part of the report."""

    key: UUID
    kind: EntryKind
    visit: Code
    at: AwareDatetime
    seen: UUID | None = None
    data: dict[str, Any] = Field(default_factory=dict)


class EntriesForm(FieldForm):
    """What a page sends at once, in the order it was entered; `sent_at` is the telephone's own time."""

    sent_at: AwareDatetime
    entries: Annotated[list[dict[str, Any]], Field(max_length=MOST_ENTRIES)]


class PhotoForm(FieldForm):
    """What goes with a photo."""

    key: UUID
    visit: Code
    at: AwareDatetime
    sent_at: AwareDatetime
    kind: str


class WindowsForm(FieldForm):
    """From which day on the next visit is wanted: when the part has come, say."""

    not_before_on: dt.date | None = None


class NextVisitForm(FieldForm):
    """Which of the windows offered is taken."""

    hold_id: int


def read_data(form: EntryForm) -> dict[str, Any]:
    """Return the entry's fields, checked by its kind; raises ValidationError naming each field that is wrong."""
    return DATA[form.kind].model_validate(form.data).model_dump(mode="json")


def list_problems(error: ValidationError) -> list[dict[str, str]]:
    """Return what is wrong field by field, without repeating what was entered."""
    return [
        {"field": ".".join(str(part) for part in problem["loc"]), "problem": problem["msg"]}
        for problem in error.errors(include_url=False, include_input=False, include_context=False)
    ]
