"""Three years of a large organisation as rows: customers with machines, and what became of each of their requests.

The same numbers give the same history. Chains of events are whole: each hash covers the one before.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psycopg

from benchmarks.history.copying import Copying
from policies.event_chain import FIRST_HASH, ChainedEvent, hash_event
from policies.request_numbers import VISIT_CODE_LENGTH, VISIT_CODE_LETTERS, check_digit

DAYS = 3 * 365
REQUESTS_A_MACHINE = 5
REQUESTS_A_TECHNICIAN = 6_000
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平"
COMPLAINTS = ("response_time", "attitude", "result", "charges", "other")
LETTERS = [sign for sign in VISIT_CODE_LETTERS if sign.isalpha()]
CODES = len(LETTERS) * len(VISIT_CODE_LETTERS) ** (VISIT_CODE_LENGTH - 1)
COURIER = "manual"
Step = tuple[str, dt.datetime, dict[str, int]]
"""One event of a chain: its kind, when it was, and its facts."""


@dataclass(slots=True)
class Ground:
    """What stands in the tables already and the history refers to."""

    area: int
    time_zone: str
    faults: Sequence[tuple[int, str, int, int]]
    products: Sequence[tuple[int, str]]
    territories: Sequence[int]
    parts: Sequence[int]
    price_list: int
    technicians: list[int] = field(default_factory=list)
    vans: list[int] = field(default_factory=list)
    customers_end: int = 0
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine of the history, with whose it is."""

    asset: int
    customer: int
    site: int
    phone: str
    family: str


def read_ground(connection: psycopg.Connection[Any]) -> Ground:
    """Read what the demo city has laid down."""

    def ask(question: str) -> list[tuple[Any, ...]]:
        return connection.execute(question).fetchall()

    area, zone = ask("SELECT id, time_zone FROM areas ORDER BY id LIMIT 1")[0]
    return Ground(
        area=area,
        time_zone=zone,
        faults=[tuple(row) for row in ask("SELECT id, family, priority, duration_minutes FROM fault_categories")],
        products=[tuple(row) for row in ask("SELECT id, family FROM products ORDER BY id")],
        territories=[row[0] for row in ask("SELECT id FROM territories")],
        parts=[row[0] for row in ask("SELECT id FROM parts")],
        price_list=ask("SELECT id FROM price_lists ORDER BY from_on LIMIT 1")[0][0],
        technicians=[row[0] for row in ask("SELECT id FROM technicians ORDER BY id")],
        customers_end=ask("SELECT id FROM stock_places WHERE kind = 'customer' LIMIT 1")[0][0],
        taken=frozenset(row[0] for row in ask("SELECT number FROM service_requests UNION SELECT code FROM visits")),
    )


