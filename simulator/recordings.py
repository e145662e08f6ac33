"""What callers left on tape: its words stay readable, its sound is a quiet tone of the right length."""

from __future__ import annotations

import io
import math
import wave
from array import array
from dataclasses import dataclass

_RATE = 8000
_TONE_HERTZ = 220
_TONE_STRENGTH = 1200


@dataclass(frozen=True, slots=True)
class Recording:
    sid: str
    call_sid: str
    seconds: int
    words: str

    def as_wav(self) -> bytes:
        """Return 8 kHz mono sound of the recording's length."""
        tone = array(
            "h",
            (
                round(_TONE_STRENGTH * math.sin(2 * math.pi * _TONE_HERTZ * n / _RATE))
                for n in range(_RATE * self.seconds)
            ),
        )
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(_RATE)
            sound.writeframes(tone.tobytes())
        return buffer.getvalue()


def find_wav_seconds(body: bytes) -> float | None:
    """Return how long a WAV file plays, or nothing if it is none."""
    try:
        with wave.open(io.BytesIO(body), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError):
        return None
