"""Ports of the machine's MIDI system through python-rtmidi: ALSA, JACK, CoreMIDI, WinMM.

The drivers of this machine are tried in turn; a system without any (a container, say) has none, which is no error
until a port is asked for.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from etude.errors import MissingPart, UsageError
from etude.live.clock import Clock
from etude.live.messages import CLOCK, CONTINUE, SONG_POSITION, START, STOP
from etude.live.ports import PortError

CLIENT = "etude"  # the name under which others see us
ALSA, JACK, WINDOWS = "alsa", "jack", "windowsmm"
LINGER = 0.1  # seconds, dozens of JACK's periods: what it has not taken by then is lost with the port
SEQUENCER = "/dev/snd/seq"
LOOPMIDI = (
    "Windows has no virtual MIDI ports of its own. Install loopMIDI (tobias-erichsen.de), create a port in it, "
    "then name that port: --port 'loopMIDI Port'."
)
_KEPT = {CLOCK, START, CONTINUE, STOP}  # of the system messages that come in
Take = Callable[[int, bytes], None]  # of a time (ns) and a message; called in the driver's thread


@dataclass(frozen=True)
class Listed:
    """One port that others offer."""

    name: str
    driver: str
    direction: str  # "out": we can send to it; "in": we can hear it


def available() -> ModuleType:
    """python-rtmidi. Raises MissingPart with the line that installs it."""
    try:
        return importlib.import_module("rtmidi")
    except ModuleNotFoundError:
        raise MissingPart("A MIDI port of this machine", "live") from None


def drivers() -> list[str]:
    """The names of the MIDI systems that answer on this machine."""
    return [name for name, _ in _drivers(available())]


def listed() -> list[Listed]:
    """The ports that other programs and machines offer. Raises MissingPart without python-rtmidi."""
    module, found = available(), []
    for driver, number in _drivers(module):
        for direction, kind in (("out", module.MidiOut), ("in", module.MidiIn)):
            with _quiet():
                end = kind(number, name=f"{CLIENT}-list")
                found += [Listed(name, driver, direction) for name in end.get_ports()]
                end.delete()
    return found


class DriverOut:
    """A port to send to: another program's, found by a part of its name, or a virtual one for others to find."""

    def __init__(self, name: str, virtual: bool = False) -> None:
        """Raises UsageError when there is no such port, naming those there are; PortError without a MIDI system."""
        self._end, self.name = _opened("MidiOut", name, virtual)

    def send(self, message: bytes) -> None:
        """Sends it now. Raises PortError when the driver refuses, as for a port that has gone."""
        if self._end is None:
            raise PortError(f"The port '{self.name}' is closed.")
        try:
            self._end.send_message(message)
        except Exception as error:  # the driver's own kinds
            raise PortError(f"The port '{self.name}' does not take messages any more: {error}") from error

    def close(self) -> None:
        """Gives the port back."""
        end, self._end = self._end, None
        if end is not None:
            time.sleep(LINGER)
            end.close_port()
            end.delete()


class DriverIn:
    """A port to hear: every message with the time at which it came, on `clock`."""

    def __init__(self, name: str, clock: Clock, take: Take, virtual: bool = False) -> None:
        """`take` is called in the driver's thread. Raises as DriverOut does."""
        self._end, self.name = _opened("MidiIn", name, virtual)
        self._end.ignore_types(sysex=True, timing=False, active_sense=True)

        def heard(event: tuple[list[int], float], _: Any) -> None:
            at, message = clock.now(), bytes(event[0])
            if message and (message[0] < 0xF0 or message[0] in _KEPT or message[0] == SONG_POSITION):
                take(at, message)

        self._end.set_callback(heard)

    def close(self) -> None:
        """Gives the port back."""
        end, self._end = self._end, None
        if end is not None:
            # A message may just be coming: its thread waits for Python's lock with a bare pointer to the callback,
            # which cancelling lets go of, and closing waits for that thread while it holds the lock.
            kept = gc.get_referents(end)
            end.cancel_callback()
            time.sleep(LINGER)
            del kept
            end.close_port()
            end.delete()


def _opened(kind: str, name: str, virtual: bool) -> tuple[Any, str]:
    """(the driver's end of the port, its full name)."""
    module = available()
    found = _drivers(module)
    if not found:
        raise PortError(
            "No MIDI system answers on this machine: neither ALSA nor JACK, CoreMIDI or WinMM. On Linux load "
            "snd-seq or start JACK; without one play to a file: --record session.mid or --wav session.wav."
        )
    if virtual:
        return _virtual(module, kind, name, found), name
    known = []
    for _, number in found:
        with _quiet():
            end = getattr(module, kind)(number, name=CLIENT)
        ports = end.get_ports()
        known += ports
        for index, port in enumerate(ports):
            if name.lower() in port.lower():
                end.open_port(index, name)
                return end, port
        end.delete()
    there = ", ".join(f"'{port}'" for port in known) or "none"
    raise UsageError(
        f"There is no MIDI port with '{name}' in its name. There are: {there}. `etude ports` lists them; "
        "--virtual makes one that other programs can connect to."
    )


def _virtual(module: ModuleType, kind: str, name: str, found: list[tuple[str, int]]) -> Any:
    driver, number = found[0]
    if driver == WINDOWS:
        raise UsageError(LOOPMIDI)
    with _quiet():
        end = getattr(module, kind)(number, name=CLIENT)
    end.open_virtual_port(name)
    return end


def _drivers(module: ModuleType) -> list[tuple[str, int]]:
    """(name, rtmidi's number) of each driver that answers."""
    found = []
    for number in module.get_compiled_api():
        name = module.get_api_name(number)
        if name == "dummy" or (name == ALSA and not os.path.exists(SEQUENCER)):
            continue
        with contextlib.suppress(Exception), _quiet():  # a driver that is compiled in and does not run
            module.MidiOut(number, name=f"{CLIENT}-look").delete()
            found.append((name, number))
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what C libraries write to stderr off the terminal, and JACK from starting a server."""
    os.environ.setdefault("JACK_NO_START_SERVER", "1")
    sys.stderr.flush()
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nothing)
        os.close(kept)
