"""Invented pictures of parcels, drawn without a library, for posts that show one."""

from __future__ import annotations

import struct
import zlib

PNG = "image/png"
_WIDTH, _HEIGHT = 320, 240
_Colour = tuple[int, int, int]


def parcel(number: int) -> bytes:
    """Draw a parcel that was dropped; another number gives another one."""
    shift = number * 37 % 90
    ground: _Colour = (228 - shift // 3, 222 - shift // 4, 210)
    box: _Colour = (176 - shift, 128 - shift // 2, 78)
    rows = (bytes(_row(y, ground, box, shift)) for y in range(_HEIGHT))
    pixels = zlib.compress(b"".join(b"\x00" + row for row in rows))
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", pixels), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _row(y: int, ground: _Colour, box: _Colour, shift: int) -> list[int]:
    found: list[int] = []
    for x in range(_WIDTH):
        inside = 70 <= x < 250 and 60 <= y < 200
        tape = inside and 150 <= x < 168
        dent = inside and abs((x - 70) - (y - 60) - shift) < 5
        found += (60, 40, 30) if dent else (214, 190, 150) if tape else box if inside else ground
    return found


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check
