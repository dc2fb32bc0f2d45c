"""strate alert against real servers on this machine: mail, webhooks, Slack's and Teams' form, dead and slow ones."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from strate.alerts.delivery import State, deliver
from strate.alerts.messages import MOST_LINES, Alert, News, body_of, title_of
from strate.alerts.targets import VARIABLE, targets_of
from strate.cli import app

SECRET = "s3cr3t-t0ken"
DAY = timedelta(days=1)


class Server(ThreadingHTTPServer):
    """Takes messages; `statuses` are the answers, the last of them for good."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses, self.delay, self.messages, self.calls = [200], 0.0, [], 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"json://{self.address}/{SECRET}"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.calls += 1
        status = server.statuses.pop(0) if len(server.statuses) > 1 else server.statuses[0]
        if status == 200:
            server.messages.append((self.path, json.loads(body)))
        time.sleep(server.delay)
        try:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"ok")
        except OSError:
            pass  # whoever asked has left

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as one:
        yield one


@pytest.fixture
def dead_url() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"json://user:{SECRET}@127.0.0.1:{one.getsockname()[1]}/{SECRET}"


def alert(number: int = 1, **others: object) -> Alert:
    values = {
        "alert_id": f"id{number}",
        "segmentation": "rfm",
        "segment_key": f"rfm_{number}",
        "metric": "order_count",
        "kind": "fall",
        "outcome": "open",
        "name": f"Champions {number}",
        "started_on": date(2025, 3, 1),
        "observed": 80.0,
        "expected": 100.0,
        "effect": -0.2,
    }
    return Alert(**(values | others))


class Post:
    """Runs of the command with a clock of their own, and no waiting."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.sqlite"
        self.now = datetime(2025, 3, 10, tzinfo=UTC)
        self.pauses: list[float] = []

    def run(self, urls: str, *alerts: Alert, after: timedelta = DAY * 2, cool_down: timedelta = DAY) -> list[str]:
        self.now += after
        state = State(self.path)
        try:
            done = deliver(
                targets_of(urls),
                alerts,
                state,
                cool_down=cool_down,
                link="http://127.0.0.1/board/",
                pause=self.pauses.append,
                clock=lambda: self.now,
            )
        finally:
            state.close()
        return [one.status for one in done]

    def attempts(self) -> list[tuple]:
        with sqlite3.connect(self.path) as connection:
            return connection.execute("select target, attempt, is_sent, reason from attempts order by rowid").fetchall()


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def test_an_event_is_told_once_and_its_end_once(server: Server, post: Post) -> None:
    ended = alert(outcome="recovered")
    assert [post.run(server.url, one) for one in (alert(), alert(), ended, ended)] == [
        ["sent"],
        ["nothing_new"],
        ["sent"],
        ["nothing_new"],
    ]
    first, second = (message for _, message in server.messages)
    assert first["title"] == "Segments: 1 alert"
    assert "Champions 1 (rfm): orders a day 20% below" in first["message"]
    assert "http://127.0.0.1/board/segments?segmentation=rfm&segment=rfm_1" in first["message"]
    assert second["title"] == "Segments: 1 over"


def test_what_ended_before_it_was_told_is_not_told(server: Server, post: Post) -> None:
    assert post.run(server.url, alert(outcome="recovered")) == ["nothing_new"]
    assert server.calls == 0


def test_many_events_are_one_short_message(server: Server, post: Post) -> None:
    assert post.run(server.url, *map(alert, range(60))) == ["sent"]
    ((_, message),) = server.messages
    assert message["title"] == "Segments: 60 alerts"
    assert message["message"].count("Champions") == MOST_LINES
    assert "And 50 more" in message["message"]
    assert len(message["message"]) < 3000


def test_a_flapping_event_waits_for_the_cool_down(server: Server, post: Post) -> None:
    hours = timedelta(hours=1)
    assert post.run(server.url, alert()) == ["sent"]
    again = [alert(outcome="recovered"), alert(alert_id="id9", started_on=date(2025, 3, 11))]
    assert post.run(server.url, again[0], after=hours) == ["sent"]
    assert post.run(server.url, *again, after=hours) == ["nothing_new"]
    assert post.run(server.url, *again, alert(2), after=hours) == ["sent"]
    assert server.messages[-1][1]["title"] == "Segments: 1 alert"
    assert post.run(server.url, *again, alert(2), after=DAY) == ["sent"]
    assert len(server.messages) == 4


def test_an_event_whose_start_is_corrected_is_no_news_and_one_that_vanished_is_over(server: Server, post: Post) -> None:
    moved = alert(alert_id="id7", started_on=date(2025, 2, 27))
    assert post.run(server.url, alert()) == ["sent"]
    assert post.run(server.url, moved) == ["nothing_new"]
    assert post.run(server.url) == ["sent"]
    assert "not found any more" in server.messages[-1][1]["message"]
    assert post.run(server.url) == ["nothing_new"]


def test_a_dead_target_is_tried_again_and_keeps_nothing_from_others(server: Server, post: Post, dead_url: str) -> None:
    assert post.run(f"{dead_url} {server.url}", alert()) == ["failed", "sent"]
    assert post.pauses == [1.0, 4.0]
    attempts = post.attempts()
    assert [row[1:3] for row in attempts] == [(1, 0), (2, 0), (3, 0), (1, 1)]
    assert all(row[3] for row in attempts[:3])
    assert SECRET not in json.dumps(attempts)
    # The next run tells only whom it could not be told.
    assert post.run(f"{dead_url} {server.url}", alert()) == ["failed", "nothing_new"]
    assert len(server.messages) == 1


def test_a_target_that_fails_once_is_told_once(server: Server, post: Post) -> None:
    server.statuses = [503, 200]
    assert post.run(server.url, alert()) == ["sent"]
    assert server.calls == 2
    assert len(server.messages) == 1


def test_a_slow_target_is_given_up(server: Server, post: Post) -> None:
    server.delay = 1.5
    assert post.run(f"{server.url}?rto=0.2", alert()) == ["failed"]
    server.delay = 0
    assert post.run(f"{server.url}?rto=0.2", alert()) == ["sent"]


def test_slack_and_teams_get_their_forms(server: Server, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{server.address}/services")
    asked = requests.Session.request

    def to_us(self: requests.Session, method: str, url: str, **options: object) -> requests.Response:
        return asked(self, method, url.replace("https://teams.invalid", f"http://{server.address}"), **options)

    monkeypatch.setattr(requests.Session, "request", to_us)
    slack = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    teams = "workflows://teams.invalid/643d8d9f3f7a4d1d9f/sIgnatureOfTheFlow0123"
    assert post.run(f"{slack} {teams}", alert(name="<!channel> *Bold*")) == ["sent", "sent"]
    (slack_path, to_slack), (teams_path, to_teams) = server.messages
    assert slack_path.startswith("/services/T1JJ3T3L2/")
    assert "orders a day" in json.dumps(to_slack)
    assert "<!channel>" not in json.dumps(to_slack)
    assert "643d8d9f3f7a4d1d9f" in teams_path
    assert to_teams["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert "orders a day" in json.dumps(to_teams)
    assert not {"T1JJ3T3L2", "TIiajkdnlazkcOXrIdevi7FQ", "sIgnatureOfTheFlow0123"} & set(
        str(post.attempts()).split("/")
    )


def test_mail_arrives(post: Post) -> None:
    from aiosmtpd.controller import Controller

    class Inbox:
        mails: list = []  # noqa: RUF012

        async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802
            self.mails.append(envelope)
            return "250 OK"

    controller = Controller(Inbox(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    try:
        url = f"mailto://127.0.0.1:{controller.port}?from=strate@shop.example&to=crm@shop.example&mode=insecure"
        assert post.run(url, alert()) == ["sent"]
    finally:
        controller.stop()
    (mail,) = Inbox.mails
    assert mail.rcpt_tos == ["crm@shop.example"]
    assert b"Segments: 1 alert" in mail.content


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


# ----------------------------------------------------------------------------------------------- the command


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "strate_public.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            create table segment_alerts as
            select 'a1' as alert_id, 'rfm' as segmentation, 'rfm_loyal' as segment_key, 'revenue' as metric,
                'fall' as kind, 'open' as outcome, date '2025-03-01' as started_on, date '2025-03-05' as detected_on,
                80.0::double as observed, 100.0::double as expected, -0.2::double as effect
        """)
        connection.execute("create table segments as select 'rfm_loyal' as segment_key, 'Loyal' as segment_name")
    return path


