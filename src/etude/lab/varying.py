"""`vary`: a tune with some of its bars composed anew, all others being heard."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import BadInput, Reason, UsageError
from etude.lab.anew import Anew, composed_anew, spans_in, stretches
from etude.lab.harmonising import opening_of, plain_encoding, voice_numbers
from etude.lab.telling import Start, guided
from etude.lab.wanting import constraints_of, split_wish
from etude.score import Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etude.encodings import Encoding, Steps
    from etude.lab.composing import Wish
    from etude.lab.loading import Loaded
    from etude.sampling import Composition, Take
    from etude.sampling.particles import Outline

PARTICLES = 32


@dataclass(frozen=True)
class Vary:
    """A Task.

    amount      share of the bars that are composed anew, 0 to 1; 0 is the tune itself
    kept        what of them stays: "rhythm", "contour" or "bars", see `etude.sampling.variations`
    voice       voices of a chorale that vary; "": all
    particles   ways of going on that are weighed against each other
    """

    amount: float = 0.5
    kept: str = "rhythm"
    voice: str = ""
    particles: int = PARTICLES

    command = "vary"

    def asked(self) -> dict[str, Any]:
        """Its options as JSON values."""
        return asdict(self)

    def draw(self, loaded: Loaded, take: Take, wish: Wish, music: Start) -> Composition:
        """The tune with some of its bars composed anew."""
        from etude.sampling.compose import Composition, another
        from etude.sampling.variations import bars_of, check_keep, chosen_bars, distance, outline_of

        check_keep(self.kept)
        if not isinstance(music, Score):
            raise BadInput("There is no tune to vary: name a file, or type one.", Reason.EMPTY)
        plain = plain_encoding(loaded)
        voices = self._voices(plain)
        steps = _steps(loaded, plain, music)
        bars = bars_of(plain, music, steps)
        chosen = chosen_bars(bars, self.amount, np.random.Generator(np.random.PCG64(another(take.seed))))
        anew = [bars[number] for number in chosen]
        spans = stretches(plain, steps, anew)
        made = Anew(music, 0.0, ())
        if anew and plain.name == "abc" and self.kept == "bars":
            made = composed_anew(loaded, music, spans, take, wish, self.particles)
            steps = _steps(loaded, plain, made.score)
        elif anew:
            outline = outline_of(plain, steps, anew, self.kept, voices)
            made, steps = self._filled(outline, loaded, take, wish, music)
        score = made.score
        changed = distance(music, score)
        title = f"{music.meta.title}, varied" if music.meta.title else ""
        return Composition(
            score=replace(score, meta=replace(score.meta, title=title)),
            steps=steps,
            prompt_end=0,
            log_likelihood=made.log_likelihood,
            ended=True,
            figures={
                "bars_anew": len(chosen),
                "distance": round(changed, 4),
                "log_probability": round(made.log_likelihood, 4),
            },
            remarks=made.remarks,
            said=f"{len(chosen)} of {len(bars)} bars composed anew, {changed:.0%} of the notes are others",
            own=_own(score, plain, spans, voices),
        )

    def _filled(self, outline: Outline, loaded: Loaded, take: Take, wish: Wish, music: Score) -> tuple[Anew, Steps]:
        """What particles make of the outline, and its steps."""
        from etude.sampling.particles import Filter
        from etude.sampling.variations import told_outline

        told, forced = split_wish(loaded, wish.told)
        sizes = [field.size for field in loaded.encoding.fields]
        whole = told_outline(outline, opening_of(loaded, told, music), sizes)
        if not whole.free.any():
            return Anew(music, 0.0, ()), whole.steps
        wanted = constraints_of(loaded, wish.constraints, forced, 0)
        encoding = _under(loaded, wanted, whole.steps[: whole.span[0]])
        stepper = guided(loaded, told, wish.strength)
        filled = Filter(stepper, encoding, self.particles, take.sampling, take.seed).fill(whole)
        return Anew(_score(loaded, filled.steps, music), filled.log_likelihood, ()), filled.steps

    def _voices(self, encoding: Encoding) -> list[int]:
        """The voices that vary. Raises UsageError for voices of music that has none."""
        if self.voice and encoding.name != "chorale":
            raise UsageError("--voice names voices of a chorale; this model writes a single melody.")
        return voice_numbers(self.voice, "--voice") if self.voice else list(range(4))


def _steps(loaded: Loaded, plain: Encoding, music: Score) -> Steps:
    """Int32[T, K]: the tune as the model has it. Raises BadInput naming why it cannot."""
    if not len(music):
        raise BadInput("There is no note in it to vary.", Reason.EMPTY)
    try:
        return plain.encode(music)
    except BadInput as error:
        raise BadInput(f"{loaded.name} cannot hold this tune: {error}", error.reason) from error


def _own(score: Score, plain: Encoding, spans: Sequence[tuple[int, int]], voices: Sequence[int]) -> Score:
    """Of `score` the notes that begin in `spans` (ticks of the encoding) and, of a chorale, in `voices`."""
    onsets = score.notes["onset"]
    drawn = np.zeros(len(onsets), np.bool_)
    for start, stop in spans_in(plain, score, spans):
        drawn |= (onsets >= start) & (onsets < stop)
    if plain.name == "chorale":
        drawn &= np.isin(score.notes["track"], voices)
    return score.replace(notes=score.notes[drawn])


def _under(loaded: Loaded, wanted: Any, start: Steps) -> Encoding:
    """The encoding, obeying what is wanted of all that is composed anew."""
    from etude.sampling import constrained

    return constrained(loaded.encoding, wanted, start) if wanted else loaded.encoding


def _score(loaded: Loaded, steps: Steps, music: Score) -> Score:
    """The music of `steps` at the tempo of the tune."""
    from etude.encodings import decode
    from etude.score import resample

    score = decode(loaded.encoding, steps)
    return score.replace(tempos=resample(music, score.tpq).tempos, meta=music.meta)
