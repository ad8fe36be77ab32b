"""What to label next: unsure posts that differ from each other, and some by lot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install -e ml")

from click.testing import CliRunner  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers, processors  # noqa: E402

from tanggap.settings import Settings  # noqa: E402
from tanggap.store.accounts import Account  # noqa: E402
from tanggap.store.base import utcnow  # noqa: E402
from tanggap.store.conversations import Conversation  # noqa: E402
from tanggap.store.db import Database, open_database  # noqa: E402
from tanggap.store.labelling import LabelRequest  # noqa: E402
from tanggap.store.migrate import upgrade  # noqa: E402
from tanggap.store.posts import Author, Correction, Post  # noqa: E402
from tanggap.store.users import User  # noqa: E402
from tanggap_ml.cli import main  # noqa: E402
from tanggap_ml.embedding import embed, offers_embedding  # noqa: E402
from tanggap_ml.suggest import Candidate, spread, suggest  # noqa: E402

WORDS = ("sure", "maybe", "perhaps")
HEIGHTS = ((6.0, 0.0), (0.2, 0.0), (0.0, 0.1))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a bundle with a label head: sure of posts with "sure", in doubt otherwise."""
    folder = tmp_path_factory.mktemp("bundle")
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", *WORDS]
    rows = np.zeros((len(vocabulary), 3), dtype=np.float32)
    rows[4:] = np.eye(3)
    head = np.array(HEIGHTS, dtype=np.float32)
    h, kind = onnx.helper, onnx.TensorProto
    nodes = [
        h.make_node("Gather", ["rows", "input_ids"], ["found"]),
        h.make_node("ReduceSum", ["found", "middle"], ["pooled"], keepdims=0),
        h.make_node("Cast", ["attention_mask"], ["mask"], to=kind.FLOAT),
        h.make_node("ReduceSum", ["mask", "middle"], ["count"], keepdims=1),
        h.make_node("Mul", ["count", "nothing"], ["zero"]),
        h.make_node("MatMul", ["pooled", "head"], ["product"]),
        h.make_node("Add", ["product", "zero"], ["label_logits"]),
    ]
    inputs = [
        h.make_tensor_value_info(name, kind.INT64, ["b", "l"])
        for name in ("input_ids", "attention_mask")
    ]
    output = h.make_tensor_value_info("label_logits", kind.FLOAT, ["b", 2])
    constants = [
        onnx.numpy_helper.from_array(array, name)
        for name, array in (
            ("rows", rows),
            ("head", head),
            ("middle", np.array([1], dtype=np.int64)),
            ("nothing", np.array([0], dtype=np.float32)),
        )
    ]
    graph = h.make_graph(nodes, "tiny", inputs, [output], constants)
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    tokenizer = Tokenizer(
        models.WordLevel({word: n for n, word in enumerate(vocabulary)}, unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    files = {
        name: {"sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest()}
        for name in ("model.onnx", "tokenizer.json")
    }
    manifest = {
        "format": 1, "version": "tiny", "labels": ["yes", "no"], "fallback_label": "no",
        "languages": [], "max_length": 32, "temperature": 1.0,
        "thresholds": {"yes": 0.5, "no": 0.5}, "files": files,
    }  # fmt: skip
    (folder / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def posts(*texts: str) -> list[Candidate]:
    return [Candidate(str(number), text, "id") for number, text in enumerate(texts)]


def numbered(word: str, count: int) -> list[str]:
    return [f"{word} {chr(97 + n) * 9} {chr(98 + n) * 7}" for n in range(count)]


def test_unsure_posts_come_before_sure_ones(bundle: Path) -> None:
    found = suggest(bundle, posts(*numbered("sure", 9), *numbered("maybe", 4)), 4, random_share=0)
    assert {one.reason for one in found} == {"unsure"}
    assert all(one.text.startswith("maybe") for one in found)
    assert all(one.margin < 0.2 for one in found)


def test_unsure_posts_differ_from_each_other(bundle: Path) -> None:
    found = suggest(
        bundle, posts(*numbered("maybe", 9), *numbered("perhaps", 2)), 2, random_share=0
    )
    assert {one.text.split()[0] for one in found} == {"maybe", "perhaps"}


def test_some_are_drawn_by_lot_and_the_same_seed_draws_the_same(bundle: Path) -> None:
    many = posts(*numbered("sure", 12), *numbered("maybe", 12))
    found = suggest(bundle, many, 8, random_share=0.5)
    assert sorted(one.reason for one in found) == ["random"] * 4 + ["unsure"] * 4
    assert len({one.id for one in found}) == 8
    assert suggest(bundle, many, 8, random_share=0.5) == found
    assert suggest(bundle, many, 8, random_share=0.5, seed=1) != found


def test_copies_and_empty_posts_are_not_suggested(bundle: Path) -> None:
    many = posts("maybe aku tanya lagi dong", "maybe aku tanya lagi dong!!", "...", "@ayu", "")
    assert [one.id for one in suggest(bundle, many, 9)] == ["0"]
    assert suggest(bundle, [], 9) == []
    assert suggest(bundle, posts("..."), 9) == []


def test_texts_are_masked(bundle: Path) -> None:
    (one,) = suggest(bundle, posts("maybe telp 0812 3456 7890 @ayu"), 1)
    assert one.text == "maybe telp <NUM> @user"


def test_points_that_are_heavy_and_far_apart_are_chosen_first() -> None:
    points = np.array([[1, 0], [0.99, 0.14], [0, 1], [-1, 0]], dtype=np.float32)
    assert spread(points, np.array([1.0, 0.9, 0.5, 0.1]), 3) == [0, 2, 3]
    assert spread(points, np.ones(4), 9).count(0) == 1
    assert spread(points[:0], np.ones(0), 3) == []


def test_bundle_that_shows_no_label_head_is_served_by_letters(bundle: Path, tmp_path: Path) -> None:
    assert offers_embedding(bundle)
    assert embed(bundle, ["sure", "maybe"]).shape == (2, 3)
    model = onnx.load(str(bundle / "model.onnx"))
    model.graph.output[0].name = "pooled"
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    assert not offers_embedding(tmp_path)
    assert embed(tmp_path, ["sure thing", "maybe not"]).shape[0] == 2


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Make an inbox with six posts of customers, for commands to find by its settings."""
    monkeypatch.setenv("TANGGAP_DATA_DIR", str(tmp_path / "var"))
    for name in ("TANGGAP_DATABASE_URL", "TANGGAP_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    database = open_database(Settings(data_dir=tmp_path / "var"))
    upgrade(database)
    with database.write() as session:
        account = Account(channel="fake", external_id="brand", name="Brand", handle="brand")
        people = [User(email=f"{i}@x", name=i, initials=i, password_hash="!") for i in ("AN", "BS")]
        session.add_all([account, *people])
        session.flush()
        for number in range(6):
            author = Author(channel="fake", external_id=str(number // 2))
            known = session.query(Author).filter_by(external_id=author.external_id).first()
            author = known or author
            session.add(author)
            session.flush()
            case = Conversation(
                account_id=account.id, channel="fake", thread_id=str(number),
                author_id=author.id, last_post_at=utcnow(),
            )  # fmt: skip
            session.add(case)
            session.flush()
            session.add(
                Post(
                    account_id=account.id,
                    conversation_id=case.id,
                    author_id=author.id,
                    source="poll",
                    external_id=str(number),
                    thread_id=str(number),
                    kind="mention",
                    visibility="public",
                    posted_at=utcnow(),
                    text=f"maybe {chr(97 + number) * 8} \u2028<b>",
                )
            )
    yield database
    database.close()


def say(database: Database, post: int, user: int, label: str) -> None:
    with database.write() as session:
        found = session.get_one(Post, post)
        digest = hashlib.sha256(found.text.encode()).hexdigest()
        session.add(
            Correction(
                post_id=post,
                user_id=user,
                from_label="no",
                label=label,
                text_hash=digest,
                model_version="m1",
            )
        )


def invoke(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_suggestions_land_on_the_page_of_the_inbox(bundle: Path, inbox: Database) -> None:
    say(inbox, 1, 1, "yes")
    done = invoke("suggest", "--bundle", bundle, "--count", 3)
    assert done.exit_code == 0, done.output
    assert "3 posts wait" in done.output
    with inbox.read() as session:
        asked = session.query(LabelRequest).all()
    assert len(asked) == 3
    assert 1 not in {one.post_id for one in asked}
    assert {one.model_version for one in asked} == {"tiny"}


def test_suggestions_of_a_file_are_written_to_a_file(bundle: Path, tmp_path: Path) -> None:
    data = tmp_path / "pool.jsonl"
    rows = [{"text": f'=cmd|"{n}" {chr(97 + n) * 8} maybe'} for n in range(5)]
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    out = tmp_path / "next.jsonl"
    arguments = ("suggest", "--bundle", bundle, "--data", data, "--count", 2)
    assert invoke(*arguments, "--out", out).exit_code == 0
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [one["label"] for one in found] == ["", ""]
    assert invoke(*arguments).exit_code == 2


def test_corrections_are_written_for_training_and_the_gate(inbox: Database, tmp_path: Path) -> None:
    for post in range(1, 7):
        say(inbox, post, 1, "yes")
    say(inbox, 1, 2, "no")
    out = tmp_path / "learn"
    done = invoke("export-corrections", "--out", out, "--gate-share", 0.4)
    assert done.exit_code == 0, done.output
    assert "several people's word, 0% agree" in done.output
    train, gate = (
        [json.loads(line) for line in (out / name).read_text("utf-8").splitlines()]
        for name in ("train.jsonl", "gate.jsonl")
    )
    assert (len(train), len(gate)) == (4, 2)
    assert {row["author"] for row in train}.isdisjoint(row["author"] for row in gate)
    assert set(train[0]) == {
        "id", "text", "label", "old_label", "lang", "author", "model_version", "corrected_at",
        "source",
    }  # fmt: skip
    text = (out / "train.jsonl").read_text(encoding="utf-8")
    assert text.isascii()
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["left_out"] == {"overruled by another person": 1}
    assert [person["initials"] for person in report["people"]] == ["AN", "BS"]


def test_gate_set_is_kept_and_its_authors_stay_out(inbox: Database, tmp_path: Path) -> None:
    for post in (1, 2, 3, 4):
        say(inbox, post, 1, "yes")
    first = tmp_path / "first"
    assert invoke("export-corrections", "--out", first, "--gate-share", 0.5).exit_code == 0
    gate = (first / "gate.jsonl").read_text(encoding="utf-8")
    refused = invoke("export-corrections", "--out", first)
    assert refused.exit_code == 1
    assert "--gate" in refused.output
    for post in (5, 6):
        say(inbox, post, 1, "no")
    second = tmp_path / "second"
    done = invoke("export-corrections", "--out", second, "--gate", first / "gate.jsonl")
    assert done.exit_code == 0, done.output
    assert not (second / "gate.jsonl").exists()
    assert (first / "gate.jsonl").read_text(encoding="utf-8") == gate
    rows = [json.loads(line) for line in (second / "train.jsonl").read_text().splitlines()]
    held = {json.loads(line)["author"] for line in gate.splitlines()}
    assert len(rows) == 4
    assert held.isdisjoint(row["author"] for row in rows)


def test_gate_set_without_posts_is_none(inbox: Database, tmp_path: Path) -> None:
    out = tmp_path / "learn"
    assert invoke("export-corrections", "--out", out).exit_code == 0
    for post in (1, 2, 3, 4):
        say(inbox, post, 1, "yes")
    refused = invoke("export-corrections", "--out", tmp_path / "x", "--gate", out / "gate.jsonl")
    assert refused.exit_code == 1
    assert "holds no posts" in refused.output
    done = invoke("export-corrections", "--out", out, "--gate-share", 0.5)
    assert done.exit_code == 0, done.output
    assert (out / "gate.jsonl").read_text(encoding="utf-8")


def test_gate_set_that_cannot_be_read_is_named(inbox: Database, tmp_path: Path) -> None:
    say(inbox, 1, 1, "yes")
    report = tmp_path / "report.json"
    report.write_text('{\n  "train": 0\n}\n', encoding="utf-8")
    refused = invoke("export-corrections", "--out", tmp_path / "x", "--gate", report)
    assert refused.exit_code == 1
    assert "report.json, line 1: not JSON" in refused.output


def test_database_of_another_release_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_DATA_DIR", str(tmp_path / "empty"))
    refused = invoke("export-corrections", "--out", tmp_path / "out")
    assert refused.exit_code == 1
    assert "tanggap db upgrade" in refused.output
