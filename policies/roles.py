"""Who may see what (T3), and what a link is good for."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody does here; each page names the roles it is for."""

    CLERK = "clerk"
    DISPATCHER = "dispatcher"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    EXPERT = "expert"
    PARTS = "parts"
    COMPLAINTS = "complaints"
    SALESPERSON = "salesperson"
    TRAINER = "trainer"
    MANAGER = "manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class LinkPurpose(StrEnum):
    """What a signed link opens; one purpose per link."""

    ROUTE = "route"
    REQUEST = "request"
    HANDOVER = "handover"
    PASSWORD = "password"  # noqa: S105 (what a link is for)
