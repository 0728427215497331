"""A Score in a notebook: a roll and a player, safe to show, with nothing fetched and nothing run."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import wave
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import numpy as np

from etude.render.inline import RATE, sound_address
from etude.render.notebook import load_ipython_extension, score_html
from etude.score import Metadata, Score

TUNE = Score.of([(480 * i, 480, 60 + i % 5, 80, 0) for i in range(12)], meta=Metadata(title="A <b>'tune'</b>"))


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_score_shows_a_roll_and_a_player() -> None:
    tags = Tags(score_html(TUNE)).found
    assert [tag for tag, _ in tags] == ["figure", "img", "figcaption", "audio"]
    by_tag = dict(tags)
    picture = base64.b64decode(str(by_tag["img"]["src"]).partition(",")[2]).decode()
    assert picture.count("<svg") == 1
    assert "12 notes" in str(by_tag["img"]["alt"])
    assert "A <b>'tune'</b>" in str(by_tag["audio"]["aria-label"]), "a title is shown, not obeyed"


def test_nothing_is_run_and_nothing_is_fetched() -> None:
    text = score_html(TUNE)
    for tag, attributes in Tags(text).found:
        assert tag not in ("script", "iframe", "object", "link", "b")
        assert not any(name.startswith("on") for name in attributes)
        assert str(attributes.get("src", "data:")).startswith("data:")
    for packed in re.findall(r"svg\+xml;base64,([^']+)", text):
        inside = base64.b64decode(packed).decode()
        assert "<script" not in inside
        assert not re.search(r"href=\"(?!#)", inside)


def test_the_player_plays_the_beginning() -> None:
    long = Score.of([(480 * i, 480, 60, 80, 0) for i in range(20)])  # ten seconds
    with wave.open(io.BytesIO(base64.b64decode(sound_address(long, 2.0).partition(",")[2]))) as heard:
        assert heard.getframerate() == RATE
        assert heard.getnchannels() == 1
        samples = np.frombuffer(heard.readframes(heard.getnframes()), "<i2")
    assert 1.9 < len(samples) / RATE < 6, "two seconds and their ringing"
    assert np.abs(samples[:RATE]).max() > 1000
    assert sound_address(Score.of([])) == ""


def test_a_silent_score_shows_what_it_is() -> None:
    assert [tag for tag, _ in Tags(score_html(Score.of([]))).found] == ["figure", "figcaption"]


def test_the_notebook_is_told_how_to_show_a_score() -> None:
    told: list[Any] = []
    formatter = SimpleNamespace(for_type_by_name=lambda *what: told.append(what))
    load_ipython_extension(SimpleNamespace(display_formatter=SimpleNamespace(formatters={"text/html": formatter})))
    assert told == [(Score.__module__, Score.__name__, score_html)]


def test_importing_etude_in_a_notebook_registers_it() -> None:
    code = """
import sys, types
told = []
formatter = types.SimpleNamespace(for_type_by_name=lambda *what: told.append(what[:2]))
shell = types.SimpleNamespace(display_formatter=types.SimpleNamespace(formatters={"text/html": formatter}))
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
import etude
print(told, 'numpy' in sys.modules, 'matplotlib' in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[('etude.score.score', 'Score')] False False"
