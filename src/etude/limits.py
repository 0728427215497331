"""Every cap on what etude reads, in one place. A file beyond one of them is refused by name, never cut."""

from __future__ import annotations

FILE_BYTES = 32 * 2**20
TICKS = 2**31 - 1  # the largest tick; ticks are int32
TRACKS = 4096
NOTES = 2_000_000
BARS = 100_000  # that the shortest meter of a piece could fill
SECONDS = 24 * 3600.0
TEXT_LINE = 100_000  # characters in one line of ABC
TUNES_PER_BOOK = 100_000
XML_DEPTH = 256
XML_ELEMENTS = 5_000_000
MODEL_BYTES = 512 * 2**20  # an exported model
INFLATED_BYTES = 64 * 2**20
INFLATE_RATIO = 100
UNFOLDED_NOTES = 2_000_000  # after repeats are played out
WORKER_SECONDS = 5.0  # one file in one worker
WORKER_BYTES = 2 * 2**30  # address space of one worker
ARCHIVE_BYTES = 2**30  # a data archive, unpacked
ARCHIVE_FILES = 100_000
