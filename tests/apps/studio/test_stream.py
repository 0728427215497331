"""A page that comes back gets what it missed; one that was away too long is told to ask again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

from etude.apps.studio.stream import KEPT, Hub


async def read(hub: Hub, last: str, count: int) -> list[tuple[str, str]]:
    """(number, text) of the first `count` events after `last`."""
    found: list[tuple[str, str]] = []
    stream = hub.events(last)
    async for text in stream:
        fields = dict(line.partition(": ")[::2] for line in text.strip().split("\n") if not line.startswith(":"))
        if "id" in fields:
            found.append((fields["id"], fields.get("event", fields["data"])))
        if len(found) == count:
            break
    await stream.aclose()  # type: ignore[attr-defined]
    return found


def run(work: Callable[[Hub], Coroutine[Any, Any, None]]) -> None:
    """Runs `work` with a hub of this loop."""

    async def main() -> None:
        hub = Hub()
        hub.loop = asyncio.get_running_loop()
        await work(hub)

    asyncio.run(main())


def test_a_page_that_comes_back_misses_nothing() -> None:
    async def work(hub: Hub) -> None:
        start = hub.now
        for number in range(10):
            hub.tell({"n": number})
        first = await read(hub, start, 4)
        assert [json.loads(text)["n"] for _, text in first] == [0, 1, 2, 3]
        for number in range(10, 15):
            hub.tell({"n": number})
        rest = await read(hub, first[-1][0], 11)
        assert [json.loads(text)["n"] for _, text in rest] == list(range(4, 15))
        assert not hub.pages

    run(work)


def test_events_come_while_a_page_listens_from_any_thread() -> None:
    async def work(hub: Hub) -> None:
        reading = asyncio.create_task(read(hub, hub.now, 3))
        while not hub.pages:
            await asyncio.sleep(0)
        for number in range(3):
            await asyncio.to_thread(hub.tell_soon, {"n": number})
        assert [json.loads(text)["n"] for _, text in await reading] == [0, 1, 2]

    run(work)


def test_what_nobody_remembers_is_a_reset() -> None:
    async def work(hub: Hub) -> None:
        first = hub.now
        for number in range(KEPT + 1):
            hub.tell({"n": number})
        for last in (first, "12345678-3", "nonsense", f"{hub.boot}-{KEPT + 99}", f"{hub.boot}-é"):
            found = await read(hub, last, 1)
            assert found == [(hub.now, "reset")], last
        assert (await read(hub, f"{hub.boot}-1", 1))[0][1] == json.dumps({"n": 1})

    run(work)


def test_a_closed_hub_ends_its_pages() -> None:
    async def work(hub: Hub) -> None:
        stream = hub.events(hub.now)
        assert (await anext(stream)).startswith("retry")
        ending = asyncio.create_task(anext(stream, None))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        hub.close()
        assert await asyncio.wait_for(ending, 1) is None

    run(work)
