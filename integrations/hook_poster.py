"""Posts events to other systems, and never to a machine inside our own network (S2).

An address is looked at twice: when its name is resolved, and, because a name may lead elsewhere a moment later, at the
connection itself before anything is sent.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from operations.foundation.hook_deliveries import HookAddressRefused, HookUnreachable
from policies.signed_hooks import sign_hook

TIMEOUT = urllib3.Timeout(connect=3.0, read=7.0)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_allowed: ContextVar[Sequence[Network]] = ContextVar("networks that a connection being made may lead into")


class WebHookPoster:
    """Posts JSON over HTTPS. `networks` are private ones it may speak to too, there also without encryption."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)
        self._pool = urllib3.PoolManager(num_pools=20, timeout=TIMEOUT, retries=False)
        self._pool.pool_classes_by_scheme = {"http": _GuardedHTTPPool, "https": _GuardedHTTPSPool}

    def check(self, address: str) -> None:
        """Raise HookAddressRefused with the name of the reason: no_address, not_encrypted, unknown_host, private."""
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise HookAddressRefused("no_address") from error
        if parts.scheme not in {"https", "http"} or not host or parts.username or parts.password or parts.fragment:
            raise HookAddressRefused("no_address")
        try:
            found = socket.getaddrinfo(host, port or parts.scheme, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise HookAddressRefused("unknown_host") from error
        addresses = {ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found}
        if not all(is_reachable(one, self._networks) for one in addresses):
            raise HookAddressRefused("private")
        if parts.scheme == "http" and not all(_is_within(one, self._networks) for one in addresses):
            raise HookAddressRefused("not_encrypted")

    def post(self, *, address: str, secret: str, reference: str, body: bytes) -> int:
        """Post one document, signed with the time; redirects are not followed. Raises HookUnreachable."""
        sent_at = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "OneCall",
            "X-OneCall-Delivery": reference,
            "X-OneCall-Timestamp": sent_at,
            "X-OneCall-Signature": sign_hook(secret=secret, sent_at=sent_at, body=body),
        }
        try:
            self.check(address)
            with _reaching(self._networks):
                answer = self._pool.request(
                    "POST", address, body=body, headers=headers, redirect=False, preload_content=False
                )
            # Nothing of what they say matters: whoever answers without end, or slowly, is not listened to.
            answer.close()
        except HookAddressRefused as error:
            raise HookUnreachable(str(error)) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise HookUnreachable(type(error).__name__) from error
        return int(answer.status)


def is_reachable(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Sequence[Network]) -> bool:
    """Tell whether an address is on the open internet, or in a network that is allowed by name."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return is_reachable(address.ipv4_mapped, networks)
    return _is_within(address, networks) or (address.is_global and not address.is_multicast)


def _is_within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


@contextmanager
def _reaching(networks: Sequence[Network]) -> Iterator[None]:
    token = _allowed.set(networks)
    try:
        yield
    finally:
        _allowed.reset(token)


def _refuse_inside(connected: socket.socket) -> socket.socket:
    peer = ipaddress.ip_address(str(connected.getpeername()[0]).partition("%")[0])
    if not is_reachable(peer, _allowed.get()):
        connected.close()
        raise OSError("private")
    return connected


class _GuardedHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _refuse_inside(super()._new_conn())


class _GuardedHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _refuse_inside(super()._new_conn())


class _GuardedHTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _GuardedHTTPConnection


class _GuardedHTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPSConnection
