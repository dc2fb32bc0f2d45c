"""Long work says how far it is: to whom listens, in lines that are few, and never on standard output."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from strate.cli import app
from strate.clustering import fit_clustering
from strate.progress import INTERVAL_SECONDS, PATIENCE_SECONDS, Lines, listen, shown, stage, track

from conftest import Project


class Notes:
    """Takes down what it is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int | None]] = []
        self.done: dict[int, int] = {}
        self.ended: list[int] = []

    def begin(self, what: str, total: int | None) -> int:
        self.begun.append((what, total))
        return len(self.begun) - 1

    def go_on(self, stage: int, done: int) -> None:
        assert done == self.done.get(stage, 0) + 1
        self.done[stage] = done

    def end(self, stage: int) -> None:
        self.ended.append(stage)


@pytest.fixture
def notes() -> Iterator[Notes]:
    notes = Notes()
    before = listen(notes)
    yield notes
    listen(before)


def test_each_step_is_told_and_the_end_too(notes: Notes) -> None:
    assert list(track("abc", "Letters")) == ["a", "b", "c"]
    assert list(track(iter(()), "Nothing")) == []
    assert notes.begun == [("Letters", 3), ("Nothing", None)]
    assert notes.done == {0: 3}
    assert notes.ended == [0, 1]


def test_work_that_fails_ends(notes: Notes) -> None:
    def fail() -> None:
        with stage("Work", 2) as step:
            step()
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert notes.done == {0: 1}
    assert notes.ended == [0]


def test_work_is_the_same_whoever_listens(notes: Notes) -> None:
    stream = np.random.RandomState(7)
    frame = pd.DataFrame({"customer_id": range(300), "one": stream.normal(size=300), "two": stream.normal(size=300)})
    settings: dict[str, Any] = {"features": ["one", "two"], "n_null_draws": 2, "n_resamples": 2}
    heard = fit_clustering(frame, **settings)
    listen(None)
    unheard = fit_clustering(frame, **settings)
    pd.testing.assert_frame_equal(*(found[found["name"] != "seconds"] for found in (heard, unheard)))
    totals = dict(enumerate(total for _, total in notes.begun))
    assert totals
    assert notes.done == totals
    assert sorted(notes.ended) == sorted(totals)


def test_lines_are_few() -> None:
    now, lines = 0.0, []
    listener = Lines(lines.append, lambda: now)
    short, long = listener.begin("Short", 2), listener.begin("Long", 100)
    listener.go_on(short, 1)
    listener.end(short)
    assert lines == []
    for done in range(1, 101):
        now = done * 1.0
        listener.go_on(long, done)
    listener.end(long)
    assert 2 <= len(lines) - 1 <= (100 - PATIENCE_SECONDS) / INTERVAL_SECONDS + 1
    assert all(line.startswith("Long") for line in lines)


def test_lines_go_to_standard_error(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strate.progress.PATIENCE_SECONDS", 0)
    with shown():
        list(track(range(3), "Work"))
    said = capsys.readouterr()
    assert "Work" in said.err
    assert said.out == ""


@pytest.mark.build
def test_what_a_machine_asks_for_is_json_alone(demo: Project) -> None:
    place = ["--database", str(demo.database)]
    for command in (["summary", "--target", str(demo.folder / "target")], ["audit", "verify"]):
        done = CliRunner().invoke(app, [*command, *place, "--json"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)
    summary = json.loads(CliRunner().invoke(app, ["summary", *place, "--json"]).stdout)
    counted = sum(one["customer_count"] for one in summary["segments"] if one["segmentation"] == "rfm")
    assert counted == summary["row_counts"]["customers"]


def test_json_does_not_ask(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["erase", "--email", "a@b.example", "--json", "--database", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert "--yes" in done.output
