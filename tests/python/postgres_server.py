"""A Postgres server for tests: in a folder of its own, on a free port of 127.0.0.1, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_USER = "nobody"  # the server refuses to run as root


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def _as_user(*command: str | Path) -> None:
    prefix = ["setpriv", f"--reuid={_USER}", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
    subprocess.run([*prefix, *map(str, command)], check=True, capture_output=True, cwd="/", timeout=120)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server, yield the URL of its database without user, and stop it.

    Roles log in over TCP without a password; the superuser is `strate`.
    """
    binaries = _binaries()
    if binaries is None:
        message = "There is no Postgres to publish to: apt-get install postgresql."
        if os.environ.get("STRATE_REQUIRE_POSTGRES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    # Not in pytest's folder, which the server's user may not enter.
    with tempfile.TemporaryDirectory(prefix="strate-postgres-") as folder:
        if os.getuid() == 0:
            shutil.chown(folder, _USER, "nogroup")
        data, port = f"{folder}/data", _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        _as_user(binaries / "initdb", "-D", data, "-U", "strate", "--auth=trust", "-E", "UTF8", "--locale=C", "-N")
        _as_user(binaries / "pg_ctl", "-D", data, "-l", f"{folder}/log", "-o", options, "-w", "start")
        try:
            yield f"127.0.0.1:{port}/postgres"
        finally:
            _as_user(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
