"""Every command is documented, helps with two examples, starts fast and answers errors with its exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from etude.apps.cli.main import COMMANDS, cli, main
from etude.apps.cli.reference import reference

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
