"""What the first page and the how-to pages say is typed, in a folder with a book of tunes and counted models.

Left out is what needs a network, an hour, or an instrument; each with its reason.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from etude.testing.scores import abc_tune

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    *(f"docs/how-to/{name}.md" for name in ("collect", "train", "compose", "files")),
    "docs/judging.md",
]
SECONDS = 900
LEFT_OUT = {
    r"train (?!ngram)": "trains a network",
    r"(study|runs rollback|calibrate)": "trains, or draws for long",
    r"export|.*\bmine\.etude": "exports a network",
    r"(play|jam|studio|ports)": "needs an instrument or a browser",
    r"accompany": "needs a model of drums",
    r".*runs/(gaps|told)": "needs a network that was told",
    r".*--best-of": "needs a critic",
    r"critic": "trains a network",
    r"gallery|pairs": "draws for long",
    r"compose --count 50|compose runs/mine --count 50": "draws for long",
    r".*--soundfont": "needs a SoundFont of your own",
    r".*\bmy-songs\b": "the same as my-tunes, with drums in them",
    r"reproduce|demo": "trains for long",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newcomer's folder: a book of tunes, a counted model of it, one of chorales, files to start from."""
    home = tmp_path_factory.mktemp("newcomer")
    (home / "my-tunes").mkdir()
    (home / "my-tunes" / "book.abc").write_text("\n".join(map(abc_tune, range(1, 41))))
    (home / "my-tunes" / "broken.mid").write_bytes(b"MThd\x00\x00\x00\x06\x00\x01")
    for number, name in enumerate(("tune", "other", "start"), start=1):
        second_half = abc_tune(10 + number).splitlines()[-1]
        (home / f"{name}.abc").write_text(f"{abc_tune(number)}{second_half}\n")  # eight bars
    call(home, "etude train ngram --data my-tunes --out runs/mine")
    for name in ("a", "other"):
        call(home, f"etude train ngram --data my-tunes --set data.pieces=20 --out runs/{name}")
    call(home, "etude train ngram --data my-tunes --set data.pieces=9 --out runs/b")
    call(home, "etude train ngram --set encoding.name=chorale --data chorales --out runs/chorale")
    call(home, "etude render tune.abc start.abc --format mid --out .")
    call(home, "etude compose runs/chorale --bars 2 --seed 1 --format musicxml --out .")
    next(home.glob("chorale-1-*.musicxml")).rename(home / "hymn.musicxml")
    call(home, "etude compose runs/mine --seed 7 --bars 4 --temperature 0.8 --out new")
    return home


def call(home: Path, line: str) -> str:
    """What is printed when a line is typed; it must end well."""
    typed = re.sub(r"^etude\b", f"{sys.executable} -m etude", line)
    environment = {**os.environ, "ETUDE_CACHE": str(home / "cache")}
    done = subprocess.run(
        ["bash", "-euc", typed], cwd=home, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def lines(page: str) -> list[str]:
    """The lines of the blocks of a page that call etude, and the calls in its tables."""
    text = (ROOT / page).read_text()
    blocks = re.findall(r"```console\n(.*?)```", text, re.S)
    cells = re.findall(r"(?m)^\|.*\| `(etude [^`]+)` \|$", text)
    found = [shlex.join(shlex.split(line, comments=True)) for line in "\n".join(blocks).splitlines()]
    globbed = [re.sub(r"'([^' ]*\*[^' ]*)'", r"\1", line) for line in found]  # out/*.mid stays a pattern
    return [line for line in [*globbed, *cells] if line.startswith("etude ")]


def left_out(line: str) -> str:
    """Why a line is not typed here; "" where it is."""
    rest = line.removeprefix("etude ")
    return next((why for pattern, why in LEFT_OUT.items() if re.match(pattern, rest)), "")


@pytest.mark.parametrize(
    ("page", "line"), [(page, line) for page in PAGES for line in lines(page) if not left_out(line)]
)
def test_what_a_page_says_works(home: Path, page: str, line: str) -> None:
    call(home, line)


@pytest.mark.parametrize("page", ["README.md", "docs/how-to/collect.md"])
def test_the_python_of_a_page_runs(home: Path, page: str) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
    counted = block.replace("minutes=4", 'recipe="ngram"').replace("runs/mine", "runs/python")
    call(home, f"{sys.executable} -c {shlex.quote(counted)}")


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("ingest", "etude ingest my-tunes --out answered"),
        ("train", "etude train ngram --data my-tunes --out runs/answered"),
        ("compose", "etude compose runs/mine --bars 2 --seed 1"),
        ("compose", "etude continue start.mid runs/mine --bars 2 --seed 1"),
        ("evaluate", "etude evaluate runs/mine"),
        ("measure", "etude measure tune.abc --against my-tunes"),
        ("render", "etude render tune.abc --format png --out answered"),
        ("play", "etude play runs/mine --bars 2 --seed 1 --record answered.mid"),
    ],
)
def test_an_answer_has_the_keys_that_the_page_promises(home: Path, command: str, line: str) -> None:
    page = (ROOT / "docs" / "reference" / "answers.md").read_text()
    (promised,) = re.findall(rf"(?m)^\| `etude {command}`.*?\| (.*) \|$", page)
    keys = re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", promised))
    assert len(keys) > 1
    assert set(keys) <= set(json.loads(call(home, f"{line} --json")))


def test_most_is_typed() -> None:
    every = [line for page in PAGES for line in lines(page)]
    typed = [line for line in every if not left_out(line)]
    assert len(typed) > 25, f"{len(typed)} of {len(every)}"
