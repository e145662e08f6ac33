"""Pages that many people watch at the same moment are built once (DESIGN, live pages)."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Page = TypeVar("Page")
MOST_KEPT = 32


class SharedPages(Generic[Page]):
    """The latest pages by their tags, which change whenever a page would."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._turns: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, tag: str, build: Callable[[], Page]) -> Page:
        """Return the page of this tag; the first who asks builds it, the others wait for that."""
        with self._lock:
            if tag in self._pages:
                return self._pages[tag]
            turn = self._turns.setdefault(tag, threading.Lock())
        with turn:
            with self._lock:
                if tag in self._pages:
                    return self._pages[tag]
            page = build()
            with self._lock:
                self._pages[tag] = page
                self._turns.pop(tag, None)
                while len(self._pages) > MOST_KEPT:
                    self._pages.popitem(last=False)
        return page
