"""Who may see what (T3), and what a link is good for."""

from enum import StrEnum


class Role(StrEnum):
    """The roles of the first release; each page names the roles it is for."""

    CLERK = "clerk"
    DISPATCHER = "dispatcher"
    TECHNICIAN = "technician"
    MANAGER = "manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class LinkPurpose(StrEnum):
    """What a signed link opens; one purpose per link."""

    ROUTE = "route"
    REQUEST = "request"
    HANDOVER = "handover"
