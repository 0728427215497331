"""A jam over a WebSocket: only for our own pages, one at a time, answered, silenced, and kept as a piece."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from etude import formats

Studio = Any  # see conftest
JAM = "ws://127.0.0.1:8765/api/jam"  # the test client would take another host otherwise
PATIENCE = 60.0  # seconds; the machines that test are busy


def until(socket: Any, reached: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """What the studio says, up to the first that is waited for."""
    told: list[dict[str, Any]] = []
    begun = time.monotonic()
    while not told or not reached(told[-1]):
        told.append(socket.receive_json())
        assert time.monotonic() - begun < PATIENCE, told[-5:]
        assert "error" not in told[-1] or reached(told[-1]), told[-1]
    return told


def struck(told: dict[str, Any]) -> bool:
    """Whether it is a key that the model strikes."""
    return "message" in told and told["message"][0] & 0xF0 == 0x90 and told["message"][2] > 0


def test_what_is_played_is_answered_and_kept(studio: Studio) -> None:
    with studio.client.websocket_connect(JAM) as socket:
        socket.send_json({"model": studio.model, "seed": 5, "tempo": 240})
        (begun,) = until(socket, lambda told: told.get("state") == "playing")
        assert (begun["seed"], begun["tempo"]) == (5, 240)
        for pitch in (60, 62, 64, 65):
            socket.send_json({"pitch": pitch, "velocity": 90})
            time.sleep(0.05)
            socket.send_json({"pitch": pitch, "velocity": 0})
        answer = until(socket, struck)
        times = [told["at"] for told in answer]
        assert times == sorted(times)
        assert all(told["message"][0] & 0x0F != 0 for told in answer), "one's own notes come back"
        with studio.client.websocket_connect(JAM) as second:
            assert "already" in second.receive_json()["error"]
        socket.send_json({"silence": True})
        socket.send_json({"end": True})
        rest = until(socket, lambda told: told.get("state") == "over")
    down = set()
    for told in answer + rest[:-1]:
        status, pitch, value = (*told["message"], 0)[:3]
        (down.add if status & 0xF0 == 0x90 and value else down.discard)((status & 0x0F, pitch))
    assert down == set()
    piece = studio.client.get(f"/api/pieces/{rest[-1]['piece']}").json()
    assert (piece["state"], piece["title"], piece["jam"]) == ("done", "Jam with tiny", True)
    assert [note[2] for note in piece["notes"] if note[4] == 0][:4] == [60, 62, 64, 65]
    found = studio.client.get("/api/library", params={"words": "jam tiny"}).json()["pieces"]
    assert piece["id"] in [one["id"] for one in found]
    score = formats.read(Path(studio.desk.row(piece["id"])["folder"]) / "piece.mid")
    assert [track.name for track in score.tracks] == ["Human", "Model"]
    assert studio.client.get(f"/api/pieces/{piece['id']}/files/wav").content[:4] == b"RIFF"


def test_a_page_that_goes_frees_the_room_and_keeps_what_was_played(studio: Studio) -> None:
    def kept() -> int:
        return len(studio.client.get("/api/library", params={"words": "jam"}).json()["pieces"])

    before = kept()
    with studio.client.websocket_connect(JAM) as socket:
        socket.send_json({"model": studio.model})
        until(socket, lambda told: told.get("state") == "playing")
        socket.send_json({"pitch": 60, "velocity": 90})
        socket.send_json({"pitch": 60, "velocity": 0})
        time.sleep(0.3)
    begun = time.monotonic()
    while studio.client.app.app.state.room is not None or kept() == before:
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.02)
    assert kept() == before + 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("[]", "one JSON object"),
        ("{", "no JSON"),
        ("x" * 1001, "characters"),
        ('{"model": "../x"}', "no such model"),
        ('{"tempo": 100}', "'model' is missing"),
        ('{"model": "x", "path": "y"}', "no key 'path'"),
    ],
)
def test_what_makes_no_sense_is_said_and_ends_it(studio: Studio, said: str, words: str) -> None:
    with studio.client.websocket_connect(JAM) as socket:
        socket.send_text(said)
        assert words in socket.receive_json()["error"]
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
    assert studio.client.app.app.state.room is None


def test_nothing_played_is_nothing_kept_and_nonsense_in_the_middle_ends_it(studio: Studio) -> None:
    for said, key in (({"end": True}, "state"), ({"pitch": 128, "velocity": 1}, "error")):
        with studio.client.websocket_connect(JAM) as socket:
            socket.send_json({"model": studio.model, "mode": "accompany"})
            until(socket, lambda told: told.get("state") == "playing")
            socket.send_json(said)
            last = until(socket, lambda told, key=key: key in told)[-1]  # type: ignore[misc]
            assert last.get("piece") is None


def refused(client: TestClient, headers: dict[str, str]) -> bool:
    """Whether a WebSocket with these headers is closed before it is opened."""
    try:
        with client.websocket_connect(JAM, headers=headers):
            return False
    except WebSocketDisconnect:
        return True


def test_only_our_own_pages_with_the_token_may_speak(studio: Studio) -> None:
    stranger = TestClient(studio.client.app, base_url=studio.origin)
    own = {"origin": studio.origin, "cookie": f"etude-studio-{studio.port}={studio.token}"}
    bearer = {"authorization": f"Bearer {studio.token}"}
    assert not refused(stranger, own)
    assert not refused(stranger, bearer)
    for wrong in (
        *({"origin": "http://evil.example"}, {"origin": "null"}, {"host": "evil.example:8765"}),
        *({"cookie": f"etude-studio-{studio.port}=wrong"}, {"cookie": ""}, {"sec-fetch-site": "cross-site"}),
    ):
        assert refused(stranger, {**own, **wrong}), wrong
    assert refused(stranger, {"cookie": own["cookie"]}), "a cookie without an Origin"
    assert refused(stranger, {**bearer, "origin": "http://evil.example"})
    assert refused(stranger, {})


def test_the_description_of_pieces_holds_for_a_jam(studio: Studio) -> None:
    pieces = studio.client.get("/api/library", params={"words": "jam"}).json()["pieces"]
    if len(pieces) > 1:
        ids = ",".join(one["id"] for one in pieces[:2])
        assert studio.client.get("/api/compare", params={"ids": ids}).status_code == 200
        assert json.dumps(studio.client.get("/api/compare", params={"ids": ids}).json()["measures"])
