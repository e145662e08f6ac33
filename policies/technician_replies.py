"""What a technician's text means: a command and a visit's code, in either language, however it is spelt (D10)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from policies.request_numbers import VISIT_CODE_LENGTH, VISIT_CODE_LETTERS


class Command(StrEnum):
    """What a technician can report about a visit."""

    ACCEPT = "accept"
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    DONE = "done"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Reply:
    """A command about one visit, or about all that wait for it when `code` is None."""

    command: Command
    code: str | None


_WORDS: dict[Command, tuple[str, ...]] = {
    Command.DECLINE: ("9", "DECLINE", "REJECT", "REFUSE", "退单", "拒绝", "拒单", "不接"),
    Command.ACCEPT: ("1", "ACCEPT", "ACCEPTED", "OK", "YES", "接单", "接受", "收到", "好的", "接"),
    Command.ON_THE_WAY: ("2", "ON THE WAY", "ON MY WAY", "OTW", "LEFT", "出发", "已出发", "在路上", "路上"),
    Command.ARRIVED: ("3", "ARRIVED", "ARRIVE", "HERE", "ON SITE", "到达", "已到达", "到了", "已到", "到"),
    Command.DONE: (
        "4",
        "DONE",
        "FINISHED",
        "FINISH",
        "COMPLETE",
        "COMPLETED",
        "完成",
        "已完成",
        "完工",
        "好了",
        "修好",
    ),
}
_COMMAND_OF = {word.replace(" ", ""): command for command, words in _WORDS.items() for word in words}
# Longest first, so that 已到达 is not read as 已到 and a code.
_ALL_WORDS = sorted((word for words in _WORDS.values() for word in words), key=len, reverse=True)
_COMMANDS = "|".join(re.escape(word).replace(r"\ ", r"\s*") for word in _ALL_WORDS)
_CODE = f"[{VISIT_CODE_LETTERS}]{{{VISIT_CODE_LENGTH}}}"
_COMMAND_FIRST = re.compile(rf"^(?P<command>{_COMMANDS})\W*(?P<code>{_CODE})?\W*$")
_CODE_FIRST = re.compile(rf"^(?P<code>{_CODE})\W*(?P<command>{_COMMANDS})\W*$")


def read_reply(text: str) -> Reply | None:
    """Return what a text means, or None when it means nothing we know.

    Full-width letters and digits, any case, spaces, full stops and either order are all understood:
    "2K7PD", "k7pd on the way", "出发 K7PD", "１ｋ７ｐｄ。". A code with a character we never use is no code.
    """
    plain = unicodedata.normalize("NFKC", text).upper().strip()
    match = _COMMAND_FIRST.match(plain) or _CODE_FIRST.match(plain)
    if match is None:
        return None
    return Reply(_COMMAND_OF[re.sub(r"\s+", "", match["command"])], match["code"])
