"""What waits with a caller: a quiet, slow melody, written here so that it belongs to nobody (H12)."""

import io
import math
import wave
from array import array
from functools import cache

from flask import Blueprint, Response

from web.foundation.access import public

hold_music = Blueprint("hold_music", __name__)
RATE = 8000
STRENGTH = 5000
NOTE_SECONDS = 1.0
NOTES_HERTZ = (
    293.7,
    370.0,
    440.0,
    370.0,
    330.0,
    392.0,
    493.9,
    392.0,
    293.7,
    440.0,
    587.3,
    440.0,
    330.0,
    277.2,
    293.7,
    0,
)
"""A bar of D, one of E minor, one of D and the way home, over sixteen seconds."""


@hold_music.get("/sound/hold.wav")
@public(because="Twilio fetches sounds without a signature, and this one tells nobody anything")
def play() -> Response:
    """The melody as a telephone plays it best: WAV, 8 kHz, mono; may be kept for a day."""
    response = Response(_as_wav(), mimetype="audio/wav")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@cache
def _as_wav() -> bytes:
    frames = array("h", (sample for hertz in NOTES_HERTZ for sample in _note(hertz)))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(frames.tobytes())
    return buffer.getvalue()


def _note(hertz: float) -> list[int]:
    """One struck string: it begins softly and dies away."""
    count = int(RATE * NOTE_SECONDS)
    return [round(STRENGTH * _loudness(n / count) * _string(hertz * n / RATE)) for n in range(count)]


def _loudness(part: float) -> float:
    return min(1.0, part * 50) * math.exp(-3 * part)


def _string(turns: float) -> float:
    return math.sin(2 * math.pi * turns) + 0.3 * math.sin(4 * math.pi * turns)
