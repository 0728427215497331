"""Making a file again from the reproducibility line inside it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, Reason, UsageError
from etude.files import write_atomically
from etude.lab.composing import Piece, Wish, drawing_of, make
from etude.lab.copying import with_copying
from etude.lab.loading import Loaded, load
from etude.lab.originality import known_passages
from etude.lab.prompts import Prompt, read_prompt
from etude.lab.provenance import Provenance, parse_line
from etude.lab.tasks import task_of
from etude.lab.writing import write_piece

if TYPE_CHECKING:
    from etude.encodings import Encoding
    from etude.sampling import Take

PAGE = re.compile(r"\.sheet-(\d+)\.svg$")
SUFFIXES = (".roll.svg", ".roll.png", ".sheet.svg", ".mid", ".abc", ".musicxml", ".mxl", ".letters", ".wav")
_OPTIONS = ("bars", "seconds", "steps", "soundfont", "max_copied")
KINDS = {".roll.svg": "roll", ".roll.png": "png", ".sheet.svg": "sheet"}


@dataclass(frozen=True)
class Again:
    """What came of making a file again."""

    same: bool
    differences: list[str]
    path: Path | None
    reproduce: str


def rerun(file: Path, *, model: str | None = None, out: Path | None = None) -> Again:
    """Makes `file` again and compares the bytes; writes the new file to `out` when it is given.

    Raises BadInput when there is no line in it, or when model or prompt are not what they were.
    """
    if not file.is_file():
        raise BadInput(f"There is no file {file}. Check the name.", Reason.UNREADABLE)
    suffix = next((known for known in SUFFIXES if _first_page(file.name).endswith(known)), "")
    if not suffix:
        raise BadInput(f"{file} is of no kind that etude writes: {', '.join(SUFFIXES)}.", Reason.UNKNOWN_FORMAT)
    data = _bytes(file)
    made_by = _made_by(file, data, suffix)
    if made_by.command in ("play", "jam"):
        from etude.lab.stage.again import session_again

        again, reasons = session_again(file, made_by, model)
        return _compared(file, data, again, [*made_by.differences(), *reasons], made_by.line(), out)
    differences = made_by.differences()
    loaded = load(model or made_by.model)
    if made_by.options.get("copying"):
        loaded = with_copying(loaded)
    if loaded.sha256 != made_by.model_sha256:
        differences.append(f"model: made with {made_by.model_sha256[:12]}, here {loaded.sha256[:12]}")
    wish, take = _asked(file, loaded, made_by)
    # the name a person gave the model is part of the line, so it is kept even if the model moved
    known = known_passages(loaded)
    prompt = _prompt(made_by, file.parent, loaded.encoding)
    piece = make(replace(loaded, name=made_by.model), take, wish, prompt, known)
    again = _bytes_of(piece, suffix, _page(file.name), wish.soundfont)
    return _compared(file, data, again, differences, made_by.line(), out)


def _compared(file: Path, data: bytes, again: bytes, differences: list[str], line: str, out: Path | None) -> Again:
    """How `again` compares with the `data` of `file`; it is written to `out` when that is given."""
    if again != data and not differences:
        differences.append("the bytes, although model and versions are the same: another platform or other options")
    target = None
    if out is not None:
        target = out / file.name
        write_atomically(target, again)
    return Again(again == data, differences if again != data else [], target, line)


def _made_by(file: Path, data: bytes, suffix: str) -> Provenance:
    try:
        return parse_line(line_in(data, suffix))
    except BadInput as error:
        raise BadInput(f"{file}: {error}", error.reason, error.offset) from error


def line_in(data: bytes, suffix: str) -> str:
    """The text of a file in which its reproducibility line stands."""
    if suffix == ".wav":
        from etude.render.audio.wav import wav_comment

        return wav_comment(data)
    if suffix in (".mid", ".mxl"):
        from etude import registry

        reading = registry.get("formats", "midi" if suffix == ".mid" else "musicxml").parse(data)[0]
        return reading.score.meta.reproduce if reading.score else ""
    return unescape(data.decode("utf-8", errors="replace"))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.", Reason.UNREADABLE) from error


def _prompt(made_by: Provenance, folder: Path, encoding: Encoding) -> Prompt:
    """The prompt, from the copy kept beside the output."""
    if not made_by.prompt_sha256:
        return read_prompt(made_by.options.get("prompt"))
    path = folder / f"prompt-{made_by.prompt_sha256[:12]}{made_by.options.get('prompt_suffix', '')}"
    if not path.is_file():
        raise BadInput(
            f"The prompt is not beside the file any more: {path} is missing. Put a copy there and try again.",
            Reason.UNREADABLE,
        )
    data = path.read_bytes()
    prompt = read_prompt(data.decode() if path.suffix == ".txt" else path, encoding)
    if prompt.sha256 != made_by.prompt_sha256:
        raise BadInput(f"{path} is not the prompt it was: its bytes have changed.", Reason.BAD_STRUCTURE)
    return prompt


def _asked(file: Path, loaded: Loaded, made_by: Provenance) -> tuple[Wish, Take]:
    """What the line asks for. Raises BadInput when somebody has changed it into something that cannot be asked."""
    from etude.sampling import takes

    try:
        options = made_by.options
        plain: dict[str, Any] = {name: options.get(name) for name in _OPTIONS}
        wish = Wish(
            count=options.get("count", 1),
            temperatures=tuple(options.get("temperatures", ())),
            seed=made_by.seed,
            **plain,
            sampling=options.get("sampling", {}),
            copying=bool(options.get("copying")),
            told=_told(options),
            strength=options.get("strength", 1.0),
            constraints=options.get("constraints", {}),
            ending=options.get("ending", "open"),
            task=task_of(made_by.command, options.get("task", {}), file.parent),
        )
        sampling = replace(loaded.uncalibrated, **wish.sampling)
        return wish, takes(sampling, wish.temperatures, wish.count, made_by.seed)[made_by.index]
    except (AttributeError, LookupError, TypeError, ValueError, UsageError) as error:
        raise BadInput(
            f"{file}: the reproducibility line is damaged: {error}. Take an unchanged copy of the file.",
            Reason.BAD_STRUCTURE,
        ) from error


def _told(options: Mapping[str, Any]) -> dict[str, str]:
    """The conditions; lines of etude 0.1 name composer and era by themselves."""
    before = {kind: options[kind] for kind in ("composer", "era") if options.get(kind)}
    return {**before, **options.get("told", {})}


def _bytes_of(piece: Piece, suffix: str, page: int, soundfont: str | None) -> bytes:
    """The bytes of the file of that kind; a sheet may have several pages."""
    with tempfile.TemporaryDirectory(prefix="etude-") as folder:
        kind = KINDS.get(suffix, suffix.lstrip("."))
        written = write_piece(piece.score, Path(folder) / "piece", [kind], drawing_of(piece, soundfont))
        return written[page - 1].read_bytes() if page <= len(written) else b""


def _page(name: str) -> int:
    """The page of a sheet: `tune.sheet-2.svg` is the second."""
    found = PAGE.search(name)
    return int(found.group(1)) if found else 1


def _first_page(name: str) -> str:
    return PAGE.sub(".sheet.svg", name)
