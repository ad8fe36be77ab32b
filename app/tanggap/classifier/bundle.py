"""Read and check a model bundle: a folder of data, never of code.

`bundle.json` describes the model and carries the sha256 and size of the other files; nothing in
a bundle is unpickled or executed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tanggap.errors import TanggapError

FORMAT: Final = 1
MANIFEST_FILE: Final = "bundle.json"
MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"

MAX_BYTES: Final[Mapping[str, int]] = {
    MANIFEST_FILE: 1_000_000,
    TOKENIZER_FILE: 40_000_000,
    MODEL_FILE: 600_000_000,
}
MIN_LABELS, MAX_LABELS = 2, 20
LABEL_LENGTH: Final = 64
NAME_LANGUAGES: Final = ("id", "en")

# A version names a folder and stands in every verdict.
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_REBUILD: Final = "Export the bundle again with `tanggap-ml export`, or restore the folder."


class BundleError(TanggapError):
    """A model bundle cannot be used; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The checked content of `bundle.json`; `max_length` counts tokens with the two specials.

    `label_names` says what people call a label, by label and language of the interface.
    """

    version: str
    labels: tuple[str, ...]
    fallback_label: str
    languages: tuple[str, ...]
    max_length: int
    temperature: float
    thresholds: Mapping[str, float]
    metrics: Mapping[str, Any]
    base_model: str
    licence: str
    sha256: Mapping[str, str]
    label_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def fingerprint(folder: Path) -> str:
    """Hash `bundle.json`, and with it all it describes: it holds the other files' hashes."""
    return hashlib.sha256(read_file(folder / MANIFEST_FILE)).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Read `bundle.json`; raises BundleError when a field is missing or out of range."""
    path = folder / MANIFEST_FILE
    try:
        values = json.loads(read_file(path))
    except (ValueError, RecursionError) as err:
        raise BundleError(f"{path}: not valid JSON ({err}). {_REBUILD}") from err
    if not isinstance(values, dict):
        raise BundleError(f"{path}: expected an object. {_REBUILD}")
    if values.get("format") != FORMAT:
        raise BundleError(
            f"{path}: bundle format {values.get('format')!r}, this version of Tanggap reads "
            f"format {FORMAT}. Use a bundle made by the matching tanggap-ml."
        )
    try:
        manifest = _manifest(values)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as err:
        raise BundleError(f"{path}: field missing or of the wrong kind: {err}. {_REBUILD}") from err
    for problem in _problems(manifest):
        raise BundleError(f"{path}: {problem}. {_REBUILD}")
    return manifest


def read_file(path: Path) -> bytes:
    """Read a file of a bundle; raises BundleError when it is missing or too large."""
    limit = MAX_BYTES[path.name]
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as err:
        raise BundleError(f"{path}: cannot be read ({err.strerror}). {_REBUILD}") from err
    if len(content) > limit:
        raise BundleError(f"{path}: larger than {limit} bytes, refused. {_REBUILD}")
    return content


def read_verified(folder: Path, name: str, manifest: Manifest) -> bytes:
    """Read a file of a bundle and compare it with the hash in the manifest."""
    content = read_file(folder / name)
    if hashlib.sha256(content).hexdigest() != manifest.sha256[name]:
        raise BundleError(
            f"{folder / name}: does not match its sha256 in {MANIFEST_FILE}; the file was changed "
            f"or only partly copied. {_REBUILD}"
        )
    return content


def _manifest(values: Mapping[str, Any]) -> Manifest:
    files = values["files"]
    return Manifest(
        version=_text(values["version"]),
        labels=tuple(_text(label) for label in values["labels"]),
        fallback_label=_text(values["fallback_label"]),
        languages=tuple(_text(language) for language in values["languages"]),
        max_length=int(values["max_length"]),
        temperature=float(values["temperature"]),
        thresholds={_text(key): float(value) for key, value in values["thresholds"].items()},
        metrics=dict(values.get("metrics", {})),
        base_model=str(values.get("base_model", "")),
        licence=str(values.get("licence", "")),
        sha256={name: _text(files[name]["sha256"]) for name in (MODEL_FILE, TOKENIZER_FILE)},
        label_names={
            _text(label): {_text(language): _text(name) for language, name in names.items()}
            for label, names in values.get("label_names", {}).items()
        },
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{value!r} is not a text")
    return value


def _is_name(text: str) -> bool:
    return len(text) <= LABEL_LENGTH and text.isprintable() and text == text.strip()


_CHECKS: Final[tuple[tuple[str, Callable[[Manifest], bool]], ...]] = (
    (
        "version must be at most 64 letters, digits and . _ + -",
        lambda m: _VERSION.fullmatch(m.version) is not None,
    ),
    (
        f"a label has at most {LABEL_LENGTH} printable characters",
        lambda m: all(map(_is_name, m.labels)),
    ),
    (
        f"label_names must name labels of the bundle in {' or '.join(NAME_LANGUAGES)}",
        lambda m: (
            set(m.label_names) <= set(m.labels)
            and all(
                set(names) <= set(NAME_LANGUAGES) and all(map(_is_name, names.values()))
                for names in m.label_names.values()
            )
        ),
    ),
    (
        f"needs {MIN_LABELS} to {MAX_LABELS} different labels",
        lambda m: MIN_LABELS <= len(m.labels) <= MAX_LABELS and len(set(m.labels)) == len(m.labels),
    ),
    ("fallback_label is not one of the labels", lambda m: m.fallback_label in m.labels),
    ("max_length must lie between 8 and 512", lambda m: 8 <= m.max_length <= 512),
    ("temperature must lie between 0.05 and 20", lambda m: 0.05 <= m.temperature <= 20),
    (
        "thresholds must name the labels and lie between 0 and 1",
        lambda m: (
            set(m.thresholds) == set(m.labels)
            and all(0 <= value <= 1 for value in m.thresholds.values())
        ),
    ),
)


def _problems(manifest: Manifest) -> list[str]:
    return [problem for problem, holds in _CHECKS if not holds(manifest)]
