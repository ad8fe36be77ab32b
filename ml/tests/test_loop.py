# ruff: noqa: E402
"""The training loop on a model of a few weights: averages, rates, interruptions."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from safetensors.torch import load_file
from torch import Tensor, nn

from tanggap_ml.average import Average
from tanggap_ml.batches import Batch
from tanggap_ml.errors import RunError
from tanggap_ml.loop import WEIGHTS_FILE, Loop, LoopConfig, parameter_groups, prepare
from tanggap_ml.model import student_from

CONFIG = LoopConfig(
    epochs=2, learning_rate=0.1, checkpoints_per_epoch=1, warmup=0.1, threads=1, average=0.8
)


class Slope:
    """Learn y = 2 x with a dropout that draws from torch's generator, as real models do."""

    steps_per_epoch = 5

    def __init__(self) -> None:
        self._line = nn.Linear(4, 1)
        self.model = nn.Sequential(nn.Dropout(0.5), self._line)

    def batches(self, epoch: int) -> Sequence[Batch]:
        ids = torch.arange(20).reshape(5, 4) + epoch
        return [Batch(row[None], row[None], torch.tensor([0])) for row in ids]

    def loss(self, batch: Batch) -> Tensor:
        given = batch.input_ids.float() / 20
        return nn.functional.mse_loss(self.model(given), 2 * given.sum(1, keepdim=True))

    def measure(self) -> dict[str, float]:
        """Return a figure that grows while the bias does, so that the last checkpoint is kept."""
        return {"bias": self._line.bias.item()}


def _loop(config: LoopConfig, run: Path) -> Loop:
    prepare(config, run)
    return Loop(config, run, Slope())


def _kept(run: Path) -> dict[str, Tensor]:
    return load_file(run / WEIGHTS_FILE)


def _same(left: dict[str, Tensor], right: dict[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[n], right[n]) for n in left)


def test_the_average_forgets_the_first_weights_soon_and_then_moves_by_its_decay() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    average = Average(model, decay=0.5)
    expected = 0.0
    for step, kept in ((1, 2 / 11), (2, 3 / 12), (20, 0.5)):
        nn.init.constant_(model.weight, float(step))
        average.follow(step)
        expected = kept * expected + (1 - kept) * step
        assert average.weights["weight"].item() == pytest.approx(expected)


def test_a_model_has_its_own_weights_again_after_an_error_with_the_average() -> None:
    model = nn.Linear(1, 1)
    average = Average(model, decay=0.5)
    nn.init.constant_(model.weight, 7.0)
    with pytest.raises(ZeroDivisionError), average.applied():
        1 / (model.weight.item() - average.weights["weight"].item())
    assert model.weight.item() == 7.0


def test_the_averaged_model_is_measured_and_kept_and_training_goes_on_without(
    tmp_path: Path,
) -> None:
    loop = _loop(CONFIG, tmp_path)
    model = loop.task.model
    followed = Average(model, CONFIG.average)
    for step in range(1, 4):
        loop.train_on(loop.task.batches(0)[step])
        followed.follow(step)
    own = {name: value.clone() for name, value in model.state_dict().items()}
    loop.checkpoint()
    assert _same(_kept(tmp_path), followed.weights)
    assert loop.history[-1]["bias"] == followed.weights["1.bias"].item()
    assert _same(dict(model.state_dict()), own)
    assert not _same(own, followed.weights)


def test_without_an_average_the_weights_themselves_are_measured_and_kept(tmp_path: Path) -> None:
    off = _loop(dataclasses.replace(CONFIG, average=0.0), tmp_path / "off")
    off.fit("off")
    weights = dict(off.task.model.state_dict())
    assert _same(_kept(tmp_path / "off"), weights)
    assert off.history[-1]["bias"] == weights["1.bias"].item()

    averaged = _loop(CONFIG, tmp_path / "on")
    averaged.fit("on")
    assert _same(dict(averaged.task.model.state_dict()), weights), "an average moved the weights"
    assert not _same(_kept(tmp_path / "on"), weights)


