"""Only our own pages on this machine are answered, only with the token, and nothing outside the studio is read."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from etude.apps.studio.guarding import BODY, UPLOAD, kept_token

Studio = Any  # see conftest
PORT = 8765


@pytest.fixture
def stranger(studio: Studio) -> TestClient:
    """Who knows the address and nothing else."""
    return TestClient(studio.client.app, base_url=studio.origin, raise_server_exceptions=False)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"evil.example:{PORT}",
        "127.0.0.1",
        "127.0.0.1:80",
        f"localhost.evil.example:{PORT}",
        "",
        "[::1]:1",
    ],
)
def test_a_foreign_host_is_sent_away(studio: Studio, host: str) -> None:
    for path in ("/", "/health", "/api/models", "/static/main.js"):
        assert studio.client.get(path, headers={"host": host}).status_code == 421


@pytest.mark.parametrize("path", ["/", "/api/models", "/api/events", "/static/main.js", "/api/openapi.json", "/no"])
def test_nothing_is_told_without_the_token(stranger: TestClient, path: str) -> None:
    for headers in ({}, {"cookie": f"etude-studio-{PORT}=wrong"}, {"authorization": "Bearer é".encode()}):
        assert stranger.get(path, headers=headers).status_code == 401
    assert stranger.get("/health").json() == {"ok": True}


def test_the_printed_address_becomes_a_cookie_that_scripts_cannot_read(
    studio: Studio, stranger: TestClient
) -> None:
    answer = stranger.get(f"/?token={studio.token}", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert stranger.get("/?token=wrong", follow_redirects=False).status_code == 401
    assert "etude studio" in stranger.get("/").text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1:1"]
)
def test_a_foreign_page_changes_nothing(studio: Studio, origin: str) -> None:
    body = {"model": studio.model, "count": 1}
    assert studio.client.post("/api/batches", json=body, headers={"origin": origin}).status_code == 403
    assert studio.client.get("/api/batches", headers={"origin": origin}).status_code == 403
    crossing = {"sec-fetch-site": "cross-site"}
    assert studio.client.post("/api/batches", json=body, headers=crossing).status_code == 403


def test_a_change_by_cookie_needs_an_origin(studio: Studio, stranger: TestClient) -> None:
    cookie = {"cookie": f"etude-studio-{PORT}={studio.token}"}
    assert stranger.post("/api/prompts/text", json={"text": "C4"}, headers=cookie).status_code == 403
    assert stranger.get("/api/models", headers=cookie).status_code == 200
    assert stranger.get("/api/models", headers={"authorization": f"Bearer {studio.token}"}).status_code == 200


def test_a_form_of_another_site_is_no_request(studio: Studio) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = studio.client.post("/api/batches", content=b'{"count":1}', headers={"content-type": kind})
        assert answer.status_code == 400


def test_every_answer_keeps_pages_to_themselves(studio: Studio, stranger: TestClient) -> None:
    for answer in (studio.client.get("/"), studio.client.get("/api/models"), studio.client.get("/static/main.js")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


def payloads() -> list[str]:
    """Two hundred ways of asking for a file outside."""
    ups = ("../", "..%2f", "%2e%2e/", "..\\", "%2e%2e%5c", "....//", "..%252f", "..%c0%af", "/", "%00/")
    targets = ("etc/passwd", "token", "studio.sqlite", "piece.json", "proc/self/environ")
    return [up * depth + target for up, depth, target in itertools.product(ups, (1, 3, 6, 9), targets)]


def test_two_hundred_ways_out_of_the_folder_lead_nowhere(studio: Studio) -> None:
    found = payloads()
    assert len(found) == 200
    secret = (studio.desk.folder / "studio.sqlite").read_bytes()[:16]
    for number, payload in enumerate(found):
        base = ("/static/", "/api/pieces/", "/api/sprites/", f"/api/pieces/{'0' * 16}/files/")[number % 4]
        for path in (base + payload, base + quote(payload, safe="")):
            answer = studio.client.get(path)
            assert answer.status_code in (400, 404, 405, 422), (path, answer.status_code)
            assert b"root:" not in answer.content
            assert secret not in answer.content


def test_typed_music_is_never_a_path(studio: Studio, tmp_path: Path) -> None:
    tune = tmp_path / "C4"
    tune.write_text("X:1\nK:C\nCDEF|\n")
    answer = studio.client.post("/api/prompts/text", json={"text": str(tune)})
    assert answer.status_code == 422
    made = studio.client.post("/api/batches", json={"model": str(tmp_path), "count": 1})
    assert made.status_code == 404
    assert "no such model" in made.json()["error"]


@pytest.mark.parametrize(
    "name", ["x.exe", "x", "../../x.sh", "x.abc/../../y", "x.py", "", ".mid.html", "x.mid\0.txt"]
)
def test_only_music_files_are_taken(studio: Studio, name: str) -> None:
    before = sorted(path for path in studio.desk.folder.rglob("*") if path.is_file())
    answer = studio.client.post("/api/prompts/file", params={"name": name}, content=b"MThd")
    assert answer.status_code == 422
    assert sorted(path for path in studio.desk.folder.rglob("*") if path.is_file()) == before


def test_large_bodies_are_refused_however_they_come(studio: Studio) -> None:
    def endless(size: int):  # type: ignore[no-untyped-def]
        for _ in range(size // 65536 + 2):
            yield b" " * 65536

    json = {"content-type": "application/json"}
    assert studio.client.post("/api/batches", content=endless(BODY), headers=json).status_code == 413
    assert studio.client.post("/api/prompts/file?name=a.mid", content=endless(UPLOAD)).status_code == 413
    for length in ("2147483648", "-1", "1e3"):
        said = {**json, "content-length": length}
        assert studio.client.post("/api/batches", content=b"{}", headers=said).status_code == 413


def test_a_body_that_never_comes_is_given_up(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etude.apps.studio.guarding.SECONDS", 0.05)
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(30)
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(b"host", f"127.0.0.1:{PORT}".encode()), (b"authorization", f"Bearer {studio.token}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/api/batches", "headers": headers, "query_string": b""}
    asyncio.run(studio.client.app({**scope, "http_version": "1.1", "scheme": "http"}, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 408


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "'model' is missing"),
        ({"model": "x", "count": 17}, "'count' must be 1 to 16"),
        ({"model": "x", "count": True}, "'count'"),
        ({"model": "x", "count": 1, "temperature": "hot"}, "'temperature'"),
        ({"model": "x", "count": 1, "temperature": float("nan")}, "'temperature'"),
        ({"model": 7, "count": 1}, "'model'"),
        ({"model": "x", "count": 1, "wish": 1}, "no key 'wish'"),
        ([], "one JSON object"),
    ],
)
def test_a_request_that_makes_no_sense_is_told_why(studio: Studio, body: object, words: str) -> None:
    import json

    kind = {"content-type": "application/json"}
    answer = studio.client.post("/api/batches", content=json.dumps(body), headers=kind)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_the_token_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = kept_token(tmp_path / "deep" / "token")
    assert len(first) >= 32
    assert kept_token(tmp_path / "deep" / "token") == first
    assert (tmp_path / "deep" / "token").stat().st_mode & 0o077 == 0
    assert kept_token(tmp_path / "token") != first


def test_the_description_names_every_endpoint(studio: Studio) -> None:
    from etude.apps.studio.endpoints import ENDPOINTS

    described = studio.client.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for one in ENDPOINTS:
        entry = described["paths"][one.path][one.method.lower()]
        assert entry["summary"] == one.about
        if one.fields:
            schema = entry["requestBody"]["content"]["application/json"]["schema"]
            assert set(schema["properties"]) == {field.name for field in one.fields}
