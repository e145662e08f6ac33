"""The words by which people stop our texts."""

_WORDS = frozenset(
    {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "TD", "T", "退订", "停止"}
)
"""Twilio's own (its page "Twilio support for opt-out keywords") and the Chinese ones it does not know."""


def is_opt_out(text: str) -> bool:
    """Tell whether a text is nothing but a word that stops messages."""
    return text.strip().rstrip(".。!！").upper() in _WORDS
