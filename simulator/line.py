"""What a verb may ask of the line it is played on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from xml.etree.ElementTree import Element

from simulator.documents import DocumentSource
from simulator.exchange import Exchange
from simulator.spans import Context, Event, Fetch, Outcome, Steps


class Line(Protocol):
    """One leg of a call, as verbs see it."""

    exchange: Exchange
    sid: str
    number: str
    """The number of the person on this leg."""
    context: Context
    source: DocumentSource

    @property
    def passed_seconds(self) -> float:
        """How much of the present span has passed."""
        ...

    @property
    def left_seconds(self) -> float:
        """How much of the present span is left."""
        ...

    def give(self, event: Event) -> bool:
        """Let something happen on the leg, and tell whether anybody noticed."""
        ...

    def note(self, words: str) -> None:
        """Write something into the transcript that only the exchange knows."""
        ...

    def tell(self, fetch: Fetch) -> None:
        """Ask for a document that nobody will hear, because the caller is gone."""
        ...

    def notify(self, fetch: Fetch) -> None:
        """Ask for a document that is not played, because the leg goes on elsewhere."""
        ...

    def send_callback(self, kind: str, url: str, fields: Mapping[str, str], *, method: str = "POST") -> None:
        """Queue a callback that carries exactly these fields."""
        ...

    def base_fields(self) -> dict[str, str]:
        """Return the parameters of every request about this leg."""
        ...

    def perform(self, verbs: list[Element]) -> Steps:
        """Play verbs until one leads elsewhere; Over at the end of the document."""
        ...

    def fetch(self, fetch: Fetch) -> list[Element]:
        """Ask the app for the next document and read it strictly."""
        ...

    def whisper_to(self, called: CalledParty) -> Outcome | None:
        """Play the whisper document to a called person; the outcome tells whether the two are joined."""
        ...


@dataclass(frozen=True, slots=True)
class CalledParty:
    """A person called by Dial: the number, the one this person sees, and the whisper's URL if there is one."""

    number: str
    sid: str
    shown_number: str
    whisper_url: str = ""
    whisper_method: str = "POST"
    keys: str = ""
