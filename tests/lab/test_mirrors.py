"""A mirror that fails or hangs is named and left out, and nobody waits for it; the others hear everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etude.lab import mirrors, mlflow, wandb
from etude.lab.mirrors import Mirrors
from etude.lab.run import Run


class Heard:
    """A tracker that remembers, and does something odd when it is told of figures."""

    def __init__(self, odd: Callable[[], Any] = lambda: None) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.odd = odd

    def __getattr__(self, name: str) -> Callable[..., None]:
        def call(*given: Any) -> None:
            if name == "figures":
                self.odd()
            self.told.append((name, *given))

        return call


def broken() -> Any:
    raise OSError("the server is gone\nand more lines")


@pytest.mark.parametrize("where", ["made", "called"])
def test_one_that_fails_is_named_once_and_the_other_hears_all(where: str) -> None:
    good, lost = Heard(), []
    bad: Callable[[], Any] = broken if where == "made" else lambda: Heard(broken)
    both = Mirrors({"good": lambda: good, "bad": bad}, lambda *said: lost.append(said))
    both.settings({"model.width": 32})
    for step in range(20):
        both.figures({"loss": 1.0}, step)
        time.sleep(0.002)
    both.text("sample", "X:1", 20)
    both.sound("sample", np.zeros(3, np.float32), 22_050, 20)
    both.close()
    assert lost == [("bad", "OSError: the server is gone")]
    assert [name for name, *_ in good.told] == ["settings", *["figures"] * 20, "text", "sound", "close"]


def test_one_that_hangs_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirrors, "HELD", 5)
    monkeypatch.setattr(mirrors.Mirror.close, "__defaults__", (0.1,))
    free, lost = threading.Event(), []
    hanging = Mirrors({"hung": lambda: Heard(free.wait)}, lambda *said: lost.append(said))
    started = time.perf_counter()
    hanging.figures({"loss": 1.0}, 1)
    hanging.close()
    assert lost == [("hung", "it did not finish within 0 s")]
    slow = Mirrors({"slow": lambda: Heard(free.wait)}, lambda *said: lost.append(said))
    for step in range(20):
        slow.figures({"loss": 1.0}, step)
    slow.close()
    assert lost[1:] == [("slow", "it does not keep up")]
    assert time.perf_counter() - started < 5
    free.set()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mlflow_keeps_a_run_in_its_folder(tmp_path: Path) -> None:
    library = pytest.importorskip("mlflow", reason="needs the extra 'mlflow'")
    tracker = mlflow.MlflowTracker(mlflow.module(), Run(tmp_path))
    _tell(tracker)
    client = library.MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow' / 'mlflow.db'}")
    run = client.get_run(tracker.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["model.width"] == "32"
    assert run.data.metrics["valid_nats_per_step"] == 1.5
    assert {one.path for one in client.list_artifacts(tracker.run_id)} == {
        "sample 1 at 10.txt",
        "sample 1 at 10.wav",
    }


def test_wandb_keeps_a_run_in_its_folder(tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="needs the extra 'wandb'")
    tracker = wandb.WandbTracker(wandb.module(), Run(tmp_path))
    _tell(tracker)
    (kept,) = (tmp_path / "wandb").glob("offline-run-*/run-*.wandb")
    data = kept.read_bytes()
    assert b"model.width" in data
    assert b"valid_nats_per_step" in data


def _tell(tracker: Any) -> None:
    tracker.settings({"model.width": 32})
    tracker.figures({"valid_nats_per_step": 1.5, "floors": {}, "none": None}, 10)
    tracker.text("sample 1", "X:1", 10)
    tracker.sound("sample 1", np.zeros(800, np.float32), 22_050, 10)
    tracker.close()
