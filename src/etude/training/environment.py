"""The process a trainer should run in: allocator settings, threads and number format, chosen by measurement."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache

# Training frees and takes the same large buffers at every step. By default glibc gives each back to the kernel,
# which then clears every page anew; with these it keeps them, in huge pages.
_GLIBC = {
    "MALLOC_MMAP_THRESHOLD_": str(8 * 2**30),
    "MALLOC_TRIM_THRESHOLD_": str(8 * 2**30),
    "MALLOC_TOP_PAD_": str(256 * 2**20),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
BF16_PAYS = 1.3  # how many times faster its matrix products must be


def tuned_environment() -> dict[str, str]:
    """Environment variables to start a trainer with; they act only when set before the process starts.

    Variables the user has set are left alone; systems without glibc get none.
    """
    if platform.libc_ver()[0] != "glibc":
        return {}
    return {name: value for name, value in _GLIBC.items() if name not in os.environ}


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory() -> int:
    """The largest resident size of this process so far, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def fastest(candidates: Sequence[int], work: Callable[[int], object], rounds: int = 3) -> int:
    """The candidate whose `work` takes least time, as the median of `rounds` interleaved ones after a warm-up."""
    seconds: dict[int, list[float]] = {candidate: [] for candidate in candidates}
    for number in range(rounds + 1):
        for candidate in candidates:
            start = time.perf_counter()
            work(candidate)
            if number:
                seconds[candidate].append(time.perf_counter() - start)
    return min(candidates, key=lambda candidate: statistics.median(seconds[candidate]))


def thread_counts() -> list[int]:
    """What is tried: 1, 2, 4, ... and all processors."""
    most = processors()
    return sorted({2**power for power in range(most.bit_length()) if 2**power <= most} | {most})


@cache
def bf16_pays() -> bool:
    """Whether bfloat16 matrix products are much faster than float32 ones on this CPU, by a test of some 50 ms."""
    import torch

    seconds: dict[torch.dtype, list[float]] = {torch.float32: [], torch.bfloat16: []}
    operands = {kind: (torch.ones(1024, 256, dtype=kind), torch.ones(256, 1024, dtype=kind)) for kind in seconds}
    for number in range(9):
        for kind, (left, right) in operands.items():
            start = time.perf_counter()
            _ = left @ right
            if number > 1:
                seconds[kind].append(time.perf_counter() - start)
    single, half = (statistics.median(seconds[kind]) for kind in (torch.float32, torch.bfloat16))
    return single > BF16_PAYS * half
