"""One turn of a call: what a node may look at and change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from ivr.prompts import Line
from models import Call
from operations.foundation.house import House
from operations.telephone.calls import reach_number, their_number
from outbox.words import Named, name_in
from policies.figures import Figures
from policies.languages import Language
from policies.phone_numbers import dialable_number


@dataclass(slots=True)
class Turn:
    """The call, the transaction it is changed in, and the instant. `spoken_first` comes before the next node's own."""

    session: Session
    call: Call
    figures: Figures
    house: House
    now: dt.datetime
    spoken_first: list[Line] = field(default_factory=list)

    @property
    def language(self) -> Language:
        """The language the call is held in."""
        return self.call.language

    @property
    def is_english(self) -> bool:
        """Whether names of things are said in English."""
        return self.call.language is Language.EN

    @property
    def phone(self) -> str | None:
        """The caller's number if it can be called back, which is also the one by which we recognise them."""
        return dialable_number(their_number(self.call))

    @property
    def contact_phone(self) -> str | None:
        """Where to reach the caller; it may be a number they keyed, which proves nothing."""
        return reach_number(self.call)

    def name_of(self, thing: Named) -> str:
        """Return the name of a product, a fault, a category in the call's language."""
        return name_in(thing, self.language)

    def begin_booking(self) -> None:
        """Forget what was offered before: another visit, or another time for one."""
        self.remember(skip=[], rounds=1, span=None, is_beyond=False)

    def recall(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - plain JSON, each node knows its own
        """Return what an earlier turn of this call remembered."""
        return self.call.memory.get(name, default)

    def remember(self, **values: Any) -> None:  # noqa: ANN401
        """Keep values for later turns of this call."""
        # A new dictionary each time: the column is plain JSON and sees only assignments.
        self.call.memory = {**self.call.memory, **values}

    def say_first(self, prompt: str, **values: object) -> None:
        """Say a sentence before whatever comes next."""
        self.spoken_first.append(Line(prompt, values))
