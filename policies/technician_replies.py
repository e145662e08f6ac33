"""What a technician's text means: a command and a visit's code, in either language, however it is spelt (D10)."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from policies.request_numbers import VISIT_CODE_LENGTH, VISIT_CODE_LETTERS

MOST_MINUTES = 600
LONGEST_NOTE = 160
HOURS, MINUTES = 24, 60
SHORTEST_MISSPELT = 4
LIKENESS = 0.84
SHORTEST_PART_NUMBER = 3


class Command(StrEnum):
    """What a technician can report about a visit."""

    ACCEPT = "accept"
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    DONE = "done"
    DECLINE = "decline"
    LATE = "late"
    NEED_PART = "need_part"
    NEED_HELP = "need_help"
    NO_ACCESS = "no_access"


@dataclass(frozen=True, slots=True)
class Reply:
    """A command about one visit, or, when `code` is None, about what the command makes sense for.

    `minutes` is how late, or how long the drive takes; `clock` is the local time of day ("10:40") the technician means
    to be there; `note` is the reason, the part, or what the matter is, in his words.
    """

    command: Command
    code: str | None
    minutes: int | None = None
    clock: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PartWish:
    """What may be part numbers in a technician's words, in capitals, and how many he wants."""

    numbers: tuple[str, ...]
    units: int


def read_part_wish(note: str) -> PartWish:
    """Return what a note says about a part: "lv-lamp6 x2", "2 LV-LAMP6"; one unit unless it says more."""
    words = re.findall(r"[A-Z0-9][A-Z0-9./_-]*", unicodedata.normalize("NFKC", note).upper())
    counts = [int(found[1]) for word in words if (found := re.fullmatch(r"X?([1-9][0-9]?)", word))]
    numbers = tuple(word for word in words if re.search(r"[A-Z]", word) and len(word) >= SHORTEST_PART_NUMBER)
    return PartWish(numbers, counts[0] if len(counts) == 1 else 1)


_WORDS: dict[Command, tuple[str, ...]] = {
    Command.ACCEPT: ("1", "ACCEPT", "ACCEPTED", "OK", "YES", "接单", "接受", "收到", "好的", "接"),
    Command.ON_THE_WAY: ("2", "ON THE WAY", "ON MY WAY", "OTW", "LEFT", "出发", "已出发", "在路上", "路上"),
    Command.ARRIVED: ("3", "ARRIVED", "ARRIVE", "HERE", "ON SITE", "到达", "已到达", "到了", "已到", "到"),
    Command.DONE: (
        "4", "DONE", "FINISHED", "FINISH", "COMPLETE", "COMPLETED", "完成", "已完成", "完工", "好了", "修好",
    ),
    Command.LATE: ("5", "LATE", "DELAYED", "DELAY", "RUNNING LATE", "晚到", "晚点", "迟到", "延误", "会晚"),
    Command.NEED_PART: ("6", "NEED PART", "NEED A PART", "PART", "需要配件", "缺配件", "缺件", "配件"),
    Command.NEED_HELP: ("7", "NEED HELP", "HELP", "需要帮助", "求助", "帮忙", "请求支援", "支援"),
    Command.NO_ACCESS: ("8", "NO ACCESS", "NOBODY HOME", "NOBODY", "没人", "无人", "家里没人", "进不去", "无法进门"),
    Command.DECLINE: ("9", "DECLINE", "REJECT", "REFUSE", "CANNOT", "退单", "拒绝", "拒单", "不接", "去不了"),
}  # fmt: skip
_BARE = (Command.ACCEPT, Command.ARRIVED, Command.DONE, Command.NO_ACCESS)
_WITH_TIME = (Command.ON_THE_WAY, Command.LATE)
_WITH_NOTE = (Command.DECLINE, Command.NEED_PART, Command.NEED_HELP)
_COMMAND_OF = {word.replace(" ", ""): command for command, words in _WORDS.items() for word in words}
_CODE = f"(?P<code>[{VISIT_CODE_LETTERS}]{{{VISIT_CODE_LENGTH}}})"
_MINUTES = r"(?P<minutes>[0-9]{1,3})\s*(?:MINUTES|MINUTE|MINS|MIN|M|分钟|分)?"
_TIME = rf"(?:(?:ETA|IN|BY|预计|大约|大概|约)\W*)?(?:(?P<clock>[0-9]{{1,2}}[:点][0-9]{{2}})分?|{_MINUTES})(?:到|后到)?"
# Behind a code a note begins with anything but a letter or digit: 9K7PDX could be a code mistyped.
_NOTE = r"(?:(?![A-Z0-9])(?P<note>.*))?"


