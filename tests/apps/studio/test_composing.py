"""Pieces are made as asked for, grow in sight, can be stopped, and are the same again from the terminal."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etude.errors import EtudeError
from etude.lab.desk import Desk
from etude.lab.desk.asking import wish_of
from etude.lab.desk.crew import ENDED, Crew
from etude.lab.desk.overheard import Overheard, Stopped
from etude.lab.desk.worker import Handle
from etude.lab.rerunning import rerun
from etude.testing.fakes import UniformStepper

Studio = Any  # see conftest


def asked(studio: Studio, **more: Any) -> dict[str, Any]:
    """The answer to a request for pieces."""
    answer = studio.client.post("/api/batches", json={"model": studio.model, "count": 1, "seed": 5, **more})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def test_pieces_grow_and_are_kept_in_the_folder_of_their_run(studio: Studio) -> None:
    made = asked(studio, count=2, bars=4, text="K:C CDEF GABc|")
    assert [piece["state"] for piece in made["pieces"]] == ["waiting", "waiting"]
    one, two = studio.wait(made["id"])
    assert one["state"] == two["state"] == "done"
    assert one["notes"] != two["notes"]
    assert one["prompt_seconds"] > 0
    row = studio.desk.row(str(one["id"]))
    assert Path(row["folder"]).parent.parent == Path(studio.model)
    assert json.loads((Path(row["folder"]) / "piece.json").read_text())["notes"] == one["notes"]
    told = [json.loads(line) for _, line in studio.hub.past]
    grown = [event for event in told if event["kind"] == "grown" and event["id"] == one["id"]]
    assert sum(len(event["notes"]) for event in grown) > 0
    first = next(event for event in grown if event["notes"])
    assert first["notes"][0][:3] == one["notes"][0][:3]


def test_a_piece_is_the_same_from_the_terminal(studio: Studio, tmp_path: Path) -> None:
    (one,) = studio.wait(asked(studio, bars=4, temperature=0.8, text="C4 E4 G4")["id"])
    folder = Path(studio.desk.row(str(one["id"]))["folder"])
    answer = rerun(folder / "piece.mid", out=tmp_path / "again.mid")
    assert answer.same
    again = studio.wait(asked(studio, bars=4, temperature=0.8, text="C4 E4 G4")["id"])
    assert again[0]["notes"] == one["notes"]


def test_files_of_every_kind(studio: Studio) -> None:
    (one,) = studio.wait(asked(studio, bars=4)["id"])
    starts = {"mid": b"MThd", "abc": b"X:", "musicxml": b"<?xml", "wav": b"RIFF", "sheet": b"<?xml"}
    for kind, start in starts.items():
        answer = studio.client.get(f"/api/pieces/{one['id']}/files/{kind}")
        assert answer.status_code == 200
        assert answer.content.startswith((start, b"<svg", b"%")), answer.content[:40]
    assert studio.client.get(f"/api/pieces/{one['id']}/files/exe").status_code == 404
    assert studio.client.get(f"/api/pieces/{'0' * 16}/files/mid").status_code == 404


def test_going_on_from_a_piece_a_bar_or_a_file(studio: Studio) -> None:
    (one,) = studio.wait(asked(studio, bars=4)["id"])
    (on,) = studio.wait(asked(studio, piece=one["id"], how="continue", bars=2)["id"])
    assert on["notes"][: len(one["notes"]) // 2] == one["notes"][: len(one["notes"]) // 2]  # type: ignore[index,arg-type]
    assert studio.client.get(f"/api/batches/{on['batch']}").json()["source"] == one["id"]
    (other,) = studio.wait(asked(studio, piece=one["id"], how="from-bar", selection="2", bars=2, seed=8)["id"])
    assert other["prompt_seconds"] == pytest.approx(one["bars"][1], abs=0.01)  # type: ignore[index]
    sent = studio.client.post(
        "/api/prompts/file?name=<b>.abc", content=b"X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n"
    ).json()
    assert (sent["name"], len(sent["notes"])) == ("<b>.abc", 8)
    (third,) = studio.wait(asked(studio, prompt=sent["id"], bars=2)["id"])
    assert [note[2] for note in third["notes"][:8]] == [60, 62, 64, 65, 67, 69, 71, 72]  # type: ignore[index]


def test_pieces_obey_what_is_wanted(studio: Studio) -> None:
    (one,) = studio.wait(asked(studio, bars=4, scale="C major pentatonic", range="C4-C6")["id"])
    assert one["state"] == "done", one["why"]
    pitches = {int(note[2]) for note in one["notes"]}  # type: ignore[attr-defined]
    assert {pitch % 12 for pitch in pitches} <= {0, 2, 4, 7, 9}
    assert min(pitches) >= 60
    assert max(pitches) <= 84
    body = {"model": studio.model, "count": 1, "form": "AABB"}
    answer = studio.client.post("/api/batches", json=body)
    assert answer.status_code == 400
    assert "form" in answer.json()["error"]


def test_bars_are_filled_and_varied_and_the_rest_stays(studio: Studio) -> None:
    tune = "K:C M:4/4 L:1/4 CDEF|GABc|cBAG|FEDC|"
    (filled,) = studio.wait(asked(studio, text=tune, how="infill", selection="2-3")["id"])
    assert filled["state"] == "done", filled["why"]
    pitches = [note[2] for note in filled["notes"]]  # type: ignore[attr-defined]
    assert pitches[:4] == [60, 62, 64, 65]
    assert pitches[-4:] == [65, 64, 62, 60]
    (varied,) = studio.wait(asked(studio, text=tune, how="vary")["id"])
    assert varied["state"] == "done", varied["why"]
    assert varied["bar_count"] == 4


def test_what_cannot_be_is_said_before_or_kept_with_the_piece(studio: Studio) -> None:
    answer = studio.client.post("/api/prompts/file?name=broken.mid", content=b"MThd nonsense")
    assert answer.status_code == 422
    assert "cannot be read" in answer.json()["error"]
    body = {"model": studio.model, "count": 1, "piece": "0" * 16}
    assert studio.client.post("/api/batches", json=body).status_code == 404
    (failed,) = studio.wait(asked(studio, text="K:C CDEF|", how="infill", selection="9")["id"])
    assert failed["state"] == "failed"
    assert "bar 9" in str(failed["why"])


def test_a_note_and_a_favourite_stay(studio: Studio) -> None:
    (one,) = studio.wait(asked(studio, bars=2)["id"])
    path = f"/api/pieces/{one['id']}"
    assert studio.client.patch(path, json={"favourite": True}).json()["favourite"] is True
    assert studio.client.patch(path, json={"note": "<script>"}).json() == {
        **{"id": one["id"], "favourite": True, "note": "<script>", "tags": []},
        "after": studio.hub.now.rpartition("-")[0] + f"-{studio.hub.count - 1}",
    }
    assert studio.client.get(path).json()["note"] == "<script>"


def test_an_instrument_sounds_where_it_says(studio: Studio) -> None:
    about = studio.client.get("/api/sprites/73.json").json()
    data = studio.client.get("/api/sprites/73.wav").content
    samples = np.frombuffer(data[44:], "<i2").astype(float) / 32768
    rate = int.from_bytes(data[24:28], "little")
    offset = int(about["offsets"]["61"] * rate)
    note = samples[offset + rate // 2 : offset + rate // 2 + 16384]
    spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note))))
    peaks = np.flatnonzero(spectrum > spectrum.max() / 3)
    lowest = peaks[0] * rate / len(note)
    assert lowest == pytest.approx(440 * 2 ** (-8 / 12), rel=0.03)
    assert studio.client.get("/api/sprites/129.json").status_code == 422


def test_what_was_stopped_is_told_again_from_memory_alone() -> None:
    asked_for = []

    class Counting(UniformStepper):
        def logits(self, state: Any, chosen: Any = ()) -> Any:
            asked_for.append(len(chosen))
            return super().logits(state, chosen)

    heard: list[tuple[int, bool]] = []
    over = Overheard(Counting((5,)), lambda steps, fresh: heard.append((len(steps), fresh)), lambda: len(heard) > 3)
    state = over.feed(over.start(), np.zeros((4, 1), np.int32))
    for _ in range(2):
        over.logits(state)
        state = over.feed(state, np.zeros((1, 1), np.int32))
    with pytest.raises(Stopped) as stop:
        over.feed(state, np.zeros((1, 1), np.int32))
    assert stop.value.drawn == 3
    assert heard[0] == (4, True)
    count = len(asked_for)
    over.replay()
    state = over.feed(over.start(), np.zeros((4, 1), np.int32))
    assert over.logits(state).shape == (5,)
    assert len(asked_for) == count


def test_stop_keeps_what_exists_and_frees_the_worker(studio: Studio, tmp_path: Path) -> None:
    made = asked(studio, bars=400, seed=3, temperature=1.3)
    number = made["pieces"][0]["id"]
    deadline = time.monotonic() + 60
    while studio.client.get(f"/api/pieces/{number}").json()["notes"] == []:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    before = time.monotonic()
    assert studio.client.post(f"/api/pieces/{number}/stop").status_code == 200
    (one,) = studio.wait(made["id"])
    assert time.monotonic() - before < 30
    assert one["state"] == "stopped"
    assert one["notes"]
    assert len(one["bars"]) < 400  # type: ignore[arg-type]
    folder = Path(studio.desk.row(number)["folder"])
    assert rerun(folder / "piece.mid", out=tmp_path / "again.mid").same


def test_a_batch_is_stopped_before_its_turn(studio: Studio) -> None:
    made = asked(studio, count=3, bars=400, seed=4, temperature=1.3)
    studio.client.post(f"/api/batches/{made['id']}/stop")
    states = [piece["state"] for piece in studio.wait(made["id"])]
    assert states[1:] == ["failed", "failed"]


def test_a_worker_that_dies_loses_one_piece_and_no_more(studio: Studio) -> None:
    made = asked(studio, count=2, bars=60, seed=6)
    first = made["pieces"][0]["id"]
    deadline = time.monotonic() + 60
    while studio.client.get(f"/api/pieces/{first}").json()["state"] == "waiting":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for handle in [one for one in studio.desk.composers.handles if one.task == first]:
        handle.process.kill()
    one, two = studio.wait(made["id"])
    assert (one["state"], two["state"]) == ("failed", "done")
    assert "process ended" in str(one["why"])


def test_nobody_waits_for_a_crew_that_has_ended() -> None:
    crew = Crew(0)  # nobody works
    said: list[str] = []

    def wait() -> None:
        try:
            crew.call("warm", model="x")
        except EtudeError as error:
            said.append(str(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not crew.waiting:
        time.sleep(0.01)
    crew.close()
    waiting.join(20)
    assert said == [ENDED]
    wait()
    assert said == [ENDED, ENDED]


def test_a_worker_that_has_said_its_last_is_asked_no_more() -> None:
    gone = threading.Event()
    handle = Handle(lambda words: gone.set() if "failed" in words else None)
    try:
        handle.task = "nothing"
        assert handle.alive
        handle.process.poll = lambda: None  # the system has not noticed yet
        handle.process.kill()
        assert gone.wait(20)
        assert not handle.alive
    finally:
        del handle.process.poll
        handle.close()


def test_what_was_not_finished_is_made_after_the_next_start(runs: Path, tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    first = Desk(tmp_path, runs, told.append)
    made = first.compose({"model": str(runs / "tiny"), "count": 1, "bars": 300, "seed": 1})
    first.close()
    ready = threading.Event()
    second = Desk(tmp_path, runs, lambda event: ready.set() if event["kind"] == "grown" else None)
    second.resume()
    assert ready.wait(60)
    assert second.piece(made["pieces"][0]["id"])["state"] == "growing"
    second.close()


def test_bars_are_counted_as_they_are_written() -> None:
    from etude.formats.abc import FORMAT
    from etude.lab.desk.growing import whole

    tune = FORMAT.parse(b"X:1\nM:4/4\nL:1/4\nK:C\nG|:CDEF|GABc|1 cBAG:|2 c4|]\n")[0].score
    assert tune is not None
    found = whole(tune)
    assert found["written"] == [0, 1, 2, 3, 1, 2, 4]
    assert len(found["bars"]) == len(found["written"]) + 1


def test_pieces_are_found_compared_and_taken_away(studio: Studio) -> None:
    one, two = studio.wait(asked(studio, count=2, bars=4, seed=77)["id"])
    studio.client.patch(f"/api/pieces/{one['id']}", json={"favourite": True, "note": "a lovely turn"})
    found = studio.client.get("/api/library", params={"words": "LOVELY 77", "kept": "1"}).json()["pieces"]
    assert [piece["id"] for piece in found] == [one["id"]]
    assert studio.client.get("/api/library", params={"words": "no such thing"}).json()["pieces"] == []
    ids = f"{two['id']},{one['id']}"
    beside = studio.client.get("/api/compare", params={"ids": ids}).json()
    notes = next(row for row in beside["measures"] if row["name"] == "notes")
    assert notes["values"] == [len(two["notes"]), len(one["notes"])]  # type: ignore[arg-type]
    assert beside["different"] == [{"name": "number", "values": [2, 1]}]
    packed = studio.client.get("/api/export", params={"ids": ids}).content
    assert packed == studio.client.get("/api/export", params={"ids": ids}).content
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        names = opened.namelist()
        assert f"etude/01-{two['id']}.mid" in names
        told = opened.read("etude/README.txt").decode()
    assert told.count("etude-rerun") == 2
    assert "a lovely turn" in told
    for ids in ("", "x", "0" * 16, f"{one['id']},../../x"):
        assert studio.client.get("/api/export", params={"ids": ids}).status_code in (400, 404)


def test_runs_are_those_of_the_terminal(studio: Studio) -> None:
    (run,) = studio.client.get("/api/runs").json()["runs"]
    assert run["name"] == "tiny"
    assert run["step_of"] == []
    same = studio.client.get("/api/runs/compare", params={"ids": f"{run['id']},{run['id']}"}).json()
    assert same["different"] == []
    assert studio.client.get("/api/runs/compare", params={"ids": "0" * 16}).status_code == 404


def test_conditions_are_told_to_a_model_that_knows_them_and_refused_by_another(studio: Studio) -> None:
    assert wish_of({"count": 1, "key": "G", "type": "jig", "meter": "6/8", "form": "AABB", "bars": 8}) == {
        **{"count": 1, "bars": 8, "temperatures": (), "sampling": {}, "ending": "auto", "constraints": {}},
        "told": {"key": "G", "type": "jig", "meter": "6/8", "form": "AABB"},
    }
    assert wish_of({"count": 1, "how": "infill", "key": "G"})["told"] == {}
    assert studio.client.post("/api/models/warm", json={"model": studio.model}).json()["told"] == {}
    (one,) = studio.wait(asked(studio, bars=2, type="jig")["id"])
    assert one["state"] == "failed"
    assert "type" in str(one["why"])
    (two,) = studio.wait(asked(studio, bars=4, meter="4/4")["id"])
    assert two["state"] == "done", two["why"]


def test_a_long_score_has_all_its_pages(studio: Studio) -> None:
    tune = "K:C M:4/4 L:1/8 " + "CDEFGABc|cBAGFEDC|" * 80
    (one,) = studio.wait(asked(studio, text=tune, how="infill", selection="3")["id"])
    assert one["state"] == "done", one["why"]
    path = f"/api/pieces/{one['id']}/score"
    pages = studio.client.get(path).json()["pages"]
    assert pages > 1
    drawn = [studio.client.get(f"{path}/{number}") for number in range(1, pages + 1)]
    assert all(page.headers["content-type"].startswith("image/svg") for page in drawn)
    assert len({page.content for page in drawn}) == pages
    for number in ("0", str(pages + 1), "-1", "x", "1.5"):
        assert studio.client.get(f"{path}/{number}").status_code == 400
