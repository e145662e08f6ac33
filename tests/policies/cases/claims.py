"""What a courier owes for a parcel: 3 times its carriage without insurance, as the postal law has it (P3)."""

from policies.parcel_claims import Loss
from tests.policies.cases.table import Case

CARRIAGE_TIMES = 3

CASES = (
    Case("丢失，足额保价", "Lost, insured for all it was worth", Loss(200_000, 200_000, 200_000, 3_000, True), 203_000),
    Case("丢失，保价一半", "Lost, insured for half", Loss(200_000, 200_000, 100_000, 3_000, True), 103_000),
    Case(
        "丢失，超额保价",
        "Lost, insured for more than it was worth",
        Loss(200_000, 200_000, 300_000, 3_000, True),
        203_000,
    ),
    Case("丢失，未保价", "Lost, not insured", Loss(200_000, 200_000, 0, 3_000, True), 12_000),
    Case("丢失，未保价，内件便宜", "Lost, not insured, worth little", Loss(5_000, 5_000, 0, 3_000, True), 8_000),
    Case(
        "破损，足额保价：赔修理费",
        "Damaged, insured for all: what repairing it costs",
        Loss(200_000, 60_000, 200_000, 3_000, False),
        60_000,
    ),
    Case(
        "破损，保价一半：赔一半",
        "Damaged, insured for half: half of it",
        Loss(200_000, 60_000, 100_000, 3_000, False),
        30_000,
    ),
    Case("破损，未保价", "Damaged, not insured", Loss(200_000, 60_000, 0, 3_000, False), 9_000),
    Case("丢失，未保价，没有运费", "Lost, neither insured nor with a carriage", Loss(200_000, 200_000, 0, 0, True), 0),
)
"""Given the loss; expected what is claimed, in cents."""
