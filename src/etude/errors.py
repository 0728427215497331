"""The errors etude raises on purpose, and the exit code each becomes.

EtudeError                  1  something failed that was asked for correctly
├── UsageError              2  the request itself makes no sense
├── BadInput                3  a file, text or collection cannot be used; carries a Reason
└── MissingPart             4  an optional part is not installed; carries the line that installs it

Every message says what, where, why and what to do next, in that order.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from enum import StrEnum

TOLD = 3  # reasons that a message gives in full


class Reason(StrEnum):
    """The closed list of codes that say why a tune was refused or repaired; ledger rows use no other."""

    UNREADABLE = "unreadable"  # the file cannot be opened
    UNKNOWN_FORMAT = "unknown_format"  # no reader claims it
    TOO_LARGE = "too_large"  # a limit of `etude.limits` is passed
    TOO_SLOW = "too_slow"  # the reader passed its time limit
    OUT_OF_MEMORY = "out_of_memory"  # the reader passed its memory limit
    READER_DIED = "reader_died"  # the worker process ended without an answer
    READER_FAILED = "reader_failed"  # a reader raised something it should not have
    EMPTY = "empty"  # read, but there is no note in it
    TRUNCATED = "truncated"  # the file ends in the middle of something
    BAD_STRUCTURE = "bad_structure"  # chunks, tags or headers do not fit together
    BAD_NUMBER = "bad_number"  # a number is outside what the format allows
    BAD_EVENT = "bad_event"  # an event or symbol that cannot be understood
    BAD_TIME = "bad_time"  # times run backwards, overflow or are not finite
    BAD_TEXT = "bad_text"  # the text is in no encoding that can be told
    UNSUPPORTED = "unsupported"  # valid, but of a kind etude does not read; the detail names it
    NO_KEY = "no_key"  # an ABC tune without K:
    FORBIDDEN = "forbidden"  # outside entities, paths that leave the archive, and the like
    DUPLICATE = "duplicate"  # the same tune stands elsewhere in the collection
    NOT_ENCODABLE = "not_encodable"  # a good tune that this encoding cannot hold


class EtudeError(Exception):
    """Raised when something failed that was asked for correctly."""

    exit_code = 1


class UsageError(EtudeError):
    """Raised when the request itself makes no sense."""

    exit_code = 2


class BadInput(EtudeError):
    """Raised when a file, a text or a collection cannot be used.

    `reason` is the ledger code; `offset` the byte or line where it went wrong, if known.
    """

    exit_code = 3

    def __init__(self, message: str, reason: Reason, offset: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.offset = offset

    def __reduce__(self) -> tuple[object, ...]:
        # errors cross from worker processes to the parent
        return type(self), (str(self), self.reason, self.offset)


def nothing_read(refused: Sequence[str]) -> BadInput:
    """The error that none of several files could be read: the first reasons, and how many more there are."""
    more = len(refused) - TOLD
    told = [*refused[:TOLD], *([f"And {more} more."] if more > 0 else [])]
    return BadInput("Nothing could be read. " + " ".join(told), Reason.UNREADABLE)


class MissingPart(EtudeError):
    """Raised when an optional part is not installed; says how to install it."""

    exit_code = 4

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the optional part '{extra}', which is not installed. "
            f"Install it with: pip install 'etude[{extra}]'  (from a checkout: pip install '.[{extra}]')"
        )
        self.extra = extra


def interruption(number: int) -> BaseException:
    """What to raise for a signal, so that the program ends with its exit code: 130 for Ctrl-C, 143 for SIGTERM."""
    return KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)
