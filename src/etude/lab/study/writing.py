"""The report of a study: report.md, to read and to write conclusions into, and report.html, to look and listen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from etude.files import write_atomically
from etude.lab.history import evaluations_of
from etude.lab.page import Card, Figure, Section, page
from etude.lab.page import Table as PageTable
from etude.lab.report.shelf import Plot, Shelf
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.writing import markdown_table
from etude.lab.run import Run
from etude.lab.study import tables
from etude.lab.study.conclusions import Conclusion, conclusions
from etude.lab.study.drawing import curves_svg, forest_svg, laws_svg
from etude.lab.study.listening import Heard, by_arm, listening
from etude.lab.study.plan import BASELINE, named
from etude.lab.study.scaling import advice, axes_of, scaled_rows
from etude.lab.study.study import Study
from etude.lab.study.tracker import Entry, entries, markdown

PAGE, TEXT = "report.html", "report.md"


def write_report(study: Study, command: str = "") -> list[Path]:
    """Writes both files into the study's folder and returns them, the page first."""
    drawn = _drawn(study)
    told = conclusions(study.folder, drawn, TEXT)
    tracked = entries(study)
    heard = listening(study, study.plan.samples)
    paths = [study.folder / PAGE, study.folder / TEXT]
    write_atomically(paths[1], _markdown(study, told, tracked, heard, command).encode())
    write_atomically(paths[0], _page(study, told, tracked, heard, command).encode())
    return paths


def title_of(study: Study) -> str:
    """What the study is called."""
    return study.plan.title or f"Study of {Path(study.plan.recipe).stem}"


def _drawn(study: Study) -> dict[str, str]:
    """The conclusions as the figures draw them, by name."""
    kept = [named(study.best)] if study.best else [one.contrast.name for one in study.kept]
    whole = f"Kept: {', '.join(kept)}." if kept else "Nothing is kept: no change is better beyond chance."
    out = {"in short": " ".join(filter(None, [whole, study.confirmed.get("sentence", "")]))}
    if study.plan.scaling:
        found = axes_of(study)
        out["scaling"] = " ".join([*(axis.sentence for axis in found), advice(found)])
    for one in study.found:
        out[one.contrast.name] = f"{one.contrast.name}: {one.outcome.label} {one.verdict}."
    return out


def _all_tables(study: Study) -> list[Table]:
    found = [tables.effects_table(study), tables.side_effects_table(study), tables.outcomes_table(study)]
    if study.plan.design == "search":
        return [tables.trials_table(study), tables.runs_table(study)]
    return [table for table in [*found, configuration_table(study), tables.runs_table(study)] if table.rows]


def configuration_table(study: Study) -> Table:
    """Every setting in which some arm differs, for all arms; what differs from the arm beside is marked."""
    variants = study.checked.variants
    keys = sorted({key for one in variants if one.name != BASELINE for key in study.checked.differences(one)})
    rows = []
    for key in keys:
        cells = []
        for one in variants:
            changed = one.name != BASELINE and key in study.checked.differences(one)
            cells.append(f"{study.checked.settings[one.name].get(key)}{' *' * changed}")
        rows.append((key, *cells))
    note = "* differs from the arm it is held against."
    return Table("Settings that differ", ("setting", *(one.name for one in variants)), rows, note)