class History:
    """Writes so many requests that ended before `now`, the oldest first."""

    def __init__(self, copying: Copying, ground: Ground, *, requests: int, now: dt.datetime) -> None:
        self._add, self._ground, self._requests, self._now = copying.add, ground, requests, now
        self._draw = random.Random(requests)
        self._machines: list[Machine] = []
        self._last_of: dict[int, int] = {}
        self._numbers = (number for number in map(_number, count()) if number not in ground.taken)
        self._codes = (code for number in count() if (code := _code(number, requests)) not in ground.taken)
        self._receipts = 0

    def write(self) -> None:
        """Write team, customers and requests."""
        self._add_team()
        for number in range(max(10, self._requests // REQUESTS_A_MACHINE)):
            self._machines.append(self._add_machine(number))
        begin = self._now - dt.timedelta(days=DAYS)
        pace = dt.timedelta(days=DAYS - 3) / self._requests
        for number in range(self._requests):
            self._add_request(number, begin + number * pace)

    def _add_team(self) -> None:
        ground = self._ground
        for number in range(len(ground.technicians), max(14, self._requests // REQUESTS_A_TECHNICIAN)):
            ground.technicians.append(
                self._add(
                    "technicians", area_id=ground.area, number=f"H{number:04d}", name=self._name(),
                    name_en=f"Technician {number}", phone=f"+86198{number:08d}", language="zh-CN", home_latitude=31.2,
                    home_longitude=121.4, territory_codes=[],
                )
            )  # fmt: skip
        for technician in ground.technicians:
            ground.vans.append(
                self._add(
                    "stock_places", code=f"history-van-{technician}", kind="van", name="车", name_en="Van",
                    area_id=ground.area, technician_id=None, latitude=None, longitude=None,
                )
            )  # fmt: skip
            for day in range(1, DAYS):
                starts_at = (self._now - dt.timedelta(days=day)).replace(hour=0, minute=30, second=0, microsecond=0)
                self._add(
                    "shifts", technician_id=technician, starts_at=starts_at, ends_at=starts_at + 9 * HOUR,
                    break_from_at=None, break_until_at=None, break_minutes=45, overtime_limit_minutes=60,
                    is_night=False,
                )  # fmt: skip

    def _add_machine(self, number: int) -> Machine:
        draw, ground = self._draw, self._ground
        name, phone = self._name(), f"+86137{number:08d}"
        customer = self._add(
            "customers", number=f"H{number}", number_digits=str(number), name=name, name_en=f"Customer {number}",
            language="zh-CN",
            segment="vip" if number % 50 == 0 else "existing", adviser=None, reviewed_on=None, merged_into_id=None,
            is_compared=True,
        )  # fmt: skip
        self._add("customer_phones", customer_id=customer, number=phone, is_compared=True)
        site = self._add(
            "sites", customer_id=customer, code=f"H{number}-1", address=f"中山路{number}号",
            address_en=f"{number} Zhongshan Road", district="静安", latitude=31.1 + draw.random() / 5,
            longitude=121.3 + draw.random() / 4, time_zone=ground.time_zone,
            territory_id=draw.choice(ground.territories), is_compared=True,
        )  # fmt: skip
        product, family = draw.choice(ground.products)
        bought_on = (self._now - dt.timedelta(days=draw.randrange(10, 2 * DAYS))).date()
        asset = self._add(
            "assets", customer_id=customer, site_id=site, product_id=product, serial=f"HX-{number:09d}",
            serial_digits=f"{number:09d}", serial_tail=f"{number % 10**6:06d}", purchased_on=bought_on,
            invoiced_on=bought_on, purchase_channel="store", delivered_on=None, accepted_on=None, sale_kind="retail",
            contract_months=None, price_cents=draw.randrange(1_000_00, 20_000_00), parent_id=None, replaced_by_id=None,
        )  # fmt: skip
        return Machine(asset, customer, site, phone, family)

    def _name(self) -> str:
        return self._draw.choice(SURNAMES) + self._draw.choice(GIVEN) + self._draw.choice(GIVEN)

    def _add_request(self, number: int, opened_at: dt.datetime) -> None:
        draw, machine = self._draw, self._draw.choice(self._machines)
        faults = [fault for fault in self._ground.faults if fault[1] == machine.family] or self._ground.faults
        fault, _, priority, minutes = draw.choice(faults)
        has_visit = draw.random() < 0.85  # noqa: PLR2004 (the share the demo city has)
        late = draw.random() < 0.04  # noqa: PLR2004
        from_at = (opened_at + dt.timedelta(hours=draw.randrange(3, 20) + 24 * late)).replace(minute=0, second=0)
        arrived_at = from_at + MINUTE * draw.randrange(5, 125)
        done_at = arrived_at + MINUTE * draw.randrange(minutes // 2, 2 * minutes)
        closed_at = done_at if has_visit else opened_at + 6 * MINUTE
        request = self._add(
            "service_requests", number=next(self._numbers), area_id=self._ground.area,
            customer_id=machine.customer, site_id=machine.site, asset_id=machine.asset, fault_category_id=fault,
            kind="preventive" if number % 12 == 0 else "repair", channel="hotline", contact_phone=machine.phone,
            language="zh-CN", severity="normal", priority=priority, state="closed",
            close_reason="solved" if has_visit else "solved_by_phone", note="", answered_by="hotline",
            opened_at=opened_at, closed_at=closed_at, tried_visits=int(has_visit), arrivals=int(has_visit),
            on_site_seconds=int((done_at - arrived_at).total_seconds()) if has_visit else 0,
            repeat_of_id=self._last_of.get(machine.asset) if draw.random() < 0.03 else None,  # noqa: PLR2004
        )  # fmt: skip
        self._last_of[machine.asset] = request
        self._add_call(number, request, machine, opened_at)
        steps: list[Step] = [("request_opened", opened_at, {}), ("window_promised", opened_at + 2 * MINUTE, {})]
        if has_visit:
            set_out_at = arrived_at - MINUTE * draw.randrange(10, 55)
            visit = self._add_visit(number, request, machine, minutes, from_at, set_out_at, arrived_at, done_at)
            steps += [
                ("visit_on_the_way", set_out_at, {"visit": visit}),
                ("visit_arrived", arrived_at, {"visit": visit}),
            ]
        self._add_chain(request, [*steps, ("request_closed", closed_at, {})])
        self._add_clock(
            f"request:{request}", request, "on_site", opened_at, 24 * HOUR, arrived_at if has_visit else None
        )
        self._add_message(number, request, machine, "booking_confirmed", opened_at)
        if number % 40 == 0:
            self._add_complaint(number, request, machine, closed_at)
        if number % 50 == 0:
            self._add_shipment(number, request, closed_at)

    def _add_call(self, number: int, request: int, machine: Machine, at: dt.datetime) -> None:
        call = self._add(
            "calls", call_sid=f"CA{number:032x}", area_id=self._ground.area, direction="inbound",
            from_number=machine.phone, to_number="+862150000000", contact_phone=None, state="ended",
            outcome="booked" if number % 9 else "abandoned", language="zh-CN", flow_version="history", node="booked",
            memory={}, steps=7, customer_id=machine.customer, request_id=request, started_at=at,
            first_audible_at=at, last_seen_at=at + 3 * MINUTE, ended_at=at + 3 * MINUTE,
        )  # fmt: skip
        for position, kind in enumerate(("said", "pressed", "said", "ended")):
            self._add(
                "call_events", call_id=call, position=position, kind=kind, node="menu",
                occurred_at=at + position * MINUTE, facts={},
            )  # fmt: skip
        self._add_clock(f"call:CA{number:032x}", request, "answer", at, dt.timedelta(seconds=15), at)

    def _add_chain(self, request: int, steps: Sequence[Step]) -> None:
        previous = FIRST_HASH
        for position, (kind, at, facts) in enumerate(steps):
            chained = ChainedEvent(
                f"request:{request}", position, kind, at, at, "history", "history", facts, {}, previous
            )
            link = hash_event(chained)
            self._add(
                "status_events", subject=chained.subject, position=position, kind=kind, occurred_at=at,
                recorded_at=at, source="history", actor="history", facts=facts, personal=None, personal_salts=None,
                personal_hashes={}, previous_hash=previous, hash=link,
            )  # fmt: skip
            previous = link

    def _add_clock(
        self, subject: str, request: int | None, kind: str, started_at: dt.datetime, length: dt.timedelta,
        done_at: dt.datetime | None,
    ) -> None:  # fmt: skip
        deadline_at = started_at + length
        is_late = done_at is not None and done_at > deadline_at
        self._add(
            "commitments", subject=subject, request_id=request, area_id=self._ground.area, kind=kind, policy_version=1,
            rule_version=1, agreement=None, started_at=started_at, deadline_at=deadline_at,
            state="withdrawn" if done_at is None else "broken" if is_late else "met",
            decided_at=deadline_at if is_late else done_at or started_at, fulfilled_at=done_at, left_seconds=None,
        )  # fmt: skip

    def _add_message(self, number: int, request: int, machine: Machine, template: str, at: dt.datetime) -> None:
        self._add(
            "messages", business_key=f"history:{template}:{number}", channel="sms", to_number=machine.phone,
            purpose="service", turn=20, time_zone=self._ground.time_zone, recipient=f"customer:{machine.customer}",
            language="zh-CN", template=template, template_version=1, values={}, body="您的报修已预约。",
            state="delivered" if number % 200 else "failed", request_id=request, visit_id=None, created_at=at,
            not_before_at=at, expires_at=at + 24 * HOUR, attempts=1, claimed_by=None, claimed_at=None,
            message_sid=f"SMH{template[:1]}{number:028x}", error=None, decided_at=at, chained_state="delivered",
            settled_at=at, settled_by="history",
        )  # fmt: skip

    def _add_visit(
        self, number: int, request: int, machine: Machine, minutes: int, from_at: dt.datetime,
        set_out_at: dt.datetime, arrived_at: dt.datetime, done_at: dt.datetime,
    ) -> int:  # fmt: skip
        who = self._draw.randrange(len(self._ground.technicians))
        technician = self._ground.technicians[who]
        visit = self._add(
            "visits", request_id=request, area_id=self._ground.area, technician_id=technician, code=next(self._codes),
            state="completed", incomplete_reason=None, duration_minutes=minutes, expected_at=None,
            window_from_at=from_at, window_until_at=from_at + 2 * HOUR, first_window_from_at=from_at,
            first_window_until_at=from_at + 2 * HOUR, set_out_at=set_out_at, arrived_at=arrived_at,
            completed_at=done_at, visits_before=0,
        )  # fmt: skip
        self._add(
            "work_reports", visit_id=visit, technician_id=technician, state="approved", sections={},
            departed_at=arrived_at, departed_latitude=None, departed_longitude=None, is_model_right=True,
            serial_seen=None, serial_check=None, is_serial_right=None, fault_found="", cause="", action="",
            charges_total_cents=0, agreed_total_cents=None, agreed_at=None, agreed_by=None, agreed_signature_id=None,
            opinion="satisfied", opinion_note="", customer_signer=None, customer_signature_id=None,
            technician_signature_id=None, signed_at=None, handed_in_at=done_at, decided_at=done_at + HOUR,
            decided_by="supervisor", decision_note="", next_visit_id=None,
        )  # fmt: skip
        if number % 2:
            score = self._draw.choice((5, 5, 5, 5, 4, 4, 3, 2))
            self._add(
                "survey_answers", visit_id=visit, request_id=request, technician_id=technician, score=score,
                answered_at=done_at + HOUR,
            )  # fmt: skip
            self._settle(request, machine, done_at)
        if number % 5 < 2:  # noqa: PLR2004 (two visits in five take a part)
            self._add(
                "stock_moves", kind="use", part_id=self._draw.choice(self._ground.parts), quantity=1,
                from_place_id=self._ground.vans[who], to_place_id=self._ground.customers_end, moved_at=done_at,
                moved_by="history", note="", visit_id=visit, requisition_id=None, reverses_id=None,
            )  # fmt: skip
        return visit

    def _settle(self, request: int, machine: Machine, at: dt.datetime) -> None:
        is_paid = self._draw.random() < 0.4  # noqa: PLR2004 (four in ten are out of warranty)
        self._receipts += 1
        decision = self._add(
            "entitlement_decisions", request_id=request, asset_id=machine.asset, decided_at=at, decided_by="history",
            reason="history", policy_version=1, facts={}, outcome={},
        )  # fmt: skip
        gross = (12_000, 5_000, self._draw.randrange(0, 60_000))
        total = sum(gross) if is_paid else 0
        settlement = self._add(
            "settlements", request_id=request, decision_id=decision, price_list_id=self._ground.price_list,
            state="settled", currency="CNY", total_cents=total, made_at=at, made_by="history", agreed_cents=total,
            agreed_at=at, agreed_by="history", approved_by=None, approved_reason=None,
            receipt_number=f"H{self._receipts:09d}", settled_at=at, settled_by="history", reverses_id=None,
        )  # fmt: skip
        for position, (item, cents) in enumerate(zip(("labour", "travel", "main_part"), gross, strict=True), start=1):
            self._add(
                "settlement_lines", settlement_id=settlement, position=position, item=item, code=item.upper(),
                name=item, name_en=item, quantity_hundredths=100, unit_cents=cents, gross_cents=cents,
                covered_percent=0 if is_paid else 100, covered_by="customer" if is_paid else "warranty",
                reason="out_of_warranty" if is_paid else "in_warranty", covered_cents=0 if is_paid else cents,
                charged_cents=cents if is_paid else 0,
            )  # fmt: skip
        if not is_paid:
            return
        is_settled = self._receipts % 100 > 0
        receivable = self._add(
            "receivables", customer_id=machine.customer, kind="settlement", settlement_id=settlement,
            agreement_id=None, request_id=request, currency="CNY", amount_cents=total,
            open_cents=0 if is_settled else total, due_on=at.date(), made_at=at, note="", courier="",
        )  # fmt: skip
        if is_settled:
            self._add(
                "payments", receivable_id=receivable, amount_cents=total, method="wechat", paid_at=at,
                taken_by="history",
            )  # fmt: skip

    def _add_complaint(self, number: int, request: int, machine: Machine, at: dt.datetime) -> None:
        answered_at = at + HOUR * self._draw.randrange(1, 26)
        complaint = self._add(
            "complaints", number=f"9{number:07d}", category=self._draw.choice(COMPLAINTS), state="closed",
            channel="hotline", language="zh-CN", contact_phone=machine.phone, customer_id=machine.customer,
            request_id=request, call_id=None, opened_at=at, answered_at=answered_at, answered_by="history",
            words="", level=0, customers_side="", our_side="", finding="", solution="",
            compensation_cents=0, gift="", deviation="", offered_at=None, offered_by=None, accepted_at=None,
            responsibility="nobody", improvement="", outcome_for_staff="", closed_at=answered_at, closed_by="history",
        )  # fmt: skip
        self._add_clock(f"complaint:{complaint}", None, "complaint", at, 24 * HOUR, answered_at)

    def _add_shipment(self, number: int, request: int, at: dt.datetime) -> None:
        self._add(
            "shipments", request_id=request, direction="to_customer", state="delivered", courier=COURIER,
            tracking_number=f"H{number}", contents="cable", expected_on=at.date(), is_for_self_fitting=False,
            made_at=at, made_by="history", delivered_at=at + 40 * HOUR, checked_at=at + 40 * HOUR,
        )  # fmt: skip


def _number(number: int) -> str:
    """Another request number for each number, as if drawn."""
    digits = f"{(number * 7_654_321 + 1_234_567) % 10**7:07d}"
    return digits + check_digit(digits)


def _code(number: int, visits: int) -> str:
    """The code of each visit of a history; of so many visits the older ones have given theirs to younger ones."""
    rest, place = number % CODES, len(VISIT_CODE_LETTERS)
    signs = []
    for _ in range(VISIT_CODE_LENGTH - 1):
        rest, digit = divmod(rest, place)
        signs.append(VISIT_CODE_LETTERS[digit])
    code = LETTERS[-1 - rest] + "".join(reversed(signs))
    return code if number + CODES >= visits else f"{code}-{number}"
