"""A mailbox on this machine, and an IMAP server for it that knows what we say to one (RFC 3501)."""

from __future__ import annotations

import re
import socketserver
from dataclasses import dataclass, field

PASSWORD = "secret"


@dataclass
class Post:
    """One e-mail in the server's inbox."""

    content: bytes
    flags: set[str] = field(default_factory=set)


class ImapServer(socketserver.ThreadingTCPServer):
    """Serves `posts` by UID 1, 2, …; `trouble` is what it answers to a verb instead, or "hang up"."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.posts: list[Post] = []
        self.trouble: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"imap://onecall:{PASSWORD}@127.0.0.1:{self.server_address[1]}"


class _Conversation(socketserver.StreamRequestHandler):
    server: ImapServer

    def handle(self) -> None:
        self._say(b"* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, verb, *rest = line.split(" ", 2)
            if verb.upper() == "UID":
                verb, *rest = rest[0].split(" ", 1)
            trouble = self.server.trouble.get(verb.upper())
            if trouble == "hang up":
                return
            if trouble is None:
                self._answer(verb.upper(), rest[0] if rest else "")
            is_known = verb.upper() != "LOGIN" or f'"{PASSWORD}"' in rest[0]
            self._say(f"{tag} {trouble or ('OK done' if is_known else 'NO wrong password')}".encode())

    def _answer(self, verb: str, rest: str) -> None:
        if verb == "CAPABILITY":
            self._say(b"* CAPABILITY IMAP4rev1")
        elif verb == "SELECT":
            self._say(f"* {len(self.server.posts)} EXISTS".encode())
        elif verb == "SEARCH":
            new = [str(uid) for uid, post in enumerate(self.server.posts, 1) if r"\Seen" not in post.flags]
            self._say(f"* SEARCH {' '.join(new)}".encode())
        elif verb == "FETCH":
            self._fetch(rest)
        elif verb == "STORE":
            uid, _, words = rest.partition(" ")
            self.server.posts[int(uid) - 1].flags.update(re.findall(r"\\\w+", words))

    def _fetch(self, rest: str) -> None:
        uids, _, what = rest.partition(" ")
        for uid in map(int, uids.split(",")):
            content = self.server.posts[uid - 1].content
            if "SIZE" in what:
                self._say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(content)})".encode())
                continue
            if "HEADER" in what:
                content = content.partition(b"\n\n")[0] + b"\n\n"
            self._say(f"* {uid} FETCH (UID {uid} BODY[] {{{len(content)}}}".encode())
            self.wfile.write(content)
            self._say(b")")

    def _say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")