def command(database: Path, url: str | None, *options: str) -> tuple[int, str]:
    state = database.with_name("state.sqlite")
    arguments = ["alert", "--database", str(database), "--state", str(state), *options]
    found = CliRunner().invoke(app, arguments, env={VARIABLE: url})
    return found.exit_code, found.output


def test_the_command_tells_says_so_and_shows_no_secret(
    database: Path, server: Server, dead_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("strate.alerts.delivery.PAUSES", (0.0, 0.0))
    code, text = command(database, server.url, "--dry-run", "--link", "https://board.example")
    assert (code, server.calls) == (0, 0)
    assert "Loyal (rfm): revenue a day 20% below what is usual, 80 instead of 100" in text
    assert not database.with_name("state.sqlite").exists()
    code, text = command(database, f"{dead_url} {server.url}", "--json")
    assert code == 3
    assert SECRET not in text + caplog.text
    done = json.loads(text[: text.rindex("]") + 1])
    assert [(one["status"], len(one["news"]["begun"])) for one in done] == [("failed", 1), ("sent", 1)]
    assert command(database, server.url)[0] == 0
    assert len(server.messages) == 1


def test_the_command_names_what_is_wrong(
    database: Path, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url, options, part in (
        (None, (), f"{VARIABLE} names nobody"),
        (f"{server.url} nonsense://{SECRET}", (), "address 2"),
        (server.url, ("--link", "board"), "--link must begin"),
        (server.url, ("--database", str(tmp_path / "none.duckdb")), "does not exist"),
    ):
        code, text = command(database, url, *options)
        assert code == 2
        assert part in text
        assert SECRET not in text
    database.with_name("state.sqlite").write_text("no database at all, but long enough to be taken for one" * 9)
    code, text = command(database, server.url)
    assert (code, "--state" in text) == (2, True)
    monkeypatch.setitem(sys.modules, "apprise", None)
    code, text = command(database, server.url)
    assert (code, "strate[alerts]" in text) == (2, True)


def _process(database: Path, url: str) -> subprocess.Popen:
    state = database.with_name("state.sqlite")
    program = [str(Path(sys.executable).with_name("strate")), "alert"]
    arguments = ["--database", str(database), "--state", str(state)]
    return subprocess.Popen(
        program + arguments,
        env=os.environ | {VARIABLE: url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_several_at_once_tell_once_and_a_killed_one_is_made_good(database: Path, server: Server) -> None:
    server.delay = 2.0
    killed = _process(database, server.url)
    until = time.monotonic() + 120
    while not server.calls and time.monotonic() < until:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert server.calls == 1
    server.delay = 0.3
    others = [_process(database, server.url) for _ in range(2)]
    outputs = [one.communicate(timeout=300)[0] for one in others]
    assert [one.returncode for one in others] == [0, 0], outputs
    assert len(server.messages) == 2  # the one whose end was not seen, and the one that made it good


def test_messages_are_plain() -> None:
    news = News((alert(name="A\nB <@U1> `x`", metric="open_rate", observed=0.2, expected=0.25),), ())
    text = body_of(news)
    assert "20.0% instead of 25.0%" in text
    assert not set("<>`@\n") & set(text)
    assert title_of(News((), (alert(outcome="new_level"),))) == "Segments: 1 over"
