"""How a message reaches a person."""

from enum import StrEnum


class MessageChannel(StrEnum):
    """`voice` is a call that says the message and asks for a key."""

    SMS = "sms"
    VOICE = "voice"
    EMAIL = "email"
    CHAT = "chat"
