"""The pages as a person meets them: Chromium composes, listens, stops, reloads; nothing leaves this machine."""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etude.render.audio import wav_bytes

Visitor = Any  # see conftest

STATES = "[...document.querySelectorAll('.card')].map((card) => card.dataset.state)"
LOUDNESS = "etudeStudio.player.loudness"
POSITION = "etudeStudio.player.position"
STATE = "etudeStudio.player.state"
SWITCH = """(async () => {
  const player = etudeStudio.player;
  const where = () => {
    const { bars, label } = player.piece;
    const bar = bars.findLastIndex((at) => at <= player.position);
    return [label, bar + (player.position - bars[bar]) / (bars[bar + 1] - bars[bar])];
  };
  const before = where();
  const begun = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "2", bubbles: true }));
  while (player.piece.label !== "Piece 2") await new Promise((done) => setTimeout(done));
  const after = where();
  const bar = player.piece.bars[1] - player.piece.bars[0];
  return [before, after, (performance.now() - begun) / 1000 / bar];
})()"""  # the piece and its bar, before and after the key, and the bars that went by meanwhile


def test_compose_listen_switch_and_silence(visitor: Visitor) -> None:
    page = visitor.page
    page.fill("#prompt", "K:C CDEF GABc|")
    visitor.until("document.getElementById('prompt-hint').textContent", lambda words: "8 notes" in words)
    page.fill("#field-count", "2")
    page.fill("#field-bars", "8")
    page.click("text=Generate")
    visitor.until(STATES, lambda states: states == ["done", "done"])
    page.click(".card .strong")
    visitor.until(STATE, lambda state: state == "playing")
    before, begun = visitor.tell(POSITION), time.monotonic()
    visitor.until(LOUDNESS, lambda loud: loud > 1e-3)
    time.sleep(1.5)
    heard, took = visitor.tell(POSITION) - before, time.monotonic() - begun
    assert heard == pytest.approx(took, abs=0.25)
    before, after, passed = visitor.tell(SWITCH)
    assert after[0] == "Piece 2"
    assert -0.1 <= after[1] - before[1] <= passed + 0.2
    assert visitor.tell(STATE) == "playing"
    page.keyboard.press("!")
    visitor.until(LOUDNESS, lambda loud: loud < 1e-4, 5)
    assert visitor.tell(STATE) == "still"


def test_a_reload_in_the_middle_loses_nothing_and_stop_keeps_it(visitor: Visitor) -> None:
    page = visitor.page
    page.fill("#field-count", "9")
    page.fill("#field-bars", "500")
    page.locator("#model").press("Escape")
    page.locator("main").focus()
    page.keyboard.press("g")
    notes = "document.querySelector('.card .soft')?.textContent"
    visitor.until(notes, lambda words: words is not None and "so far" in words)
    before = int(visitor.tell(notes).split()[0])
    page.reload()
    visitor.until(notes, lambda words: words is not None and words != "")
    assert int(visitor.tell(notes).split()[0]) >= before
    page.click("text=Stop all")
    visitor.until(STATES, lambda states: not {"waiting", "growing"} & set(states))
    assert len(visitor.tell(STATES)) == 9
    assert "stopped" in visitor.tell(STATES)
    assert int(visitor.tell(notes).split()[0]) >= before


def test_keys_do_nothing_while_something_is_typed(visitor: Visitor) -> None:
    page = visitor.page
    page.focus("#prompt")
    page.keyboard.type("G C4?")
    assert visitor.tell("document.getElementById('prompt').value") == "G C4?"
    assert visitor.tell("document.querySelectorAll('dialog').length") == 0
    assert visitor.tell("location.hash") == ""
    visitor.until("document.getElementById('prompt-hint').className", lambda name: "wrong" in name)
    page.keyboard.press("Escape")
    page.locator("main").focus()
    page.keyboard.press("?")
    assert visitor.tell("document.querySelectorAll('dialog dt').length") >= 10


NAMELESS = """[...document.querySelectorAll('button, input:not([hidden]), select, textarea, a, canvas, audio, img')]
  .filter((one) => one.checkVisibility())
  .filter((one) => !(one.textContent.trim() || one.ariaLabel || one.alt || one.labels?.length))
  .map((one) => one.outerHTML)"""
