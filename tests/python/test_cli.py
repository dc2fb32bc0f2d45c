"""The command line: errors are sentences with exit code 2, and every command says how it is used."""

import re

import pytest
import typer
from typer.testing import CliRunner

from strate.cli import app

from conftest import PROJECT


def commands(group: typer.Typer = app, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the words of each command."""
    found = [(*path, one.name or one.callback.__name__.replace("_", "-")) for one in group.registered_commands]
    for one in group.registered_groups:
        found += commands(one.typer_instance, (*path, one.name))
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_each_command_says_how_it_is_used(command: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*command, "--help"])
    assert done.exit_code == 0
    assert "Usage" in done.output


def test_the_page_of_commands_has_them_all() -> None:
    page = (PROJECT / "docs" / "commands.md").read_text()
    listed = re.findall(r"^\| `strate ([a-z -]+)`", page, flags=re.MULTILINE)
    assert sorted(listed) == sorted(" ".join(words) for words in commands())


@pytest.mark.parametrize("error", [KeyError("x"), FileNotFoundError("no such file"), ValueError("not so")])
def test_an_error_is_a_sentence_and_with_debug_itself(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("strate.summary.read_summary", fail)
    done = CliRunner().invoke(app, ["summary"])
    assert done.exit_code == 2
    assert str(error) in done.output
    assert "Traceback" not in done.output
    assert isinstance(done.exception, SystemExit)
    assert CliRunner().invoke(app, ["--debug", "summary"]).exception is error
