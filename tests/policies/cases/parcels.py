"""What we do about a parcel, in the couriers' words (P3, H10)."""

from policies.parcel_claims import ClaimState
from policies.shipments import NextStep, ShipmentState
from tests.policies.cases.table import Case

SEARCH_DAYS, LOST_DAYS = 3, 7

STEPS = (
    Case(
        "还没有交给快递",
        "Not handed over yet",
        (ShipmentState.PREPARED, 0, False, False, None),
        (NextStep.HAND_OVER, NextStep.HAND_OVER, NextStep.CALL_CUSTOMER),
    ),
    Case("正常件", "On its way", (ShipmentState.SENT, 0, False, False, None), (NextStep.NOTHING,) * 3),
    Case(
        "疑难件：晚了2天", "Two days late", (ShipmentState.DELAYED, 2, False, False, None), (NextStep.ASK_COURIER,) * 3
    ),
    Case("疑难件：晚了3天", "Three days late", (ShipmentState.DELAYED, 3, False, False, None), (NextStep.SEARCH,) * 3),
    Case(
        "疑难件：晚了7天，按丢失处理",
        "Seven days late: as if it were lost",
        (ShipmentState.DELAYED, 7, False, False, None),
        (NextStep.SEND_AGAIN, NextStep.COMPENSATE, NextStep.COMPENSATE),
    ),
    Case(
        "超区件",
        "Out of the courier's area",
        (ShipmentState.OUT_OF_AREA, 0, False, False, None),
        (NextStep.OTHER_COURIER,) * 3,
    ),
    Case(
        "超区件：已换快递重寄",
        "Out of the courier's area, sent by another one",
        (ShipmentState.OUT_OF_AREA, 0, True, False, None),
        (NextStep.NOTHING,) * 3,
    ),
    Case(
        "破损件",
        "Damaged",
        (ShipmentState.DAMAGED, 0, False, False, None),
        (NextStep.SEND_AGAIN, NextStep.CALL_CUSTOMER, NextStep.CALL_CUSTOMER),
    ),
    Case(
        "丢失件",
        "Lost",
        (ShipmentState.LOST, 0, False, False, None),
        (NextStep.SEND_AGAIN, NextStep.COMPENSATE, NextStep.COMPENSATE),
    ),
    Case(
        "丢失件：已补寄",
        "Lost, and another one sent",
        (ShipmentState.LOST, 0, True, False, None),
        (NextStep.CLAIM, NextStep.COMPENSATE, NextStep.COMPENSATE),
    ),
    *(
        Case(zh, en, (ShipmentState.LOST, 0, True, True, claim), (ours, own, own))
        for zh, en, claim, ours, own in (
            (
                "丢失件：已补寄或已赔偿",
                "Lost, and replaced or paid for",
                None,
                NextStep.CLAIM,
                NextStep.RECOVER,
            ),
            (
                "丢失件：已索赔",
                "The same, claimed from the courier",
                ClaimState.RAISED,
                NextStep.AWAIT_COURIER,
                NextStep.AWAIT_COURIER,
            ),
            (
                "丢失件：快递同意赔付",
                "The same, granted by the courier",
                ClaimState.GRANTED,
                NextStep.NOTHING,
                NextStep.NOTHING,
            ),
            (
                "丢失件：快递拒绝赔付",
                "The same, refused by the courier",
                ClaimState.REFUSED,
                NextStep.NOTHING,
                NextStep.NOTHING,
            ),
        )
    ),
    Case(
        "丢失件：已索赔，还没有补寄或赔偿",
        "Lost and claimed, but neither replaced nor paid for",
        (ShipmentState.LOST, 0, False, False, ClaimState.RAISED),
        (NextStep.SEND_AGAIN, NextStep.COMPENSATE, NextStep.COMPENSATE),
    ),
    Case("已签收", "Delivered", (ShipmentState.DELIVERED, 0, False, False, None), (NextStep.NOTHING,) * 3),
)
"""Given where it is, the days it is late, whether it is replaced, paid for and claimed; expected the
step for ours to the customer, for their own back to them, and for theirs to us."""
