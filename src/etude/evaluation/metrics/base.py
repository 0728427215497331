"""What a measure is: a number of a piece (Metric), or a vector or matrix of it (Profile)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.metrics.analysis import Analysis

Better = Literal["high", "low", "near reference"]
Family = Literal["pitch", "melody", "texture", "rhythm", "form", "dynamics", "voices"]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """One measure of a Score: its name, family, unit, which way is better, who defined it, and the function."""

    name: str
    family: Family
    unit: str
    better: Better
    source: str
    measure: Callable[[Analysis], float]  # NaN where it is not defined


@dataclass(frozen=True)
class Axis:
    """What the places of a Profile mean; no labels where a piece has as many as it has bars."""

    name: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """A vector or matrix of a Score: its name, family, unit, axes, who defined it, and the function."""

    name: str
    family: Family
    unit: str
    axes: tuple[Axis, ...]
    source: str
    measure: Callable[[Analysis], Numbers]  # float64, one dimension an axis; NaN where it is not defined

    @property
    def fixed(self) -> bool:
        """Whether it has the same shape for every piece, so that pieces can be added up and compared."""
        return all(axis.labels for axis in self.axes)


MUSPY = "Dong et al., MusPy: a toolkit for symbolic music generation (ISMIR 2020)"
YANG = "Yang and Lerch, On the evaluation of generative models in music (2020)"
JAZZ = "Wu and Yang, The Jazz Transformer on the front line (ISMIR 2020)"
