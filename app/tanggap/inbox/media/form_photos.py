"""Photos of customers: known by their bytes, not their names, and drawn anew from their pixels.

Nothing of the file that came is kept: no place where it was taken, no name, no second file that
hides in it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageOps

from tanggap.errors import TanggapError

BYTES_MOST: Final = 8 * 1024 * 1024
PIXELS_MOST: Final = 50_000_000
LONGEST_SIDE: Final = 2_048
MEDIA_TYPE: Final = "image/jpeg"
_QUALITY: Final = 85
_WHITE: Final = (255, 255, 255)
PHOTO_FORMATS: Final = ("JPEG", "PNG", "WEBP")
SHOWN_FORMATS: Final = (*PHOTO_FORMATS, "GIF")
"""What posts of customers show; of a film of pictures the first one is taken."""

_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# What the decoders raise on broken and hostile files.
_BROKEN: Final = (
    *(OSError, ValueError, SyntaxError, MemoryError, ArithmeticError, LookupError),
    *(TypeError, AttributeError, EOFError),
)
_SIGNS: Final = {
    "JPEG": b"\xff\xd8\xff",
    "PNG": b"\x89PNG\r\n\x1a\n",
    "WEBP": b"RIFF",
    "GIF": b"GIF8",
}


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG of ours."""

    content: bytes = field(repr=False)
    width: int
    height: int


class UnfitPhotoError(TanggapError):
    """A file cannot be taken as a photo; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the file cannot be taken as a photo: {code}")
        self.code = code


def draw_again(
    content: bytes, longest: int = LONGEST_SIDE, formats: Sequence[str] = PHOTO_FORMATS
) -> Photo:
    """Draw a photo anew, upright and not too large; raises `UnfitPhotoError`."""
    if len(content) > BYTES_MOST:
        raise UnfitPhotoError("photo_too_large")
    if not content.startswith(tuple(_SIGNS[one] for one in formats)):
        raise UnfitPhotoError("photo")
    try:
        with Image.open(io.BytesIO(content), formats=tuple(formats)) as found:
            if found.width * found.height > PIXELS_MOST:
                raise UnfitPhotoError("photo_too_large")
            found.draft("RGB", (longest, longest))
            picture = _plain(ImageOps.exif_transpose(found))
    except _BOMBS as error:
        raise UnfitPhotoError("photo_too_large") from error
    except _BROKEN as error:
        raise UnfitPhotoError("photo") from error
    picture.thumbnail((longest, longest))
    drawn = io.BytesIO()
    picture.save(drawn, "JPEG", quality=_QUALITY, optimize=True)
    return Photo(drawn.getvalue(), picture.width, picture.height)


def _plain(picture: Image.Image) -> Image.Image:
    """Give the pixels alone, on white where they were transparent."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        opaque = picture.convert("RGBA")
        plain = Image.new("RGB", opaque.size, _WHITE)
        plain.paste(opaque, mask=opaque.getchannel("A"))
        return plain
    plain = Image.new("RGB", picture.size)
    plain.paste(picture.convert("RGB"))
    return plain
