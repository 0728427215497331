"""How likely held-out music is under a model: nats per step and field, bits per note, second and quarter.

Conventions
    A scorer prices int32[T, K] (`etude.stepper.Scorer`). All likelihoods are natural logarithms (nats), except
    where the name says bits. A step's price is the sum over its fields.

Metrics
    nats_per_step   total price / steps priced; perplexity is its exponential
    nats_per_field  the same, field by field; they add up to nats_per_step
    bits_per_note   nats_per_step * steps of all pieces / notes / ln 2: the unit that compares encodings of the same
                    notes. Under windows:L the average price stands for the steps that no window holds
    bits_per_source_note, bits_per_second, bits_per_quarter
                    the same over what the pieces are whatever the encoding: their own notes (dropped ones too),
                    their seconds, their quarters
    parts           the price of some values alone: at onsets, at changes. A part and the rest add up to the whole
    standard_error  of nats_per_step over pieces (or windows), by the ratio estimator (Cochran, "Sampling
                    Techniques", 3rd edition, section 6.4); windows overlap, so that theirs is too small
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.errors import UsageError
from etude.evaluation.protocols import Protocol, Steps
from etude.stepper import Scorer

Nats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_JSON = (
    *("nats_per_step", "nats_per_field", "accuracy_per_field", "mae_seconds_per_field", "perplexity"),
    *("standard_error", "bits_per_note", "bits_per_note_error", "bits_per_source_note"),
    *("bits_per_second", "bits_per_quarter"),
    *("pieces", "steps", "notes", "source_notes", "protocol", "parts"),
)
_AT_ONCE = 2048  # windows handed to a scorer in one call


@dataclass(frozen=True)
class Part:
    """What some of the values cost: those at which something happens, where most only go on."""

    nats: float  # a value
    values: int  # priced
    share: float  # of all values priced
    bits_per_note: float
    notes: int


@dataclass(frozen=True, eq=False)
class Likelihood:
    """What held-out pieces cost under one model and protocol. P: pieces, or windows where those are drawn."""

    nats_per_step: float
    nats_per_field: dict[str, float]
    bits_per_note: float
    pieces: int
    steps: int  # priced
    notes: int
    protocol: str
    totals: NDArray[np.float64] = field(repr=False)  # [P] nats
    counts: NDArray[np.int64] = field(repr=False)  # [P] steps priced
    seconds: float = math.nan  # all pieces last; NaN: not known
    quarters: float = math.nan
    accuracy_per_field: dict[str, float] = field(default_factory=dict)
    mae_seconds_per_field: dict[str, float] = field(default_factory=dict)
    source_notes: int = 0  # of the pieces themselves; 0: not known
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def perplexity(self) -> float:
        """e to the nats per step: among how many equally likely steps the model chooses, so to speak."""
        return math.exp(min(self.nats_per_step, 700.0))

    @property
    def standard_error(self) -> float:
        """Of `nats_per_step`, over the pieces; NaN for fewer than two."""
        count = len(self.totals)
        if count < 2:
            return math.nan
        residuals = self.totals - self.nats_per_step * self.counts
        return float(np.sqrt(count / (count - 1) * (residuals**2).sum()) / self.counts.sum())

    @property
    def bits(self) -> float:
        """All pieces, every step of them."""
        return self.bits_per_note * self.notes

    @property
    def bits_per_source_note(self) -> float:
        """Bits for each note of the pieces themselves; NaN where those were not counted."""
        return _ratio(self.bits, self.source_notes)

    @property
    def bits_per_second(self) -> float:
        """Bits for each second that the pieces last; NaN where that is not known."""
        return _ratio(self.bits, self.seconds)

    @property
    def bits_per_quarter(self) -> float:
        """Bits for each quarter that the pieces last; NaN where that is not known."""
        return _ratio(self.bits, self.quarters)

    @property
    def bits_per_note_error(self) -> float:
        """The standard error of `bits_per_note`, over pieces; NaN for fewer than two."""
        return self.bits_per_note * self.standard_error / self.nats_per_step if self.nats_per_step else math.nan

    @property
    def bits_per_note_within(self) -> float:
        """Half of the 95 % interval of `bits_per_note`, over pieces; NaN for fewer than two."""
        return round(1.96 * self.bits_per_note_error, 9)

    def reordered(self, order: NDArray[np.int64]) -> Likelihood:
        """The same with pieces `order` (int64[P]) instead of 0, 1, 2, ..."""
        return replace(self, totals=self.totals[order], counts=self.counts[order])

    def as_json(self) -> dict[str, Any]:
        """The keys of `etude evaluate --json`; what is not known is None."""
        return {name: _known(getattr(self, name)) for name in _JSON}


def likelihood(
    scorer: Scorer,
    pieces: Sequence[Steps],
    protocol: Protocol | str = "full",
    *,
    notes: int,
    field_names: Sequence[str],
    source_notes: int | None = None,
    seconds: float | None = None,
    quarters: float | None = None,
    parts: Mapping[str, Sequence[Mask]] | None = None,
) -> Likelihood:
    """The Likelihood of `pieces` (int32[T, K] each), which together hold `notes` notes and last that long.

    `source_notes` are the notes of the music itself; `parts` names masks, bool[T, K] a piece, of values to be
    priced by themselves too.
    """
    protocol = Protocol.parse(protocol) if isinstance(protocol, str) else protocol
    _check(scorer, pieces, field_names)
    sequences = protocol.cut(pieces)
    kept = [protocol.counted(sequence) for sequence in sequences]
    nats = [price[mask] for price, mask in zip(price_all(scorer, sequences, protocol), kept, strict=True)]
    counts = np.array([len(price) for price in nats], np.int64)
    if not counts.sum():
        raise UsageError("There is no step to price: the held-out pieces are empty.")
    per_field = np.concatenate(nats).mean(axis=0)
    nats_per_step = float(per_field.sum())
    whole = sum(int(protocol.counted(piece).sum()) for piece in pieces)  # steps, more than those priced in windows
    bits = nats_per_step * whole / math.log(2)

    def part(masks: Sequence[Mask]) -> Part:
        shown = [mask[1:][rows] for mask, rows in zip(protocol.cut(masks), kept, strict=True)]
        return _part(nats, shown, round(notes / whole * int(counts.sum())))

    return Likelihood(
        nats_per_step=nats_per_step,
        nats_per_field=dict(zip(field_names, map(float, per_field))),
        bits_per_note=_ratio(bits, notes),
        seconds=math.nan if seconds is None else seconds,
        quarters=math.nan if quarters is None else quarters,
        accuracy_per_field=dict.fromkeys(field_names, math.nan),
        pieces=len(pieces),
        steps=int(counts.sum()),
        notes=notes,
        source_notes=source_notes or 0,
        protocol=str(protocol),
        totals=np.array([price.sum() for price in nats]),
        counts=counts,
        parts={name: part(masks) for name, masks in (parts or {}).items()},
    )


def _part(nats: Sequence[Nats], masks: Sequence[Mask], notes: int) -> Part:
    """The Part of the values under `masks` (bool[T, K] as `nats`), which stand for `notes` notes."""
    priced = float(sum(price[mask].sum() for price, mask in zip(nats, masks, strict=True)))
    values = int(sum(mask.sum() for mask in masks))
    return Part(
        nats=_ratio(priced, values),
        values=values,
        share=values / sum(mask.size for mask in masks),
        bits_per_note=_ratio(priced / math.log(2), notes),
        notes=notes,
    )


def price_all(scorer: Any, sequences: Sequence[Steps], protocol: Protocol) -> list[Nats]:
    """Float64[T - 1, K] a sequence: nats of the steps after the first, each seen as the protocol says.

    A scorer with `nats_context(sequences, N)` prices a limited view itself; for others every target beyond the
    N-th is the last step of a window of its own, which is exact and costs N steps a target.
    """
    many: Callable[[Sequence[Steps]], list[Nats]] = getattr(scorer, "nats_many", None) or (
        lambda batch: [scorer.nats(steps) for steps in batch]
    )
    if protocol.kind != "context":
        return many(sequences)
    if hasattr(scorer, "nats_context"):
        return list(scorer.nats_context(sequences, protocol.length))
    return [_limited(many, steps, protocol.length) for steps in sequences]


def _limited(many: Callable[[Sequence[Steps]], list[Nats]], steps: Steps, visible: int) -> Nats:
    """Float64[T - 1, K]: nats of steps[1:], each with at most `visible` steps before it."""
    parts = many([steps[: visible + 1]])
    targets = range(visible + 1, len(steps))
    for start in range(0, len(targets), _AT_ONCE):
        windows = [steps[target - visible : target + 1] for target in targets[start : start + _AT_ONCE]]
        parts += [nats[-1:] for nats in many(windows)]
    return np.concatenate(parts)


def joined(parts: Sequence[Likelihood]) -> Likelihood:
    """One Likelihood of several sets of pieces under the same protocol, each priced by a model of its own."""
    steps = sum(part.steps for part in parts)
    share = [part.steps / steps for part in parts]
    notes = sum(part.notes for part in parts)
    names = parts[0].nats_per_field
    return Likelihood(
        nats_per_step=sum(s * part.nats_per_step for s, part in zip(share, parts)),
        nats_per_field={
            name: sum(s * part.nats_per_field[name] for s, part in zip(share, parts)) for name in names
        },
        bits_per_note=_ratio(sum(part.bits for part in parts if part.notes), notes),
        accuracy_per_field=dict.fromkeys(names, math.nan),
        pieces=sum(part.pieces for part in parts),
        steps=steps,
        notes=notes,
        source_notes=sum(part.source_notes for part in parts),
        seconds=sum(part.seconds for part in parts),
        quarters=sum(part.quarters for part in parts),
        protocol=parts[0].protocol,
        totals=np.concatenate([part.totals for part in parts]),
        counts=np.concatenate([part.counts for part in parts]),
        parts={name: _together([part.parts[name] for part in parts], notes) for name in parts[0].parts},
    )


def _together(parts: Sequence[Part], notes: int) -> Part:
    """One Part of those of several sets of pieces, which hold `notes` notes in all."""
    values = sum(part.values for part in parts)
    return Part(
        nats=_ratio(sum(part.nats * part.values for part in parts if part.values), values),
        values=values,
        share=_ratio(values, sum(part.values / part.share for part in parts if part.share)),
        bits_per_note=_ratio(sum(part.bits_per_note * part.notes for part in parts if part.notes), notes),
        notes=notes,
    )


def _ratio(bits: float, amount: float | None) -> float:
    return bits / amount if amount else math.nan


def _known(value: Any) -> Any:
    if isinstance(value, Part):
        return _known(vars(value))
    if isinstance(value, dict):
        return {name: _known(item) for name, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _check(scorer: Scorer, pieces: Sequence[Steps], field_names: Sequence[str]) -> None:
    fields = len(scorer.field_sizes)
    if len(field_names) != fields:
        raise UsageError(f"The model has {fields} fields a step, the data has {len(field_names)}: {field_names}.")
    for number, piece in enumerate(pieces):
        if piece.ndim != 2 or piece.shape[1] != fields:
            raise UsageError(f"Piece {number} has the shape {piece.shape}; the model needs (T, {fields}).")
        if len(piece) and ((piece < 0).any() or (piece >= np.array(scorer.field_sizes)).any()):
            raise UsageError(
                f"Piece {number} holds values the model has no place for (sizes {tuple(scorer.field_sizes)}). "
                "Was it encoded with the model's own encoding?"
            )
