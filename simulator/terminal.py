"""A telephone in the terminal: what is spoken is printed, what you type or pipe in is pressed."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import Any, TextIO
from urllib.parse import quote

from simulator.desk_client import DeskClient, DeskRefused

HELP = """\
  0-9 * #    按键 press keys            回车 Enter   不作声 stay silent
  s 文字     说话 say, or leave a message  h            挂机 hang up
  t 文字     发短信 send an SMS          w            等短信 wait for an SMS
  m          看短信 read messages        p            谁能打 who can call
  c          再拨 call again            c 2          换人拨 call as number 2 of them
  ?          帮助 help                  q            退出 quit"""
_WHO = {"hotline": "热线", "caller": "您  ", "exchange": "····"}
# Spans that end by themselves while the caller only listens.
_PASSING = {"speaking", "playing", "pausing", "ringing", "talking"}
_MOST_STEPS = 500
_KEY = re.compile(r"\[[0-9*#]\]")
_LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 15.0
"""How long `w`, and the end of a piped script, wait for a text."""


def ask_at_the_terminal(prompt: str, typed: TextIO | None = None) -> str:
    """Ask whoever types; of a piped script show each line where a person would have typed it. Raises EOFError."""
    stream = typed or sys.stdin
    if stream.isatty():
        return input(prompt)
    line = stream.readline()
    if not line:
        raise EOFError
    print(f"{prompt}{line.rstrip()}")
    return line


class Terminal:
    """Reads commands with `ask` and writes with `show`, so a test can sit in front of it.

    Without a `number` the first customer of the desk calls. At the end of the input `lingers` waits for a last text.
    """

    def __init__(
        self,
        desk: DeskClient,
        number: str | None = None,
        *,
        ask: Callable[[str], str] = ask_at_the_terminal,
        show: Callable[[str], None] = print,
        pause: Callable[[float], None] = time.sleep,
        lingers: bool = False,
    ) -> None:
        self._desk = desk
        self._number = number or ""
        self._ask, self._show, self._pause = ask, show, pause
        self._lingers = lingers
        self._call: dict[str, Any] = {"is_over": True, "lines": []}
        self._shown_lines = 0
        self._shown_sids: set[str] = set()
        self._has_waited = False

    def run(self) -> int:
        """Dial, then take commands until `q` or the end of the input."""
        self._show(f"{HELP}\n")
        self._try(lambda: self._pick_up(self._number or _first_customer(self._list_people())))
        while True:
            self._show_new_messages()
            try:
                line = self._ask(self._prompt())
            except EOFError:
                self._try(self._hang_up)
                if self._lingers and not self._has_waited:
                    self._wait_for_a_message()
                return 0
            if line.strip() == "q":
                self._try(self._hang_up)
                return 0
            self._has_waited = line.strip() == "w"
            self._try(partial(self._obey, line.strip()))

    def _prompt(self) -> str:
        if self._call["is_over"]:
            return "已挂机 ended · c 再拨 call again, q 退出 quit > "
        return "录音中 recording · s … > " if self._call["moment"]["doing"] == "recording" else "> "

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except DeskRefused as refusal:
            self._show(f"  ! {refusal}")

    def _obey(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        with_words: dict[str, Callable[[str], None]] = {"s": self._speak, "t": self._text, "c": self._call_as}
        alone: dict[str, Callable[[], None]] = {
            "": self._stay_silent,
            "h": self._hang_up,
            "c": self._dial,
            "m": self._show_all_messages,
            "w": self._wait_for_a_message,
            "p": self._show_people,
        }
        if re.fullmatch(r"[0-9*#]+", line):
            self._move("keys", key=line)
            self._listen()
        elif word in with_words and rest.strip():
            with_words[word](rest.strip())
        elif line in alone:
            alone[line]()
        else:
            self._show(HELP)

    # ---- whose telephone it is ------------------------------------------------------------------------------------

    def _list_people(self) -> Sequence[dict[str, str]]:
        people: Sequence[dict[str, str]] = self._desk.get("people")["people"]
        return people

    def _show_people(self) -> None:
        for position, person in enumerate(self._list_people(), start=1):
            self._show(f"  {position:3}  {person['number']:15}  {person['name']} {person['name_en']}")

    def _call_as(self, who: str) -> None:
        """Call as one of the people by their place in the list, or from any number."""
        people = self._list_people()
        is_place = who.isascii() and who.isdigit() and 0 < int(who) <= len(people)
        self._pick_up(people[int(who) - 1]["number"] if is_place else who)

    def _pick_up(self, number: str) -> None:
        """Take somebody's telephone into the hand and dial; what they were texted before is not shown again."""
        self._hang_up()
        self._number = number
        self._shown_sids = {sms["sid"] for sms in self._desk.show_phone(number)["messages"]}
        names = [f"{one['name']} {one['name_en']} " for one in self._list_people() if one["number"] == number]
        self._show(f"{''.join(names[:1])}{number} → {self._desk.get('people')['hotline']}")
        self._dial()

    # ---- the call -------------------------------------------------------------------------------------------------

    def _dial(self) -> None:
        self._hang_up()
        self._shown_lines = 0
        self._take(self._desk.post("calls", **{"from": self._number}))
        self._listen()

    def _listen(self) -> None:
        """Let the hotline speak until it waits for something."""
        for _ in range(_MOST_STEPS):
            if self._call["is_over"] or self._call["moment"]["doing"] not in _PASSING:
                return
            self._move("heard", step=str(self._call["step"]))

    def _stay_silent(self) -> None:
        if not self._call["is_over"]:
            self._move("heard", step=str(self._call["step"]))
            self._listen()

    def _speak(self, words: str) -> None:
        self._move("words", words=words)
        if not self._call["is_over"] and self._call["moment"]["doing"] == "recording":
            # The words take their time; what comes after them is silence, and that is the caller's to keep.
            self._move("heard", step=str(self._call["step"]))
        self._listen()

    def _hang_up(self) -> None:
        if not self._call["is_over"]:
            self._move("hang-up")

    def _move(self, act: str, **fields: str) -> None:
        if self._call["is_over"]:
            raise DeskRefused("通话已结束 the call is over")
        self._take(self._desk.post(f"calls/{self._call['sid']}/{act}", **fields))

    def _take(self, call: dict[str, Any]) -> None:
        self._call = call
        self._show_lines(call["lines"][self._shown_lines :])
        self._shown_lines = len(call["lines"])

    def _show_lines(self, lines: Sequence[dict[str, Any]]) -> None:
        for is_key, group in groupby(lines, key=lambda line: bool(_KEY.fullmatch(line["words"]))):
            # Digits that were typed in one go stand in one line.
            same = list(group)
            words = [f"[{''.join(line['words'][1] for line in same)}]"] if is_key else [line["words"] for line in same]
            for line, said in zip(same, words, strict=False):
                self._show(f"  {line['at_seconds']:6.1f} s  {_WHO[line['who']]}  {said}")

    # ---- messages -------------------------------------------------------------------------------------------------

    def _text(self, body: str) -> None:
        self._desk.post(f"phones/{quote(self._number)}/texts", body=body)

    def _wait_for_a_message(self) -> None:
        waited = 0.0
        while not self._show_new_messages():
            if waited >= PATIENCE_SECONDS:
                self._show(f"  ✉ {PATIENCE_SECONDS:.0f} 秒内没有短信 no SMS in {PATIENCE_SECONDS:.0f} seconds")
                return
            self._pause(_LOOK_SECONDS)
            waited += _LOOK_SECONDS

    def _show_new_messages(self) -> bool:
        """Show what has come or gone since the last look; tell whether something has come."""
        messages = self._desk.show_phone(self._number)["messages"]
        new = [sms for sms in messages if sms["sid"] not in self._shown_sids]
        for sms in new:
            self._shown_sids.add(sms["sid"])
            self._show(f"  ✉ {'→' if sms['is_mine'] else '←'} {sms['body']}")
        return any(not sms["is_mine"] for sms in new)

    def _show_all_messages(self) -> None:
        self._shown_sids.clear()


def _first_customer(people: Sequence[dict[str, str]]) -> str:
    return next((one["number"] for one in people if one["role"] == "customer"), people[0]["number"])
