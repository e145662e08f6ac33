"""What we do about a parcel, in the couriers' words (P3, H10)."""

from policies.shipments import NextStep, ShipmentDirection, ShipmentState
from tests.policies.cases.table import Case

TO, FROM = ShipmentDirection

STEPS = (
    Case("还没有交给快递", "Not handed over yet", ShipmentState.PREPARED, (NextStep.HAND_OVER, NextStep.CALL_CUSTOMER)),
    Case("正常件", "On its way", ShipmentState.SENT, (NextStep.NOTHING, NextStep.NOTHING)),
    Case(
        "疑难件：该到没到",
        "Should have come by now",
        ShipmentState.DELAYED,
        (NextStep.ASK_COURIER, NextStep.ASK_COURIER),
    ),
    Case(
        "超区件",
        "Out of the courier's area",
        ShipmentState.OUT_OF_AREA,
        (NextStep.OTHER_COURIER, NextStep.OTHER_COURIER),
    ),
    Case("破损件", "Damaged", ShipmentState.DAMAGED, (NextStep.SEND_AGAIN, NextStep.CALL_CUSTOMER)),
    Case("丢失件", "Lost", ShipmentState.LOST, (NextStep.SEND_AGAIN, NextStep.CALL_CUSTOMER)),
    Case("已签收", "Delivered", ShipmentState.DELIVERED, (NextStep.NOTHING, NextStep.NOTHING)),
)
"""Given where it is; expected the step for ours to the customer, and for the customer's to us."""
