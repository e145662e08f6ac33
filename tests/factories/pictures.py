"""Pictures as telephones make them."""

import io

from PIL import Image


def photo(colour: tuple[int, int, int] = (10, 120, 200), *, size: tuple[int, int] = (640, 480)) -> bytes:
    """A JPEG with a place and a device in it, as a telephone writes them."""
    image = Image.new("RGB", size, colour)
    details = Image.Exif()
    details[0x010F] = "MakerOfTelephones"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=details.tobytes())
    return out.getvalue()


def drawing(shade: int = 0) -> bytes:
    """A signature: a transparent PNG with a line in it."""
    image = Image.new("RGBA", (300, 120), (0, 0, 0, 0))
    for x in range(40, 260):
        image.putpixel((x, 40 + x % 40), (shade, 0, 0, 255))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
