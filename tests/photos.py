"""Pictures as phones make them, and files that only say they are pictures."""

from __future__ import annotations

import io

from PIL import Image

PLACE = b"-6.2088,106.8456"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB") -> bytes:
    """Make a picture; a JPEG tells where it was taken, lies on its side and hides a script."""
    made = io.BytesIO()
    drawn = Image.new(mode, size, 120 if mode in ("L", "P") else (200, 30, 30, 128)[: len(mode)])
    if kind != "JPEG":
        drawn.save(made, kind)
        return made.getvalue()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = PLACE.decode()
    drawn.save(made, "JPEG", exif=exif)
    return made.getvalue() + b"<script>alert(1)</script>"
