"""A mail server on this machine that takes what it is sent, or does not."""

from __future__ import annotations

import socket
import socketserver


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail as RFC 5321 says; `trouble` is what it answers to a recipient or to the text instead."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.mails: list[bytes] = []
        self.trouble: dict[str, str] = {}


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "DATA":
                self._take_text()
            else:
                self._say(self.server.trouble.get(verb, "221 bye" if verb == "QUIT" else "250 ok"))

    def _take_text(self) -> None:
        self._say("354 go on")
        text = b""
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            text += line.removeprefix(b".")
        answer = self.server.trouble.get("DATA", "250 taken")
        if answer == "hang up":
            self._hang_up()
            return
        self.server.mails.append(text)
        if answer == "take and hang up":
            self._hang_up()
            return
        self._say(answer)

    def _hang_up(self) -> None:
        # Closing alone would wait for the files that read and write through it.
        self.connection.shutdown(socket.SHUT_RDWR)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
