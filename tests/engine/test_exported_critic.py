"""A critic without torch says what the one with torch says, and a damaged one says nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from etude.engine.critic import MANIFEST, WEIGHTS, load_critic, save_critic
from etude.errors import BadInput

torch = pytest.importorskip("torch", reason="the reference needs the extra 'train'")

SIZES = (30, 7)


def trained(folder: Path, places: bool) -> object:
    from etude.models.critic import Critic, CriticConfig

    torch.manual_seed(3)
    critic = Critic(CriticConfig(width=16, layers=3, lags=2, places=places), SIZES)
    for parameter in critic.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    weights = {name: value.detach().numpy() for name, value in critic.state_dict().items()}
    shape = {"width": 16, "layers": 3, "lags": 2, "places": places}
    save_critic(weights, {"field_sizes": SIZES, "shape": shape}, folder)
    return critic


def segments() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(0, SIZES, (length, 2)).astype(np.int32) for length in (0, 1, 2, 3, 17, 64)]


@pytest.mark.parametrize("places", [False, True])
def test_it_says_what_torch_says(tmp_path: Path, places: bool) -> None:
    from etude.training.critic import logits

    critic = trained(tmp_path, places)
    theirs = logits(critic, segments())  # type: ignore[arg-type]
    assert np.ptp(theirs) > 1
    np.testing.assert_allclose(load_critic(tmp_path).logits(segments()), theirs, atol=2e-5)


def test_what_is_damaged_missing_or_newer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no critic in"):
        load_critic(tmp_path)
    trained(tmp_path, False)
    page = json.loads((tmp_path / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps({**page, "format": 99}))
    with pytest.raises(BadInput, match="version 99"):
        load_critic(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(BadInput):
        load_critic(tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps(page))
    data = bytearray((tmp_path / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (tmp_path / WEIGHTS).write_bytes(bytes(data))
    with pytest.raises(BadInput, match="damaged"):
        load_critic(tmp_path)