def _one_of(commands: tuple[Command, ...]) -> str:
    # Longest first, so that 已到达 is not read as 已到 and a code.
    words = sorted((word for command in commands for word in _WORDS[command]), key=len, reverse=True)
    return "(?P<command>" + "|".join(re.escape(word).replace(r"\ ", r"\s*") for word in words) + ")"


_FORMS = tuple(
    re.compile(f"^{form}$", re.DOTALL)
    for form in (
        rf"{_one_of(_BARE)}\W*{_CODE}?\W*",
        rf"{_one_of(_WITH_TIME)}\W*{_CODE}?(?:\W*{_TIME})?\W*",
        rf"{_one_of(_WITH_TIME)}\W*{_TIME}\W*{_CODE}\W*",
        rf"{_one_of(_WITH_NOTE)}\W*{_CODE}{_NOTE}",
        rf"{_one_of(_WITH_NOTE)}\W+(?P<note>.*?)\W+{_CODE}\W*",
        rf"{_one_of(_WITH_NOTE)}\W*",
        rf"{_CODE}\W*{_one_of(_BARE)}\W*",
        rf"{_CODE}\W*{_one_of(_WITH_TIME)}(?:\W*{_TIME})?\W*",
        rf"{_CODE}\W*{_one_of(_WITH_NOTE)}{_NOTE}",
    )
)
_LATIN = re.compile(rf"(?<![A-Z0-9])[A-Z]{{{SHORTEST_MISSPELT},}}(?![A-Z0-9])")
_WORDS_WORTH_MENDING = [word for word in _COMMAND_OF if word.isascii() and len(word) >= SHORTEST_MISSPELT]


def read_reply(text: str) -> Reply | None:
    """Return what a text means, or None when it means nothing we know.

    Full-width letters and digits, any case, spaces, full stops, either order and a slip in a long word are all
    understood: "2K7PD", "k7pd on the way", "出发 K7PD 25分钟", "５Ｋ７ＰＤ　２０", "late 20 min K7PD", "9K7PD 车坏了",
    "arived k7pd". A code with a character we never use is no code, and how late takes a number.
    """
    written = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    # A few letters grow when they are raised ("ß"), and their notes are kept raised.
    plain = written.upper()
    return _read(plain, written if len(written) == len(plain) else plain) or _read(_mend(plain), "")


def _read(plain: str, written: str) -> Reply | None:
    for form in _FORMS:
        match = form.match(plain)
        if match is None:
            continue
        found = {"code": None, "minutes": None, "clock": None, "note": None, **match.groupdict()}
        command = _COMMAND_OF[re.sub(r"\s+", "", str(found["command"]))]
        minutes = int(found["minutes"]) if found["minutes"] else None
        clock = str(found["clock"]).replace("点", ":") if found["clock"] else None
        is_told_when = minutes is not None or clock is not None
        if (command is Command.LATE and not is_told_when) or not _is_possible(minutes, clock):
            return None
        note = found["note"] or ""
        if note and written:
            note = written[match.start("note") : match.end("note")]
        note = re.sub(r"^\W+|\s+$", "", note)[:LONGEST_NOTE]
        return Reply(command, found["code"], minutes, clock, note)
    return None


def _is_possible(minutes: int | None, clock: str | None) -> bool:
    hour, _, minute = (clock or "0:00").partition(":")
    return int(hour) < HOURS and int(minute) < MINUTES and (minutes is None or 0 < minutes <= MOST_MINUTES)


def _mend(plain: str) -> str:
    """Put the word we know in the place of one that is nearly it and begins alike: ACEPT, ARIVED, FINSHED."""

    def replace(match: re.Match[str]) -> str:
        like = difflib.get_close_matches(match[0], _WORDS_WORTH_MENDING, n=1, cutoff=LIKENESS)
        return like[0] if like and like[0][0] == match[0][0] else match[0]

    return _LATIN.sub(replace, plain, count=1)
