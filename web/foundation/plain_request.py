"""Requests without the character that no text of a database may hold."""

from __future__ import annotations

from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

NUL = "\x00"


class PlainRequest(Request):
    """A request whose fields and JSON hold no NUL: PostgreSQL refuses it, and nobody writes it by hand."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The fields of the address."""
        return ImmutableMultiDict(_plain_items(super().args))

    @cached_property
    def form(self) -> ImmutableMultiDict[str, str]:
        """The fields of the body."""
        return ImmutableMultiDict(_plain_items(super().form))

    def get_json(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (as Flask has it)
        """Return the document in the body."""
        return _plain(super().get_json(*args, **kwargs))


def _plain_items(fields: MultiDict[str, str]) -> list[tuple[str, str]]:
    return [(name.replace(NUL, ""), value.replace(NUL, "")) for name, value in fields.items(multi=True)]


def _plain(value: Any) -> Any:  # noqa: ANN401 (JSON)
    match value:
        case str():
            return value.replace(NUL, "")
        case dict():
            return {_plain(key): _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
    return value
