"""What a dispatcher must look at, because the hotline could not keep what we promise (H5, H13, H17)."""

from enum import StrEnum


class EscalationReason(StrEnum):
    """Why somebody must act."""

    BEYOND_COMMITMENT = "beyond_commitment"
    NO_WINDOW = "no_window"
    OUT_OF_AREA = "out_of_area"
    REPEAT = "repeat"
    SERVICE_POINT_SILENT = "service_point_silent"
    SERVICE_POINT_LATE = "service_point_late"
    UNFINISHED = "unfinished"
    NO_TECHNICIAN = "no_technician"
    PROMISE_SLIPPING = "promise_slipping"
    NEEDS_HELP = "needs_help"
    SERIAL_DIFFERS = "serial_differs"
    NOT_SATISFIED = "not_satisfied"
    BEYOND_REPAIR = "beyond_repair"
    LOANER_OVERDUE = "loaner_overdue"
    RUNNING_LATE = "running_late"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    NEEDS_PART = "needs_part"
    PARCEL = "parcel"
