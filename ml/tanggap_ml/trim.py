"""Choose which pieces of a vocabulary stay: those that posts use, and those no post may lack.

A multilingual model spends most of its size on pieces of languages that its users do not write.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from tanggap_ml.errors import SourceError
from tanggap_ml.vocabulary import Document, load_document, pieces_of, special_ids

_ALPHABETS = ("LATIN", "ARABIC")  # Arabic: religious phrases in Indonesian posts
_NUMBER_DIGITS = 4
_CHUNK = 1_000
_MEASURED = 5_000


def count_pieces(
    tokenizer: Tokenizer, texts: Sequence[str], advance: Callable[[int], object]
) -> Counter[int]:
    """Count how often each piece stands in the texts; `advance` hears of each chunk's size."""
    counts: Counter[int] = Counter()
    for start in range(0, len(texts), _CHUNK):
        chunk = list(texts[start : start + _CHUNK])
        for encoding in tokenizer.encode_batch_fast(chunk, add_special_tokens=False):
            counts.update(encoding.ids)
        advance(len(chunk))
    return counts


def choose_ids(document: Document, counts: Counter[int], limit: int) -> list[int]:
    """Return the ids of at most `limit` pieces, in their old order.

    First what must never become unknown: specials, single characters of our alphabets, marks,
    symbols, emoji, short numbers. Then the pieces by how often the texts use them, at last the
    unused ones that are spelt with letters of the texts, in the vocabulary's own order, which is
    by frequency. Raises SourceError when the limit is too low.
    """
    pieces = pieces_of(document)
    kept = set(special_ids(document)) | {i for i, p in enumerate(pieces) if is_indispensable(p)}
    if limit < len(kept):
        raise SourceError(
            f"--pieces {limit:,} is too few: specials, single characters, marks, emoji and short "
            f"numbers alone are {len(kept):,}."
        )
    used = [i for i, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    alphabet = {c for i in used for c in pieces[i].lower() if c.isalpha()}
    unused = [i for i, p in enumerate(pieces) if {c for c in p.lower() if c.isalpha()} <= alphabet]
    for candidate in (*used, *unused):
        if len(kept) >= limit:
            break
        kept.add(candidate)
    return sorted(kept)


def is_indispensable(piece: str) -> bool:
    """Tell whether a piece stays whether or not the texts use it."""
    body = piece.removeprefix("▁").removeprefix("##")
    if len(body) == 1 and body.isalpha():
        return unicodedata.name(body, "").startswith(_ALPHABETS)
    if body.isdecimal():
        return len(body) <= _NUMBER_DIGITS
    return not any(c.isalnum() or unicodedata.category(c)[0] in "MC" for c in body)


def read_kept_ids(path: Path, document: Document) -> list[int]:
    """Read a list of ids, one a line, in the vocabulary's order; raises SourceError."""
    size = len(pieces_of(document))
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise SourceError(f"{path}: cannot be read. Give a file with one id a line.") from err
    ids: set[int] = set()
    for number, line in enumerate(lines, start=1):
        if not (line.strip().isascii() and line.strip().isdigit() and len(line) < 12):
            raise SourceError(f"{path}, line {number}: expected one id.")
        if int(line) >= size or int(line) in ids:
            raise SourceError(
                f"{path}, line {number}: {int(line)} stands twice or is no id of this vocabulary, "
                f"which has {size:,}. Is the list of another model?"
            )
        ids.add(int(line))
    if missing := [i for i in special_ids(document) if i not in ids]:
        raise SourceError(f"{path}: lacks the special ids {missing}.")
    return sorted(ids)


def trim_cost(full: Document, cut: Document, texts: Sequence[str]) -> dict[str, float]:
    """Measure on a sample of texts what the cut costs: tokens a post, and unknown ones."""
    sample = texts[:: max(1, len(texts) // _MEASURED)][:_MEASURED]
    figures: dict[str, float] = {"posts_measured": len(sample)}
    for name, document in (("full", full), ("cut", cut)):
        tokenizer = load_document(document)
        unknown = tokenizer.token_to_id("<unk>")
        encoded = [e.ids for e in tokenizer.encode_batch_fast(list(sample))]
        tokens = sum(map(len, encoded))
        misses = sum(number == unknown for ids in encoded for number in ids)
        figures[f"tokens_per_post_{name}"] = round(tokens / max(1, len(sample)), 2)
        figures[f"unknown_share_{name}"] = round(misses / max(1, tokens), 6)
    return figures
