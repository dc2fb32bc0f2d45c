"""What the command line prints of the data: every letter, and nothing that the data says to do."""

import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from report_marts import customers_table, write_marts
from strate.rules import DryRun, Overlap, RuleCount, render_dry_run
from strate.terminal import plain

MARKUP = "[red]gone[/red] [/nothing] [link=file:///etc/passwd]here[/link] :smile:"
STEERING = "\x1b[2J\x1b]0;title\x07\r\u202eabc\u200b"


def _printed(what: object) -> str:
    console = Console(width=400, force_terminal=True)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


@pytest.mark.parametrize("text", [MARKUP, "{{ 1 / 0 }}", "=HYPERLINK(1)", "'; drop table customers; --", "Zoë 王小明"])
def test_text_is_printed_letter_by_letter(text: str) -> None:
    assert _printed(plain(text)).strip() == text


def test_what_steers_a_terminal_is_not_printed() -> None:
    printed = _printed(plain(f"a{STEERING}b"))
    assert not set(STEERING[0] + "\x07\r\u202e\u200b") & set(printed)
    assert "abc" in printed


def test_summary_shows_hostile_names(tmp_path: Path) -> None:
    database = tmp_path / "marts.duckdb"
    write_marts(database, customers_table(90), name=MARKUP + STEERING)
    command = [str(Path(sys.executable).with_name("strate")), "summary", "--database", str(database)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, env={"COLUMNS": "400", "PATH": ""}
    )
    assert done.returncode == 0, done.stderr
    assert MARKUP in done.stdout
    assert "\x1b" not in done.stdout


def test_rules_show_hostile_keys() -> None:
    key = MARKUP + STEERING
    rule = RuleCount(key, "active", key, 1, 0.5, 1, 0, 0)
    printed = _printed(render_dry_run(DryRun(key, [rule], [Overlap(key, key, 1, 1.0)], [(key, 3)])))
    assert printed.count(MARKUP) == 6  # the title, the rule and what it misses, two that overlap, one that is gone
    assert "\x1b[2J" not in printed
