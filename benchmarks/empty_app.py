"""The peer of the voice benchmark: checks the same signature, answers one fixed bilingual menu, stores nothing."""

from __future__ import annotations

import os

from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

app = Flask("empty_app")
validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
BASE_URL = os.environ["EMPTY_APP_URL"]


@app.post("/ivr/answer")
def answer() -> Response:
    """Answer every webhook with the same menu."""
    if not validator.validate(BASE_URL + request.path, request.form, request.headers.get("X-Twilio-Signature", "")):
        abort(403)
    document = VoiceResponse()
    gather = Gather(action=f"{BASE_URL}/ivr/answer", num_digits=1)
    gather.say("报修请按1。", voice="Polly.Zhiyu-Neural", language="cmn-CN")
    gather.say("To report a fault, press 1.", voice="Polly.Joanna-Neural", language="en-US")
    document.append(gather)
    return Response(str(document), mimetype="text/xml")
