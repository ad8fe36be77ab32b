"""What goes out with an answer beside its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

JPEG: Final = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachable:
    """What one answer may carry: at most `most` files of at most `max_bytes` each.

    The core makes a JPEG without metadata of every picture, so `media_types` without `image/jpeg`
    are of no use yet. `max_description` is how long the words may be that tell what is in a picture
    to those who do not see it; 0 where the platform takes none. `apart` is for platforms that take
    a text or a file in one message: the core then sends the text first, and every file as a part of
    its own without text.
    """

    most: int
    max_bytes: int
    media_types: Sequence[str] = (JPEG,)
    max_description: int = 0
    apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file that goes out; sizes are in pixels.

    `name` is ours and tells nothing of the person who chose the file. `description` says what is in
    the picture and may be empty.
    """

    content: bytes = field(repr=False)
    media_type: str = JPEG
    name: str = "picture.jpg"
    description: str = ""
    width: int = 0
    height: int = 0
