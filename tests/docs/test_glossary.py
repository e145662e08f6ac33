"""The glossary owns the words: it knows every table and every word of every list, and says what the product shows."""

import importlib
import inspect
import json
import pkgutil
import re
from enum import StrEnum

import pytest

import models
import policies
from models.base import Base
from policies.agreements import AgreementKind, AgreementState
from policies.call_backs import CallBackReason
from policies.call_states import CallDirection, CallOutcome
from policies.campaigns import CampaignState, RecallState
from policies.care import CareKind, CareState, Rhythm
from policies.channels import Channel
from policies.clocks.rules import Listener
from policies.commitments import CommitmentKind, CommitmentState, PauseReason
from policies.complaints import ComplaintCategory, ComplaintRung, ComplaintState, Responsibility
from policies.customer_calls import CallAttempt, CustomerCallKind, CustomerCallState
from policies.duplicates import LikenessReason
from policies.duty import MajorFaultState
from policies.entitlement import ChargeableCause, CoveredBy, CoverItem, CoverReason, LineScope
from policies.escalations import EscalationReason
from policies.event_hooks import DeliveryState, HookState
from policies.exception_reports import ExceptionState, ExpertLevel
from policies.field_entries import EntryKind, EntryOutcome
from policies.files import FileKind
from policies.guides import GuideKind
from policies.handovers import HandoverState
from policies.journal import Account
from policies.languages import Language
from policies.message_states import MessageState
from policies.parcel_claims import ClaimState
from policies.parts import MoveKind, PartClass, PartSource, PlaceKind, RequisitionState
from policies.penalties import PenaltyKind
from policies.priorities import Severity
from policies.purchases import ProofKind, SaleKind
from policies.receivables import ExpenseKind, ExpenseState, PaymentMethod, ReceivableKind
from policies.replays import ReplayState
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason, RequestState
from policies.responsibility import ResponsibilityGround
from policies.returns import CarriagePayer, Disposition, Remedy, ReturnGround, ReturnRefusal, ReturnState
from policies.roles import Role
from policies.service_risks import RiskKind, RiskLevel
from policies.settlement import PriceUnit, SettlementState
from policies.shipments import NextStep, ShipmentDirection, ShipmentState
from policies.team_records import TeamRecordKind
from policies.technician_replies import Command
from policies.texts import TextKind
from policies.visit_states import IncompleteReason, VisitState
from policies.warranty import WarrantyStart
from policies.work_reports import (
    ChargeKind,
    ChecklistAnswer,
    ChecklistMoment,
    MissingPart,
    Opinion,
    ReportState,
    SerialCheck,
)
from policies.workshop import LoanState, WorkshopState
from tests.architecture.rooms import PROJECT
from tests.docs.pages import read, rows, sections

GLOSSARY = read("docs/glossary.md")
NOT_SHOWN = "–"

# Where content/ keeps the word that people see: content/pages/zh-CN.json, "<prefix>.<word>".
SHOWN_ON_PAGES: dict[type[StrEnum], str] = {
    CallBackReason: "call_back_reason",
    ChargeKind: "charge",
    ChecklistAnswer: "checklist_answer",
    ChecklistMoment: "checklist_moment",
    ComplaintCategory: "complaint_category",
    ComplaintState: "complaint_state",
    EntryKind: "entry",
    EntryOutcome: "entry_outcome",
    EscalationReason: "escalation_reason",
    FileKind: "file",
    IncompleteReason: "incomplete_reason",
    CallOutcome: "outcome",
    CallAttempt: "customer_call_reason",
    CustomerCallKind: "customer_call_kind",
    CustomerCallState: "customer_call_state",
    Channel: "channel",
    CloseReason: "close_reason",
    Command: "report",
    CommitmentKind: "clock",
    CommitmentState: "clock_state",
    GuideKind: "guide_kind",
    TeamRecordKind: "team_record_kind",
    TextKind: "text_kind",
    HookState: "hook_state",
    DeliveryState: "delivery_state",
    CallDirection: "call_direction",
    HandoverState: "handover_state",
    Language: "language",
    Listener: "listener",
    MajorFaultState: "major_fault_state",
    MessageState: "message_state",
    MissingPart: "missing",
    Opinion: "opinion",
    ReportState: "report_state",
    SerialCheck: "serial_check",
    PauseReason: "pause_reason",
    ExceptionState: "exception_state",
    ExpertLevel: "expert_level",
    RiskKind: "risk_kind",
    RiskLevel: "risk_level",
    ClaimState: "claim_state",
    LoanState: "loan_state",
    WorkshopState: "workshop_state",
    CareKind: "care_kind",
    CareState: "care_state",
    RequestKind: "request_kind",
    Rhythm: "rhythm",
    NextStep: "next_step",
    ShipmentDirection: "shipment_direction",
    ShipmentState: "shipment_state",
    CampaignState: "campaign_state",
    RecallState: "recall_state",
    MoveKind: "move_kind",
    PartClass: "part_class",
    PartSource: "part_source",
    PlaceKind: "place_kind",
    ReplayState: "replay_state",
    RequestState: "request_state",
    RequisitionState: "requisition_state",
    Role: "role",
    Severity: "severity",
    # Money: who pays for what.
    AgreementKind: "agreement_kind",
    AgreementState: "agreement_state",
    ChargeableCause: "chargeable_cause",
    CoverItem: "cover_item",
    CoverReason: "cover_reason",
    CoveredBy: "covered_by",
    LineScope: "line_scope",
    ProofKind: "proof_kind",
    SaleKind: "sale_kind",
    WarrantyStart: "warranty_start",
    PriceUnit: "price_unit",
    SettlementState: "settlement_state",
    ReceivableKind: "receivable_kind",
    PaymentMethod: "payment_method",
    ExpenseKind: "expense_kind",
    ExpenseState: "expense_state",
    PenaltyKind: "penalty_kind",
    Account: "account",
    LikenessReason: "likeness",
    ComplaintRung: "complaint_rung",
    Responsibility: "responsibility",
    ResponsibilityGround: "responsibility_ground",
    CarriagePayer: "carriage_payer",
    Disposition: "disposition",
    Remedy: "remedy",
    ReturnGround: "return_ground",
    ReturnRefusal: "return_refusal",
    ReturnState: "return_state",
}