def _markdown(
    study: Study, told: Sequence[Conclusion], tracked: Sequence[Entry], heard: Sequence[Heard], command: str
) -> str:
    parts = [f"# {title_of(study)}", f"`{command}`" if command else "", "## Conclusions"]
    parts.append("Edit what stands between the comments: your words stay when the report is made again.")
    parts += [one.block() for one in told]
    parts += ["## What the figures rest on", "\n".join(f"- {line}" for line in [study.power, *study.notes])]
    parts += [markdown_table(table) for table in _all_tables(study)]
    parts += ["## Tracker", *(markdown(entry) for entry in tracked)]
    if heard:
        lines = [f"- {one.row.arm}, seed {one.row.seed}: [{one.midi}]({one.midi}), {one.caption}" for one in heard]
        parts += ["## To listen to", "\n".join(lines)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _page(
    study: Study, told: Sequence[Conclusion], tracked: Sequence[Entry], heard: Sequence[Heard], command: str
) -> str:
    shelf = Shelf(study.folder)
    sentences = [one.text + (" (edited by hand)" if one.edited else "") for one in told]
    first, *others = _all_tables(study)
    sections = [
        Section("Conclusions", f"Written in {TEXT}, where they can be edited.", points=sentences),
        Section(first.title, first.note, [PageTable(first.columns, first.cells()), *_forest(shelf, study)]),
        Section("What the figures rest on", points=[study.power, *study.notes]),
        *(Section(table.title, table.note, [PageTable(table.columns, table.cells())]) for table in others),
        *_laws(shelf, study),
        *_curves(shelf, study),
        *(Section(f"Tracker {one.number}: {one.title}", one.status, points=_points(one)) for one in tracked),
        *_music(heard),
    ]
    return page(title_of(study), _lead(study), sections, command)


def _lead(study: Study) -> str:
    done = sum(row.state == "done" for row in study.rows)
    return (
        f"{study.plan.design}; {len(study.checked.variants)} arms, {study.plan.seeds} seeds each, "
        f"{study.plan.budget}; {done} of {len(study.rows)} runs are done."
    )


def _forest(shelf: Shelf, study: Study) -> list[Figure]:
    found = [one for one in study.found if one.effect.pairs]
    if not found:
        return []
    words = "; ".join(f"{one.contrast.name}: {one.verdict}" for one in found)
    rows = [(one.contrast.name, one.effect.mean, one.effect.low, one.effect.high, one.verdict) for one in found]
    header = ("change", "effect", "low", "high", "verdict")
    caption = "Each change against what it is held against: green is kept, red dropped, grey undecided."
    return [shelf.figure(Plot("effects", forest_svg(found), caption, words, header, rows))]


def _laws(shelf: Shelf, study: Study) -> list[Section]:
    """The laws of a scaling study; nothing of any other, and nothing where too few sizes are done."""
    found = axes_of(study) if study.plan.scaling else []
    if not found:
        return []
    told = " ".join([*(axis.sentence for axis in found), advice(found)])
    caption = "What held-out music costs over each size, a point a run, and the law through the means."
    header = ("axis", "size", "bits/note", "the law")
    plot = Plot("scaling", laws_svg(found), caption, told, header, scaled_rows(found))
    return [Section("What more would bring", told, [shelf.figure(plot)])]


def _curves(shelf: Shelf, study: Study) -> list[Section]:
    """Held-out loss of every run; nothing where no run has more than one evaluation."""
    label = "valid_nats_per_step"
    curves: dict[str, list[list[tuple[float, float]]]] = {}
    for row in study.rows:
        if row.run:
            points = [(record["step"], record[label]) for record in evaluations_of(Run(study.folder / row.run))]
            if len(points) > 1:
                curves.setdefault(row.arm, []).append(points)
    if not curves:
        return []
    rows = [
        (arm, nth, step, value)
        for arm, runs in curves.items()
        for nth, points in enumerate(runs)
        for step, value in points
    ]
    plot = Plot(
        "curves",
        curves_svg(curves, "held-out nats per step"),
        "Held-out loss of every run; the first quarter may lie above the plot.",
        _course(curves),
        ("arm", "run", "step", "held-out nats per step"),
        rows,
    )
    return [Section("How the runs learned", "", [shelf.figure(plot)])]


def _course(curves: Mapping[str, Sequence[Sequence[tuple[float, float]]]]) -> str:
    ends = {arm: sum(points[-1][1] for points in runs) / len(runs) for arm, runs in curves.items()}
    return "Held-out loss at the end: " + ", ".join(f"{arm} {value:.3f}" for arm, value in ends.items())


def _points(entry: Entry) -> list[str]:
    """The tracker's entry, a line each."""
    said = [f"hypothesis: {entry.hypothesis}", f"expected: {entry.expected}"] if entry.hypothesis else []
    results = [f"result: {line}" for line in entry.results or ["none yet"]]
    return [*entry.configuration, *said, *results, *(f"observation: {line}" for line in entry.observations)]


def _music(heard: Sequence[Heard]) -> list[Section]:
    """The players, an arm a section; number n of every run was drawn with the same random numbers."""
    out = []
    for arm, pieces in by_arm(heard).items():
        cards = [
            Card(f"seed {one.row.seed}, piece {one.number}", one.caption, one.sound or None, files=[one.midi])
            for one in pieces
        ]
        out.append(Section(f"To listen to: {arm}", "", cards=cards))
    return out
