"""`harmonise`: the voices that a tune lacks, drawn from a model of chorales with the whole tune heard."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import BadInput, Reason, UsageError
from etude.lab.telling import Start, check_known, guided
from etude.lab.wanting import constraints_of, split_wish
from etude.score import Score, skyline

if TYPE_CHECKING:
    from etude.encodings import Encoding, Steps
    from etude.lab.composing import Wish
    from etude.lab.loading import Loaded
    from etude.sampling import Composition, Take
    from etude.sampling.particles import Outline

PARTICLES = 32


@dataclass(frozen=True)
class Harmonise:
    """A Task. Voices are named soprano, alto, tenor, bass, with commas between them.

    voice       those that the tune has
    want        those that are wanted; "": all others
    particles   ways of going on that are weighed against each other; 1 is the plain mask
    sweeps      how often every bar is drawn again with all else heard
    leading     nats that each fault of voice leading counts against a way of going on
    skyline     whether only the highest notes of what is handed in are the tune
    """

    voice: str = "soprano"
    want: str = ""
    particles: int = PARTICLES
    sweeps: int = 0
    leading: float = 0.0
    skyline: bool = False

    command = "harmonise"

    def asked(self) -> dict[str, Any]:
        """Its options as JSON values."""
        return asdict(self)

    def voices(self) -> tuple[list[int], list[int]]:
        """(those that are given, those that are wanted), 0 soprano .. 3 bass. Raises UsageError for others."""
        given = voice_numbers(self.voice, "--voice")
        wanted = (
            voice_numbers(self.want, "--want") if self.want else [voice for voice in range(4) if voice not in given]
        )
        both = [voice for voice in wanted if voice in given]
        if both or not wanted or not given:
            raise UsageError(
                "A voice is either given or wanted, and there must be one of each kind: see --voice and --want."
            )
        return given, wanted

    def draw(self, loaded: Loaded, take: Take, wish: Wish, music: Start) -> Composition:
        """The tune, note for note, with the voices that are wanted."""
        from etude.sampling.compose import Composition
        from etude.sampling.leading import Leading
        from etude.sampling.particles import Filter
        from etude.sampling.voices import sung

        given, wanted = self.voices()
        tune = _tune(loaded, music, self.skyline)
        told, forced = split_wish(loaded, wish.told)
        heard = sung(tune, plain_encoding(loaded), given)
        start = opening_of(loaded, told)
        outline = _outline(heard.steps, start, [voice for voice in range(4) if voice not in given])
        if self.leading:
            outline = replace(outline, costs=Leading(plain_encoding(loaded), self.leading, len(start)))
        obeyed = constraints_of(loaded, wish.constraints, forced, 0)
        encoding = _under(loaded, obeyed, start, outline, tuple(given))
        stepper = guided(loaded, told, wish.strength)
        drawing = Filter(stepper, encoding, self.particles, take.sampling, take.seed)
        blocks = [(first + len(start) - 1, last + len(start) - 1) for first, last in heard.blocks()]
        filled = drawing.settled(outline, drawing.fill(outline), blocks, self.sweeps)
        score = heard.written(filled.steps, loaded.encoding, wanted)
        title = f"{tune.meta.title}, harmonised" if tune.meta.title else ""
        explained = None if self.leading else round(filled.log_given, 4)  # costs are no probability
        return Composition(
            score=replace(score, meta=replace(score.meta, title=title)),
            steps=filled.steps,
            prompt_end=0,
            log_likelihood=filled.log_likelihood,
            ended=True,
            figures={
                "log_probability": round(filled.log_likelihood, 4),
                "log_probability_of_given": explained,
                "moved": heard.moved,
            },
            remarks=heard.remarks,
            said=f"log-probability {filled.log_likelihood:.1f} nats"
            + (f", of what was given {explained:.1f}" if explained is not None else ""),
            own=_own(score, wanted),
        )


def voice_numbers(text: str, option: str) -> list[int]:
    """The voices named in `text`, in their order. Raises UsageError for a name that is none."""
    from etude.encodings.chorale import VOICES

    names = [name.strip().lower() for name in text.split(",")]
    unknown = [name for name in names if name not in VOICES]
    if unknown or len(set(names)) < len(names):
        what = f"'{unknown[0]}' is no voice" if unknown else "a voice is named twice"
        raise UsageError(f"{option}: {what}. The voices are {', '.join(VOICES)}, with commas between them.")
    return sorted(VOICES.index(name) for name in names)


def _tune(loaded: Loaded, music: Start, highest: bool) -> Score:
    """The tune that was handed in. Raises BadInput for none and UsageError for a model that cannot harmonise."""
    if loaded.encoding.name != "chorale":
        raise UsageError(
            f"{loaded.name} was made for the encoding '{loaded.encoding.name}', which has no voices: harmonise "
            "with a model of chorales (etude train chorale)."
        )
    if not isinstance(music, Score):
        raise BadInput("There is no tune to harmonise: name a file, or type one.", Reason.EMPTY)
    if highest and len(music):
        return skyline(music)
    return music


def plain_encoding(loaded: Loaded) -> Encoding:
    """The encoding without its conditions."""
    inner: Encoding = getattr(loaded.encoding, "inner", loaded.encoding)
    return inner


def opening_of(loaded: Loaded, told: dict[str, str], music: Score | None = None) -> Steps:
    """Int32[C + 1, K]: the begin step, and the conditions of a model that was taught some.

    What is not `told` is as in `music`, or open without it.
    """
    encoding: Any = loaded.encoding
    begin = np.zeros((1, len(encoding.fields)), np.int32)
    if told:
        check_known(loaded, told)
    if not hasattr(encoding, "control"):
        return begin
    heard: Steps = encoding.opening(told, music)
    return heard[: len(encoding.control.kinds) + 1]


def _own(score: Score, wanted: list[int]) -> Score:
    """The voices that were wanted, without those that were given."""
    from etude.encodings.chorale import VOICES

    names = [VOICES[voice] for voice in wanted]
    tracks = [number for number, track in enumerate(score.tracks) if track.name.lower() in names]
    return score.replace(notes=score.notes[np.isin(score.notes["track"], tracks)])


def _outline(steps: Steps, start: Steps, free_voices: list[int]) -> Outline:
    """The given voices behind the opening `start`, the others free."""
    from etude.sampling.particles import Outline

    whole = np.concatenate([start, steps[1:]])
    free = np.zeros(whole.shape, np.bool_)
    free[len(start) : -1, free_voices] = True
    return Outline(whole, free)


def _under(loaded: Loaded, wanted: Any, start: Steps, outline: Outline, given: tuple[int, ...]) -> Encoding:
    """The encoding, obeying what is wanted of the voices that are drawn."""
    from etude.sampling import constrained
    from etude.sampling.constraints import Given

    if not wanted:
        return loaded.encoding
    return constrained(loaded.encoding, wanted, start, Given(outline.steps[len(start) - 1 :], given))
