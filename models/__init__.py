"""The tables, one file per group. No rules and no queries live here: see docs/architecture.md."""

from models.access import AccessLink, ApiKey, FileLook, GuessCounter, User
from models.agreement import Agreement, AllowanceUse, CoverageLine
from models.base import Base, UtcDateTime
from models.call import Call, CallEvent, Recording, RecordingListen
from models.campaign import Campaign, DefectCase, Recall
from models.care import CareDate, PreventivePlan
from models.certificate import Certificate
from models.clock import CalendarVersion, ClockAlarm, ClockRuleVersion, ClockTimer
from models.customer import Asset, Customer, CustomerPhone, Site
from models.customer_call import CustomerCall
from models.customer_file import AssetTransfer, CustomerMerge, FileLikeness, SpecialDate
from models.diagnosis import FaultCategory
from models.duty import DutyTurn, MajorFault
from models.entitlement import EntitlementDecision, PurchaseProof, WarrantyTerm
from models.event import StatusEvent
from models.event_hook import EventHook, HookDelivery
from models.file import StoredFile
from models.flow_version import FlowVersion
from models.guide import Guide, GuideEntry, HeardEntry
from models.housekeeping import Change, JobRun, PolicyVersion, WebhookClaim
from models.matters import CallBack, Complaint, Escalation
from models.message import ContactChoice, InboundMessage, Message, SendingPace, SurveyAnswer
from models.offer import SlotHold, SlotOffer
from models.parcel_claim import ParcelClaim
from models.part import (
    Part,
    PartOrder,
    Requisition,
    RequisitionLine,
    Reservation,
    StockLevel,
    StockMove,
    StockPlace,
)
from models.password_mail import PasswordMail
from models.person_queue import Agent, AgentRing, LineOrder, QueueEntry
from models.plan import LivePlan, PlanMove, PlanProposal, Stop, ToldStop
from models.plan_event import PlanEvent
from models.product import Product
from models.product_return import Return
from models.proof import AnchoredHead, ProofAnchor
from models.replay import Replay, ReplayRun
from models.request import Commitment, ServiceRequest
from models.road import RoadService, RoadTimes
from models.service_point import Handover, ServicePoint
from models.service_risk import ServiceRisk
from models.settlement import (
    Expense,
    NumberSeries,
    Payment,
    Penalty,
    Price,
    PriceList,
    Receivable,
    Settlement,
    SettlementLine,
)
from models.shipment import Shipment, ShipmentSighting
from models.team_record import TeamRecord
from models.technician import Absence, Shift, Skill, Technician, TechnicianSkill
from models.territory import Area, Territory
from models.text import TextVersion
from models.visit import Visit
from models.work_report import FieldEntry, WorkReport, WorkReportCharge, WorkReportItem, WorkReportPart
from models.workshop import ExceptionReport, Loan, Loaner, WorkshopRepair

__all__ = [
    "Absence",
    "AccessLink",
    "Agent",
    "AgentRing",
    "Agreement",
    "AllowanceUse",
    "AnchoredHead",
    "ApiKey",
    "Area",
    "Asset",
    "AssetTransfer",
    "Base",
    "CalendarVersion",
    "Call",
    "CallBack",
    "CallEvent",
    "Campaign",
    "CareDate",
    "Certificate",
    "Change",
    "ClockAlarm",
    "ClockRuleVersion",
    "ClockTimer",
    "Commitment",
    "Complaint",
    "ContactChoice",
    "CoverageLine",
    "Customer",
    "CustomerCall",
    "CustomerMerge",
    "CustomerPhone",
    "DefectCase",
    "DutyTurn",
    "EntitlementDecision",
    "Escalation",
    "EventHook",
    "ExceptionReport",
    "Expense",
    "FaultCategory",
    "FieldEntry",
    "FileLikeness",
    "FileLook",
    "FlowVersion",
    "GuessCounter",
    "Guide",
    "GuideEntry",
    "Handover",
    "HeardEntry",
    "HookDelivery",
    "InboundMessage",
    "JobRun",
    "LineOrder",
    "LivePlan",
    "Loan",
    "Loaner",
    "MajorFault",
    "Message",
    "NumberSeries",
    "ParcelClaim",
    "Part",
    "PartOrder",
    "PasswordMail",
    "Payment",
    "Penalty",
    "PlanEvent",
    "PlanMove",
    "PlanProposal",
    "PolicyVersion",
    "PreventivePlan",
    "Price",
    "PriceList",
    "Product",
    "ProofAnchor",
    "PurchaseProof",
    "QueueEntry",
    "Recall",
    "Receivable",
    "Recording",
    "RecordingListen",
    "Replay",
    "ReplayRun",
    "Requisition",
    "RequisitionLine",
    "Reservation",
    "Return",
    "RoadService",
    "RoadTimes",
    "SendingPace",
    "ServicePoint",
    "ServiceRequest",
    "ServiceRisk",
    "Settlement",
    "SettlementLine",
    "Shift",
    "Shipment",
    "ShipmentSighting",
    "Site",
    "Skill",
    "SlotHold",
    "SlotOffer",
    "SpecialDate",
    "StatusEvent",
    "StockLevel",
    "StockMove",
    "StockPlace",
    "Stop",
    "StoredFile",
    "SurveyAnswer",
    "TeamRecord",
    "Technician",
    "TechnicianSkill",
    "Territory",
    "TextVersion",
    "ToldStop",
    "User",
    "UtcDateTime",
    "Visit",
    "WarrantyTerm",
    "WebhookClaim",
    "WorkReport",
    "WorkReportCharge",
    "WorkReportItem",
    "WorkReportPart",
    "WorkshopRepair",
]
