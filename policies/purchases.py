"""How a machine was sold, and by what paper its owner proves it (C1, C2)."""

from enum import StrEnum


class SaleKind(StrEnum):
    """`project`: with terms by contract. `clearance`: discounted, repaired for a charge from the first day (C3)."""

    RETAIL = "retail"
    PROJECT = "project"
    CLEARANCE = "clearance"


class ProofKind(StrEnum):
    """A paper by which a purchase is proved; the absence of all of them is a reason of its own."""

    INVOICE = "invoice"
    WARRANTY_CARD = "warranty_card"
    RECEIPT = "receipt"
    CONTRACT = "contract"