def word_lists() -> list[type[StrEnum]]:
    """Return every list of words in policies/."""
    found: set[type[StrEnum]] = set()
    for module in pkgutil.walk_packages(policies.__path__, "policies."):
        members = inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        found |= {kind for _, kind in members if issubclass(kind, StrEnum) and kind.__module__ == module.name}
    return sorted(found, key=lambda kind: kind.__name__)


def tables() -> set[str]:
    """Return the names of all model classes, wherever in models/ they are."""
    for module in pkgutil.walk_packages(models.__path__, "models."):
        importlib.import_module(module.name)
    return {mapper.class_.__name__ for mapper in Base.registry.mappers}


def terms_in(part: str) -> dict[str, str]:
    """Return word → Chinese of the tables in a part of the glossary."""
    cells = [row for row in rows(part) if row[0] != "word"]
    return {re.sub(r"[*`]", "", word): chinese for word, chinese, _meaning in cells}


THINGS = terms_in(sections(GLOSSARY, level=2)["Things: the tables"])
LISTS = {
    title: terms_in(body)
    for title, body in sections(sections(GLOSSARY, level=2)["Words: the lists in `policies/`"], level=3).items()
}


def everything_shown() -> str:
    """Return all Chinese that the product says, sends, shows, or takes as a header."""
    files = [*(PROJECT / "content").rglob("zh-CN.json"), *(PROJECT / "content").rglob("*.csv")]
    files += (PROJECT / "operations" / "imports").glob("*.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_every_table_is_a_word_of_the_glossary_and_no_other() -> None:
    assert set(THINGS) == tables()


def test_every_list_of_words_has_its_part() -> None:
    assert set(LISTS) == {kind.__name__ for kind in word_lists()}


@pytest.mark.parametrize("kind", word_lists(), ids=lambda kind: kind.__name__)
def test_every_word_of_a_list_is_explained_in_its_order(kind: type[StrEnum]) -> None:
    assert list(LISTS[kind.__name__]) == [str(word) for word in kind]


@pytest.mark.parametrize(
    ("kind", "prefix"), SHOWN_ON_PAGES.items(), ids=lambda value: getattr(value, "__name__", value)
)
def test_the_chinese_of_a_word_is_what_the_pages_show(kind: type[StrEnum], prefix: str) -> None:
    shown = json.loads(read("content/pages/zh-CN.json"))

    assert LISTS[kind.__name__] == {str(word): shown[f"{prefix}.{word}"] for word in kind}


def test_the_chinese_of_a_visits_states_is_what_messages_say() -> None:
    assert LISTS[VisitState.__name__] == json.loads(read("content/words/zh-CN.json"))["visit_states"]


def test_chinese_that_stands_in_the_glossary_is_said_somewhere() -> None:
    said = everything_shown()
    terms = {*THINGS.values(), *(term for words in LISTS.values() for term in words.values())} - {NOT_SHOWN}

    assert {term for term in terms if term not in said} == set()
