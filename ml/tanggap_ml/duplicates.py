"""Group near-duplicate posts, so that no post and its copy stand on both sides of a split.

MinHash over character 5-grams, banded; a pair counts when the signatures agree to 0.6 or more.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_PERMUTATIONS, _BANDS, _SHINGLE = 64, 16, 5
_AGREEMENT = 0.6
_NOISE = re.compile(r"@user|http|<NUM>|<EMAIL>|[\W_]+")

Signature = npt.NDArray[np.uint64]


def text_key(text: str) -> str:
    """Return what is left of a text without case, punctuation and masks: equal for copies."""
    return _NOISE.sub("", text.lower()) or text


def shingles(key: str) -> list[str]:
    """Return all 5-grams of a key; one that is shorter is its own."""
    return [key[start : start + _SHINGLE] for start in range(max(1, len(key) - _SHINGLE + 1))]


def near_duplicate_groups(texts: Sequence[str]) -> list[int]:
    """Return a group number for each text; equal numbers mean equal or nearly equal texts.

    The number is the index of the group's first text.
    """
    keys = [text_key(text) for text in texts]
    parents = list(range(len(keys)))
    firsts: dict[str, int] = {}
    for index, key in enumerate(keys):
        _join(parents, firsts.setdefault(key, index), index)
    distinct = list(firsts.values())
    signatures = [_signature(keys[index]) for index in distinct]
    rows = _PERMUTATIONS // _BANDS
    for band in range(_BANDS):
        buckets: dict[bytes, int] = {}
        for position, signature in enumerate(signatures):
            key_bytes = signature[band * rows : (band + 1) * rows].tobytes()
            other = buckets.setdefault(key_bytes, position)
            if other != position and _agree(signatures[other], signature):
                _join(parents, distinct[other], distinct[position])
    return [_root(parents, index) for index in range(len(keys))]


def _coefficients() -> tuple[Signature, Signature]:
    random = np.random.default_rng(20)
    odd = random.integers(1, 2**63, _PERMUTATIONS, dtype=np.uint64) | np.uint64(1)
    return odd, random.integers(0, 2**63, _PERMUTATIONS, dtype=np.uint64)


_MULTIPLIERS, _OFFSETS = _coefficients()


def _signature(key: str) -> Signature:
    hashes = np.array([zlib.crc32(gram.encode()) for gram in shingles(key)], dtype=np.uint64)
    mixed = hashes[:, None] * _MULTIPLIERS[None, :] + _OFFSETS[None, :]  # wraps modulo 2**64
    return np.asarray((mixed >> np.uint64(32)).min(axis=0))


def _agree(left: Signature, right: Signature) -> bool:
    return bool(np.mean(left == right) >= _AGREEMENT)


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = parents[index]
    return index


def _join(parents: list[int], left: int, right: int) -> None:
    left, right = _root(parents, left), _root(parents, right)
    parents[max(left, right)] = min(left, right)
