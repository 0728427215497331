"""Reads every file that was built to do harm, and leaves with 1 when anything is opened, run or connected to."""

from __future__ import annotations

import sys

from etude import registry
from etude.errors import BadInput
from etude.formats import paths
from etude.testing.fuzz.kinds import KINDS
from etude.testing.fuzz.musicxml import climbing

FORBIDDEN = (
    "open",
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.spawn",
    "os.posix_spawn",
    "urllib.",
)
MODULES = (".py", ".pyc", ".so")  # what Python opens when it imports something late
LARGEST = 2**17  # larger ones are read in the campaign


def harmful(name: str) -> dict[str, bytes]:
    """The files of a kind that were built to do harm; of packages those that are quick to build."""
    return climbing() if name == "mxl" else KINDS[name].bombs()


def main() -> None:
    """Warms the readers up on good files, then forbids everything and reads the others."""
    readers = {
        name: registry.get("formats", "musicxml" if name == "mxl" else name)
        for name in KINDS
        if name != "soundfont"
    }
    bad = []
    for name, reader in [] if sys.argv[1:] else readers.items():
        for data in KINDS[name].originals():
            reader.parse(data)
        bad += [(reader, data) for data in harmful(name).values() if len(data) < LARGEST]
        bad += [(reader, KINDS[name].mutant(77, number)) for number in range(100)]
    opened: list[str] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(FORBIDDEN) and not str(arguments[0]).endswith(MODULES):
            opened.append(f"{event} {arguments!r:.200}")

    sys.addaudithook(watch)
    if sys.argv[1:]:  # to see that the watch is awake
        open(sys.argv[1]).close()
    read = 0
    for reader, data in bad:
        try:
            paths.parse(reader, data)
            read += 1
        except BadInput:
            pass
    print(f"{len(bad)} files, {read} read; opened: {opened}")
    sys.exit(1 if opened else 0)


if __name__ == "__main__":
    main()
