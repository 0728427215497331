"""What a figure was made on: versions, machine kind, threads. Nothing that names a person or a place."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import Any

from etude.training.environment import processors

WATCHED = ("etude", "numpy", "torch", "onnxruntime", "music21", "safetensors", "verovio")


def versions() -> dict[str, str]:
    """The versions of etude and of the packages that can change a result; absent ones are left out."""
    found = {"python": platform.python_version()}
    for name in WATCHED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """The kind of machine: system, processor, cores, memory in bytes."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": processors(),
        "memory_bytes": _memory(),
    }


def environment() -> dict[str, Any]:
    """Versions and machine, as kept in environment.json."""
    return {"versions": versions(), "machine": machine(), "arguments": sys.argv[1:]}


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        return platform.processor()


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0
