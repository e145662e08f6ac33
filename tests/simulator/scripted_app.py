"""A tiny app for the telephone to call: documents by path, every request kept and its signature checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from twilio.request_validator import RequestValidator
from werkzeug.wrappers import Request, Response

BASE_URL = "https://onecall.example/phone-system"
AUTH_TOKEN = "a-token-for-tests"
ZH = 'voice="Polly.Zhiyu-Neural" language="cmn-CN"'
EN = 'voice="Polly.Joanna-Neural" language="en-US"'

Answer = str | Callable[[dict[str, str]], "str | Response"] | Response


def say(words: str, voice: str = ZH) -> str:
    return f"<Say {voice}>{words}</Say>"


def twiml(*verbs: str) -> str:
    return f"<Response>{''.join(verbs)}</Response>"


@dataclass
class Asked:
    """One request the app saw."""

    path: str
    form: dict[str, str]
    method: str
    headers: dict[str, str]


@dataclass
class ScriptedApp:
    """Answers by script. A path without an answer is 404; a callback path without a script is answered 204."""

    script: dict[str, Answer]
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        form = request.form.to_dict() if request.method == "POST" else request.args.to_dict()
        self.asked.append(Asked(request.path, form, request.method, dict(request.headers)))
        signed = request.form.to_dict() if request.method == "POST" else {}
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(AUTH_TOKEN).validate(request.url, signed, signature):
            return Response(status=403)
        answer = self.script.get(request.path)
        if answer is None:
            return Response(status=204 if "status" in request.path else 404)
        if callable(answer) and not isinstance(answer, Response):
            answer = answer(form)
        return answer if isinstance(answer, Response) else Response(answer, content_type="text/xml")

    def forms(self, path: str) -> list[dict[str, str]]:
        """Return the forms of all requests to a path, in order."""
        return [asked.form for asked in self.asked if urlsplit(asked.path).path == path]

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]
