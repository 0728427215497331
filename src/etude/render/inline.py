"""Sound and pictures as text that stands inside a page: data addresses, which need no file and no network."""

from __future__ import annotations

from base64 import b64encode

from etude.score import Score, cut, unfold

SECONDS = 30.0  # of the sound: a minute takes 3.5 MB of text
RATE = 22_050  # samples a second, one channel


def sound_address(score: Score, seconds: float = SECONDS) -> str:
    """What `sound_file` gives, as the address of a WAV file; "" when it is silent."""
    made = sound_file(score, seconds)
    return f"data:audio/wav;base64,{b64encode(made).decode()}" if made else ""


def sound_file(score: Score, seconds: float = SECONDS) -> bytes:
    """The first `seconds` of a Score, repeats played out, as the bytes of a WAV file; none when it is silent.

    Played by the synthesiser that is always there, so that the same Score sounds the same everywhere.
    """
    from etude.render.audio import sound, wav_bytes

    played = unfold(score)
    if played.duration > seconds:
        played = cut(played, 0, int(played.ticks([seconds])[0]))
    if not len(played):
        return b""
    made = sound(played, soundfont="none", rate=RATE)
    samples = made.samples.mean(axis=1, keepdims=True)
    return wav_bytes(samples, RATE, score.meta.reproduce)


def picture_address(svg: str) -> str:
    """The address of an SVG picture."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def roll_address(score: Score) -> str:
    """The address of a Score's piano roll."""
    from etude.render.roll import roll_svg

    return picture_address(roll_svg(score))
