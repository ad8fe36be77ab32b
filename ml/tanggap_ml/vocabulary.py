"""Handle a tokenizer as its JSON: read it, name its specials, keep a part of its pieces.

Unigram (XLM-R, E5) and WordPiece (BERT, IndoBERT) vocabularies can be cut; one of byte-pair merges
is taken whole, as its merges need each other.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from tanggap_ml.errors import SourceError

Document = dict[str, Any]

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_BERT_NAMES = {
    "[CLS]": "<s>",
    "[PAD]": "<pad>",
    "[SEP]": "</s>",
    "[UNK]": "<unk>",
    "[MASK]": "<mask>",
}
_CUTTABLE = ("Unigram", "WordPiece")


def read_document(text: str, name: str) -> Document:
    """Parse a tokenizer.json without its truncation and padding; raises SourceError."""
    try:
        document: Document = json.loads(text)
        Tokenizer.from_str(text)
        document["model"]["type"]
    except Exception as err:  # tokenizers raises Exception itself
        raise SourceError(f"{name}: not a tokenizer.json ({_short(err)}).") from err
    return name_specials({**document, "truncation": None, "padding": None})


def name_specials(document: Document) -> Document:
    """Call BERT's specials as all else here calls them.

    Text cleaning takes `<pad>` and its like out of posts; `[PAD]` in a post would get through.
    """
    if not set(_BERT_NAMES) & set(pieces_of(document)):
        return document
    named = copy.deepcopy(document)
    model = named["model"]
    model["vocab"] = {_BERT_NAMES.get(piece, piece): i for piece, i in model["vocab"].items()}
    model["unk_token"] = _BERT_NAMES.get(model["unk_token"], model["unk_token"])
    for token in named["added_tokens"]:
        token["content"] = _BERT_NAMES.get(token["content"], token["content"])
    named["post_processor"] = _replaced(named["post_processor"])
    return named


def load_document(document: Document) -> Tokenizer:
    """Return the tokenizer that a document describes."""
    return Tokenizer.from_str(json.dumps(document, ensure_ascii=False))


def pieces_of(document: Document) -> list[str]:
    """Return the model's pieces by id; raises SourceError when an id has none."""
    vocabulary = document["model"]["vocab"]
    if isinstance(vocabulary, list):
        return [str(piece) for piece, _ in vocabulary]
    by_id = {number: piece for piece, number in vocabulary.items()}
    if sorted(by_id) != list(range(len(vocabulary))):
        raise SourceError("The tokenizer's ids do not run from 0 without a gap.")
    return [by_id[number] for number in range(len(by_id))]


def special_ids(document: Document) -> list[int]:
    """Return the ids of the tokens that stand apart from text, and of the unknown piece."""
    places = {piece: place for place, piece in enumerate(pieces_of(document))}
    names = {t["content"] for t in document["added_tokens"]} | {*SPECIALS}
    unknown = document["model"].get("unk_id")
    return sorted({places[n] for n in names if n in places} | ({unknown} - {None}))


def keep_pieces(document: Document, ids: Sequence[int]) -> Document:
    """Return the document with the pieces of these ids alone, numbered anew in their order."""
    model = document["model"]
    if model["type"] not in _CUTTABLE:
        raise SourceError(
            f"A {model['type']} vocabulary cannot be cut; leave out --pieces and --kept-ids."
        )
    places = {old: new for new, old in enumerate(ids)}
    cut = copy.copy(document)
    pieces = pieces_of(document)
    if model["type"] == "Unigram":
        kept: Any = [model["vocab"][old] for old in ids]
        cut["model"] = {**model, "vocab": kept, "unk_id": places[model["unk_id"]]}
    else:
        cut["model"] = {**model, "vocab": {pieces[old]: new for old, new in places.items()}}
    cut["added_tokens"] = [
        {**token, "id": places[token["id"]]} for token in document["added_tokens"]
    ]
    cut["post_processor"] = _renumbered(document["post_processor"], places)
    return cut


def document_from_pieces(
    pieces: Sequence[str], scores: Sequence[float], specials: Mapping[str, int]
) -> Document:
    """Describe an XLM-R tokenizer of these pieces; `specials` gives the ids of the named ones.

    It normalises by Nmt and NFKC, of which XLM-R's own table is a recording.
    """
    start, end = specials["<s>"], specials["</s>"]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special(*item) for item in sorted(specials.items(), key=itemgetter(1))],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Nmt"},
                {"type": "NFKC"},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        "pre_tokenizer": _METASPACE,
        "post_processor": _frame(start, end),
        "decoder": _METASPACE,
        "model": {
            "type": "Unigram",
            "unk_id": specials["<unk>"],
            "vocab": [list(pair) for pair in zip(pieces, scores, strict=True)],
        },
    }


_METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}


def write_document(document: Document, path: Path) -> None:
    """Write a tokenizer.json."""
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _special(name: str, place: int) -> Document:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": place, "content": name, **flags, "special": True}


def _frame(start: int, end: int) -> Document:
    """Describe `<s> post </s>`."""
    opening = {"SpecialToken": {"id": "<s>", "type_id": 0}}
    closing = {"SpecialToken": {"id": "</s>", "type_id": 0}}
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in ("A", "B"))
    return {
        "type": "TemplateProcessing",
        "single": [opening, first, closing],
        "pair": [opening, first, closing, closing, second, closing],
        "special_tokens": {
            "<s>": {"id": "<s>", "ids": [start], "tokens": ["<s>"]},
            "</s>": {"id": "</s>", "ids": [end], "tokens": ["</s>"]},
        },
    }


def _replaced(value: Any) -> Any:
    return _walk(value, lambda text: _BERT_NAMES.get(text, text))


def _walk(value: Any, name: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name(key): _walk(entry, name) for key, entry in value.items()}
    if isinstance(value, list):
        return [_walk(entry, name) for entry in value]
    return name(value) if isinstance(value, str) else value


def _renumbered(processor: Any, places: Mapping[int, int]) -> Any:
    """Renumber the specials of a post-processor: `"ids": [2]`, or `"sep": ["</s>", 2]`."""
    if isinstance(processor, list):
        return [_renumbered(entry, places) for entry in processor]
    if not isinstance(processor, dict):
        return processor
    changed = {key: _renumbered(entry, places) for key, entry in processor.items()}
    if isinstance(ids := processor.get("ids"), list):
        changed["ids"] = [places[number] for number in ids]
    for key in ("sep", "cls"):
        if isinstance(pair := processor.get(key), list):
            changed[key] = [pair[0], places[pair[1]]]
    return changed


def _short(err: Exception) -> str:
    return str(err).splitlines()[0][:120] if str(err) else type(err).__name__
