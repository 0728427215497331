"""One piece into files of every kind asked for; each file carries the piece's reproducibility line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from etude import registry
from etude.errors import EtudeError, UsageError
from etude.files import write_atomically
from etude.render.base import Renderer
from etude.score import Score, unfold

Mark = tuple[int, int, str]  # first and last tick, and what to say of it


@dataclass(frozen=True)
class Drawing:
    """What the pictures and the sound need beside the score."""

    prompt_end: int | None = None  # ticks; notes before it were given, not made
    soundfont: str | None = None
    text: str = ""  # of a piece that a model of raw text made
    marks: tuple[Mark, ...] = ()  # what is pointed out in the roll: passages that are copied, say


def write_piece(score: Score, stem: Path, kinds: Sequence[str], drawing: Drawing | None = None) -> list[Path]:
    """The files written, `stem` with a suffix each. Raises UsageError for a kind that does not exist."""
    check_kinds(kinds)
    written: list[Path] = []
    for kind in dict.fromkeys(kinds):
        writer = _WRITERS.get(kind) or _plugged(kind)
        written += writer(score, stem, drawing or Drawing())
    return list(dict.fromkeys(written))  # "svg" is roll and sheet, and each may be asked for as well


def check_kinds(kinds: Sequence[str]) -> None:
    """Raises UsageError naming the first kind that cannot be written."""
    for kind in kinds:
        if kind not in _WRITERS and kind not in (added := registry.added("renderers", _WRITERS)):
            raise UsageError(f"There is no format '{kind}'. Possible: {', '.join([*_WRITERS, *added])}.")


def kinds_of_file() -> list[str]:
    """Every built-in kind of file that a piece can be written as."""
    return list(_WRITERS)


def _plugged(kind: str) -> Callable[[Score, Path, Drawing], list[Path]]:
    """What writes the files of a plugin's renderer."""
    plugin = registry.added("renderers", _WRITERS)[kind]
    renderer: Renderer = plugin.load()

    def write(score: Score, stem: Path, drawing: Drawing) -> list[Path]:
        path = stem.with_name(f"{stem.name}.{renderer.suffix}")
        try:
            data = bytes(renderer.render(score))
        except EtudeError:
            raise
        except Exception as error:
            raise EtudeError(f"{plugin} failed: {type(error).__name__}: {error}.") from error
        write_atomically(path, data)
        return [path]

    return write


def _midi(score: Score, stem: Path, drawing: Drawing) -> list[Path]:
    """MIDI has no repeat signs: they are played out."""
    from etude import formats

    path = stem.with_name(f"{stem.name}.mid")
    formats.write(unfold(score), path)
    return [path]


def _notation(suffix: str) -> Callable[[Score, Path, Drawing], list[Path]]:
    def write(score: Score, stem: Path, drawing: Drawing) -> list[Path]:
        from etude import formats

        path = stem.with_name(f"{stem.name}.{suffix}")
        formats.write(score, path)
        return [path]

    return write


def _as_drawn(score: Score, stem: Path, drawing: Drawing) -> list[Path]:
    """The text of a model of raw text, unchanged. Raises UsageError for other models."""
    if not drawing.text:
        raise UsageError(
            "Format 'txt' is the text that a model of raw ABC drew; this model draws no text. Use 'abc'."
        )
    path = stem.with_name(f"{stem.name}.txt")
    write_atomically(path, drawing.text.encode())
    return [path]


def _wav(score: Score, stem: Path, drawing: Drawing) -> list[Path]:
    from etude.render.audio import sound, wav_bytes

    made = sound(unfold(score), soundfont=drawing.soundfont)
    path = stem.with_name(f"{stem.name}.wav")
    write_atomically(path, wav_bytes(made.samples, made.rate, score.meta.reproduce))
    return [path]


def _roll_svg(score: Score, stem: Path, drawing: Drawing) -> list[Path]:
    from etude.render.roll import roll_svg

    path = stem.with_name(f"{stem.name}.roll.svg")
    text = roll_svg(score, prompt_end=drawing.prompt_end, title=score.meta.title or None, marks=drawing.marks)
    write_atomically(path, text.encode())
    return [path]


def _roll_png(score: Score, stem: Path, drawing: Drawing) -> list[Path]:
    from etude.render.roll import roll_png

    path = stem.with_name(f"{stem.name}.roll.png")
    data = roll_png(score, prompt_end=drawing.prompt_end, title=score.meta.title or None, marks=drawing.marks)
    write_atomically(path, data)
    return [path]


def _sheet(score: Score, stem: Path, drawing: Drawing) -> list[Path]:
    from etude.render.sheet import sheet_svg

    written = []
    for number, text in enumerate(sheet_svg(score), start=1):
        page = f"-{number}" if number > 1 else ""
        written.append(stem.with_name(f"{stem.name}.sheet{page}.svg"))
        write_atomically(written[-1], text.encode())
    return written


def _both_svg(score: Score, stem: Path, drawing: Drawing) -> list[Path]:
    return _roll_svg(score, stem, drawing) + _sheet(score, stem, drawing)


_WRITERS: dict[str, Callable[[Score, Path, Drawing], list[Path]]] = {
    "mid": _midi,
    "abc": _notation("abc"),
    "musicxml": _notation("musicxml"),
    "mxl": _notation("mxl"),
    "letters": _notation("letters"),
    "txt": _as_drawn,
    "wav": _wav,
    "svg": _both_svg,
    "roll": _roll_svg,
    "sheet": _sheet,
    "png": _roll_png,
}
