"""What is installed here, what is missing, and the line that installs it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from etude.lab.environment import machine, versions


@dataclass(frozen=True)
class Part:
    """One optional ability of this installation."""

    name: str
    ready: bool
    detail: str


def doctor() -> dict[str, Any]:
    """Versions, machine and parts of this installation."""
    parts = [_training(), _corpus(), _sound(), _sheet(), _live(), _studio(), _study(), _page(), _bench()]
    return {
        "versions": versions(),
        "machine": machine(),
        "parts": parts,
        "ready": all(part.ready for part in parts),
    }


def _package(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _missing(extra: str) -> str:
    return f"missing; pip install 'etude[{extra}]'  (from a checkout: pip install '.[{extra}]')"


def _training() -> Part:
    version = _package("torch")
    ready = bool(version and find_spec("onnx"))
    return Part("training", ready, f"torch {version}" if ready else _missing("train"))


def _corpus() -> Part:
    version = _package("music21")
    detail = f"music21 {version}: built-in corpora folk, chorales" if version else _missing("corpora")
    return Part("corpora", bool(version), detail)


def _sound() -> Part:
    from etude.render.audio.soundfonts import find_fluidsynth, find_soundfont

    font, library = find_soundfont(), find_fluidsynth()
    if font and library:
        return Part("sound", True, f"FluidSynth with {font.name}; without it the built-in synthesiser")
    lacking = "a SoundFont" if library else "FluidSynth"
    return Part("sound", False, f"built-in synthesiser only, {lacking} {_missing('sound')}")


def _sheet() -> Part:
    version = _package("verovio")
    return Part("sheet", bool(version), f"verovio {version}" if version else "missing; pip install verovio")


def _live() -> Part:
    version = _package("python-rtmidi")
    if not version:
        return Part("live", False, f"files and sockets only, MIDI ports {_missing('live')}")
    from etude.live.drivers import drivers

    found = drivers()
    return Part("live", True, f"python-rtmidi {version}: {', '.join(found) or 'no MIDI system answers here'}")


def _studio() -> Part:
    ready = all(map(_package, ("starlette", "uvicorn")))
    return Part("studio", ready, f"starlette {_package('starlette')}" if ready else _missing("studio"))


def _study() -> Part:
    version = _package("optuna")
    return Part(
        "study", bool(version), f"optuna {version}" if version else f"no --design search; {_missing('study')}"
    )


def _page() -> Part:
    """What `etude export --to web` needs besides etude."""
    from shutil import which

    from etude.lab.web.runtime import NAME, VERSION

    ready = which("npm") is not None
    detail = (
        f"npm fetches {NAME} {VERSION}" if ready else f"missing npm, of Node.js; or --runtime {NAME}-{VERSION}.tgz"
    )
    return Part("web export", ready, detail)


def _bench() -> Part:
    ready = all(map(_package, ("transformers", "miditok", "symusic")))
    return Part("bench", ready, "peers installed" if ready else _missing("bench"))
