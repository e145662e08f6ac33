"""What a key to the JSON API is good for; a key names every scope it has (S2)."""

from enum import StrEnum


class ApiScope(StrEnum):
    """One kind of thing, read or written."""

    REQUESTS_READ = "requests:read"
    REQUESTS_WRITE = "requests:write"
    VISITS_READ = "visits:read"
    VISITS_WRITE = "visits:write"
    CUSTOMERS_READ = "customers:read"
    TECHNICIANS_READ = "technicians:read"
    MESSAGES_READ = "messages:read"
