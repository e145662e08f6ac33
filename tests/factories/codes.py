"""Codes as makers print them on their machines, and what a camera held before them sees."""

import io

import segno
from barcode import Code128
from barcode.writer import ImageWriter
from PIL import Image

PICTURE = (640, 480)
WHITE = "white"


def draw_qr_code(text: str) -> Image.Image:
    """A QR code of a text, with its quiet zone."""
    out = io.BytesIO()
    segno.make(text, micro=False).save(out, kind="png", scale=8)
    return Image.open(out).convert("RGB")


def draw_code_128(text: str) -> Image.Image:
    """A Code 128 of a text, with its quiet zone and without the text below it."""
    writer = ImageWriter()
    return Code128(text, writer=writer).render({"write_text": False, "module_height": 12.0}).convert("RGB")


def film(*codes: Image.Image) -> bytes:
    """Return what a camera sees that is held before a plate with these codes below each other: Motion JPEG."""
    plate = Image.new("RGB", PICTURE, WHITE)
    top = 10
    for code in codes:
        code.thumbnail((PICTURE[0] - 20, (PICTURE[1] - 20) // len(codes)))
        plate.paste(code, (10, top))
        top += code.height
    out = io.BytesIO()
    plate.save(out, "JPEG", quality=80)
    return out.getvalue() * 2
