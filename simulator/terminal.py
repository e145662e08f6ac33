"""A telephone in the terminal: what is spoken is printed, what you type is pressed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from simulator.desk_client import DeskClient, DeskRefused

HELP = """\
  0-9 * #    按键 press keys            回车 Enter   不作声 stay silent
  s 文字     说话 say, or leave a message  h            挂机 hang up
  t 文字     发短信 send an SMS          c            再拨 call again
  m          看短信 read messages        ?  帮助 help    q  退出 quit"""
_WHO = {"hotline": "热线", "caller": "您  ", "exchange": "····"}
# Spans that end by themselves while the caller only listens.
_PASSING = {"speaking", "playing", "pausing", "ringing", "talking"}
_MOST_STEPS = 500


class Terminal:
    """Reads commands with `ask` and writes with `show`, so a test can sit in front of it."""

    def __init__(
        self,
        desk: DeskClient,
        number: str,
        *,
        ask: Callable[[str], str] = input,
        show: Callable[[str], None] = print,
    ) -> None:
        self._desk = desk
        self._number = number
        self._ask, self._show = ask, show
        self._call: dict[str, Any] = {"is_over": True, "lines": []}
        self._shown_lines = 0
        self._shown_sids: set[str] = set()

    def run(self) -> int:
        """Dial, then take commands until `q` or the end of the input."""
        hotline = self._desk.get("people")["hotline"]
        self._show(f"{self._number} → {hotline}\n{HELP}\n")
        self._shown_sids = {sms["sid"] for sms in self._desk.show_phone(self._number)["messages"]}
        self._try(self._dial)
        while True:
            self._show_new_messages()
            try:
                line = self._ask(self._prompt())
            except EOFError:
                line = "q"
            if line.strip() == "q":
                self._try(self._hang_up)
                return 0
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
        if re.fullmatch(r"[0-9*#]+", line):
            for key in line:
                self._move("keys", key=key)
            self._listen()
        elif word in {"s", "t"} and rest:
            self._speak(rest) if word == "s" else self._text(rest)
        elif word in {"", "h", "c", "m"}:
            {"": self._stay_silent, "h": self._hang_up, "c": self._dial, "m": self._show_all_messages}[word]()
        else:
            self._show(HELP)

    def _dial(self) -> None:
        if not self._call["is_over"]:
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
        for line in call["lines"][self._shown_lines :]:
            self._show(f"  {line['at_seconds']:6.1f} s  {_WHO[line['who']]}  {line['words']}")
        self._shown_lines = len(call["lines"])

    def _text(self, body: str) -> None:
        self._desk.post(f"phones/{quote(self._number)}/texts", body=body)

    def _show_new_messages(self) -> None:
        for sms in self._desk.show_phone(self._number)["messages"]:
            if sms["sid"] not in self._shown_sids:
                self._shown_sids.add(sms["sid"])
                self._show(f"  ✉ {'→' if sms['is_mine'] else '←'} {sms['body']}")

    def _show_all_messages(self) -> None:
        self._shown_sids.clear()
