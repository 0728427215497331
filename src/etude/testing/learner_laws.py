"""What models of plugins must hold: Learners, which are nothing but arrays, and bodies of torch networks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.config import from_mapping, to_mapping
from etude.testing.fakes import random_piece
from etude.testing.stepper_laws import check_stepper

Steps = NDArray[np.int32]
SIZES = (5, 4, 3)  # of the fields that bodies are tried with


def check_learner(learner: Any, pieces: Sequence[Steps], field_sizes: Sequence[int]) -> None:
    """Raises AssertionError where a law is broken over `pieces` (int32[T >= 3, K] each).

    1. the settings are a dataclass that TOML can hold and that comes back from it equal;
    2. the same pieces give the same arrays, which hold numbers, and learning leaves the pieces as they were;
    3. arrays and settings are all there is: a fresh Learner makes the same model from arrays that went to a file;
    4. no value is impossible: any steps inside the field sizes have a finite price;
    5. the model keeps the laws of a Stepper (`check_stepper`).
    """
    again, fresh = _settings_come_back(learner), _settings_come_back(learner)
    before = [piece.copy() for piece in pieces]
    arrays = learner.learn(pieces, tuple(field_sizes))
    for piece, copy in zip(pieces, before):
        assert np.array_equal(piece, copy), "learning changed a piece"
    _same(arrays, again.learn(pieces, tuple(field_sizes)))
    model, other = (one.model(_filed(arrays), tuple(field_sizes)) for one in (learner, fresh))
    assert tuple(model.field_sizes) == tuple(field_sizes), f"field_sizes are {model.field_sizes}"
    for piece in (pieces[0], random_piece(field_sizes)):
        nats = model.nats(piece)
        assert np.array_equal(nats, other.nats(piece)), "a fresh Learner makes another model of the same arrays"
        assert np.isfinite(nats).all(), "a value is impossible: its price is not finite"
        check_stepper(model, piece)


def _settings_come_back(learner: Any) -> Any:
    assert dataclasses.is_dataclass(learner), "the settings of a Learner are a dataclass"
    settings = json.loads(json.dumps(to_mapping(learner)))
    again: Any = from_mapping(type(learner), settings)
    assert again == learner, f"{settings} builds {again}, not {learner}"
    return again


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    assert one.keys() == other.keys(), "learning twice gave other arrays"
    for name, array in one.items():
        assert isinstance(array, np.ndarray), f"'{name}' is no array"
        assert array.dtype.kind in "biuf", f"'{name}' holds {array.dtype}, not numbers"
        assert np.array_equal(array, other[name]), f"learning twice gave another '{name}'"


def _filed(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays as they come back from a file."""
    from safetensors.numpy import load, save

    filed: dict[str, NDArray[Any]] = load(save({name: np.ascontiguousarray(one) for name, one in arrays.items()}))
    return filed


def check_network(kind: str, **settings: Any) -> None:
    """Raises AssertionError where the torch body that model.kind = `kind` names breaks a law of networks.

    `settings` are those of the table `model` in a recipe: width=32 and the like. The laws: cutting a sequence and
    carrying the state changes nothing, the future never leaks, feeding leaves the state as it was, rows of a batch
    do not meet, every weight learns, and the whole is a Stepper.
    """
    import torch

    from etude.models import ModelConfig, TorchStepper, build
    from etude.testing import model_laws as laws

    torch.manual_seed(0)
    model = laws.stirred(build(ModelConfig(kind=kind, **settings), SIZES))
    laws.check_cutting_changes_nothing(model, (1, 7, 20))
    for at in (1, 13):
        laws.check_future_never_leaks(model, at)
    laws.check_state_is_not_changed(model)
    laws.check_rows_are_independent(model)
    laws.check_every_weight_learns(model)
    check_stepper(TorchStepper(model), laws.random_steps(SIZES, 20, 0))
