"""A technician's entries: once however often they are sent, at the time they happened, never somebody else's (D11)."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import func, select

from models import (
    Commitment,
    Escalation,
    ExceptionReport,
    FieldEntry,
    Message,
    Shift,
    StatusEvent,
    Stop,
    Technician,
    Visit,
    WorkReport,
)
from models.database import Database
from operations.clocks.commitments import request_subject
from operations.dispatching.routes import tell_route
from operations.fieldwork.checklists import required_codes
from operations.fieldwork.field_entries import UNKNOWN_VISIT, SentEntry, SignatureUnknown, take_entry, take_photo
from operations.fieldwork.next_visits import NotOnSite, book_next_visit, offer_next_visit
from operations.fieldwork.work_reports import approve_report, find_report, return_report
from operations.foundation.events import find_broken_link
from operations.foundation.files import list_files, read_picture
from operations.matters.exception_reports import answer_exception
from policies.commitments import CommitmentKind, CommitmentState
from policies.escalations import EscalationReason
from policies.exception_reports import ExceptionState
from policies.field_entries import EntryKind, EntryOutcome
from policies.files import FileKind
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason, RequestState
from policies.visit_states import IncompleteReason, VisitState
from policies.work_reports import ReportMoveRefused, ReportState
from tests.factories.city import HOUSE, City, book_visit
from tests.factories.instants import MORNING, hours, monday
from tests.factories.pictures import drawing, photo
from tests.factories.team import make_absence

DEPARTURE = monday(8.5)
PLAN: dict[str, Any] = {"method": "更换灯泡", "minutes": 40, "salesperson": "孙经理"}


@dataclass
class Phone:
    """The telephone of a technician who was told one visit, and everything it has sent."""

    database: Database
    technician_id: int
    visit_id: int
    code: str
    sent: list[tuple[SentEntry, dt.datetime, FileKind | None]] = field(default_factory=list)

    def enter(
        self,
        kind: EntryKind,
        at: dt.datetime,
        *,
        received_at: dt.datetime | None = None,
        seen: str | None = None,
        code: str | None = None,
        **data: object,
    ) -> FieldEntry:
        key, received = str(uuid.uuid4()), received_at or at
        entry = SentEntry(key, kind, code or self.code, at, received, seen, data)
        self.sent.append((entry, received, None))
        return self.send(entry, received)

    def send(self, entry: SentEntry, now: dt.datetime, by: int | None = None) -> FieldEntry:
        with self.database.writing() as session:
            technician = session.get_one(Technician, by or self.technician_id)
            row = take_entry(session, technician=technician, entry=entry, house=HOUSE, now=now)
            session.flush()
            session.refresh(row)
            session.expunge(row)
            return row

    def photograph(self, content: bytes, kind: FileKind, at: dt.datetime, code: str | None = None) -> str:
        entry = SentEntry(str(uuid.uuid4()), EntryKind.PHOTO, code or self.code, at, at, None, {})
        self.sent.append((entry, at, kind))
        self.send_photo(entry, content, kind, at)
        return entry.key

    def send_photo(self, entry: SentEntry, content: bytes, kind: FileKind, now: dt.datetime) -> None:
        with self.database.writing() as session:
            take_photo(
                session,
                technician=session.get_one(Technician, self.technician_id),
                entry=entry,
                picture=read_picture(content),
                kind=kind,
                now=now,
            )

    def sign(self, at: dt.datetime, *, opinion: str = "satisfied") -> FieldEntry:
        theirs = self.photograph(drawing(10), FileKind.SIGNATURE, at)
        mine = self.photograph(drawing(20), FileKind.SIGNATURE, at)
        return self.enter(
            EntryKind.SIGNED,
            at,
            opinion=opinion,
            note="",
            signer="王小明",
            customer_signature=theirs,
            technician_signature=mine,
        )

    def agree(self, total_cents: int, signature: str) -> FieldEntry:
        return self.enter(
            EntryKind.CHARGES_AGREED, monday(9), total_cents=total_cents, signer="王小明", signature=signature, **PLAN
        )

    def fill_in(self, at: dt.datetime) -> None:
        """Everything a report needs but its charges, which are none."""
        for item in sorted(required_codes(RequestKind.REPAIR)):
            self.enter(EntryKind.CHECKLIST, at, item=item, answer="done")
        self.enter(EntryKind.SERIAL, at, serial=self.serial, check="keypad")
        self.enter(EntryKind.DIAGNOSIS, at, fault_found="灯泡不亮", cause="老化", action="更换灯泡")
        self.photograph(photo(), FileKind.AFTER, at)
        self.sign(at)

    @property
    def serial(self) -> str:
        with self.database.reading() as session:
            asset = session.get_one(Visit, self.visit_id).request.asset
            assert asset is not None
            return asset.serial

    @property
    def visit(self) -> Visit:
        with self.database.reading() as session:
            visit = session.get_one(Visit, self.visit_id)
            assert visit.request is not None
            session.expunge_all()
            return visit

    def report(self) -> WorkReport:
        with self.database.reading() as session:
            report = find_report(session, visit=session.get_one(Visit, self.visit_id))
            assert report is not None
            session.expunge_all()
            return report


@pytest.fixture
def phone(database: Database, city: City) -> Phone:
    with database.writing() as session:
        visit = book_visit(session, city)
        shift = session.get_one(Shift, session.scalars(select(Stop.shift_id).where(Stop.visit_id == visit.id)).one())
        tell_route(session, shift=shift, house=HOUSE, now=MORNING)
        return Phone(database, shift.technician_id, visit.id, visit.code)


def count(database: Database, *tables: type) -> list[int]:
    with database.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def escalations(database: Database) -> set[EscalationReason]:
    with database.reading() as session:
        return set(session.scalars(select(Escalation.reason)))


def test_a_day_out_of_the_cellar_is_worked_through_to_the_signature(phone: Phone) -> None:
    phone.enter(EntryKind.DEPARTED, DEPARTURE, latitude=31.2, longitude=121.4, is_model_right=True)
    phone.enter(EntryKind.ARRIVED, monday(9))
    phone.fill_in(monday(9.5))
    done = phone.enter(EntryKind.DONE, monday(9.6))

    visit, report = phone.visit, phone.report()
    assert done.outcome is EntryOutcome.TAKEN, done.reason
    assert visit.state is VisitState.COMPLETED
    assert visit.request.close_reason is CloseReason.SOLVED
    assert (report.state, report.departed_at, report.is_model_right) == (ReportState.HANDED_IN, DEPARTURE, True)
    assert report.is_serial_right is True


def test_a_queue_that_is_replayed_three_times_changes_nothing(phone: Phone, database: Database) -> None:
    phone.enter(EntryKind.DEPARTED, DEPARTURE, latitude=None, longitude=None, is_model_right=True)
    phone.enter(EntryKind.ARRIVED, monday(9))
    phone.enter(EntryKind.CHARGES, monday(9.1), lines=[line("labour", "检查费", 1, 5000)])
    phone.enter(EntryKind.PARTS, monday(9.1), parts=[part("LAMP")])
    phone.enter(EntryKind.NEED_HELP, monday(9.2), note="")
    phone.fill_in(monday(9.5))
    tables = (StatusEvent, Message, FieldEntry, Escalation, WorkReport)
    before, report = count(database, *tables), phone.report()

    for _ in range(3):
        for entry, _at, kind in phone.sent:
            if kind is None:
                phone.send(entry, monday(11))
            else:
                content = photo() if kind is FileKind.AFTER else drawing(10)
                phone.send_photo(entry, content, kind, monday(11))

    after = phone.report()
    assert count(database, *tables) == before
    assert [row.part_code for row in after.parts] == ["LAMP"]
    assert [row.total_cents for row in after.charges] == [5000]
    assert after.sections == report.sections
    with database.reading() as session:
        assert find_broken_link(session, subject=request_subject(phone.visit.request_id)) is None


def test_what_happened_in_the_cellar_counts_when_it_happened(phone: Phone, database: Database) -> None:
    arrived, synced = monday(9), monday(40)
    phone.enter(EntryKind.DEPARTED, DEPARTURE, received_at=synced)
    phone.enter(EntryKind.ARRIVED, arrived, received_at=synced)

    with database.reading() as session:
        event = session.scalars(select(StatusEvent).where(StatusEvent.kind == "visit_arrived")).one()
        clock = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.ON_SITE)).one()
        told = set(session.scalars(select(Message.template)))
        assert (event.occurred_at, event.recorded_at) == (arrived, synced)
        assert (clock.state, clock.decided_at) == (CommitmentState.MET, arrived)
    assert phone.visit.arrived_at == arrived
    assert "technician_arrived" not in told, "hours later it is no news to whoever opened the door"


def test_what_a_text_has_said_already_is_not_said_twice(phone: Phone, database: Database) -> None:
    phone.enter(EntryKind.DEPARTED, DEPARTURE)
    phone.enter(EntryKind.ARRIVED, monday(9))

    again = phone.enter(EntryKind.ARRIVED, monday(9.1))

    assert again.outcome is EntryOutcome.TAKEN
    with database.reading() as session:
        kinds = list(session.scalars(select(StatusEvent.kind)))
    assert kinds.count("visit_arrived") == 1


def test_a_colleague_cannot_write_about_a_visit_he_was_not_told_of(phone: Phone, city: City) -> None:
    other = next(one.id for one in city.technicians if one.id != phone.technician_id)
    entry = SentEntry(str(uuid.uuid4()), EntryKind.ARRIVED, phone.code, monday(9), monday(9), None, {})

    refused = phone.send(entry, monday(9), by=other)

    assert (refused.outcome, refused.reason) == (EntryOutcome.REFUSED, UNKNOWN_VISIT)
    assert phone.visit.state is VisitState.DISPATCHED


def test_what_comes_out_of_order_is_refused_and_kept(phone: Phone) -> None:
    refused = phone.enter(EntryKind.INCOMPLETE, monday(9), reason="part", note="要等主板")

    assert (refused.outcome, refused.reason) == (EntryOutcome.REFUSED, "out_of_order")
    assert refused.data["note"] == "要等主板", "nothing that was written is lost"
    assert phone.visit.state is VisitState.DISPATCHED
    with pytest.raises(AssertionError):
        phone.report()


@pytest.mark.parametrize("is_colleague_free", [True, False], ids=["somebody else can", "nobody else can"])
def test_a_visit_declined_on_the_page_goes_on_with_its_reason(
    phone: Phone, database: Database, city: City, *, is_colleague_free: bool
) -> None:
    if not is_colleague_free:
        with database.writing() as session:
            for technician in city.technicians:
                if technician.id != phone.technician_id:
                    make_absence(session, technician, MORNING, monday(20))

    declined = phone.enter(EntryKind.DECLINE, MORNING, note="车坏了")

    assert declined.outcome is EntryOutcome.TAKEN
    assert (phone.visit.technician_id != phone.technician_id) == is_colleague_free
    with database.reading() as session:
        events = session.scalars(select(StatusEvent).where(StatusEvent.kind == "visit_declined")).all()
        assert [event.personal for event in events] == [{"note": "车坏了"}]
        told = [(one.reason, one.note) for one in session.scalars(select(Escalation))]
    assert told == ([] if is_colleague_free else [(EscalationReason.DECLINED, "车坏了")])


def test_two_telephones_that_write_the_same_part_do_not_overwrite_each_other(phone: Phone) -> None:
    first = phone.enter(EntryKind.DIAGNOSIS, monday(9), fault_found="电源", cause="", action="")
    second = phone.enter(EntryKind.DIAGNOSIS, monday(9.1), fault_found="主板", cause="", action="")
    resolved = phone.enter(
        EntryKind.DIAGNOSIS, monday(9.2), seen=first.entry_key, fault_found="电源和主板", cause="", action=""
    )

    assert second.outcome is EntryOutcome.CHANGED_MEANWHILE
    assert second.data["fault_found"] == "主板"
    assert resolved.outcome is EntryOutcome.TAKEN
    assert phone.report().fault_found == "电源和主板"


def test_work_is_not_done_while_something_is_missing(phone: Phone) -> None:
    phone.enter(EntryKind.DEPARTED, DEPARTURE)
    phone.enter(EntryKind.ARRIVED, monday(9))

    refused = phone.enter(EntryKind.DONE, monday(9.5))

    assert (refused.outcome, refused.reason) == (EntryOutcome.REFUSED, "report_incomplete")
    assert phone.visit.state is VisitState.ON_SITE


def test_charges_hold_only_as_they_were_signed_for(phone: Phone) -> None:
    phone.enter(EntryKind.DEPARTED, DEPARTURE)
    phone.enter(EntryKind.ARRIVED, monday(9))
    first = phone.enter(EntryKind.CHARGES, monday(9), lines=[line("labour", "检查费", 1, 5000)])
    signature = phone.photograph(drawing(), FileKind.SIGNATURE, monday(9))
    other_total = phone.agree(4000, signature)
    agreed = phone.agree(5000, signature)
    report = phone.report()
    signed_for = (report.agreed_total_cents, report.agreed_method, report.agreed_minutes, report.agreed_salesperson)

    more = [line("labour", "检查费", 1, 5000), line("part", "灯泡", 1, 80_000)]
    phone.enter(EntryKind.CHARGES, monday(9.2), seen=first.entry_key, lines=more)
    phone.fill_in(monday(9.3))
    done = phone.enter(EntryKind.DONE, monday(9.5))

    assert (other_total.outcome, other_total.reason) == (EntryOutcome.REFUSED, "other_total")
    assert agreed.outcome is EntryOutcome.TAKEN
    assert signed_for == (5000, "更换灯泡", 40, "孙经理")
    report = phone.report()
    assert report.agreed_total_cents is None, "the customer has not agreed to the lamp"
    assert (report.agreed_method, report.agreed_minutes, report.agreed_salesperson) == ("", None, "")
    assert done.reason == "report_incomplete"


def test_a_signature_that_is_still_on_its_way_is_waited_for(phone: Phone, database: Database) -> None:
    phone.enter(EntryKind.CHARGES, monday(9), lines=[])
    before = count(database, FieldEntry)

    with pytest.raises(SignatureUnknown):
        phone.enter(
            EntryKind.CHARGES_AGREED, monday(9), total_cents=0, signer="王", signature=str(uuid.uuid4()), **PLAN
        )

    assert count(database, FieldEntry) == before, "the page may send it again after the signature"


def test_a_signature_that_could_not_be_kept_is_asked_for_again(phone: Phone) -> None:
    phone.enter(EntryKind.CHARGES, monday(9), lines=[])
    signature = phone.photograph(drawing(10), FileKind.SIGNATURE, monday(9), code="ZZZZ")

    refused = phone.agree(0, signature)

    assert (refused.outcome, refused.reason) == (EntryOutcome.REFUSED, "signature_refused")


def test_another_serial_than_the_files_comes_before_a_dispatcher(phone: Phone, database: Database) -> None:
    phone.enter(EntryKind.SERIAL, monday(9), serial="ZZ-000000", check="camera")

    assert phone.report().is_serial_right is False
    assert escalations(database) == {EscalationReason.SERIAL_DIFFERS}


def test_a_customer_who_is_not_satisfied_comes_before_a_dispatcher(phone: Phone, database: Database) -> None:
    phone.sign(monday(9), opinion="not_satisfied")

    assert escalations(database) == {EscalationReason.NOT_SATISFIED}


def test_an_unfinished_visit_without_the_next_one_comes_before_a_dispatcher(phone: Phone, database: Database) -> None:
    phone.enter(EntryKind.DEPARTED, DEPARTURE)
    phone.enter(EntryKind.ARRIVED, monday(9))

    phone.enter(EntryKind.INCOMPLETE, monday(9.5), reason="part", note="")

    visit = phone.visit
    assert (visit.state, visit.incomplete_reason) == (VisitState.INCOMPLETE, IncompleteReason.PART)
    assert visit.request.state is RequestState.OPEN
    assert escalations(database) == {EscalationReason.UNFINISHED}


def test_the_next_visit_is_booked_from_real_windows_before_leaving(phone: Phone, database: Database) -> None:
    phone.enter(EntryKind.DEPARTED, DEPARTURE)
    phone.enter(EntryKind.ARRIVED, monday(9))
    with database.writing() as session:
        visit = session.get_one(Visit, phone.visit_id)
        offer = offer_next_visit(session, visit=visit, now=monday(9.4), not_before_at=monday(24))
        holds = [(hold.id, hold.window_from_at) for hold in offer.holds]
    with database.writing() as session:
        visit = session.get_one(Visit, phone.visit_id)
        following = book_next_visit(
            session, visit=visit, hold_id=holds[0][0], house=HOUSE, now=monday(9.4), actor="technician:T1"
        )
        next_id = following.id

    phone.enter(EntryKind.INCOMPLETE, monday(9.5), reason="part", note="")

    assert all(from_at >= monday(24) for _, from_at in holds), "the part comes tomorrow"
    assert phone.visit.request.state is RequestState.BOOKED
    assert escalations(database) == set()
    with database.reading() as session:
        assert session.get_one(Visit, next_id).state is VisitState.BOOKED
        assert session.get_one(Visit, next_id).window_from_at == holds[0][1]


def test_nobody_books_the_next_visit_from_elsewhere(phone: Phone, database: Database) -> None:
    with database.writing() as session, pytest.raises(NotOnSite):
        offer_next_visit(session, visit=session.get_one(Visit, phone.visit_id), now=monday(8))


@pytest.mark.parametrize("late_by", [hours(0), hours(3)])
def test_nobody_at_home_ends_the_visit_and_while_it_is_news_the_customer_hears_of_it(
    phone: Phone, database: Database, late_by: dt.timedelta
) -> None:
    phone.enter(EntryKind.DEPARTED, DEPARTURE)

    phone.enter(
        EntryKind.NO_ACCESS, monday(9.5), received_at=monday(9.5) + late_by, reason="nobody_home", note="敲门没人应"
    )

    assert (phone.visit.state, phone.visit.incomplete_reason) == (VisitState.NO_ACCESS, IncompleteReason.NOBODY_HOME)
    with database.reading() as session:
        ended = session.scalars(select(StatusEvent).where(StatusEvent.kind == "visit_unfinished")).one()
        told = list(session.scalars(select(Message.template).where(Message.template == "nobody_home")))
        assert ended.personal == {"note": "敲门没人应"}
        assert [one.note for one in session.scalars(select(Escalation))] == ["敲门没人应"]
    assert told == ([] if late_by else ["nobody_home"])


def test_who_says_he_will_be_late_is_expected_that_much_later(phone: Phone, database: Database) -> None:
    phone.enter(EntryKind.DEPARTED, DEPARTURE)
    due_at = phone.visit.expected_at
    assert due_at is not None

    phone.enter(EntryKind.LATE, monday(8.6), minutes=30)
    phone.enter(EntryKind.ARRIVED, monday(10))
    too_late = phone.enter(EntryKind.LATE, monday(10.1), minutes=30)

    assert phone.visit.expected_at == due_at + hours(0.5)
    assert (too_late.outcome, too_late.reason) == (EntryOutcome.REFUSED, "out_of_order")
    with database.reading() as session:
        event = session.scalars(select(StatusEvent).where(StatusEvent.kind == "visit_delayed")).one()
        assert event.source == "field"


def test_a_call_for_help_reaches_the_dispatcher_in_the_technicians_words(phone: Phone, database: Database) -> None:
    phone.enter(EntryKind.NEED_HELP, monday(9), note="电源板冒烟")

    with database.reading() as session:
        (asked,) = session.scalars(select(Escalation))
        assert (asked.reason, asked.note, asked.visit_id) == (EscalationReason.NEEDS_HELP, "电源板冒烟", phone.visit_id)


def test_experts_are_asked_and_tried_from_the_page_and_the_customer_hears_how_it_goes_on(
    phone: Phone, database: Database, city: City
) -> None:
    phone.enter(EntryKind.ASK_EXPERTS, monday(9), problem="反复重启")
    with database.writing() as session:
        report = session.scalars(select(ExceptionReport)).one()
        number = report.id
        assert (report.opened_by, report.deadline_at) == (f"technician:{city.technicians[0].number}", monday(13))
    early = phone.enter(EntryKind.TRIED_ANSWER, monday(9.1), report=number, is_solved=True)
    with database.writing() as session:
        report = session.get_one(ExceptionReport, number)
        answer_exception(session, report=report, answer="升级固件", by="赵工", house=HOUSE, now=monday(10))
    unknown = phone.enter(EntryKind.TRIED_ANSWER, monday(10.1), report=number + 1, is_solved=True)
    tried = phone.enter(EntryKind.TRIED_ANSWER, monday(10.2), report=number, is_solved=True)

    assert [one.reason for one in (early, unknown, tried)] == ["not_answered", "not_answered", ""]
    with database.reading() as session:
        assert session.get_one(ExceptionReport, number).state is ExceptionState.CLOSED
        told = list(session.scalars(select(Message.template).where(Message.template.like("experts_%"))))
    assert told == ["experts_asked", "experts_answered"]


def test_a_supervisor_gives_a_report_back_and_approves_it_later(phone: Phone, database: Database) -> None:
    phone.enter(EntryKind.DEPARTED, DEPARTURE)
    phone.enter(EntryKind.ARRIVED, monday(9))
    phone.fill_in(monday(9.5))
    phone.enter(EntryKind.DONE, monday(9.6))
    late = phone.enter(EntryKind.DIAGNOSIS, monday(9.7), fault_found="别的", cause="", action="")

    decide(database, phone, lambda session, report: return_report(
        session, report=report, note="请补充原因", by="manager", now=monday(12)
    ))  # fmt: skip
    phone.enter(
        EntryKind.DIAGNOSIS,
        monday(13),
        seen=phone.report().sections["diagnosis"],
        fault_found="灯泡不亮",
        cause="使用满三年",
        action="更换灯泡",
    )
    again = phone.enter(EntryKind.DONE, monday(13.1))
    decide(database, phone, lambda session, report: approve_report(
        session, report=report, by="manager", now=monday(14)
    ))  # fmt: skip

    assert (late.outcome, late.reason) == (EntryOutcome.CHANGED_MEANWHILE, "")
    assert again.outcome is EntryOutcome.TAKEN, again.reason
    assert (phone.report().state, phone.report().cause) == (ReportState.APPROVED, "使用满三年")
    with pytest.raises(ReportMoveRefused):
        decide(database, phone, lambda session, report: approve_report(
            session, report=report, by="manager", now=monday(15)
        ))  # fmt: skip


def decide(database: Database, phone: Phone, act: Callable[..., None]) -> None:
    with database.writing() as session:
        report = find_report(session, visit=session.get_one(Visit, phone.visit_id))
        act(session, report)


def test_photos_hang_on_their_visit_and_say_what_they_show(phone: Phone, database: Database) -> None:
    phone.photograph(photo((1, 2, 3)), FileKind.BEFORE, monday(9))
    phone.photograph(photo((4, 5, 6)), FileKind.AFTER, monday(9.5))

    with database.reading() as session:
        files = list_files(session, request=session.get_one(Visit, phone.visit_id).request)
        found = [(file.kind, file.visit_id, file.made_at) for file in files]
    assert found == [
        (FileKind.BEFORE, phone.visit_id, monday(9)),
        (FileKind.AFTER, phone.visit_id, monday(9.5)),
    ]


def line(kind: str, description: str, quantity: int, unit_cents: int) -> dict[str, Any]:
    return {"kind": kind, "description": description, "quantity": quantity, "unit_cents": unit_cents}


def part(code: str) -> dict[str, Any]:
    return {"part_code": code, "quantity": 1, "old_serial": "", "new_serial": ""}
