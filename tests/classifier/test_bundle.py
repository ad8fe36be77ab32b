from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tanggap.classifier import BundleError, fingerprint, load_bundle, read_manifest
from tanggap.classifier import bundle as bundle_module

MANIFEST = {
    "format": 1,
    "version": "2026.01.01-test",
    "labels": ["yes", "no"],
    "fallback_label": "no",
    "languages": [],
    "max_length": 96,
    "temperature": 1.0,
    "thresholds": {"yes": 0.5, "no": 0.5},
    "files": {"model.onnx": {"sha256": "0" * 64}, "tokenizer.json": {"sha256": "0" * 64}},
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a manifest with some fields changed; None takes a field away."""

    def writer(**changes: Any) -> Path:
        values = {key: value for key, value in (MANIFEST | changes).items() if value is not None}
        (tmp_path / "bundle.json").write_text(json.dumps(values), encoding="utf-8")
        return tmp_path

    return writer


def test_a_bundle_with_its_own_labels_is_read(write: Callable[..., Path]) -> None:
    manifest = read_manifest(write())
    assert manifest.labels == ("yes", "no")
    assert manifest.thresholds == {"yes": 0.5, "no": 0.5}
    assert manifest.label_names == {}


def test_labels_may_bear_names_for_people(write: Callable[..., Path]) -> None:
    folder = write(label_names={"yes": {"id": "Ya", "en": "Yes"}, "no": {"en": "No"}})
    assert read_manifest(folder).label_names["yes"] == {"id": "Ya", "en": "Yes"}


def test_fingerprint_changes_with_anything_in_the_manifest(write: Callable[..., Path]) -> None:
    first = fingerprint(write())
    assert fingerprint(write()) == first
    assert fingerprint(write(temperature=1.1)) != first


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "format 2"),
        ({"labels": None}, "labels"),
        ({"labels": ["yes"]}, "2 to 20"),
        ({"labels": ["yes", "yes"]}, "2 to 20"),
        ({"labels": [1, 2]}, "not a text"),
        ({"fallback_label": "maybe"}, "fallback_label"),
        ({"max_length": 4096}, "max_length"),
        ({"max_length": float("inf")}, "wrong kind"),
        ({"thresholds": {"yes": 10**400, "no": 0.5}}, "wrong kind"),
        ({"temperature": 0}, "temperature"),
        ({"temperature": "hot"}, "wrong kind"),
        ({"temperature": float("nan")}, "temperature"),
        ({"thresholds": {"yes": 0.5}}, "thresholds"),
        ({"thresholds": {"yes": 0.5, "no": 1.5}}, "thresholds"),
        ({"files": {}}, "model.onnx"),
        ({"files": []}, "wrong kind"),
        ({"version": "../../etc"}, "version"),
        ({"version": "v" * 65}, "version"),
        ({"labels": ["yes", "n" * 65], "fallback_label": "yes"}, "64 printable"),
        ({"labels": ["yes", "no\n"], "fallback_label": "yes"}, "64 printable"),
        ({"label_names": {"maybe": {"en": "Maybe"}}}, "label_names"),
        ({"label_names": {"yes": {"fr": "Oui"}}}, "label_names"),
        ({"label_names": {"yes": {"en": "Y" * 65}}}, "label_names"),
        ({"label_names": {"yes": "Ya"}}, "wrong kind"),
        ({"label_names": ["yes"]}, "wrong kind"),
    ],
)
def test_an_unusable_manifest_is_refused_with_its_field(
    write: Callable[..., Path], changes: dict[str, Any], message: str
) -> None:
    folder = write(**changes)
    with pytest.raises(BundleError, match=message) as caught:
        read_manifest(folder)
    assert str(folder / "bundle.json") in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "\ufeff{}", "[" * 100_000])
def test_a_manifest_that_is_no_object_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "bundle.json").write_text(content, encoding="utf-8")
    with pytest.raises(BundleError, match=r"bundle\.json"):
        read_manifest(tmp_path)


def test_a_missing_folder_names_the_file_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"bundle\.json: cannot be read .*tanggap-ml export"):
        load_bundle(tmp_path / "nowhere")


def test_a_file_over_its_cap_is_refused(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_module, "MAX_BYTES", {"bundle.json": 10})
    with pytest.raises(BundleError, match="larger than 10 bytes"):
        read_manifest(write())


def test_a_file_that_does_not_match_its_hash_is_refused(write: Callable[..., Path]) -> None:
    folder = write()
    (folder / "model.onnx").write_bytes(b"changed")
    with pytest.raises(BundleError, match=r"model\.onnx: does not match its sha256"):
        load_bundle(folder)


def test_a_model_that_onnxruntime_cannot_read_is_refused(shipped: Path, tmp_path: Path) -> None:
    folder = _copy_with(shipped, tmp_path, "model.onnx", b"not a model")
    with pytest.raises(BundleError, match="onnxruntime cannot load it"):
        load_bundle(folder).warm_up()


def test_a_tokenizer_that_cannot_be_read_is_refused(shipped: Path, tmp_path: Path) -> None:
    folder = _copy_with(shipped, tmp_path, "tokenizer.json", b"{}")
    with pytest.raises(BundleError, match=r"tokenizer\.json: cannot be loaded"):
        load_bundle(folder).warm_up()


def test_a_model_that_does_not_fit_its_labels_is_refused(shipped: Path, tmp_path: Path) -> None:
    folder = _copy_with(shipped, tmp_path, "MODEL_CARD.md", b"")
    manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    manifest |= {"labels": ["yes", "no"], "fallback_label": "no"}
    manifest["thresholds"] = {"yes": 0.5, "no": 0.5}
    (folder / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(BundleError, match="do not fit"):
        load_bundle(folder).warm_up()


def test_a_file_changed_after_loading_is_noticed_before_it_is_used(
    shipped: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(shipped, tmp_path / "copy")
    classifier = load_bundle(folder)
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BundleError, match="does not match"):
        classifier.classify(["halo"])


def test_the_shipped_bundle_is_small_and_describes_itself(shipped: Path) -> None:
    manifest = read_manifest(shipped)
    assert sum(path.stat().st_size for path in shipped.iterdir()) <= 30_000_000
    assert {"all", "id", "en"} <= set(manifest.metrics["macro_f1"])
    card = (shipped / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert manifest.version in card
    for key, figure in manifest.metrics["macro_f1"].items():
        assert f"| {key} |" in card
        assert f"{figure:.3f}" in card


def _copy_with(shipped: Path, tmp_path: Path, name: str, content: bytes) -> Path:
    """Copy the bundle with one file replaced and its hash put right."""
    folder = shutil.copytree(shipped, tmp_path / "copy")
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    if name in manifest["files"]:
        manifest["files"][name]["sha256"] = bundle_module.hashlib.sha256(content).hexdigest()
    (folder / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder
