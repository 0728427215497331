"""WAV files: 16-bit PCM with the reproducibility line as a comment (RIFF, LIST INFO ICMT)."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray


def wav_bytes(samples: NDArray[np.float32], rate: int, comment: str = "") -> bytes:
    """The bytes of a WAV file of `samples` (float32[N, 2], full scale 1.0) at `rate` samples a second."""
    pcm = np.clip(np.rint(samples * 32767.0), -32768, 32767).astype("<i2").tobytes()
    channels = samples.shape[1]
    layout = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 * channels, 2 * channels, 16)
    chunks = _chunk(b"fmt ", layout) + _chunk(b"data", pcm)
    if comment:
        chunks += _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", comment.encode() + b"\0"))
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def wav_comment(data: bytes) -> str:
    """The comment inside a WAV file, "" when there is none or the bytes are no WAV file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return ""
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"LIST" and data[at + 8 : at + 12] == b"INFO":
            found = data.find(b"ICMT", at + 12, at + 8 + size)
            if found >= 0:
                length = struct.unpack_from("<I", data, found + 4)[0]
                return data[found + 8 : found + 8 + length].rstrip(b"\0").decode(errors="replace")
        at += 8 + size + size % 2
    return ""


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
