"""Model bundles as folders: the one that ships, and those in the models folder."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tanggap
from tanggap.classifier import BundleError, Manifest, fingerprint, load_bundle, read_manifest
from tanggap.classifier.bundle import MANIFEST_FILE, MODEL_FILE, TOKENIZER_FILE
from tanggap.errors import NotFoundError
from tanggap.settings import Settings

COMPARISON_FILE = "comparison.json"
_CARRIED = (MODEL_FILE, TOKENIZER_FILE, "MODEL_CARD.md", COMPARISON_FILE, MANIFEST_FILE)
_PROBE = "makasih min, kapan dikirim?"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose description was read; `sha256` is that of its `bundle.json`."""

    folder: Path
    manifest: Manifest
    sha256: str

    @property
    def version(self) -> str:
        """Name it as verdicts do."""
        return self.manifest.version


def bundle_folder(settings: Settings) -> Path:
    """Find the bundle that serves until another is activated.

    The setting names it, else it is the repository's, else the copy inside the wheel.
    """
    if settings.model_dir:
        return Path(settings.model_dir)
    package = Path(tanggap.__file__).parent
    repository = package.parent.parent / "models" / "default"
    return repository if repository.exists() else package / "_models" / "default"


def models_folder(settings: Settings) -> Path:
    """Name the folder that activated bundles and candidates stand in."""
    return Path(settings.models_dir) if settings.models_dir else settings.data_dir / "models"


def is_default(settings: Settings, bundle: Bundle) -> bool:
    """Tell whether this is the bundle of the settings itself, not a copy."""
    default = bundle_folder(settings)
    return default.exists() and bundle.folder.samefile(default)


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle's description; raises `BundleError`."""
    return Bundle(folder, read_manifest(folder), fingerprint(folder))


def try_bundle(bundle: Bundle) -> None:
    """Label a post with it, all hashes checked; raises `BundleError` when it cannot serve."""
    load_bundle(bundle.folder, threads=1).classify([_PROBE])


def list_bundles(settings: Settings) -> tuple[Sequence[Bundle], Mapping[str, str]]:
    """List the bundles of the models folder by version, and why others cannot be used."""
    found: list[Bundle] = []
    broken: dict[str, str] = {}
    for folder in _folders(models_folder(settings)):
        try:
            found.append(read_bundle(folder))
        except BundleError as error:
            broken[folder.name] = str(error)
    return sorted(found, key=lambda bundle: bundle.version), broken


def known_versions(settings: Settings) -> frozenset[str]:
    """Name every version that can be chosen without giving a path."""
    found = {bundle.version for bundle in list_bundles(settings)[0]}
    with contextlib.suppress(BundleError):
        found.add(read_bundle(bundle_folder(settings)).version)
    return frozenset(found)


def find_bundle(settings: Settings, wanted: str) -> Bundle:
    """Find a bundle by its version or its folder; raises `NotFoundError` or `BundleError`."""
    if Path(wanted).is_dir():
        return read_bundle(Path(wanted).absolute())
    default = bundle_folder(settings)
    for bundle in list_bundles(settings)[0]:
        if bundle.version == wanted:
            return bundle
    if (default / MANIFEST_FILE).is_file() and read_manifest(default).version == wanted:
        return read_bundle(default)
    raise NotFoundError(
        f"{wanted!r} is neither a folder nor the version of a bundle in {models_folder(settings)}; "
        f"`tanggap models list` names the versions"
    )


def adopt(settings: Settings, bundle: Bundle) -> Bundle:
    """Copy a bundle into the models folder, unless it stands there or is the settings' own.

    A copy cannot change under a running server when somebody trains into the folder again.
    Raises `BundleError` when a folder of this version holds something else.
    """
    home = models_folder(settings)
    if bundle.folder.parent == home.absolute() or is_default(settings, bundle):
        return bundle
    target = home / bundle.version
    if target.exists():
        there = read_bundle(target)
        if there.sha256 != bundle.sha256:
            raise BundleError(
                f"{target}: holds another bundle of this version. Give the new one another version."
            )
    else:
        _copy(bundle.folder, target)
    _refresh_comparison(bundle.folder, target)
    return read_bundle(target)


def _copy(source: Path, target: Path) -> None:
    partial = target.parent / f".{target.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name in _CARRIED:
        if (source / name).is_file():
            shutil.copyfile(source / name, partial / name)
    partial.rename(target)


def _refresh_comparison(source: Path, target: Path) -> None:
    """Take over a newer comparison: it is about the bundle, not part of it."""
    if (source / COMPARISON_FILE).is_file():
        shutil.copyfile(source / COMPARISON_FILE, target / COMPARISON_FILE)


def _folders(home: Path) -> list[Path]:
    if not home.is_dir():
        return []
    return sorted(
        path for path in home.absolute().iterdir() if path.is_dir() and path.name[0] != "."
    )
