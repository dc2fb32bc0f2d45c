"""Starting the dashboard."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from strate.dashboard.gate import MIN_TOKEN_LENGTH, Gate
from strate.dashboard.publication import PATH_VARIABLE

TOKEN_VARIABLE = "STRATE_DASHBOARD_TOKEN"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def run_dashboard(
    database: Path, host: str = "127.0.0.1", port: int = 8501, tell: Callable[[str], object] = print
) -> None:
    """Serve the dashboard until it is stopped.

    Parameters
    ----------
    database : pathlib.Path
        The published copy. It need not be there yet.
    host : str
        Address to listen on. Any but this machine's own needs a token in STRATE_DASHBOARD_TOKEN.
    port : int
    tell : callable
        Takes a sentence on where the dashboard is, once it is about to be there.

    Raises
    ------
    ModuleNotFoundError
        If Streamlit is not installed.
    OSError
        If the port is taken.
    ValueError
        If the address needs a token and there is none, or it is too short.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise ModuleNotFoundError("The dashboard needs Streamlit: pip install 'strate[dashboard]'.")
    token = read_token(host)
    _check_port(host, port)
    os.environ[PATH_VARIABLE] = str(database.absolute())

    import streamlit as st
    from starlette.middleware import Middleware

    from strate.dashboard.look import THEME

    tell(f"Dashboard of {database} on http://{f'[{host}]' if ':' in host else host}:{port}. Ctrl+C stops it.")
    app = st.App(Path(__file__).with_name("app.py"), lifespan=_loaded, middleware=[Middleware(Gate, token=token)])
    app.run(
        config={
            "server.address": host,
            "server.port": port,
            "server.headless": True,
            "server.fileWatcherType": "none",
            "server.runOnSave": False,
            "server.enableCORS": True,
            "server.enableXsrfProtection": True,
            "server.enableStaticServing": False,
            "server.enableAgentApi": False,
            # By another name this machine is reached only by a page that pretends to be here.
            "server.allowedHosts": [] if token else list(LOOPBACK_NAMES),
            "browser.gatherUsageStats": False,
            "runner.magicEnabled": False,
            "client.showErrorDetails": "none",
            "client.showErrorLinks": False,
            "client.toolbarMode": "minimal",
            "logger.hideWelcomeMessage": True,
            **THEME,
        }
    )


@asynccontextmanager
async def _loaded(app: object) -> AsyncIterator[None]:
    """Load what the pages import, within Streamlit's runtime, before the first visitor is served."""
    from strate.dashboard.views import load

    load()
    yield


def is_loopback(host: str) -> bool:
    """Say whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_port(host: str, port: int) -> None:
    """Raise where the port cannot be listened on."""
    try:
        family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise OSError(
            f"--host {host} --port {port} cannot be listened on ({error.strerror}): name another --port, or end what "
            "listens there."
        ) from error


def read_token(host: str) -> str | None:
    """Return the token in STRATE_DASHBOARD_TOKEN, if there is one.

    Raises
    ------
    ValueError
        If the address can be reached from elsewhere and there is no token, or it is too short to be safe.
    """
    token = os.environ.get(TOKEN_VARIABLE) or None
    if token is None and not is_loopback(host):
        raise ValueError(
            f"--host {host} can be reached from other machines: set the environment variable {TOKEN_VARIABLE} to a "
            "token that people sign in with, such as `openssl rand -hex 24` makes."
        )
    if token is not None and len(token) < MIN_TOKEN_LENGTH:
        raise ValueError(
            f"The environment variable {TOKEN_VARIABLE} has {len(token)} characters: a token has at least "
            f"{MIN_TOKEN_LENGTH}, such as `openssl rand -hex 24` makes."
        )
    return token
