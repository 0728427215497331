"""`etude train`: learn a model of your music."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from etude.apps.cli.output import Answered, Output, answers, examples


@click.command(
    "train",
    epilog=examples(
        "etude train --data my-tunes --out runs/mine --minutes 4",
        "etude train folk --set model.layers=3 --set training.seed=2",
        "etude train folk --set data.pieces=100 --set data.split=by-work:0.9",
        "etude train --from folk --data my-tunes --out runs/tuned --minutes 3",
        "etude train folk --track tensorboard,mlflow --minutes 10",
        "etude train --resume runs/mine",
    ),
)
@click.argument("recipe", required=False)
@click.option(
    "--data", metavar="COLLECTION", help="A folder, a tune book, an archive, folk, chorales, or what ingest wrote."
)
@click.option(
    "--from", "start", type=click.Path(path_type=Path), help="A run or bundled model whose weights are the start."
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting: model.width=256.")
@click.option(
    "--track", metavar="NAME,...", help="Mirrors: tensorboard, comet, mlflow, wandb, none.  [tensorboard]"
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The run folder.  [runs/RECIPE-TIME]")
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), help="Stop after this long.  [the recipe's own]"
)
@click.option("--resume", type=click.Path(path_type=Path), help="Go on with a run, exactly where it was saved.")
@click.option(
    "--rollback", type=int, metavar="STEP", help="With --resume: go on from the checkpoint of this step instead."
)
@answers
def command(output: Output, **options: Any) -> None:
    """Train a model. Without RECIPE, etude looks at the collection, chooses one and says why."""
    from etude.lab.launch import train

    if options["resume"] and any(
        options[name] for name in ("recipe", "data", "start", "settings", "track", "out", "minutes")
    ):
        raise click.UsageError(
            "--resume goes on with what the run was asked for; the other options are in its recipe."
        )
    if options["rollback"] is not None and not options["resume"]:
        raise click.UsageError("--rollback STEP goes back in a run: name it with --resume RUN.")
    if track := options.pop("track"):
        options["settings"] = (*options["settings"], f"tracking.tracker={track}")
    with TrainingDisplay(output) as watch:
        done = train(watch, **options)
    if done.interrupted:
        output.say(f"Stopped and saved. Go on with: etude train --resume {done.run.folder}")
    output.result(done.answer(), summary(done.answer()))
    if done.interrupted:
        raise Answered(128 + done.stopped_by)


def summary(figures: Mapping[str, Any]) -> str:
    """The figures of a training in a few lines, and what to do next."""
    lines = [
        f"run                  {figures['run']}",
        f"steps                {figures['steps']} in {figures['seconds']:.0f} s, "
        f"{figures['tokens_per_second']:,.0f} steps of music a second",
        *_validation(figures),
        f"parameters           {figures['parameters']:,}",
        f"peak memory          {figures['peak_memory_bytes'] / 2**20:.0f} MiB",
    ]
    lines += [f"finding              {finding}" for finding in figures.get("findings", ())]
    after = "train --resume {0}" if figures.get("interrupted") else "compose {0} --count 4 --format mid,wav"
    lines.append(f"next                 etude {after.format(figures['run'])}")
    return "\n".join(lines)


def _validation(figures: Mapping[str, Any]) -> list[str]:
    """The line of the held-out figures; none for a training that was stopped before they were taken."""
    if figures["valid_nats_per_step"] is None:
        return []
    return [
        f"validation           {figures['valid_nats_per_step']:.4f} nats/step, "
        f"perplexity {figures['perplexity']:.3f}, {figures['valid_bits_per_note']:.3f} bits/note"
    ]


class TrainingDisplay:
    """A progress bar and a line an evaluation, on stderr; as a context it gives the watcher to hand to `train`."""

    def __init__(self, output: Output) -> None:
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self.output = output
        self.context = output.progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("step {task.completed:.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )

    def __enter__(self) -> Any:
        self.display = self.context.__enter__()
        self.task = self.display.add_task("training", total=1, state="", visible=False)
        return self.watch

    def __exit__(self, *error: Any) -> None:
        self.context.__exit__(*error)

    def watch(self, event: Mapping[str, Any]) -> None:
        """Shows one event of the trainer."""
        kind = event["event"]
        if kind == "stage":
            self._print(str(event["text"]))
        elif kind == "choice":
            self._print(f"recipe '{event['recipe']}': {event['reason']}")
        elif kind == "progress":
            state = f"loss {event['train_nats_per_step']:.3f}  {event['tokens_per_second']:,.0f} tokens/s"
            self.display.update(
                self.task, completed=event["step"], total=event["total_steps"] or None, state=state, visible=True
            )
        elif kind == "evaluation":
            self._print(evaluation_line(event))

    def _print(self, text: str) -> None:
        if not self.output.quiet:
            self.display.console.print(text, highlight=False, markup=False, soft_wrap=True)


def evaluation_line(event: Mapping[str, Any]) -> str:
    """One line an evaluation: train and validation loss, perplexity, bits per note, beside the floors."""
    parts = [
        f"step {event['step']:>6}",
        f"train {event['train_nats_per_step']:.4f}",
        f"valid {event['valid_nats_per_step']:.4f} nats/step",
        f"perplexity {event['perplexity']:.3f}",
        f"{event['valid_bits_per_note']:.3f} bits/note",
    ]
    floors = ", ".join(f"{name} {value:.2f}" for name, value in (event.get("floors") or {}).items())
    return "  ".join(parts) + (f"  (floors, bits/note: {floors})" if floors else "")


def tell_of_arms(output: Output, event: Mapping[str, Any]) -> None:
    """Shows one event of several trainings: what is done, and each evaluation under its arm."""
    if event["event"] == "stage":
        output.say(str(event["text"]))
    elif event["event"] == "evaluation":
        output.say(f"{event['arm']}: {evaluation_line(event)}")
