"""What we do about a parcel, in the couriers' words (P3, H10)."""

from policies.shipments import NextStep, ShipmentState
from tests.policies.cases.table import Case

SEARCH_DAYS, LOST_DAYS = 3, 7

STEPS = (
    Case(
        "还没有交给快递",
        "Not handed over yet",
        (ShipmentState.PREPARED, 0, False),
        (NextStep.HAND_OVER, NextStep.HAND_OVER, NextStep.CALL_CUSTOMER),
    ),
    Case("正常件", "On its way", (ShipmentState.SENT, 0, False), (NextStep.NOTHING,) * 3),
    Case("疑难件：晚了2天", "Two days late", (ShipmentState.DELAYED, 2, False), (NextStep.ASK_COURIER,) * 3),
    Case("疑难件：晚了3天", "Three days late", (ShipmentState.DELAYED, 3, False), (NextStep.SEARCH,) * 3),
    Case(
        "疑难件：晚了7天，按丢失处理",
        "Seven days late: as if it were lost",
        (ShipmentState.DELAYED, 7, False),
        (NextStep.SEND_AGAIN, NextStep.COMPENSATE, NextStep.COMPENSATE),
    ),
    Case("超区件", "Out of the courier's area", (ShipmentState.OUT_OF_AREA, 0, False), (NextStep.OTHER_COURIER,) * 3),
    Case(
        "超区件：已换快递重寄",
        "Out of the courier's area, sent by another one",
        (ShipmentState.OUT_OF_AREA, 0, True),
        (NextStep.NOTHING,) * 3,
    ),
    Case(
        "破损件",
        "Damaged",
        (ShipmentState.DAMAGED, 0, False),
        (NextStep.SEND_AGAIN, NextStep.CALL_CUSTOMER, NextStep.CALL_CUSTOMER),
    ),
    Case(
        "丢失件",
        "Lost",
        (ShipmentState.LOST, 0, False),
        (NextStep.SEND_AGAIN, NextStep.COMPENSATE, NextStep.COMPENSATE),
    ),
    Case(
        "丢失件：已补寄",
        "Lost, and another one sent",
        (ShipmentState.LOST, 0, True),
        (NextStep.CLAIM, NextStep.COMPENSATE, NextStep.COMPENSATE),
    ),
    Case("已签收", "Delivered", (ShipmentState.DELIVERED, 0, False), (NextStep.NOTHING,) * 3),
)
"""Given where it is, the days it is late and whether it is replaced; expected the step for ours to the customer, for
their own back to them, and for theirs to us."""