DISORDER = """(() => {
  const found = [];
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  found.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `two of ${id}`));
  for (const name of ["aria-labelledby", "aria-describedby", "for"]) {
    for (const one of document.querySelectorAll(`[${name}]`)) {
      const named = one.getAttribute(name);
      if (!document.getElementById(named)) found.push(`${name} ${named} names nothing`);
    }
  }
  let level = 1;
  for (const one of [...document.querySelectorAll("h1, h2, h3, h4")].filter((one) => one.checkVisibility())) {
    const now = Number(one.tagName[1]);
    if (now > level + 1) found.push(`${one.textContent} skips a level`);
    level = now;
  }
  for (const one of ["main", "nav", "header", "footer"]) {
    const places = document.querySelectorAll(`body > ${one}, body > header > ${one}`);
    if (places.length !== 1) found.push(`not one ${one}`);
  }
  const pressed = "button, select, summary, input:not([type=range])";
  const small = [...document.querySelectorAll(pressed)]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 16);
  return found.concat(small.map((one) => `${one.outerHTML} is small`));
})()"""  # what an accessibility checker would complain of
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", [360, 640])  # 640 is 1280 at 200 %
def test_narrow_pages_fit_and_everything_has_a_name(visitor: Visitor, width: int) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 740})
    page.fill("#field-count", "2")
    page.fill("#field-bars", "2")
    page.click("text=Generate")
    visitor.until(STATES, lambda states: states == ["done", "done"])
    for screen in ("listen", "library", "runs", "jam", "compare", "compose"):
        page.click(f"nav [data-name={screen}]")
        page.wait_for_selector(f"#{screen}-title", state="attached")
        visitor.until("document.title", lambda title, name=screen: title.lower().startswith(name))
        assert visitor.tell(WIDER) <= 0, screen
        assert visitor.tell(NAMELESS) == [], screen
        assert visitor.tell(DISORDER) == [], screen
    visitor.tell("document.querySelector('h2').id = 'model'")
    assert visitor.tell(DISORDER) != []
    visitor.until(STATES, lambda states: states == ["done", "done"])
    visitor.tell("document.querySelector('.skip').focus()")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(visitor.tell("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert {"model", "Generate", "Listen", "Continue", "Play", "More"} <= seen


def test_a_prompt_is_played_in_on_the_keys_of_the_computer(visitor: Visitor) -> None:
    page = visitor.page
    page.click("text=Play it in")
    visitor.until("document.getElementById('prompt-hint').textContent", lambda words: "middle C" in words)
    page.keyboard.down("a")
    visitor.until(LOUDNESS, lambda loud: loud > 1e-3)
    page.keyboard.up("a")
    page.keyboard.press("t")
    page.click("text=Stop playing in")
    written = visitor.tell("document.getElementById('prompt').value").split()
    assert written[0].startswith("C4:")
    assert written[-1].startswith("F#4:")
    visitor.until("document.getElementById('prompt-hint').textContent", lambda words: "2 notes" in words)
    page.locator("main").focus()
    page.keyboard.press("a")
    assert visitor.tell("document.getElementById('prompt').value").split() == written


PORT = """
globalThis.sent = [];
const port = { id: "p", name: "Test port", send: (bytes, at) => sent.push([...bytes, at ?? performance.now()]) };
navigator.requestMIDIAccess = async () => ({ inputs: new Map(), outputs: new Map([["p", port]]) });
"""  # in place of what the browser has
SOUNDING = """(() => {
  const down = new Map();
  for (const [status, pitch] of [...sent].sort((one, other) => one[3] - other[3])) {
    const key = `${status & 15}-${pitch}`;
    if ((status & 0xf0) === 0x90) down.set(key, true);
    if ((status & 0xf0) === 0x80) down.delete(key);
    if ((status & 0xf0) === 0xb0 && pitch === 123) down.clear();
  }
  return [...down.keys()];
})()"""


def test_a_midi_port_gets_every_note_and_keeps_none(visitor: Visitor) -> None:
    page = visitor.page
    page.evaluate(PORT)
    page.fill("#field-count", "1")
    page.fill("#field-bars", "4")
    before = visitor.tell("location.hash")
    page.click("text=Generate")
    visitor.until("location.hash", lambda now: now != before)
    visitor.until(STATES, lambda states: states == ["done"])
    page.focus("#sound")
    visitor.until("document.querySelectorAll('#sound option').length", lambda count: count == 2)
    page.select_option("#sound", "p")
    page.click(".card .strong")
    visitor.until("sent.filter((one) => (one[0] & 0xf0) === 0x90).length", lambda count: count > 5)
    assert visitor.tell(LOUDNESS) < 1e-4
    page.keyboard.press("!")
    assert visitor.tell(SOUNDING) == []
    times = visitor.tell("sent.filter((one) => (one[0] & 0xf0) === 0x90).map((one) => one[3])")
    wanted = visitor.tell("etudeStudio.player.piece.notes.map((one) => one[0])")
    gaps = [(later - times[0]) / 1000 for later in times]
    assert gaps == pytest.approx(wanted[: len(gaps)], abs=0.06)


def set_of_pairs(folder: Path) -> None:
    """One blind pair, as `etude pairs make` leaves it, of a third of a second each."""
    sound = folder / "pairs" / ("cd" * 8) / "page" / "sound"
    sound.mkdir(parents=True)
    for side, pitch in (("a", 440), ("b", 660)):
        tone = np.sin(2 * np.pi * pitch * np.arange(14_700) / 44_100)[:, None] / 4
        (sound / f"01-{side}.wav").write_bytes(wav_bytes(tone.astype(np.float32), 44_100))
    key = {"format": 1, "set": "x", "count": 1, "seed": 1, "against": ["real"], "model": {"name": "tiny"}}
    pair = {"pair": 1, "against": "real", "ours": "b"}
    (sound.parents[1] / "key.json").write_text(json.dumps({**key, "pairs": [pair]}))


def test_one_slider_moves_what_a_training_composed(visitor: Visitor) -> None:
    page = visitor.page
    page.click("nav [data-name=runs]")
    page.wait_for_selector("#step")
    words = "document.querySelector('.card .state').textContent"
    visitor.until(words, lambda said: said == "after 200 updates")
    page.click(".card .strong")
    visitor.until(STATE, lambda state: state == "playing")
    page.focus("#step")
    page.keyboard.press("ArrowLeft")
    visitor.until(words, lambda said: said == "after 100 updates")
    visitor.until("etudeStudio.player.piece.label", lambda label: label == "tiny after 100 updates")
    assert visitor.tell(STATE) == "playing"
    page.click("nav [data-name=library]")
    page.wait_for_selector("#words")
    assert visitor.tell("etudeStudio.player.heads.size") == 0


def test_a_jam_sounds_is_silenced_and_kept(visitor: Visitor) -> None:
    page = visitor.page
    page.click("nav [data-name=jam]")
    page.fill("#jam-tempo", "200")
    page.click("text=Start")
    said = "document.querySelector('main [role=status]').textContent"
    visitor.until(said, lambda words: "Your turn" in words)
    for key in "adg":
        page.keyboard.down(key)
        visitor.until(LOUDNESS, lambda loud: loud > 1e-3)
        page.keyboard.up(key)
    visitor.until(said, lambda words: "The model plays" in words)
    visitor.until(LOUDNESS, lambda loud: loud > 1e-3)
    page.keyboard.press("!")
    visitor.until(LOUDNESS, lambda loud: loud < 1e-4)
    visitor.until(said, lambda words: "Your turn" in words)
    page.click("text=End and keep")
    visitor.until(said, lambda words: "Kept" in words)
    page.click("text=Open the Library")
    visitor.until("document.querySelector('.list li strong')?.textContent", lambda title: title == "Jam with tiny")


def test_two_minutes_compose_compare_rate_and_export(visitor: Visitor, shared: Any) -> None:
    page = visitor.page
    page.fill("#field-count", "2")
    page.fill("#field-bars", "4")
    before = visitor.tell("location.hash")
    page.click("text=Generate")
    visitor.until("location.hash", lambda now: now != before)
    visitor.until(STATES, lambda states: states == ["done", "done"])
    for number in (0, 1):
        page.locator(".card button", has_text="Compare").nth(number).click()
    page.locator(".card button", has_text="Keep").first.click()
    visitor.until("document.querySelector('.card [aria-pressed=true]').textContent", lambda words: "Kept" in words)
    page.click("nav [data-name=compare]")
    visitor.until("document.querySelectorAll('table').length", lambda count: count >= 3)
    assert "number" in page.locator("table", has_text="Why different").inner_text()

    set_of_pairs(shared.folder)
    page.click("nav [data-name=listen]")
    page.fill("#rater", "Anna")
    page.locator("li button", has_text="Listen").click()
    page.wait_for_selector("fieldset")
    assert visitor.tell("document.querySelector('fieldset').disabled")
    for number in (0, 1):
        visitor.tell(f"document.querySelectorAll('main audio')[{number}].play()")
        visitor.until(f"document.querySelectorAll('main audio')[{number}].ended")
    visitor.until("document.querySelector('fieldset').disabled", lambda closed: not closed)
    page.locator("input[name=preference][value=b]").check()
    visitor.until("document.querySelector('main > * [role=status]').textContent", lambda words: "1 of 1" in words)
    page.click("text=Done")
    page.locator("li button", has_text="Results").click()
    page.wait_for_selector(".results")
    assert "1 answers by 1 person" in page.locator(".results").inner_text()

    page.click("nav [data-name=library]")
    page.check("#kept")
    visitor.until("document.querySelectorAll('.list li').length", lambda count: count == 1)
    with page.expect_download() as saved:
        page.click("text=Export all 1")
    with zipfile.ZipFile(saved.value.path()) as packed:
        assert "etude-rerun" in packed.read("etude/README.txt").decode()
    page.click("nav [data-name=runs]")
    page.wait_for_selector("text=tiny")
