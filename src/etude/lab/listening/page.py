"""The page that people rate blind pairs on: from disk, nothing fetched, nobody named, every answer kept at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from etude.lab.listening.planning import SIDES
from etude.lab.listening.scales import EQUAL, HIGH, LOW, SCALES
from etude.lab.page import document

SCRIPT, STYLE = "page.js", "page.css"
TITLE = "Listen and compare"
LEAD = (
    "Each pair holds two short pieces, A and B, equally long and equally loud; both fade out before they end. Hear "
    "both to their end, then judge: the questions open when you have. There are no right answers. What you say is "
    "kept in this browser after every click; nothing is sent anywhere. When you are done, or tired, save your "
    "answers with the buttons at the end and hand the file to whoever asked you."
)
LEAD_ALONE = LEAD.replace(
    "Each pair holds two short pieces, A and B, equally long and equally loud; both fade out before they end. Hear "
    "both to their end, then judge: the questions open when you have.",
    "You hear short pieces one by one, equally loud; each fades out before its end. Hear it all, then judge: "
    "the questions open when you have.",
)
PRIVATE = "This folder holds music that may not be passed on: keep it to yourself."


def rating_page(name: str, count: int, private: bool, sides: Sequence[str] = SIDES) -> str:
    """The HTML of `count` pairs or single pieces; `name` says which, to the key and to the browser's store."""
    pairs = "\n".join(_item(number, count, sides) for number in range(1, count + 1))
    warning = f"<p class=mark>{escape(PRIVATE)}</p>" if private else ""
    lead = escape(LEAD if len(sides) > 1 else LEAD_ALONE)
    body = f"<p class=soft>{lead}</p>{warning}{_PERSON}\n{pairs}\n{_steps()}{_ENDING}"
    about = {"set": name, "count": count, "scales": list(SCALES), "sides": list(sides)}
    script = f"const PAIRS = {json.dumps(about)};\n{_asset(SCRIPT)}"
    return document(TITLE, body, style=_asset(STYLE), script=script)


def sound_file(number: int, side: str) -> Path:
    """Where the page looks for the sound of one side of a pair."""
    return Path("sound") / f"{number:02d}-{side}.wav"


def _asset(name: str) -> str:
    return (files("etude.lab.listening") / name).read_text("utf-8")


def _item(number: int, count: int, sides: Sequence[str]) -> str:
    """One pair or piece: its players, then the questions, closed until all was heard."""
    players = "".join(_player(number, side) for side in sides)
    questions = "".join(_scale(number, key, sides) for key in SCALES)
    preference = _preference(number) if len(sides) > 1 else ""
    title = f"{'Pair' if len(sides) > 1 else 'Piece'} {number} of {count}"
    return (
        f"<section class=pair data-pair={number} aria-label='{title}'>"
        f"<h2>{title}</h2><div class=players>{players}</div>"
        f"<fieldset class=questions disabled><legend>Your judgement</legend>{questions}{preference}"
        f"<label class=comment>Anything to add?<textarea name='comment-{number}' rows=2></textarea></label>"
        "</fieldset></section>"
    )


def _player(number: int, side: str) -> str:
    letter = side.upper()
    return (
        f"<div class=card><h3>{letter}</h3><audio controls preload=metadata data-side={side} "
        f"src='{sound_file(number, side).as_posix()}' aria-label='Play {letter} of pair {number}'></audio>"
        f"<p class=soft data-heard={side}>not heard yet</p></div>"
    )


def _scale(number: int, key: str, sides: Sequence[str]) -> str:
    """A row of marks for each side, from LOW to HIGH."""
    title, question = SCALES[key]
    rows = ""
    for side in sides:
        group = f"{key}-{side}-{number}"
        marks = "".join(_mark(group, str(mark), str(mark)) for mark in range(LOW, HIGH + 1))
        rows += f"<div class=row role=radiogroup aria-label='{escape(title)} of {side.upper()}'>"
        rows += f"<b>{side.upper()}</b>{marks}</div>"
    ends = f"<span class=soft>{LOW} not at all, {HIGH} very much</span>"
    return f"<fieldset><legend>{escape(title)}</legend><p>{escape(question)} {ends}</p>{rows}</fieldset>"


def _preference(number: int) -> str:
    group = f"preference-{number}"
    marks = "".join(_mark(group, side, side.upper()) for side in SIDES) + _mark(group, EQUAL, "no preference")
    row = f"<div class=row role=radiogroup aria-label='Preference'>{marks}</div>"
    return f"<fieldset><legend>All in all</legend><p>Which one would you rather hear again?</p>{row}</fieldset>"


def _mark(group: str, value: str, words: str) -> str:
    return f"<label><input type=radio name='{group}' value='{value}'> {escape(words)}</label>"


def _steps() -> str:
    return (
        "<nav class=steps><button type=button id=back>Back</button>"
        "<span id=progress role=status aria-live=polite></span><button type=button id=next>Next</button></nav>"
    )


_PERSON = (
    "<p><label>Your name, or any word that only you use: <input id=rater autocomplete=off maxlength=40></label></p>"
    "<p id=trouble class=mark role=alert hidden></p><noscript><p class=mark>This page needs its script to keep "
    "your answers: allow scripts for it.</p></noscript>"
)
_ENDING = (
    "<h2>Save your answers</h2><p>One file is enough.</p><p class=steps><button type=button id=json>Save as JSON"
    "</button> <button type=button id=csv>Save as CSV</button> <button type=button id=another>Another person"
    "</button></p>"
)
