"""Who is let in to the dashboard: the gate in front of it, and what the command asks for."""

import asyncio
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from typer.testing import CliRunner

from strate.cli import app
from strate.dashboard.gate import FAILURE_SECONDS, MOST_CLIENTS, MOST_FAILURES, SESSION_SECONDS, Attempts, Gate
from strate.dashboard.server import is_loopback

TOKEN = "a token of sixteen signs or more"


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Visitor:
    """Somebody in front of the gate, with a cookie jar."""

    def __init__(self, gate: Gate, client: str = "10.0.0.1") -> None:
        self.gate, self.client, self.cookie = gate, client, ""

    def asks(
        self, path: str = "/", kind: str = "http", form: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Return status (0 for a socket that was closed), headers and body."""
        headers = {"host": "here:8501", "cookie": self.cookie} | headers
        body = urlencode(form or {}).encode()
        scope = {
            "type": kind,
            "path": path,
            "query_string": b"a=1" if path == "/segments" else b"",
            "method": "GET" if form is None else "POST",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
            "client": (self.client, 1),
            "scheme": "http",
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        asyncio.run(self.gate(scope, receive, send))
        if sent[0]["type"] == "websocket.close":
            return 0, {}, ""
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        if "set-cookie" in found:
            self.cookie = found["set-cookie"].split(";")[0]
        return sent[0]["status"], found, sent[1]["body"].decode()


async def inside(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Stand for the app."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def visitor(clock: Clock) -> Visitor:
    return Visitor(Gate(inside, TOKEN, Attempts(clock), clock))


def test_nothing_is_served_without_the_token(visitor: Visitor) -> None:
    for path in ("/", "/segments", "/media/secret.csv", "/_stcore/health", "/static/js/index.js"):
        status, _, body = visitor.asks(path)
        assert status == 401
        assert "inside" not in body
    assert visitor.asks("/_stcore/stream", "websocket")[0] == 0
    assert visitor.asks("/_stcore/upload_file", form={"a": "b"})[0] == 403


def test_the_token_opens_and_its_session_ends(visitor: Visitor, clock: Clock) -> None:
    status, headers, _ = visitor.asks("/sign-in", form={"token": TOKEN, "next": "/segments?segmentation=rfm"})
    assert (status, headers["location"]) == (303, "/segments?segmentation=rfm")
    assert "HttpOnly; SameSite=Lax" in headers["set-cookie"]
    assert "Secure" not in headers["set-cookie"]
    assert TOKEN not in headers["set-cookie"]
    assert visitor.asks("/")[2] == "inside"
    assert visitor.asks("/_stcore/stream", "websocket")[0] == 200
    until, _, signature = visitor.cookie.removeprefix("strate_dashboard=").partition(".")
    for forged in (f"{int(until) + 1}.{signature}", f"{until}.", f".{signature}", "x", f"{until}.é"):
        assert visitor.asks("/", cookie=f"strate_dashboard={forged}")[0] == 401
    clock.now += SESSION_SECONDS + 1
    assert visitor.asks("/")[0] == 401
    another = Gate(inside, TOKEN)
    assert Visitor(another).asks("/", cookie=visitor.cookie)[0] == 401, "a start ends all sessions"
    headers = visitor.asks("/sign-in", form={"token": TOKEN}, x_forwarded_proto="https")[1]
    assert "Secure" in headers["set-cookie"]


def test_wrong_tokens_are_counted(visitor: Visitor, clock: Clock) -> None:
    for _ in range(MOST_FAILURES):
        status, _, body = visitor.asks("/sign-in", form={"token": TOKEN + "x", "next": "/alerts"})
        assert status == 403
        assert 'value="/alerts"' in body
    assert visitor.asks("/sign-in", form={"token": TOKEN})[0] == 429, "the right one too"
    assert visitor.asks("/")[0] == 401
    assert Visitor(visitor.gate, "10.0.0.2").asks("/sign-in", form={"token": TOKEN})[0] == 303
    clock.now += FAILURE_SECONDS + 1
    assert visitor.asks("/sign-in", form={"token": TOKEN})[0] == 303


def test_attempts_of_many_addresses_take_bounded_memory(clock: Clock) -> None:
    attempts = Attempts(clock)
    for number in range(2 * MOST_CLIENTS):
        attempts.fail(f"client {number}")
    assert len(attempts._failures) <= MOST_CLIENTS + 1
    assert attempts.wait("client 5000") > 0
    clock.now += FAILURE_SECONDS + 1
    assert attempts.wait("client 5000") == 0
    attempts.fail("client 5000")
    assert len(attempts._failures) <= MOST_CLIENTS + 1


@pytest.mark.parametrize("goal", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nx: y", "é", ""])
def test_signing_in_leads_nowhere_else(visitor: Visitor, goal: str) -> None:
    assert visitor.asks("/sign-in", form={"token": TOKEN, "next": goal})[1]["location"] == "/"


@pytest.mark.parametrize("token", [None, TOKEN])
def test_other_sites_are_refused(token: str | None) -> None:
    visitor = Visitor(Gate(inside, token))
    visitor.asks("/sign-in", form={"token": TOKEN})
    for origin in ("http://evil.example", "http://here:9999", "null"):
        assert visitor.asks("/_stcore/stream", "websocket", origin=origin)[0] == 0
        assert visitor.asks("/", origin=origin)[0] == 403
    assert visitor.asks("/_stcore/stream", "websocket", origin="http://here:8501")[0] == 200
    headers = visitor.asks("/")[1]
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("host", "is_own"),
    [("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True)]
    + [(host, False) for host in ("0.0.0.0", "::", "192.168.1.2", "localhost.evil.example", "")],
)
def test_only_this_machine_s_own_addresses_need_no_token(host: str, is_own: bool) -> None:
    assert is_loopback(host) == is_own


def test_the_command_says_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRATE_DASHBOARD_TOKEN", raising=False)

    def said(*options: str) -> str:
        result = CliRunner().invoke(app, ["dashboard", "--database", str(tmp_path / "no.duckdb"), *options])
        assert result.exit_code == 2, result.output
        return result.output

    assert "STRATE_DASHBOARD_TOKEN" in said("--host", "0.0.0.0")
    monkeypatch.setenv("STRATE_DASHBOARD_TOKEN", "short")
    message = said("--host", "0.0.0.0")
    assert "at least 16" in message
    assert "short" not in message
    assert "at least 16" in said()
    monkeypatch.delenv("STRATE_DASHBOARD_TOKEN")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "--port" in said("--port", str(taken.getsockname()[1]))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "strate[dashboard]" in said()
