"""Every command is documented, helps with two examples, starts fast and answers errors with its exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from etude.apps.cli import reference_settings
from etude.apps.cli.main import COMMANDS, cli, main
from etude.apps.cli.output import Answered
from etude.apps.cli.reference import reference
from etude.apps.cli.train import summary

ROOT = Path(__file__).resolve().parents[2]


def leaf_commands() -> list[tuple[str, click.Command]]:
    context = click.Context(cli, info_name="etude")
    found = []
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None, name
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {child}", sub) for child, sub in command.commands.items()]
    return found


def test_the_command_page_is_what_the_commands_say() -> None:
    assert (ROOT / "docs" / "commands.md").read_text() == reference(), "run `make docs`"


def test_the_page_of_settings_is_what_the_code_says_and_explains_each() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    assert page == reference_settings.reference(), "run `make docs`"
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > 120
    assert not [row for row in rows if row.endswith("|  |")], "say in the code what it does"


@pytest.mark.parametrize(("name", "command"), leaf_commands(), ids=[name for name, _ in leaf_commands()])
def test_every_command_helps(name: str, command: click.Command) -> None:
    shown = CliRunner().invoke(command, ["--help"]).output
    assert command.help, f"{name} does not say what it does"
    assert "Examples:" in shown, f"{name} has no examples"
    assert shown.count("etude ") >= 2, f"{name} needs two examples"
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            known = parameter.help or parameter.metavar or isinstance(parameter.type, click.Choice)
            assert known or parameter.name in {"temperature", "data", "against"}, f"{name} --{parameter.name}"


def test_the_overview_lists_every_command() -> None:
    shown = CliRunner().invoke(cli, ["--help"]).output
    for name in COMMANDS:
        assert f"  {name} " in shown


def test_help_loads_no_torch_and_no_numpy() -> None:
    code = (
        "import sys\n"
        "from etude.apps.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'numpy', 'rich', 'onnxruntime') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_of_each_command_loads_no_torch(name: str) -> None:
    code = (
        "import sys\n"
        "from etude.apps.cli import main\n"
        f"try:\n    main([{name!r}, '--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'onnxruntime', 'symusic') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def run(*words: str) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-m", "etude", *words], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_an_unknown_command_names_the_nearest() -> None:
    code, _, message = run("trian")
    assert code == 2
    assert "train" in message


def test_a_missing_file_is_bad_input() -> None:
    code, out, message = run("render", "no-such-file.mid", "--json")
    assert code == 3
    assert "no-such-file.mid" in message
    assert json.loads(out)["exit_code"] == 3


def test_ctrl_c_and_usage_have_their_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    with pytest.raises(SystemExit) as stop:
        main(["doctor"])
    assert stop.value.code == 130


def one_object(text: str) -> dict[str, object]:
    values = json.loads(text)  # fails for none and for two
    assert isinstance(values, dict)
    return values


@pytest.mark.parametrize(
    "words",
    [
        ("compose", "--count", "-1"),
        ("ingest", "a.mid"),
        ("continue", "a", "b", "c"),
        ("runs", "nonsense"),
        ("trian",),
    ],
)
def test_a_wrong_request_is_one_object_too(words: tuple[str, ...]) -> None:
    code, out, _ = run(*words, "--json")
    assert code == 2
    assert one_object(out)["exit_code"] == 2


def tune_file(folder: Path) -> Path:
    path = folder / "tune.abc"
    path.write_text("X:1\nL:1/8\nM:4/4\nK:C\nCDEF GABc|\n")
    return path


@pytest.mark.parametrize("place", ["tune.abc/inside", "x" * 300])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    tune = tune_file(tmp_path)
    for words in (("render", "--format", "mid"), ("ingest",)):
        code, out, message = run(words[0], str(tune), *words[1:], "--out", str(tmp_path / place), "--json")
        assert code == 1
        assert "cannot be" in one_object(out)["error"]  # type: ignore[operator]
        assert "Traceback" not in message
    assert [path.name for path in tmp_path.iterdir()] == ["tune.abc"]


def test_strict_ingest_answers_once(tmp_path: Path) -> None:
    tune = tune_file(tmp_path)
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    code, out, _ = run(
        "ingest", str(tune), str(tmp_path / "broken.mid"), "--out", str(tmp_path / "c"), "--strict", "--json"
    )
    assert code == 3
    assert one_object(out)["refused"] == 1


def ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException
) -> tuple[object, str, str]:
    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli, "main", failing)
    with pytest.raises(SystemExit) as stop:
        main(["doctor", "--json"])
    said = capsys.readouterr()
    return stop.value.code, said.out, said.err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "Ctrl-C"),
        (SystemExit(143), 143, "SIGTERM"),
        (MemoryError(), 1, "memory"),
        (ModuleNotFoundError("No module named 'torch'", name="torch"), 4, "etude[train]"),
        (OSError(28, "No space left on device", "big.wav"), 1, "big.wav"),
        (ZeroDivisionError("by zero"), 1, "Please report"),
    ],
)
def test_every_error_is_a_message_and_an_object(
    error: BaseException, code: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    got, out, message = ended(monkeypatch, capsys, error)
    assert got == code
    assert words in message
    assert one_object(out)["exit_code"] == code
    assert "Traceback" not in message


def test_an_answer_with_a_code_stays_the_only_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, capsys, Answered(143)) == (143, "", "")


def test_a_signal_taken_for_an_error_is_still_a_signal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def confused(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except SystemExit:
            raise ImportError("half a module") from None

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(cli, "main", confused)
    with pytest.raises(SystemExit) as stop:
        main(["doctor"])
    signal.signal(signal.SIGTERM, before)
    assert stop.value.code == 143
    assert "SIGTERM" in capsys.readouterr().err


def test_figures_of_a_stopped_training_can_be_told() -> None:
    figures = {
        "run": "runs/a",
        "steps": 3,
        "seconds": 1.0,
        "tokens_per_second": 5.0,
        "valid_nats_per_step": None,
        "perplexity": None,
        "valid_bits_per_note": None,
        "parameters": 9,
        "peak_memory_bytes": 2**20,
        "interrupted": True,
    }
    told = summary(figures)
    assert "--resume runs/a" in told
    assert "validation" not in told
