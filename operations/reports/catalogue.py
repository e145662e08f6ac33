"""All reports by name, in the order of the manual (R)."""

from __future__ import annotations

from operations.reports.complaint_causes import COMPLAINT_CAUSES
from operations.reports.fault_causes import FAULT_CAUSES
from operations.reports.parts_details import PARTS_DETAILS
from operations.reports.repairs_per_product import REPAIRS_PER_PRODUCT
from operations.reports.satisfaction import SATISFACTION_PER_AREA, SATISFACTION_PER_PRODUCT
from operations.reports.service_items import SERVICE_ITEMS
from operations.reports.settlement_details import SETTLEMENT_DETAILS
from operations.reports.shape import Report
from operations.reports.technician_performance import TECHNICIAN_PERFORMANCE
from operations.reports.warranties_expiring import WARRANTIES_EXPIRING

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        FAULT_CAUSES,
        SERVICE_ITEMS,
        COMPLAINT_CAUSES,
        SETTLEMENT_DETAILS,
        PARTS_DETAILS,
        REPAIRS_PER_PRODUCT,
        WARRANTIES_EXPIRING,
        TECHNICIAN_PERFORMANCE,
        SATISFACTION_PER_PRODUCT,
        SATISFACTION_PER_AREA,
    )
}
