"""What a price would be at one stated resolution, whatever grid the values were drawn from.

Conventions
    A field whose values are numbers (`Field.values`, in its unit) cuts the line into bins: bin i reaches halfway
    to the values beside it, the outermost as far outwards as inwards. The mass p of a bin of width w is the density
    p / w all over it; told to the resolution r it costs -ln(p r / w) = -ln p + ln(w / r). The second term is the
    surcharge: it hangs on the music and the grid alone, never on the model. Values that stand for no number, and
    steps whose first field does (begin, end, conditions), bear none.

    The resolution is 10 ms for times, 1 for velocities and pitches. Quarters become seconds by the mean tempo of
    the piece. Music that stands exactly on a grid has no density: prices of such music compare as they are, and the
    resolved price only says what the same grid would cost were it as fine as the resolution.
    Source: Cover and Thomas, "Elements of Information Theory" (2nd edition), theorem 8.3.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import Field, Steps

RESOLUTION = {"seconds": 0.01, "velocity": 1.0, "semitones": 1.0}  # by unit
TIMES = ("seconds", "quarters")


@dataclass(frozen=True)
class Grid:
    """How finely a field tells its number: widths of its narrowest and widest bin, and how many there are."""

    unit: str
    finest: float
    coarsest: float
    values: int


def widths(field: Field) -> NDArray[np.float64] | None:
    """Float64[V]: the width of the bin of every value in the field's unit, NaN where it is no number.

    None for a field whose values are no numbers, or too few of them to have a width.
    """
    if field.values is None:
        return None
    values = np.asarray(field.values, np.float64)
    order = np.argsort(values)[: int((~np.isnan(values)).sum())]
    if len(order) < 2:
        return None
    gaps = np.diff(values[order])
    out = np.full(len(values), math.nan)
    out[order] = (np.append(gaps[:1], gaps) + np.append(gaps, gaps[-1:])) / 2
    return out


def grids(fields: Sequence[Field]) -> dict[str, Grid]:
    """Field name -> its Grid, for the fields whose values are numbers."""
    found = {field.name: (field.unit, widths(field)) for field in fields}
    return {
        name: Grid(unit, float(np.nanmin(wide)), float(np.nanmax(wide)), int((~np.isnan(wide)).sum()))
        for name, (unit, wide) in found.items()
        if wide is not None
    }


def surcharge(
    pieces: Sequence[Steps], fields: Sequence[Field], seconds_per_quarter: Sequence[float] | None = None
) -> float:
    """Nats that all `pieces` (int32[T, K]) cost more at the RESOLUTION than on the grids of their fields.

    `seconds_per_quarter` is each piece's tempo, for times in quarters. NaN where a field does not say what numbers
    its values stand for, is in another unit, or where none tells a time.
    """
    tables = [_costs(field) for field in fields]
    if any(table is None for table in tables) or not any(field.unit in TIMES for field in fields):
        return math.nan
    first = np.isnan(np.asarray(fields[0].values, np.float64))
    tempos = seconds_per_quarter if seconds_per_quarter is not None else [math.nan] * len(pieces)
    nats = 0.0
    for piece, tempo in zip(pieces, tempos, strict=True):
        told = piece[~first[piece[:, 0]]]
        for column, (field, table) in enumerate(zip(fields, tables)):
            costs = np.asarray(table)[told[:, column]]
            slower = math.log(tempo) if field.unit == "quarters" and tempo > 0 else 0.0
            nats += float(np.nansum(costs + slower))
            if field.unit == "quarters" and not tempo > 0:
                return math.nan
    return nats


def _costs(field: Field) -> NDArray[np.float64] | None:
    """Float64[V]: ln(width / resolution) of every value; of times in quarters, as if a quarter lasted a second."""
    if field.size == 1:
        return np.full(1, math.nan)  # tells nothing: it costs nothing
    wide = widths(field)
    resolution = RESOLUTION.get("seconds" if field.unit == "quarters" else field.unit)
    return None if wide is None or resolution is None else np.log(wide / resolution)
