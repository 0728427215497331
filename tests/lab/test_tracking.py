"""What trackers are told: every setting, every figure, sample pieces as text and as sound."""

from __future__ import annotations

import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from etude.errors import MissingPart, UsageError
from etude.lab.comet import CometTracker, module
from etude.lab.launch import Order, prepare
from etude.lab.originality import PASSAGES
from etude.lab.recipe import load_recipe
from etude.lab.run import Run
from etude.lab.trackers import TrackingConfig
from etude.lab.tracking import NoTracker, add_samples, settings_of, tracker_of

pytest.importorskip("torch", reason="training needs the extra 'train'")


class Heard:
    """A tracker that remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def settings(self, values: Any) -> None:
        self.told.append(("settings", dict(values)))

    def figures(self, values: Any, step: int) -> None:
        self.told.append(("figures", dict(values), step))

    def text(self, name: str, text: str, step: int) -> None:
        self.told.append(("text", name, text, step))

    def sound(self, name: str, samples: Any, rate: int, step: int) -> None:
        self.told.append(("sound", name, samples, rate, step))

    def close(self) -> None:
        self.told.append(("close",))


def test_tensorboard_holds_settings_figures_texts_and_sound(run: Run) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run.folder / "tensorboard"))
    events.Reload()
    tags = events.Tags()
    assert {"valid_nats_per_step", "train_nats_per_step", "learning_rate"} <= set(tags["scalars"])
    logged = [record["valid_nats_per_step"] for record in run.records() if "event" not in record]
    assert [event.value for event in events.Scalars("valid_nats_per_step")] == pytest.approx(logged)
    assert tags["audio"] == ["sample 1"]
    assert events.Audio("sample 1")[0].encoded_audio_string[:4] == b"RIFF"
    text = events.Tensors("sample 1/text_summary")[0].tensor_proto.string_val[0].decode()
    assert "    X:1\n" in text
    content = events.summary_metadata["_hparams_/session_start_info"].plugin_data.content
    assert b"training.learning_rate" in content
    assert b"model.width" in content


def test_every_setting_is_told_defaults_too(run: Run) -> None:
    told = settings_of(run)
    assert told["model.width"] == 32
    assert told["training.schedule"] == "cosine"  # the recipe does not name it
    assert told["encoding.name"] == "abc"
    assert {"data.collection", "sampling.temperature", "tracking.tracker", "name"} <= told.keys()


def test_samples_lie_in_the_run_and_are_told(run: Run) -> None:
    assert len(list((run.folder / "samples").glob("*.mid"))) == 1
    (run.folder / PASSAGES).unlink(missing_ok=True)
    heard = Heard()
    add_samples(heard, run, TrackingConfig(samples=2), 30, seed=5)
    assert [entry[:2] for entry in heard.told] == [
        (kind, f"sample {n}") for n in (1, 2) for kind in ("text", "sound")
    ]
    assert not (
        run.folder / PASSAGES
    ).exists()  # nobody asked what they copy, which takes long of a large collection
    samples, rate = heard.told[1][2:4]
    assert samples.ndim == 1
    assert 0 < np.abs(samples).max() <= 1
    assert len(samples) <= 25 * rate
    for none in (TrackingConfig(samples=0), TrackingConfig(tracker="none")):
        add_samples(heard, run, none, 30, seed=5)
    assert len(heard.told) == 4


def test_comet_is_told_the_same(run: Run, tmp_path: Path) -> None:
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    class Experiment:
        def __init__(self, **settings: Any) -> None:
            calls.append(("made", (), settings))

        def __getattr__(self, name: str) -> Any:
            return lambda *given, **named: calls.append((name, given, named))

    tracker = CometTracker(SimpleNamespace(OfflineExperiment=Experiment), Run(tmp_path))
    tracker.settings({"model.width": 32})
    tracker.figures({"valid_nats_per_step": 1.5, "best": True, "floors": {}, "none": None}, 10)
    tracker.text("sample 1", "X:1", 10)
    tracker.sound("sample 1", np.zeros(8, np.float32), 22_050, 10)
    tracker.close()
    assert [name for name, _, _ in calls] == [
        *("made", "set_name", "log_parameters", "log_metrics", "log_text", "log_audio", "end")
    ]
    assert calls[0][2]["offline_directory"] == str(tmp_path / "comet")
    assert not calls[0][2]["log_code"]
    assert calls[2][1] == ({"model.width": 32},)
    assert calls[3][1:] == (({"valid_nats_per_step": 1.5, "best": True},), {"step": 10})
    sound = tmp_path / "comet" / "sample 1.wav"
    assert calls[5][1:] == ((str(sound),), {"file_name": "sample 1.wav", "step": 10})
    assert sound.read_bytes()[:4] == b"RIFF"


def test_comet_itself_writes_an_archive(tmp_path: Path) -> None:
    if find_spec("comet_ml") is None:
        pytest.skip("needs the extra 'comet'")
    tracker = CometTracker(module(), Run(tmp_path))
    tracker.settings({"model.width": 32})
    tracker.figures({"valid_nats_per_step": 1.5}, 10)
    tracker.text("sample 1", "X:1", 10)
    tracker.sound("sample 1", np.zeros(800, np.float32), 22_050, 10)
    tracker.close()
    (archive,) = (tmp_path / "comet").glob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        held = [packed.read(name) for name in packed.namelist()]
        messages = packed.read("messages.json").decode()
    assert any(data[:4] == b"RIFF" for data in held)
    assert b"X:1" in held
    assert all(word in messages for word in ("model.width", "valid_nats_per_step", "sample 1.wav"))


def test_a_missing_comet_is_named_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, book: Path
) -> None:
    monkeypatch.setitem(sys.modules, "comet_ml", None)
    with pytest.raises(MissingPart, match=r"etude\[comet\]"):
        module()
    monkeypatch.setattr("etude.lab.trackers.find_spec", lambda name: None)
    order = Order(recipe="folk", data=str(book), out=tmp_path / "run", settings=("tracking.tracker=comet",))
    with pytest.raises(MissingPart, match=r"etude\[comet\]"):
        prepare(order)
    assert not (tmp_path / "run").exists()


def test_trackers_are_chosen_in_the_recipe(tmp_path: Path) -> None:
    assert load_recipe("folk").tracking == TrackingConfig()
    assert load_recipe("folk", ["tracking.tracker=none"]).tracking.tracker == "none"
    assert isinstance(tracker_of(TrackingConfig("none"), Run(tmp_path)), NoTracker)
    assert TrackingConfig("comet, wandb,comet").names == ("comet", "wandb")
    with pytest.raises(UsageError, match="no tracker called 'sacred'"):
        load_recipe("folk", ["tracking.tracker='comet,sacred'"])
    with pytest.raises(UsageError, match="samples"):
        load_recipe("folk", ["tracking.samples=-1"])
