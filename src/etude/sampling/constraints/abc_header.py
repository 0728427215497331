"""The header of a tune under rules: what was asked for is written there, and nothing that bars a planned ending."""

from __future__ import annotations

import numpy as np

from etude.encodings.abc import vocabulary as v
from etude.encodings.base import Encoding
from etude.encodings.reading import mask_of, only
from etude.sampling.constraints.checks import lasting
from etude.sampling.constraints.ending import Tonic
from etude.sampling.constraints.reader import ConstrainedReader
from etude.sampling.constraints.rules import PITCHES, Mask
from etude.sampling.constraints.together import Rules
from etude.sampling.constraints.tune import Form, even
from etude.sampling.constraints.words import SCALES, Scale
from etude.score import MODE_TONIC, MODES


class HeaderUnderRules(ConstrainedReader):
    """The part of `AbcUnderRules` before the first note.

    told    header symbols that were asked for: kind -> what
    fixed   the tonic that was asked for; without one it is that of the tune's own key
    form    the form that was asked for
    scale   the scale that was asked for: a tune is written in a key that fits it
    """

    grain = v.GRAIN
    available = (PITCHES >= v.LOWEST) & (PITCHES <= v.HIGHEST)

    def __init__(self, encoding: Encoding, rules: Rules, opening: int = 0) -> None:
        super().__init__(encoding, rules, opening)
        self.told: dict[str, object] = {}
        self.form: Form | None = None
        self.fixed: Tonic | None = None
        self.scale: Scale | None = None
        self.counted = any(rule.name in ("chords", "rhythm", "ending") for rule in rules.rules)

    def _header(self, grammar: Mask, rules: Rules) -> Mask:
        mask = grammar.copy()
        kind = v.HEADER[self.inner.header]
        if kind in self.told:
            return only(len(mask), v.VALUE[kind, self.told[kind]])
        if kind == "key" and self.scale is not None:
            return self._keys_of(self.scale, mask)
        if not self.counted:
            return mask
        for value in np.flatnonzero(mask).tolist():
            mask[value] = self._header_fits(kind, v.SYMBOLS[value][1], rules)
        return mask

    def _keys_of(self, scale: Scale, mask: Mask) -> Mask:
        """Bool[V]: the keys that fit a scale best: on its tonic and with its notes, or with its notes, or any."""
        found: list[list[int]] = [[], []]
        for value in np.flatnonzero(mask).tolist():
            key = v.SYMBOLS[value][1]
            if key is not None and scale.classes <= _classes(key):
                found[tonic_of(key)[0] != scale.tonic].append(value)
        best = found[0] or found[1]
        return mask_of(len(mask), best) if best else mask

    def _header_fits(self, kind: str, what: object, rules: Rules) -> bool:
        """Whether a header symbol leaves an ending possible."""
        if kind == "parts" and isinstance(what, int) and rules.ending is not None:
            return what == len(self.form.groups) if self.form is not None else even(what, rules.ending.bars)
        if kind == "upbeat" and isinstance(what, int):
            two_ends = self.form is not None and any(how == 3 for _, how in self.form.groups)
            if two_ends or any(rule.name == "rhythm" for rule in rules.rules):
                return what == 0
            return what == 0 or what + v.TPQ <= int(self.inner.bars.full)
        if rules.ending is not None and kind == "key" and isinstance(what, tuple):
            return self._key_closes(what, rules)
        return True

    def _key_closes(self, key: tuple[int, int], rules: Rules) -> bool:
        """Whether the tonic of a key may sound in the last bar."""
        return self.fixed is not None or bool((self.available & lasting(rules))[tonic_of(key)[0] :: 12].any())


def _classes(key: tuple[int, int]) -> frozenset[int]:
    """The pitch classes of (fifths, mode)."""
    return frozenset((7 * key[0] + step) % 12 for step in SCALES["major"])


def tonic_of(key: tuple[int, int]) -> Tonic:
    """(pitch class, whether its third is minor) of the tonic of (fifths, mode)."""
    fifths, mode = key
    return (7 * fifths + MODE_TONIC[mode]) % 12, MODES[mode] in ("minor", "dorian", "phrygian", "locrian")
