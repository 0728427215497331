"""The WebSocket of a jam: keys come in from the page, the model's notes go out with their times."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from etude.apps.studio.fields import Field, checked
from etude.errors import EtudeError, UsageError
from etude.lab.desk import Desk
from etude.lab.desk.jamming import Room

MESSAGE = 1000  # characters
WAITING = 60.0  # seconds for the page to say with whom it wants to play
LAST = 100  # hundredths of a second for the page to take the last messages
BEHIND = 2000  # messages a page may be behind before it is sent away
BEGIN = (
    Field("model", "string", "a name that /api/models lists", 1, 1000, needed=True),
    Field("seed", "integer", "the random number; left out: drawn and told", 0, 2**31 - 1),
    Field("temperature", "number", "0 safe, 2 adventurous; left out: the model's own", 0, 4),
    Field("tempo", "number", "beats a minute", 10, 480),
    Field("mode", "string", "call or accompany", 4, 9),
    Field("rest", "number", "beats of rest that end a phrase", 0.25, 16),
    Field("answer", "number", "beats of an answer; left out: as long as the phrase", 1, 256),
)
PLAY = (
    Field("pitch", "integer", "the key, 0 to 127", 0, 127),
    Field("velocity", "integer", "how hard it went down; 0: it went up", 0, 127),
    Field("word", "boolean", "whether the model is to play alone"),
    Field("silence", "boolean", "end whatever sounds"),
    Field("end", "boolean", "end the jam"),
)


async def talk(socket: WebSocket) -> None:
    """One jam, from the page's first message to its end. One at a time: each has a model of its own."""
    state = socket.app.state
    await socket.accept()
    if state.room is not None:
        await _end(socket, {"error": "There is a jam already, in another window."})
        return
    outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    room: Room | None = None
    try:
        state.room = "asked for"
        asked = await asyncio.wait_for(_read(socket, BEGIN), WAITING)
        desk: Desk = state.desk

        def tell(event: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(outgoing.put_nowait, event)

        room = state.room = Room(_checked(desk, asked), tell)
        await _played(socket, desk, room, outgoing)
    except (EtudeError, TimeoutError) as error:
        await _end(socket, {"error": str(error) or "Nobody said with whom to play."})
    except WebSocketDisconnect:
        pass
    finally:
        if room is not None:
            room.leave()
        state.room = None


def _checked(desk: Desk, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was asked for. Raises EtudeError for a model or a mode that is not there."""
    desk.supplies.check_model(asked["model"])
    if asked.get("mode", "call") not in ("call", "accompany"):
        raise UsageError("A jam is in the mode call or accompany.")
    return asked


async def _played(socket: WebSocket, desk: Desk, room: Room, outgoing: asyncio.Queue[dict[str, Any]]) -> None:
    """Plays, hears and tells until one of the three has ended; what was played is kept, whoever ended it."""
    playing = asyncio.create_task(run_in_threadpool(desk.jam, room))
    hearing = asyncio.create_task(_hear(socket, room))
    telling = asyncio.create_task(_tell(socket, outgoing))
    try:
        await asyncio.wait((playing, hearing, telling), return_when=asyncio.FIRST_COMPLETED)
        room.stop()
        piece = await asyncio.shield(playing)
        for _ in range(LAST):
            if not outgoing.empty() and not telling.done():
                await asyncio.sleep(0.01)
    finally:
        for task in (hearing, telling):
            task.cancel()
        await asyncio.gather(hearing, telling, return_exceptions=True)
    if not hearing.cancelled() and isinstance(error := hearing.exception(), EtudeError):
        raise error
    await _end(socket, {"state": "over", "piece": piece})


async def _hear(socket: WebSocket, room: Room) -> None:
    """Hands on what the page plays, until it ends the jam or goes."""
    while True:
        given = await _read(socket, PLAY)
        if "pitch" in given:
            room.hear(given["pitch"], given.get("velocity", 0))
        if "word" in given:
            room.give(given["word"])
        if given.get("silence"):
            room.silence()
        if given.get("end"):
            return


async def _tell(socket: WebSocket, outgoing: asyncio.Queue[dict[str, Any]]) -> None:
    """Tells the page what sounds; one that does not listen is left alone."""
    while outgoing.qsize() < BEHIND:
        await socket.send_json(await outgoing.get())


async def _read(socket: WebSocket, fields: tuple[Field, ...]) -> dict[str, Any]:
    """The next message. Raises UsageError for one that is none."""
    text = await socket.receive_text()
    if len(text) > MESSAGE:
        raise UsageError(f"More than {MESSAGE} characters are not read.")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("The message is no JSON.") from error
    return checked(given, fields)


async def _end(socket: WebSocket, words: dict[str, Any]) -> None:
    """Says the last words, where anybody hears them."""
    try:
        await socket.send_json(words)
        await socket.close()
    except (RuntimeError, WebSocketDisconnect):
        return
