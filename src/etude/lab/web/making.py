"""The folder: page, model, runtime and sounds, put in the place of an older one when it is whole."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.errors import UsageError
from etude.files import sha256
from etude.lab.web.about import DRUMS, MODEL_FILE, about
from etude.lab.web.parts import page_files, page_text
from etude.lab.web.runtime import Runtime, runtime
from etude.lab.web.source import source

LARGEST = 30_000_000  # bytes that a folder should not pass
MARK = "model.json"  # what tells a folder of ours from another
BUILT_IN = "none"  # the synthesiser whose sound is nobody's


@dataclass(frozen=True)
class WebPage:
    """A folder that was written."""

    path: Path
    bytes: int
    precision: str
    max_logit_error: float  # of the weights in full against torch; NaN where the file was there already
    remarks: tuple[str, ...]  # what a person should know before handing it on

    def answer(self) -> dict[str, Any]:
        """The keys of `etude export --to web --json`."""
        return {
            "path": str(self.path),
            "bytes": self.bytes,
            "precision": self.precision,
            "max_logit_error": self.max_logit_error,
            "remarks": list(self.remarks),
        }


def export_page(
    model: Path,
    out: Path,
    *,
    precision: str = "auto",
    package: Path | None = None,
    soundfont: str = BUILT_IN,
    say: Callable[[str], None] = lambda words: None,
) -> WebPage:
    """Writes `model` as a page into the folder `out`, whole or not at all; `package`: see `runtime`.

    Raises BadInput for a model whose encoding the page cannot read, MissingRuntime without ONNX Runtime's package,
    and UsageError when `out` holds anything that is no page of etude.
    """
    _check_place(out)
    found = source(model, precision)
    told = about(found)
    ready = runtime(package)
    say(f"{told['title']}: {len(found.data) / 1e6:.1f} MB, with onnxruntime-web {ready.version}")
    files = {**_page(told, ready), MODEL_FILE: found.data, **_sounds(told["instruments"], soundfont)}
    files["sw.js"] = _worker(files)
    _put(out, files)
    size = sum(map(len, files.values()))
    return WebPage(out, size, told["precision"], found.max_logit_error, _remarks(found.loaded.metadata, size))


def _page(told: Mapping[str, Any], ready: Runtime) -> dict[str, bytes]:
    """The page, what it is told, and the runtime."""
    texts = {**page_files(), "index.html": page_text("index.html"), "README.txt": page_text("README.txt")}
    texts[MARK] = json.dumps({**told, "runtime": ready.version}, allow_nan=False)
    own = {name: text.encode() for name, text in texts.items()}
    return {**own, **{f"runtime/{name}": data for name, data in ready.files.items()}}


def _sounds(instruments: list[int], soundfont: str) -> dict[str, bytes]:
    """The notes of every instrument in one file each."""
    from etude.render.audio import wav_bytes
    from etude.render.audio.sprite import sprite

    found: dict[str, bytes] = {}
    for number in instruments:
        made = sprite(number % DRUMS, number == DRUMS, soundfont=soundfont)
        found[f"sprites/{number}.wav"] = wav_bytes(made.sound.samples, made.sound.rate)
        found[f"sprites/{number}.json"] = json.dumps(made.about()).encode()
    return found


def _worker(files: Mapping[str, bytes]) -> bytes:
    """The service worker, told of the files it keeps and of their contents."""
    contents = sha256("".join(sha256(data) for _, data in sorted(files.items())).encode())
    names = ["./", *sorted(set(files) - {"README.txt"})]
    told = f"const VERSION = {json.dumps(contents)};\nconst FILES = {json.dumps(names)};\n"
    return (told + page_text("sw.js")).encode()


def _check_place(out: Path) -> None:
    """Raises UsageError when writing to `out` would take away what is no page of etude."""
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file()):
        raise UsageError(f"{out} is there already and is no page of etude. Name another folder with --out.")


def _put(out: Path, files: Mapping[str, bytes]) -> None:
    """Writes the files beside `out`, then exchanges the folders."""
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        fresh.chmod(0o755)
        for name, data in files.items():
            (fresh / name).parent.mkdir(exist_ok=True)
            (fresh / name).write_bytes(data)
        if out.is_dir():
            shutil.rmtree(out)
        fresh.rename(out)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _remarks(metadata: Mapping[str, Any], size: int) -> tuple[str, ...]:
    """What a person should know before handing the folder on."""
    found = []
    if not metadata.get("may_ship"):
        learned = metadata.get("collection") or "music that its record does not name"
        found.append(
            f"The model learned from {learned}, which nothing says may be passed on: keep the page to yourself."
        )
    if (metadata.get("sampling") or {}).get("repeat_penalty"):
        found.append(
            "The page has no repeat_penalty: pieces may repeat themselves more than those of etude compose."
        )
    if size > LARGEST:
        found.append(
            f"The folder has {size / 1e6:.0f} MB, more than the {LARGEST / 1e6:.0f} MB a phone should load."
        )
    return tuple(found)
