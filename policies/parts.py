"""Parts: where they can lie, how they may move, and how a requisition proceeds (P1)."""

from enum import StrEnum


class PartClass(StrEnum):
    """What a part is to the warranty: of the whole unit, or an accessory or wear part (C2)."""

    UNIT = "unit"
    ACCESSORY = "accessory"


class PlaceKind(StrEnum):
    """Where parts lie. Suppliers, customers, scrap and differences close the books: nothing comes from nowhere."""

    WAREHOUSE = "warehouse"
    VAN = "van"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    SCRAP = "scrap"
    DIFFERENCE = "difference"


OURS = frozenset({PlaceKind.WAREHOUSE, PlaceKind.VAN})
"""Where we keep stock: never less than nothing."""


class MoveKind(StrEnum):
    """Why parts move."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    RETURN = "return"
    TRANSFER = "transfer"
    USE = "use"
    SALE = "sale"
    SCRAP = "scrap"
    COUNT = "count"
    REVERSAL = "reversal"


_FROM_TO: dict[MoveKind, tuple[frozenset[PlaceKind], frozenset[PlaceKind]]] = {
    MoveKind.RECEIPT: (frozenset({PlaceKind.SUPPLIER}), OURS),
    MoveKind.ISSUE: (frozenset({PlaceKind.WAREHOUSE}), frozenset({PlaceKind.VAN})),
    MoveKind.RETURN: (frozenset({PlaceKind.VAN, PlaceKind.CUSTOMER}), frozenset({PlaceKind.WAREHOUSE})),
    MoveKind.TRANSFER: (OURS, OURS),
    MoveKind.USE: (OURS, frozenset({PlaceKind.CUSTOMER})),
    MoveKind.SALE: (OURS, frozenset({PlaceKind.CUSTOMER})),
    MoveKind.SCRAP: (OURS, frozenset({PlaceKind.SCRAP})),
    MoveKind.COUNT: (OURS | {PlaceKind.DIFFERENCE}, OURS | {PlaceKind.DIFFERENCE}),
    MoveKind.REVERSAL: (frozenset(PlaceKind), frozenset(PlaceKind)),
}


class StockMoveRefused(ValueError):
    """Parts do not move this way: the kind of move, and the kinds of the two places."""


def check_move(kind: MoveKind, from_kind: PlaceKind, to_kind: PlaceKind) -> None:
    """Raise StockMoveRefused unless a move of this kind may lead from one kind of place to the other."""
    sources, targets = _FROM_TO[kind]
    is_no_difference = kind is MoveKind.COUNT and (from_kind in OURS) is (to_kind in OURS)
    if from_kind not in sources or to_kind not in targets or is_no_difference:
        raise StockMoveRefused(f"{kind}: {from_kind} -> {to_kind}")


class RequisitionState(StrEnum):
    """From the wish for parts to their being on the van."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    ISSUED = "issued"


_REQUISITION_MOVES: dict[RequisitionState, frozenset[RequisitionState]] = {
    RequisitionState.REQUESTED: frozenset({RequisitionState.APPROVED, RequisitionState.REFUSED}),
    RequisitionState.APPROVED: frozenset({RequisitionState.ISSUED, RequisitionState.REFUSED}),
    RequisitionState.REFUSED: frozenset(),
    RequisitionState.ISSUED: frozenset(),
}


class RequisitionMoveRefused(ValueError):
    """The requisition cannot go from its state to the one asked for."""


def move_requisition(now: RequisitionState, to: RequisitionState) -> RequisitionState:
    """Return `to` if a requisition may go there from `now`; otherwise raise RequisitionMoveRefused."""
    if to not in _REQUISITION_MOVES[now]:
        raise RequisitionMoveRefused(f"{now} -> {to}")
    return to


class ReservationState(StrEnum):
    """Parts kept for a visit: wanted, used there, or no longer needed."""

    OPEN = "open"
    USED = "used"
    RELEASED = "released"


class PartSource(StrEnum):
    """Where the part of a visit comes from, as things stand."""

    ON_VAN = "on_van"
    PICK_UP = "pick_up"
    IN_STORE = "in_store"
    ARRIVING = "arriving"
    MISSING = "missing"


def units_to_order(*, held: int, ordered: int, reorder_point: int, reorder_up_to: int) -> int:
    """Return how many units to order: none above the reorder point, otherwise what fills up again (P5).

    What is on its way counts as held, so that asking twice orders once.
    """
    if held + ordered > reorder_point:
        return 0
    return max(0, reorder_up_to - held - ordered)
