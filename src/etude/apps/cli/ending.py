"""How a command ends: every error becomes one message, one exit code and, with --json, one object on stdout."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from pathlib import Path

import click

from etude.apps.cli.output import Answered
from etude.errors import EtudeError, MissingPart
from etude.registry import blamed

INTERRUPTED, TERMINATED = 130, 143
SHOW_TRACEBACK = "ETUDE_TRACEBACK"  # set to anything: also print where an error came from
EXTRA_OF = {"torch": "train", "onnx": "train", "tensorboard": "train", "transformers": "bench", "miditok": "bench"}
LONGEST_NAME = 200  # characters of a file's name in a message


def end(error: BaseException, as_json: bool) -> int:
    """The exit code for `error`, after saying on stderr what happened and what to do next."""
    if isinstance(error, BrokenPipeError) or getattr(error, "errno", None) == errno.EPIPE:
        return _nobody_reads()
    if isinstance(error, click.exceptions.Exit):
        return int(error.exit_code)
    if isinstance(error, SystemExit) and (isinstance(error, Answered) or error.code != TERMINATED):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, click.ClickException) and not isinstance(error, click.Abort):
        error.show()
        _answer(error.format_message(), 2, as_json)
        return 2
    if os.environ.get(SHOW_TRACEBACK) and isinstance(error, Exception):
        traceback.print_exception(error)
    message, code = _explain(error)
    click.echo(f"etude: {message}", err=True)
    _answer(message, code, as_json)
    return code


def _explain(error: BaseException) -> tuple[str, int]:
    if isinstance(error, ModuleNotFoundError) and error.name in EXTRA_OF:
        error = MissingPart("This", EXTRA_OF[error.name])
    if isinstance(error, EtudeError):
        return str(error), error.exit_code
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return "stopped by Ctrl-C", INTERRUPTED
    if isinstance(error, SystemExit):
        return "stopped by SIGTERM", TERMINATED
    if isinstance(error, OSError) and error.strerror:
        return _explain_file(error), 1
    if isinstance(error, MemoryError):
        return "The memory is full. Give less at once: fewer files, smaller training.rows or model.width.", 1
    return _explain_bug(error), 1


def _explain_file(error: OSError) -> str:
    name = str(error.filename2 or error.filename or "A file or stdout")
    if len(name) > LONGEST_NAME:
        name = f"{name[:LONGEST_NAME]}..."
    return (
        f"{name} cannot be read or written: {error.strerror}. "
        "Check the name, the rights and the room on that disk; --out names another place for what is written."
    )


def _explain_bug(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    if plugin := blamed(error):
        return (
            f"{plugin} failed: {type(error).__name__}: {error}{where}. "
            f"Please report it to its authors; {SHOW_TRACEBACK}=1 shows the way there."
        )
    return (
        f"A mistake inside etude, not yours: {type(error).__name__}: {error}{where}. "
        f"Please report it with the command; {SHOW_TRACEBACK}=1 shows the way there."
    )


def _answer(message: str, code: int, as_json: bool) -> None:
    try:
        if as_json:
            click.echo(json.dumps({"error": message, "exit_code": code}))
        if sys.stdout is not None:  # None when it was closed before the start
            sys.stdout.flush()
    except OSError:  # stdout may be what failed: a full disk, a reader that has left
        _nobody_reads()


def _nobody_reads() -> int:
    """Whoever read our stdout has left (`etude ... | head`): nothing more is written, also not at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
