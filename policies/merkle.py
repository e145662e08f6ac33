"""One hash for many: a tree over the heads of all chains, and the way from one of them to its root (K3)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

Step = tuple[str, str]
"""On which side the other half stands ("left" or "right"), and its hash in hex."""


def hash_leaf(*, subject: str, position: int, head: str) -> bytes:
    """Return the leaf that stands for a chain: its name, the position of its last event, and that event's hash."""
    return hashlib.sha256(b"\0" + f"{subject}\n{position}\n{head}".encode()).digest()


def build_levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Return the levels of the tree, the leaves first and the root last; one without a partner moves up as it is."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [below[at : at + 2] for at in range(0, len(below), 2)]
        levels.append([_join(pair[0], pair[1]) if len(pair) > 1 else pair[0] for pair in pairs])
    return levels


def root_of(levels: Sequence[Sequence[bytes]]) -> str:
    """Return the root in hex; of an empty tree the hash of nothing."""
    return (levels[-1][0] if levels[-1] else hashlib.sha256(b"").digest()).hex()


def path_of(levels: Sequence[Sequence[bytes]], place: int) -> list[Step]:
    """Return the halves that lead from the leaf at `place` to the root."""
    path: list[Step] = []
    for level in levels[:-1]:
        other = place ^ 1
        if other < len(level):
            path.append(("left" if other < place else "right", level[other].hex()))
        place //= 2
    return path


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
