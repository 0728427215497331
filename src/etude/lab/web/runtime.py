"""ONNX Runtime for the page: out of its published npm package, checked, never a part of etude.

The command `npm` fetches the package from the registry that it is set up for, and keeps it in its own cache. Who
has it already names it: a package file (.tgz), an unpacked package, or the folder it is installed in.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from etude.errors import BadInput, EtudeError, MissingPart, Reason

NAME, VERSION = "onnxruntime-web", "1.30.0"
INTEGRITY = "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
FILES = ("dist/ort.wasm.min.mjs", "dist/ort-wasm-simd-threaded.mjs", "dist/ort-wasm-simd-threaded.wasm")
ABOUT = "package.json"  # its licence and authors
PATIENCE = 300  # seconds that a download may take
LARGEST = 200 * 2**20  # bytes of a file in the package


class MissingRuntime(MissingPart):
    """Raised when the package cannot be fetched; says what else can be done."""

    def __init__(self, why: str) -> None:
        EtudeError.__init__(
            self,
            f"A page needs the npm package {NAME} {VERSION}, and {why}. Install npm (it comes with Node.js) or "
            f"`npm pack {NAME}@{VERSION}` on another machine, and name the file: --runtime {NAME}-{VERSION}.tgz",
        )


@dataclass(frozen=True)
class Runtime:
    """The files that a page needs, by their names, and the version they are of."""

    version: str
    files: Mapping[str, bytes]


def runtime(path: Path | None = None) -> Runtime:
    """The package at `path`, else the one that npm fetches.

    Raises BadInput when there is no such package at `path`, MissingRuntime when npm cannot fetch it, and EtudeError
    when what it fetched is not the package that etude was tried with.
    """
    if path is None:
        return _of_archive(fetched(), "the package that npm fetched")
    if path.is_file():
        return _of_archive(path.read_bytes(), str(path))
    found = next(
        (one for one in (path, path / NAME, path / "node_modules" / NAME) if (one / ABOUT).is_file()), None
    )
    if found is None:
        raise _none(str(path))
    try:
        return _of_files({name: (found / name).read_bytes() for name in (ABOUT, *FILES)}, str(path))
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be read: {error.strerror}.", Reason.UNREADABLE) from error


def fetched() -> bytes:
    """The bytes of the package file, from npm."""
    npm = shutil.which("npm")
    if npm is None:
        raise MissingRuntime("there is no command `npm` here to fetch it")
    with tempfile.TemporaryDirectory() as folder:
        words = [npm, "pack", f"{NAME}@{VERSION}", "--pack-destination", folder, "--prefer-offline", "--silent"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, cwd=folder)
        except subprocess.TimeoutExpired as error:
            raise MissingRuntime(f"npm did not fetch it in {PATIENCE} seconds") from error
        found = sorted(Path(folder).glob("*.tgz"))
        if done.returncode or not found:
            why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise MissingRuntime(f"npm could not fetch it ({why[:200]})")
        data = found[0].read_bytes()
    if integrity(data) != INTEGRITY:
        raise EtudeError(
            f"npm fetched a {NAME} {VERSION} that is not the published one: its hash is {integrity(data)}. "
            "Nothing was written. Ask whoever runs your registry."
        )
    return data


def integrity(data: bytes) -> str:
    """The hash of a package file, as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def _of_archive(data: bytes, name: str) -> Runtime:
    """The files in a package file."""
    wanted = {f"package/{file}": file for file in (ABOUT, *FILES)}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            found = {}
            for entry in archive:
                held = archive.extractfile(entry) if entry.name in wanted and entry.size <= LARGEST else None
                if held is not None:
                    found[wanted[entry.name]] = held.read()
    except (tarfile.TarError, OSError, EOFError) as error:
        raise _none(name) from error
    return _of_files(found, name)


def _of_files(found: Mapping[str, bytes], name: str) -> Runtime:
    """The package of these files, by their last names. Raises BadInput when one is missing or it is another one."""
    try:
        about = json.loads(found[ABOUT])
        version = str(about["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise _none(name) from error
    if about.get("name") != NAME or not set(FILES) <= set(found):
        raise _none(name)
    return Runtime(version, {Path(file).name: data for file, data in found.items()})


def _none(name: str) -> BadInput:
    return BadInput(
        f"{name} is no package {NAME}: give the file that `npm pack {NAME}@{VERSION}` writes, or the folder it is "
        "installed in.",
        Reason.UNREADABLE,
    )
