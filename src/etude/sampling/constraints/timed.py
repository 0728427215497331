"""Notes and chords one by one under rules: what comes next says how long nothing comes before it.

Why something is always left. A note may begin at any place the grid of waits reaches; among them is the *way on*, a
tick at which a note is sure to be possible: the next onset of a given rhythm, else the closing note, else a moment
away in the fine part of the grid. Notes may sound past it only while that leaves room for one more under the cap.
So wherever the music stands, going to the way on and starting a note of the shortest length there obeys every rule.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import Encoding
from etude.errors import UsageError
from etude.sampling.constraints.filling import Joined
from etude.sampling.constraints.reader import ConstrainedReader
from etude.sampling.constraints.rhythm import Onsets
from etude.sampling.constraints.rules import FAR, Mask, Ticks
from etude.sampling.constraints.together import Rules

Notes = list[tuple[int, int]]  # (pitch, the tick it ends at)


class Timed(ConstrainedReader):
    """What `notes` and `chords` have in common. Notes that were given are not counted among those that sound.

    closed   whether a note that closes the piece has begun
    """

    wait = 0  # the shortest wait but none, less one: shorter ones join a chord

    def __init__(self, encoding: Encoding, rules: Rules, opening: int = 0) -> None:
        super().__init__(encoding, rules, opening)
        self.step_ticks: Ticks = np.array(self.inner.step_ticks, np.int64)
        self.duration_ticks: Ticks = np.array(self.inner.duration_ticks, np.int64)
        fine = np.flatnonzero(np.diff(self.step_ticks) > 1)
        self.fine = int(self.step_ticks[fine[0] if len(fine) else -1])  # every wait up to it can be written
        self.exempt: set[tuple[int, int]] = set()  # notes that were given, as (pitch, end)
        self.closed = False
        self.drawn = 0  # notes, where bars are filled
        self._found: dict[int, list[tuple[Mask, Mask]]] = {}  # of this step, by which rules ask

    def gaps(self) -> set[int]:
        """The waits that can be written."""
        return {int(ticks) for ticks in self.step_ticks if ticks > self.wait}

    def _fed(self, step: list[int]) -> None:
        self._found = {}
        self.drawn += self.planned

    @property
    def _began(self) -> bool:
        """Whether a note has begun at `now`."""
        raise NotImplementedError

    def _reached(self) -> int:
        ends: dict[tuple[int, int], int] = self.inner.sounding.ends
        return max([self.now, *ends.values()])

    def _plan(self) -> None:
        ends: dict[tuple[int, int], int] = self.inner.sounding.ends
        self.exempt = {(pitch, end) for (_, pitch), end in ends.items()}
        ending = self.rules.ending
        for rule in self.rules.rules:
            if isinstance(rule, Joined):
                rule.kept = {pitch: end for (_, pitch), end in ends.items()}
        if ending is None:
            return
        if not self._can_last(ending.end - ending.last):
            raise UsageError("The rhythm stops so long before the end that no note can fill the rest.")
        if (self._began and ending.last <= self.now + self.wait) or any(end > ending.last for end in ends.values()):
            raise UsageError(
                "What was given fills the bars that were asked for, so no ending can close them: ask for more "
                "bars, or for an open ending (--ending open)."
            )

    def _sounding(self, fresh: Notes) -> Ticks:
        """Int64[N]: when the drawn notes that sound, those of this step (`fresh`) among them, end."""
        ends: dict[tuple[int, int], int] = self.inner.sounding.ends
        own = [end for (_, pitch), end in ends.items() if (pitch, end) not in self.exempt]
        return np.array([*own, *(end for _, end in fresh)], np.int64)

    def _times(self, rules: Rules) -> tuple[Ticks, Mask]:
        """(int64[S] where each wait leads to, bool[S] whether a note may begin there)."""
        times = self.now + self.step_ticks
        ending = rules.ending
        if self.filling is not None and not self._in_bars(times).any():
            return times, np.zeros(len(times), np.bool_)
        good = (times == self.now) if self._began else np.zeros(len(times), np.bool_)
        if any(isinstance(rule, Onsets) for rule in rules.rules):
            good = good & rules.may_begin(self.now)
            good |= times == rules.due(self.now + self._began)
        else:
            good |= (times > self.now + self.wait) | (times >= self.now if not self._began else False)
        if ending is not None and self.closed:
            good = times == self.now
        elif ending is not None:
            last = ending.last
            good &= (times == last) | (times < last - self.wait)
        if rules.most < FAR:
            ends = self._sounding([])
            good &= (ends[None, :] > times[:, None]).sum(axis=1) < rules.most
        return times, good & self._in_bars(times)

    def _in_bars(self, times: Ticks) -> Mask:
        """Bool[S]: which times lie in the bars that are filled, behind what a melody still sings."""
        if self.filling is None:
            return np.ones(len(times), np.bool_)
        alone = getattr(self.inner, "melody", False)
        start = max([self.filling.start, *(end for _, end in self.exempt if alone)])
        return np.asarray((times >= start) & (times < self.filling.stop))

    def _way_on(self, rules: Rules, tick: int) -> int:
        """A tick after `tick` at which a note is sure to be possible."""
        due = rules.due(tick + 1)
        if due < FAR:
            return due
        if rules.ending is None:
            return tick + int(self.step_ticks[-1])
        last = rules.ending.last
        return last if last - tick <= self.fine else tick + self.fine // 2

    def _places(self, rules: Rules) -> list[tuple[Mask, Mask]]:
        """(bool[S], bool[128]): for some of the waits each, the pitches that may begin after them."""
        if id(rules) not in self._found:
            self._found[id(rules)] = self._kinds(rules, *self._times(rules))
        return self._found[id(rules)]

    def _kinds(self, rules: Rules, times: Ticks, good: Mask) -> list[tuple[Mask, Mask]]:
        out: list[tuple[Mask, Mask]] = []
        ending = rules.ending
        if ending is not None:
            for at in np.flatnonzero(good & (times >= ending.earliest)).tolist():
                out.append((_one(len(times), at), self._beginning(rules, int(times[at]))))
            good = good & (times < ending.earliest)
        if not good.any():
            return out
        if not self.rules_change:
            return [*out, (good, rules.pitches(int(times[good.argmax()])))]
        lines = self.lines
        inside = (times - lines.start) % lines.bar
        kinds = np.where(inside % lines.beat == 0, np.maximum(0, (times - lines.start) // lines.bar), -1)
        for kind in np.unique(kinds[good]).tolist():
            here = good & (kinds == kind)
            out.append((here, rules.pitches(int(times[here.argmax()]))))
        return out

    @property
    def rules_change(self) -> bool:
        """Whether other pitches are allowed at other times."""
        return any(rule.name == "chords" for rule in self.rules.rules)

    def _beginning(self, rules: Rules, tick: int, fresh: Notes | None = None) -> Mask:
        """Bool[128]: which pitches may begin at `tick`, whether they close the piece or not."""
        closing = self._closing(rules, tick, fresh or [])
        free = np.zeros(128, np.bool_) if self._is_closed(rules, fresh or []) else rules.pitches(tick)
        return free if closing is None else np.asarray(free | closing)

    def _is_closed(self, rules: Rules, fresh: Notes) -> bool:
        ending = rules.ending
        return ending is not None and (self.closed or any(end == ending.end for _, end in fresh))

    def _closing(self, rules: Rules, tick: int, fresh: Notes) -> Mask | None:
        """Bool[128]: which pitches may begin at `tick` and last to the end; None: none."""
        close = self._close(rules, tick)
        if close is None or rules.ending is None or not self._can_last(rules.ending.end - tick):
            return None
        return close.chord if self._is_closed(rules, fresh) else close.tonic

    def _can_last(self, ticks: int) -> bool:
        return bool((self.duration_ticks == ticks).any())

    def _lengths(self, rules: Rules, tick: int, pitch: int, fresh: Notes) -> NDArray[np.bool_]:
        """Bool[D]: how long a note of `pitch` that begins at `tick` may last."""
        ends = tick + self.duration_ticks
        closing = self._closing(rules, tick, fresh)
        if self._is_closed(rules, fresh):
            good = np.zeros(len(ends), np.bool_)
        else:
            good = ends <= rules.latest(tick)[pitch]
            if rules.most < FAR:
                way_on = self._way_on(rules, tick)
                if (self._sounding(fresh) > way_on).sum() + 1 >= rules.most:
                    good &= ends <= way_on
        if closing is not None and closing[pitch] and rules.ending is not None:
            good = good | (ends == rules.ending.end)
        return good

    def _note_closes(self, end: int) -> None:
        """Takes note of a drawn note that ends at tick `end`."""
        if self.planned and self.rules.ending is not None and end == self.rules.ending.end:
            self.closed = True
            self._settle()


def _one(size: int, at: int) -> Mask:
    mask = np.zeros(size, np.bool_)
    mask[at] = True
    return mask