@pytest.mark.parametrize("average", [0.0, 0.8])
def test_an_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one(
    tmp_path: Path, average: float
) -> None:
    config = dataclasses.replace(CONFIG, average=average)
    whole = _loop(config, tmp_path / "whole")
    whole.fit("whole")

    first = _loop(config, tmp_path / "parts")
    for batch in first.task.batches(0):
        first.train_on(batch)
    first.checkpoint()
    first.train_on(first.task.batches(1)[0])  # lost: no checkpoint after it
    second = _loop(config, tmp_path / "parts")
    assert second.resume()
    second.fit("parts")

    assert _same(dict(second.task.model.state_dict()), dict(whole.task.model.state_dict()))
    assert _same(_kept(tmp_path / "parts"), _kept(tmp_path / "whole"))
    histories = [
        json.loads((tmp_path / n / "history.json").read_text()) for n in ("whole", "parts")
    ]
    assert histories[0] == histories[1]


@pytest.mark.parametrize("name", ["best.safetensors", "state.pt.partial"])
def test_checkpoint_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    loop = _loop(CONFIG, tmp_path)
    (tmp_path / name).mkdir()
    with pytest.raises(RunError, match=f"{name}: cannot be written; is the disk full"):
        loop.checkpoint()


def test_settings_of_a_run_that_made_nothing_may_be_chosen_anew(tmp_path: Path) -> None:
    other = dataclasses.replace(CONFIG, epochs=3)
    prepare(CONFIG, tmp_path)
    loop = _loop(other, tmp_path)
    loop.checkpoint()
    with pytest.raises(RunError, match="other settings"):
        prepare(CONFIG, tmp_path)


def test_each_layer_moves_slower_than_the_one_above(base: Path) -> None:
    model = student_from(base, (0, 1, 2, 3), labels=3)
    config = LoopConfig(learning_rate=1.0, head_learning_rate=7.0, layer_decay=0.5)
    rates = _rates(config, model)
    assert {rate for name, rate in rates.items() if "_head." in name} == {7.0}
    for layer, rate in enumerate((0.0625, 0.125, 0.25, 0.5)):
        of_layer = {r for name, r in rates.items() if f".layer.{layer}." in name}
        assert of_layer == {rate}
    assert {rate for name, rate in rates.items() if ".embeddings." in name} == {0.03125}


def test_without_layer_decay_the_encoder_moves_at_one_rate(base: Path) -> None:
    model = student_from(base, (0, 3), labels=3)
    rates = _rates(LoopConfig(learning_rate=1.0, head_learning_rate=7.0), model)
    assert {rate for name, rate in rates.items() if "_head." not in name} == {1.0}
    assert len(parameter_groups(LoopConfig(), model)) == 2


def test_dropout_is_set_in_the_encoder_and_off_unless_asked_for(base: Path) -> None:
    for given, model in (
        (0.0, student_from(base, (0,), 3)),
        (0.2, student_from(base, (0,), 3, 0.2)),
    ):
        found = {part.p for part in model.encoder.modules() if isinstance(part, nn.Dropout)}
        assert found == {given}


def _rates(config: LoopConfig, model: nn.Module) -> dict[str, float]:
    """Return the rate of every parameter; each must stand in one group."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    found = [
        (names[id(parameter)], group["lr"])
        for group in parameter_groups(config, model)
        for parameter in group["params"]
    ]
    assert sorted(name for name, _ in found) == sorted(names.values())
    return dict(found)


@pytest.mark.parametrize(
    ("per_epoch", "steps"), [(2, [3, 6, 9, 10]), (3, [2, 4, 6, 8, 10]), (9, list(range(1, 11)))]
)
def test_an_epoch_that_does_not_divide_has_no_more_checkpoints_than_asked_for(
    tmp_path: Path, per_epoch: int, steps: list[int]
) -> None:
    loop = _loop(dataclasses.replace(CONFIG, checkpoints_per_epoch=per_epoch), tmp_path)
    loop.fit("uneven")
    assert [entry["step"] for entry in loop.history] == steps
