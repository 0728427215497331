"""A trained critic without torch: its weights from a folder, its arithmetic in NumPy.

A folder holds critic.safetensors (float32 weights, named as in `etude.models.critic`) and critic.json (shape, field
sizes, the SHA-256 of the weights, and whatever else its maker wrote).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.errors import BadInput, Reason
from etude.files import sha256, write_atomically

WEIGHTS, MANIFEST = "critic.safetensors", "critic.json"
FORMAT = 1
SQUARED = 1e-5  # what LayerNorm adds to the variance

Floats = NDArray[np.float32]
Steps = NDArray[np.int32]


@dataclass(frozen=True)
class ExportedCritic:
    """A critic to be asked; `manifest` is what stands in critic.json."""

    weights: Mapping[str, Floats]
    manifest: Mapping[str, Any]

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field."""
        return tuple(int(size) for size in self.manifest["field_sizes"])

    def logits(self, segments: Sequence[Steps]) -> NDArray[np.float64]:
        """Float64[N]: positive where a segment (int32[T, K]) seems real; an empty one counts as a step of zeros."""
        return np.array([self._logit(segment) for segment in segments], np.float64)

    def _logit(self, segment: Steps) -> float:
        steps = segment if len(segment) else np.zeros((1, len(self.field_sizes)), np.int32)
        x, shape = self._embedded(steps), self.manifest["shape"]
        summed = []
        for number in range(shape["layers"]):
            if number:
                x = _halved(x)
            x = x + _gelu(self._convolved(number, self._normed(number, x)))
            if shape["places"] or number == shape["layers"] - 1:
                summed += [x.mean(axis=0), x.max(axis=0)]
        return float(np.concatenate(summed) @ self.weights["out.weight"][0] + self.weights["out.bias"][0])

    def _embedded(self, steps: Steps) -> Floats:
        """Float32[T, D]."""
        lags, size = self.manifest["shape"]["lags"], self.field_sizes[0]
        x = sum(self.weights[f"embed.{field}.weight"][steps[:, field]] for field in range(steps.shape[1]))
        for lag in range(1, lags + 1):
            away = np.full(len(steps), 2 * size - 1)
            away[lag:] = steps[lag:, 0] - steps[:-lag, 0] + size - 1
            x = x + self.weights[f"far.{lag - 1}.weight"][away]
        return np.asarray(x * np.float32((steps.shape[1] + lags) ** -0.5))

    def _normed(self, number: int, x: Floats) -> Floats:
        centred = x - x.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + SQUARED)
        return np.asarray(
            scaled * self.weights[f"blocks.{number}.norm.weight"] + self.weights[f"blocks.{number}.norm.bias"]
        )

    def _convolved(self, number: int, x: Floats) -> Floats:
        """Float32[T, D]: five steps side by side, nothing beyond both ends."""
        weight = self.weights[f"blocks.{number}.convolution.weight"]  # [D, D, 5]
        around = weight.shape[2] // 2
        padded = np.pad(x, ((around, around), (0, 0)))
        beside = np.concatenate([padded[at : at + len(x)] for at in range(weight.shape[2])], axis=1)
        flat = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])
        return np.asarray(beside @ flat + self.weights[f"blocks.{number}.convolution.bias"])


def _halved(x: Floats) -> Floats:
    """Float32[ceil(T / 2), D]: of every two neighbours the larger."""
    if len(x) % 2:
        x = np.concatenate([x, x[-1:]])
    return np.asarray(np.maximum(x[::2], x[1::2]))


def _gelu(x: Floats) -> Floats:
    """x times the normal distribution function; erf to 1.5e-7, Abramowitz and Stegun (1964), 7.1.26."""
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    terms = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    series = np.zeros_like(t)
    for term in reversed(terms):
        series = t * (np.float32(term) + series)
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    return np.asarray(x * np.float32(0.5) * (1 + erf))


def save_critic(weights: Mapping[str, Floats], manifest: Mapping[str, Any], folder: Path) -> None:
    """Writes a critic to `folder`; the manifest last, so that a folder with one is whole."""
    from safetensors.numpy import save

    data = save({name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()})
    write_atomically(folder / WEIGHTS, data)
    page = {"format": FORMAT, "sha256": sha256(data), **manifest}
    write_atomically(folder / MANIFEST, (json.dumps(page, indent=1) + "\n").encode())


def load_critic(folder: Path) -> ExportedCritic:
    """The critic in `folder`. Raises BadInput when there is none, or a damaged or newer one."""
    from safetensors.numpy import load

    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        data = (folder / WEIGHTS).read_bytes()
        if manifest["format"] != FORMAT:
            raise BadInput(
                f"{folder}: version {manifest['format']} of a critic, this etude reads {FORMAT}. Train it again.",
                Reason.UNSUPPORTED,
            )
        if manifest["sha256"] != sha256(data):
            raise BadInput(
                f"{folder / WEIGHTS} is damaged: its content is not what {MANIFEST} says. Train it again.",
                Reason.BAD_STRUCTURE,
            )
        return ExportedCritic(load(data), manifest)
    except OSError as error:
        message = f"There is no critic in {folder}. Train one: etude critic train COLLECTION --out {folder}"
        raise BadInput(message, Reason.UNREADABLE) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{folder} holds no critic that can be used: {error}.", Reason.BAD_STRUCTURE) from error
