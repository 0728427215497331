"""The card of a bundled model, made of its facts and figures alone; what was not measured is said to be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from etude.lab.bundled import LARGEST, Bundled

Figures = Mapping[str, Any]


def card_page(model: Bundled, command: str, machine: str) -> str:
    """The Markdown of the card; the same facts give the same text."""
    facts = model.facts
    figures = facts.get("figures", {})
    parts = [
        f"# {model.name}",
        _sentence(facts["recipe"].get("purpose", "")),
        *_data(facts["data"]),
        *_files(facts["files"]),
        *_training(facts["recipe"], figures.get("training", {})),
        *_likelihood(figures.get("likelihood", {})),
        *_two_sample(figures.get("two_sample")),
        *_music(figures.get("music")),
        *_speed(figures.get("timings"), machine),
        "## Made by",
        f"    {command}\n\nEvery figure above is in `{model.name}.toml`, as that command measured it; none was "
        "written by hand.",
    ]
    return "\n\n".join(parts) + "\n"


def _data(data: Mapping[str, Any]) -> Iterator[str]:
    yield "## Data"
    yield f"{data['origin'].rstrip('.')}. Licence: {data['licence'].rstrip('.')}."
    yield (
        f"Collection `{data['collection']}`, content `{data['content'][:16]}`: {data['learned']} pieces learned, "
        f"{data['valid']} held out for validation, {data['test']} for the test. Copies, transposed copies and "
        "near-copies of a piece are on one side, unless the split is the official one of the data."
    )


def _files(files: Mapping[str, Any]) -> Iterator[str]:
    yield "## Files"
    rows = [(f"`{name}`", f"{one['bytes'] / 1e6:.2f}", f"`{one['sha256'][:16]}`") for name, one in files.items()]
    yield _table(("file", "MB", "SHA-256"), rows)
    yield f"None may have more than {LARGEST / 1e6:.0f} MB. Facts and figures: the `.toml` beside them."


def _training(recipe: Mapping[str, Any], found: Figures) -> Iterator[str]:
    yield "## Training"
    model = ", ".join(f"{name} {value}" for name, value in recipe["model"].items())
    yield f"Recipe `{recipe['name']}`; encoding `{recipe['encoding'].get('name', 'notes')}`; model: {model}."
    words = []
    if "parameters" in found:
        words.append(f"{found['parameters']:,} parameters, {found.get('steps', 0):,} updates")
    if "seconds" in found:
        words.append(f"{found['seconds'] / 60:.0f} minutes")
    if "started_from" in found:
        words.append(f"started from the weights of {found['started_from']}")
    yield (", ".join(words) or "How it was trained is not recorded") + "."
    nats = ", ".join(f"{name} {value:.4f}" for name, value in found.get("nats_per_step", {}).items())
    yield (
        f"Shipped in {found.get('precision', '?')}; nats a step on validation by precision: {nats}; largest logit "
        f"error of the fp32 graph {found.get('max_logit_error', float('nan')):.1e}."
    )
    settings = found.get("calibrated")
    yield (
        f"Sampling settings found by `etude calibrate`: {dict(settings)}."
        if settings
        else "Sampling settings: those of the recipe, not calibrated."
    )


def _likelihood(sides: Figures) -> Iterator[str]:
    yield "## Likelihood of held-out pieces"
    if not sides:
        yield _missing("the likelihood")
        return
    yield "Protocol `full`: every piece whole, from its start, teacher forced; lower is better. Validation chose."
    for side, rows in sides.items():
        first = rows["model"]
        yield f"**{side}**: {first['pieces']} pieces, {first['notes']:,} notes"
        header = ["", "bits per note", "+- (95 %)", "nats per step", "nats per value", "perplexity"]
        names = list(first.get("parts", {}))
        header += [f"nats per value, {name}" for name in names]
        body = [
            (
                name,
                *(_number(one.get(key)) for key in ("bits_per_note", "within", "nats_per_step", "nats_per_value")),
                _number(one.get("perplexity")),
                *(_number(one.get("parts", {}).get(part)) for part in names),
            )
            for name, one in rows.items()
        ]
        yield _table(header, body)


def _two_sample(found: Figures | None) -> Iterator[str]:
    yield "## Two-sample test"
    if not found:
        yield _missing("the two-sample test", "--two-sample")
        return
    lent = " It was lent the first weights of a critic trained on damaged music." if found["lent"] else ""
    yield (
        f"A fresh critic is right about {found['accuracy']:.1%} ({found['low']:.1%} to {found['high']:.1%}) of "
        f"{found['pieces']} composed and {found['real']} held-out pieces; 50 % is chance.{lent}"
    )


def _music(found: Figures | None) -> Iterator[str]:
    yield "## Originality and structure"
    if not found:
        yield _missing("originality and structure", "--count N")
        return
    own = found["originality"]
    beside = (
        f"; of held-out real pieces {own['real_middle']:.0f}, 95 of 100 at most {own['real_most']:.0f}"
        if "real_most" in own
        else "; too few real pieces beside it"
    )
    yield (
        f"{found['pieces']} pieces, random number {found['seed']}, the model's own settings. Longest passage that "
        f"stands in the training music: {own['longest_copied']:.1f} notes on average{beside}. "
        f"{own['over_band']} of {found['pieces']} pieces copy more than real pieces do."
    )
    structure = found["structure"]
    yield (
        f"{structure['inside']} of {structure['measures']} measures of the middle piece lie inside the band that "
        f"nine of ten real pieces keep to.{' Outside:' if structure['outside'] else ''}"
    )
    if structure["outside"]:
        rows = [
            (name.replace("_", " "), *(_number(one[key]) for key in ("middle", "low", "high")))
            for name, one in structure["outside"].items()
        ]
        yield _table(("measure", "middle piece", "real 5 %", "real 95 %"), rows)
    if structure["faults"]:
        rows = [
            (name.replace("_", " "), _number(one["ours"]), _number(one["real"]))
            for name, one in structure["faults"].items()
        ]
        yield _table(("voice-leading fault", "composed", "real"), rows)


def _speed(found: Figures | None, machine: str) -> Iterator[str]:
    yield "## Speed"
    if not found:
        yield _missing("speed", "--count N")
        return
    yield (
        f"{found['notes_a_second']:,.0f} notes a second, {found['times_real_time']:,.0f} times real time, one "
        f"thread, originality looked up; {machine}."
    )


def _missing(what: str, option: str = "") -> str:
    how = f": `etude bundle ... {option}`" if option else ""
    return f"Not measured: {what} is missing from this card{how}."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
