"""The ways a request can reach us (H16)."""

from enum import StrEnum


class Channel(StrEnum):
    """Where a request came from."""

    HOTLINE = "hotline"
    VOICEMAIL = "voicemail"
    DESK = "desk"
    WEB = "web"
    SMS = "sms"
    EMAIL = "email"
    CHAT = "chat"
    DEMO = "demo"
    PLAN = "plan"
