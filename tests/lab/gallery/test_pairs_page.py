"""The page for raters, in a browser: closed until heard, kept after every click, saved as it was said."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from etude.lab.listening.answers import read_answers
from etude.lab.listening.page import rating_page
from etude.lab.listening.scales import SCALES

# plays a person: nothing may be said before both pieces were heard to their end
PERSON = """
const seen = [];
const first = sections[0], questions = first.querySelector(".questions");
const [one, other] = first.querySelectorAll("audio");
function hears(audio, seconds) {
  Object.defineProperty(audio, "duration", { value: 10, configurable: true });
  Object.defineProperty(audio, "played",
    { value: { length: 1, start: () => 0, end: () => seconds }, configurable: true });
  audio.dispatchEvent(new Event("timeupdate"));
}
function say(name, value) {
  const control = first.querySelector(`[name="${name}"]${value === undefined ? "" : `[value="${value}"]`}`);
  control.checked = true;
  control.dispatchEvent(new Event("input", { bubbles: true }));
}
seen.push(questions.disabled);
say("preference-1", "a");
seen.push(rows().length);
hears(one, 10); hears(other, 5);
seen.push(questions.disabled);
hears(other, 9.6);
seen.push(questions.disabled);
say("preference-1", "b");
for (const scale of PAIRS.scales) { say(`${scale}-a-1`, 2); say(`${scale}-b-1`, 5); }
first.querySelector("textarea").value = 'lively, "but" short\\n=1+1';
say("comment-1");
const kept = localStorage.getItem(STORE);
state = { rater: "", answers: {} };
recall(); begin();
element("rater").value = "Ann O'Neill"; element("rater").dispatchEvent(new Event("input"));
const told = { seen, kept: JSON.parse(kept), json: asJson(), csv: asCsv(),
  progress: element("progress").textContent, hidden: sections.map((section) => section.hidden),
  checked: first.querySelectorAll("input:checked").length, open: !questions.disabled,
  trouble: element("trouble").textContent, second: sections[1].querySelector(".questions").disabled };
const out = document.createElement("pre"); out.id = "told"; out.textContent = JSON.stringify(told);
document.body.append(out);
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the page did when a person used it."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no browser here")
    folder = tmp_path_factory.mktemp("page")
    path = folder / "index.html"
    path.write_text(rating_page("abc", 3, False).replace("</body>", f"<script>{PERSON}</script></body>"))
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    done = subprocess.run([*command, "--dump-dom", path.as_uri()], capture_output=True, text=True, timeout=300)
    found = re.search(r"<pre id=\"told\">(.*?)</pre>", done.stdout, re.DOTALL)
    assert found, f"the script stopped: {done.stderr[-500:]}"
    page: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    return page


def test_questions_open_when_both_were_heard(told: dict[str, Any]) -> None:
    assert told["seen"] == [True, 0, True, False]
    assert told["second"] is True


def test_every_answer_is_kept_at_once_and_comes_back(told: dict[str, Any]) -> None:
    kept = told["kept"]["answers"]["1"]
    assert kept["preference"] == "b"
    assert kept["ratings"]["b"] == dict.fromkeys(SCALES, 5)
    assert told["checked"] == 1 + 2 * len(SCALES)
    assert told["open"]
    assert told["progress"] == "1 of 3 pairs judged"
    assert told["hidden"] == [False, True, True]
    assert "cannot be read" not in told["trouble"]


def test_both_ways_of_saving_are_read_alike(told: dict[str, Any], tmp_path: Path) -> None:
    found = []
    for kind in ("json", "csv"):
        path = tmp_path / f"answers.{kind}"
        path.write_bytes(told[kind].encode())
        found.append(read_answers([path], "abc", 3).each)
    assert found[0] == found[1]
    (answer,) = found[0]
    assert (answer.rater, answer.pair, answer.preference) == ("Ann O'Neill", 1, "b")
    assert answer.comment == 'lively, "but" short\n=1+1'
    assert answer.ratings["a", "variety"] == 2
    assert len(answer.ratings) == 2 * len(SCALES)


def test_the_page_fetches_nothing_and_warns_when_it_must() -> None:
    page = rating_page("abc", 2, True)
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|@import|url\(", page)
    assert "keep it to yourself" in page
    assert "keep it to yourself" not in rating_page("abc", 2, False)
    sources = re.findall(r"src='([^']*)'", page)
    assert sources == [f"sound/{number:02d}-{side}.wav" for number in (1, 2) for side in "ab"]
