"""The languages we speak (H2)."""

from enum import StrEnum


class Language(StrEnum):
    """Mandarin first, English on a key."""

    ZH = "zh-CN"
    EN = "en"

    @property
    def other(self) -> "Language":
        """The language the `9` key switches to."""
        return Language.EN if self is Language.ZH else Language.ZH
