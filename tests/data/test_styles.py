"""What the table of Groove says of a performance reaches the steps of an encoding that is told it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etude.data import Collection, pack, told_values
from etude.encodings import build
from etude.formats.midi import FORMAT
from etude.score import Score, Track

ROWS = (
    "drummer,style,bpm,beat_type,time_signature,midi_filename,split",
    "drummer1,funk/groove1,138,beat,4-4,drummer1/a.mid,train",
    "drummer2,afrobeat,92,fill,3-4,drummer2/b.mid,train",
)


@pytest.fixture
def groove(tmp_path: Path) -> Path:
    root = tmp_path / "groove"
    for number, name in enumerate(("drummer1/a.mid", "drummer2/b.mid")):
        strokes = [(240 * at, 60, 36 + (at * (2 + number)) % 7, 80, 0) for at in range(24)]
        path = root / name
        path.parent.mkdir(parents=True)
        path.write_bytes(FORMAT.dump([Score.of(strokes, tracks=[Track("kit", 0, True)])]))
    (root / "info.csv").write_text("\n".join(ROWS) + "\n")
    return root


def test_style_tempo_meter_and_drummer_are_told(groove: Path) -> None:
    kinds = "label,type,role,tempo,meter"
    encoding: Any = build("notes", part="drums", conditions=kinds, labels=["drummer1", "drummer2"])
    packed = pack(Collection.open(groove), encoding, "train")
    told = [
        [encoding.control.meaning(int(value))[1] for value in steps[1:6, 0]]
        for _, steps in sorted(zip(packed.ids, packed.pieces()), key=lambda row: row[0])
    ]
    assert told == [["drummer1", "funk", "beat", "143", "4/4"], ["drummer2", "afrobeat", "fill", "90", "3/4"]]
    assert told_values(packed)["type"] == {"funk": 1, "afrobeat": 1}
