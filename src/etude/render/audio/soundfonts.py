"""Where a SoundFont and the FluidSynth library may lie on this machine. Nothing is downloaded."""

from __future__ import annotations

import ctypes.util
import os
from importlib.util import find_spec
from pathlib import Path

SYSTEM_FONTS = (
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
    "/usr/share/soundfonts/default.sf2",
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/local/share/soundfonts/default.sf2",
    "/opt/homebrew/share/soundfonts/default.sf2",
)


def find_soundfont() -> Path | None:
    """The SoundFont to use when none is named: $ETUDE_SOUNDFONT, the system's, then the extra `sound`'s."""
    named = os.environ.get("ETUDE_SOUNDFONT")
    candidates = [Path(named)] if named else []
    candidates += [Path(path) for path in SYSTEM_FONTS]
    carrier = _package_folder("pretty_midi")
    if carrier:
        candidates.append(carrier / "TimGM6mb.sf2")
    return next((path for path in candidates if path.is_file()), None)


def find_fluidsynth() -> str | None:
    """The FluidSynth library to load: the copy inside pygame-ce's wheel, else the system's."""
    folder = _package_folder("pygame")
    if folder:
        for pattern in ("libfluidsynth*", "fluidsynth*.dll", "FluidSynth*"):
            for libraries in (folder.parent / "pygame_ce.libs", folder, folder / ".dylibs"):
                found = sorted(libraries.glob(pattern))
                if found:
                    return str(found[0])
    return ctypes.util.find_library("fluidsynth")


def _package_folder(name: str) -> Path | None:
    """The folder of an installed package, found without importing it."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None
