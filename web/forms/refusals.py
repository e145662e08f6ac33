"""What operations about money refuse, each told by a sentence of its own: refused.price_list_gap."""

import re

from operations.aftercare.parcel_claims import (
    CompensationNotDue,
    CustomerUnknown,
    NothingToClaim,
    ParcelClaimedAlready,
    ParcelNotLost,
)
from operations.aftercare.returns import (
    ConditionUnknown,
    ReplacementIncomplete,
    ReturnNotDue,
    ReturnOpenAlready,
    SerialTaken,
    SerialTooShort,
)
from operations.money.agreements import AgreementEmpty, AgreementOverlap, AgreementOwnApproval, AllowanceUsedUp
from operations.money.entitlement import RequestWithoutAsset
from operations.money.penalties import PenaltyConfirmedAlready
from operations.money.prices import PriceListGap, PriceMissing
from operations.money.receivables import ExpenseImpossible
from operations.money.settlements import CustomerUnnamed, NothingToSettle, RequestSettledAlready
from operations.people.customer_file import (
    DayImpossible,
    MergeImpossible,
    MergeUndoneAlready,
    ProofImpossible,
    TransferImpossible,
)
from operations.privacy.erasure import ErasedAlready, MattersOpen
from policies.agreements import AgreementMoveRefused
from policies.authority import AuthorityExceeded
from policies.complaints import (
    ComplaintMoveRefused,
    DateNotAhead,
    DeviationUnexplained,
    ImprovementDateWrong,
    ImprovementMoveRefused,
    OneSideUnheard,
    SolutionEmpty,
)
from policies.entitlement import ChoiceNotOffered
from policies.parcel_claims import ClaimMoveRefused, GrantImpossible, LossImpossible
from policies.receivables import ExpenseMoveRefused, PaymentTooLarge
from policies.responsibility import ResponsibilityUnexplained
from policies.returns import RefundAbovePrice, ReturnMoveRefused, ReturnPriceUnknown
from policies.settlement import EntitlementUndecided, QuantityOutOfRange, SettlementMoveRefused
from web.forms.form_fields import Refusals

_ERRORS: tuple[type[Exception], ...] = (
    DayImpossible,
    MergeImpossible,
    MergeUndoneAlready,
    ProofImpossible,
    TransferImpossible,
    ComplaintMoveRefused,
    DateNotAhead,
    ImprovementDateWrong,
    ImprovementMoveRefused,
    DeviationUnexplained,
    OneSideUnheard,
    ResponsibilityUnexplained,
    SolutionEmpty,
    ConditionUnknown,
    RefundAbovePrice,
    ReplacementIncomplete,
    ReturnMoveRefused,
    ReturnNotDue,
    ReturnOpenAlready,
    ReturnPriceUnknown,
    SerialTaken,
    SerialTooShort,
    ClaimMoveRefused,
    CompensationNotDue,
    CustomerUnknown,
    GrantImpossible,
    LossImpossible,
    NothingToClaim,
    ParcelClaimedAlready,
    ParcelNotLost,
    AgreementEmpty,
    AgreementMoveRefused,
    AgreementOverlap,
    AgreementOwnApproval,
    AllowanceUsedUp,
    AuthorityExceeded,
    ChoiceNotOffered,
    CustomerUnnamed,
    ErasedAlready,
    MattersOpen,
    EntitlementUndecided,
    ExpenseImpossible,
    ExpenseMoveRefused,
    NothingToSettle,
    PaymentTooLarge,
    PenaltyConfirmedAlready,
    PriceListGap,
    PriceMissing,
    QuantityOutOfRange,
    RequestSettledAlready,
    RequestWithoutAsset,
    SettlementMoveRefused,
)


def sentence_of(refusal: type[Exception]) -> str:
    """Return the name of an error's sentence."""
    return "refused." + re.sub(r"(?<!^)(?=[A-Z])", "_", refusal.__name__).lower()


REFUSALS: Refusals = {refusal: sentence_of(refusal) for refusal in _ERRORS}
