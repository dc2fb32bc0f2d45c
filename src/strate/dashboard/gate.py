"""What stands in front of the app: other sites are refused, other sources forbidden, and a token asked for."""

from __future__ import annotations

import hmac
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from hashlib import sha256
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

COOKIE = "strate_dashboard"
SIGN_IN = "/sign-in"
MIN_TOKEN_LENGTH = 16
SESSION_SECONDS = 12 * 3600
MOST_FAILURES, FAILURE_SECONDS = 5, 60
MOST_CLIENTS = 1000
"""Addresses whose attempts are counted apart; any others are counted together."""
MOST_FORM_BYTES = 4096

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
        b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
)
"""The browser itself refuses what the page might ask of other servers."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in: customer segments</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:12vh auto;padding:0 1rem}}
label,input,button{{display:block;width:100%;box-sizing:border-box;font:inherit}}
input,button{{padding:.5rem;margin:.4rem 0}}
p[role=alert]{{border-left:4px solid #c8553d;padding-left:.7rem}}</style></head>
<body><main><h1>Customer segments</h1>{message}<form method="post" action="{action}">
<label for="token">Token of this dashboard</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<input type="hidden" name="next" value="{goal}"><button>Sign in</button></form></main></body></html>"""


class Attempts:
    """Failed attempts by client; `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._failures: dict[str, deque[float]] = {}

    def wait(self, client: str) -> int:
        """Return the seconds until a client may try again, 0 if at once."""
        found = self._failures.get(self._name(client))
        self._forget(found)
        return 0 if not found or len(found) < MOST_FAILURES else int(found[0] + FAILURE_SECONDS - self.clock()) + 1

    def fail(self, client: str) -> None:
        """Count a failed attempt."""
        self._failures.setdefault(self._name(client), deque()).append(self.clock())

    def _forget(self, found: deque[float] | None) -> None:
        while found and self.clock() - found[0] > FAILURE_SECONDS:
            found.popleft()

    def _name(self, client: str) -> str:
        if client not in self._failures and len(self._failures) >= MOST_CLIENTS:
            for known in list(self._failures):
                self._forget(self._failures[known])
                if not self._failures[known]:
                    del self._failures[known]
            if len(self._failures) >= MOST_CLIENTS:
                return "others"
        return client


class Gate:
    """ASGI middleware that lets in who has shown the token, and nobody whom another site sent.

    Parameters
    ----------
    app : ASGI application
    token : str, optional
        Of at least `MIN_TOKEN_LENGTH` characters; without one everybody is let in.
    attempts : Attempts, optional
    clock : callable
        Tells seconds since 1970, for the end of a session.
    """

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        token: str | None = None,
        attempts: Attempts | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app = app
        self.token = token
        self.attempts = attempts or Attempts()
        self.clock = clock
        self._key = secrets.token_bytes(32)  # a new one with each start, which ends all sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        is_socket = scope["type"] == "websocket"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            await _refuse(send, is_socket)
        elif self.token is None or self._is_signed_in(headers):
            await self.app(scope, receive, send if is_socket else _with_headers(send))
        elif is_socket:
            await _refuse(send, is_socket)
        elif scope["path"] == SIGN_IN and scope["method"] == "POST":
            await self._sign_in(scope, headers, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            goal = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
            await _page(send, 401, goal)
        else:
            await _refuse(send, is_socket)

    def _is_signed_in(self, headers: dict[str, str]) -> bool:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        until, _, signature = (found.value if found else "").partition(".")
        is_ours = hmac.compare_digest(signature.encode(), self._sign(until).encode())
        return is_ours and until.isdigit() and int(until) > self.clock()

    def _sign(self, until: str) -> str:
        return hmac.new(self._key, until.encode(), sha256).hexdigest()

    async def _sign_in(self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send) -> None:
        client = scope["client"][0] if scope.get("client") else ""
        form = parse_qs((await _body(receive)).decode("utf-8", "replace"))
        goal = _local(form.get("next", ["/"])[0])
        wait = self.attempts.wait(client)
        if wait:
            await _page(send, 429, goal, f"Too many wrong tokens: try again in {wait} seconds.", wait)
            return
        # Hashes have one length, so that the comparison takes the same time whatever came.
        given = sha256(form.get("token", [""])[0].encode()).digest()
        if not hmac.compare_digest(given, sha256(self.token.encode()).digest()):
            self.attempts.fail(client)
            await _page(send, 403, goal, "This is not the token of this dashboard.")
            return
        until = str(int(self.clock()) + SESSION_SECONDS)
        cookie = f"{COOKIE}={until}.{self._sign(until)}; Path=/; Max-Age={SESSION_SECONDS}; HttpOnly; SameSite=Lax"
        if "https" in (scope.get("scheme"), headers.get("x-forwarded-proto")):
            cookie += "; Secure"
        await _answer(send, 303, b"", [(b"location", goal.encode("latin-1")), (b"set-cookie", cookie.encode())])


def _local(goal: str) -> str:
    """Return a path of this server; anything else is its first page."""
    is_path = goal.startswith("/") and not goal.startswith(("//", "/\\")) and goal.isascii() and goal.isprintable()
    return goal if is_path and not goal.startswith(SIGN_IN) else "/"


async def _body(receive: Receive) -> bytes:
    """Return the body of a request, cut where no form of ours is as long."""
    body = b""
    while len(body) < MOST_FORM_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body[:MOST_FORM_BYTES]


async def _refuse(send: Send, is_socket: bool) -> None:
    if is_socket:
        await send({"type": "websocket.close", "code": 1008})
    else:
        await _answer(send, 403, b"Refused.\n", [(b"content-type", b"text/plain; charset=utf-8")])


async def _page(send: Send, status: int, goal: str, message: str = "", wait: int = 0) -> None:
    text = PAGE.format(
        message=f'<p role="alert">{escape(message)}</p>' if message else "", action=SIGN_IN, goal=escape(_local(goal))
    )
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
    if wait:
        headers.append((b"retry-after", str(wait).encode()))
    await _answer(send, status, text.encode(), headers)


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    headers = [*headers, *HEADERS, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
        await send(message)

    return sending
