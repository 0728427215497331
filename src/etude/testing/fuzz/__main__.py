"""`python -m etude.testing.fuzz`: campaigns of damaged files against the readers.

    python -m etude.testing.fuzz midi=20000 abc=5000 musicxml=5000 mxl=5000 soundfont=1000 --seed 1
    python -m etude.testing.fuzz --seconds 60           all kinds in turn, as CI runs it
    python -m etude.testing.fuzz --seconds 3600 --seed 7
    python -m etude.testing.fuzz --guided --seconds 600   in this process, towards lines not reached before

Leaves with 1 when anything was read wrongly; every such file lies in the folder --out, named kind-seed-number.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from etude.render.audio.soundfonts import find_fluidsynth
from etude.testing.fuzz.campaign import Campaign, Tally
from etude.testing.fuzz.guided import explore
from etude.testing.fuzz.kinds import KINDS

SHARES = {"midi": 0.35, "abc": 0.2, "musicxml": 0.2, "mxl": 0.15, "soundfont": 0.1}  # of the seconds


def main(arguments: list[str] | None = None) -> int:
    """Runs what the command line asks for; 1 when anything was read wrongly, else 0."""
    options = _options(arguments)
    wanted = {name: int(count or 0) for name, _, count in (word.partition("=") for word in options.kinds)}
    unknown = sorted(set(wanted) - set(KINDS))
    if unknown:
        print(f"No files of kind {', '.join(unknown)}. Known: {', '.join(KINDS)}.", file=sys.stderr)
        return 2
    tallies = []
    for name, count in (wanted or dict.fromkeys(KINDS, 0)).items():
        seconds = options.seconds * (SHARES[name] / sum(SHARES[one] for one in wanted or KINDS))
        if name == "soundfont" and (options.guided or find_fluidsynth() is None):
            print(
                "soundfont: left out; " + ("its reader is native" if options.guided else "FluidSynth is not here")
            )
            continue
        if options.guided:
            tallies.append(explore(name, options.seed, seconds, options.out))
        else:
            tallies.append(_campaign(name, count, seconds, options))
        print(_line(tallies[-1]), flush=True)
    if options.report:
        options.report.write_text(json.dumps([tally.answer() for tally in tallies], indent=1) + "\n", "utf-8")
    for tally in tallies:
        for find, complaint in list(tally.finds.items())[:20]:
            print(f"  {tally.kind}-{tally.seed}-{find}: {complaint}")
    return int(any(tally.finds for tally in tallies))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m etude.testing.fuzz", description=__doc__, allow_abbrev=False)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("kinds", nargs="*", metavar="KIND=COUNT", help=f"of {', '.join(KINDS)}; all, unless told")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0, help="for kinds without a count, shared among them")
    parser.add_argument("--no-bombs", action="store_true", help="only mutants")
    parser.add_argument("--guided", action="store_true", help="follow what reaches lines not reached before")
    parser.add_argument("--out", type=Path, default=Path("finds"), help="folder for files that were read wrongly")
    parser.add_argument("--report", type=Path, help="JSON file for all figures")
    return parser.parse_args(arguments)


def _campaign(name: str, count: int, seconds: float, options: argparse.Namespace) -> Tally:
    """`count` mutants, or as many as `seconds` allow; the bombs first."""
    until = float("inf") if count else time.monotonic() + seconds
    campaign = Campaign(name, options.seed, options.out)
    if not options.no_bombs:
        campaign.bombs()
    campaign.mutants(0, count or 10**9, until)
    return campaign.tally


def _line(tally: Tally) -> str:
    faults = ", ".join(f"{count} {what}" for what, count in tally.faults.items()) or "nothing wrong"
    return (
        f"{tally.kind}: {tally.files} files, {tally.tunes} tunes: {tally.kept} kept, {tally.repaired} repaired, "
        f"{tally.refused} refused; {tally.well_formed} well formed; {faults}; "
        f"{tally.worker_bytes / 2**20:.0f} MB, {tally.slowest:.2f} s at most, {tally.seconds:.0f} s in all"
    )


if __name__ == "__main__":
    sys.exit(main())
