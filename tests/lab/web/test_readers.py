"""The page's readers are the encodings' own: the same masks and events, for drawn music and for any integers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etude.encodings import Encoding, build
from etude.errors import BadInput
from etude.lab.web.parts import page_files
from etude.lab.web.tables import TABLES, tables_of
from etude.sampling.settings import piece_seed
from etude.testing.encoding_laws import random_steps

CONDITIONS = {"conditions": "label,mode,form,type,meter,key", "labels": ["one", "two"]}
ENCODINGS: dict[str, tuple[str, dict[str, Any], int]] = {  # name, settings, steps of a walk
    "letters": ("letters", {}, 60),
    "chorale": ("chorale", {}, 60),
    "chorale-without-holds": ("chorale", {"holds": False}, 40),
    "roll": ("roll", {}, 12),
    "notes": ("notes", {"time": "performed"}, 80),
    "notes-skyline": ("notes", {"time": "scored", "part": "skyline"}, 60),
    "notes-told-and-gapped": ("notes", {"conditions": "era,composer", "composers": ["Bach"], "infill": True}, 40),
    "performance": ("performance", {}, 160),
    "performance-skyline": ("performance", {"part": "skyline"}, 80),
    "events": ("events", {}, 120),
    "abc": ("abc", {}, 300),
    "abc-complete": ("abc", {"complete": True}, 300),
    "abc-skyline": ("abc", {"skyline": True}, 120),
    "abc-told": ("abc", CONDITIONS, 120),
}
COMPARE = """async ([model, walks]) => {
  const { readerOf } = await import("/readers.js");
  const make = readerOf(model);
  const told = ({ tick, kind, track, number, value, text }) => [tick, kind, track, number, value, text];
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const unlike = (name, mine, theirs) => `${name}: ${JSON.stringify(mine)} for ${JSON.stringify(theirs)}`;
  let masks = 0;
  for (const [name, walk] of Object.entries(walks)) {
    const reader = make();
    for (const [at, { step, allowed, events }] of walk.steps.entries()) {
      for (let field = 0; field < allowed.length; field += 1) {
        const mine = [...reader.allowed(step.slice(0, field))].map(Number).join("");
        if (mine !== allowed[field]) return unlike(`${name}, step ${at}, field ${field}`, mine, allowed[field]);
        masks += 1;
      }
      const found = reader.feed(step).map(told);
      if (!same(found, events)) return unlike(`${name}, step ${at}`, found, events);
    }
    const found = reader.finish().map(told);
    if (!same(found, walk.finish)) return unlike(`${name}, end`, found, walk.finish);
    const tracks = (reader.tracks ?? []).map(({ name, program, drums }) => [name, program, drums]);
    if (walk.tracks && !same(tracks, walk.tracks)) return unlike(name, tracks, walk.tracks);
  }
  return masks;
}"""


def told(events: Any) -> list[list[Any]]:
    """Events as JSON."""
    return [[one.tick, one.kind, one.track, one.number, one.value, one.text] for one in events]


class Recorder:
    """A reader of ours that remembers what it said."""

    def __init__(self, encoding: Encoding) -> None:
        self.reader = encoding.reader()
        self.sizes = [field.size for field in encoding.fields]
        if hasattr(self.reader, "curb"):
            self.reader.curb()
        self.steps: list[dict[str, Any]] = []

    def feed(self, step: list[int], allowed: list[Any]) -> None:
        """Reads a step that was drawn under the masks `allowed`."""
        masks = [(mask.astype(np.uint8) + ord("0")).tobytes().decode() for mask in allowed]
        self.steps.append({"step": step, "allowed": masks, "events": told(self.reader.feed(step))})

    def whole(self) -> dict[str, Any]:
        """All that was said."""
        tracks = [[one.name, one.program, one.is_drum] for one in getattr(self.reader, "tracks", ())]
        return {"steps": self.steps, "finish": told(self.reader.finish()), "tracks": tracks or None}


def walk(encoding: Encoding, seed: int, cap: int) -> dict[str, Any]:
    """A walk that the masks allow, by random preferences; short-lived ones are begun again without END."""
    random = np.random.default_rng(seed)
    own = Recorder(encoding)
    likes = [random.gumbel(size=size) * random.choice([0.0, 1.0, 3.0]) for size in own.sizes]
    likes[0][1] -= 3  # an early end shows little
    own.feed([0] * len(own.sizes), [])
    while not own.reader.done and len(own.steps) < cap:
        step: list[int] = []
        masks = []
        for like in likes:
            masks.append(own.reader.allowed(step))
            scores = np.where(masks[-1], like + random.gumbel(size=len(like)), -np.inf)
            step.append(int(scores.argmax()))
        own.feed(step, masks)
    return own.whole()


def heedless(encoding: Encoding, seed: int, length: int) -> dict[str, Any]:
    """Any integers; the masks on the way."""
    own = Recorder(encoding)
    for step in random_steps(encoding, seed, length).tolist():
        if step[0] != 1:
            own.feed(step, [own.reader.allowed(step[:field]) for field in range(len(step))])
    return own.whole()


@pytest.fixture(scope="module")
def page(browser: Any, serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page that can import the readers."""
    folder = tmp_path_factory.mktemp("readers")
    for name, text in page_files().items():
        (folder / name).write_text(text)
    (folder / "empty.html").write_text("<!doctype html><title>readers</title>")
    opened = browser.new_page()
    opened.goto(f"{serve(folder).address}empty.html")
    yield opened
    opened.close()


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_reader_of_the_page_says_what_ours_says(name: str, page: Any) -> None:
    kind, settings, steps = ENCODINGS[name]
    encoding = build(kind, **settings)
    walks = {f"walk {seed}": walk(encoding, seed, steps) for seed in range(2)}
    walks["heedless"] = heedless(encoding, 1, steps // 3)
    model = json.loads(json.dumps(tables_of(encoding)))
    compared = page.evaluate(COMPARE, [model, walks])
    assert compared == sum(len(row["allowed"]) for one in walks.values() for row in one["steps"]), compared


def test_every_encoding_of_the_page_is_walked() -> None:
    assert {kind for kind, _, _ in ENCODINGS.values()} == set(TABLES)


@pytest.mark.parametrize(("name", "settings"), [("abc-characters", {"raw": True}), ("chords", {})])
def test_an_encoding_without_a_reader_is_refused_by_name(name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=f"cannot read music in the encoding '{name}'"):
        tables_of(build(name, **settings))


def test_random_numbers_are_those_of_the_command_line(page: Any) -> None:
    seeds = [(0, 0), (7, 0), (2**31 - 1, 5)]
    said = page.evaluate(
        """async (seeds) => {
          const { pieceSeed, Uniform } = await import("/random.js");
          return seeds.map(([seed, index]) => {
            const own = pieceSeed(seed, index);
            const random = new Uniform(own);
            return [String(own), Array.from({ length: 50 }, () => random.next())];
          });
        }""",
        seeds,
    )
    for (seed, index), (own, numbers) in zip(seeds, said):
        assert int(own) == piece_seed(seed, index)
        assert numbers == np.random.Generator(np.random.PCG64(int(own))).random(50).tolist()


def test_what_filters_keep_is_what_the_sampler_keeps(page: Any) -> None:
    from etude.sampling import Sampling
    from etude.sampling.draw import draw

    random = np.random.default_rng(5)
    settings = [
        {},
        {"top_k": 5},
        {"top_p": 0.7},
        {"min_p": 0.2},
        {"typical": 0.5},
        {"top_k": 9, "top_p": 0.5, "min_p": 0.1},
    ]
    cases = []
    for number in range(240):
        logits = random.normal(size=30).round(1 if number % 2 else 6).astype(np.float32)
        mask = (random.random(30) < 0.7) | (np.arange(30) == 4)
        heat = float(random.choice([0.0, 0.5, 1.0, 1.7]))
        chosen, uniform = settings[number % len(settings)], float(random.random())
        wanted = draw(logits, Sampling(**chosen), heat, uniform, mask)
        told = {"top_k": 0, "top_p": 1, "min_p": 0, "typical": 1, **chosen}
        cases.append([logits.tolist(), told, heat, uniform, mask.astype(int).tolist(), wanted])
    found = page.evaluate(
        """async (cases) => {
          const { draw } = await import("/draw.js");
          return cases.map((one) => draw(...one.slice(0, 5)));
        }""",
        cases,
    )
    assert found == [case[-1] for case in cases]


def test_every_file_of_the_page_is_shipped_and_names_no_other_host() -> None:
    files = page_files()
    assert {"main.js", "composer.js", "player.js", "pieces.js", "tune.js"} <= set(files)
    assert "api.js" not in files  # the studio's server
    own = Path("src/etude/lab/web/page")
    assert {path.name for path in own.glob("*.js")} - {"sw.js"} <= set(files)
    for name, text in files.items():
        assert "://" not in text, name
