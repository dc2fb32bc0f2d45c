"""Readers of a build's file who are done in a moment: a build waits for them rather than stop."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

try:
    import fcntl
except ImportError:  # Windows, where builds work and nobody waits
    fcntl = None

LONGEST_WAIT = 600  # seconds; a copy of millions of rows takes one or two minutes
_LOOK = 0.1  # seconds between two looks


def _open(database: Path | str, mode: str) -> TextIO | None:
    """Open the file that is locked; None where there is none, or one may not write one."""
    path = Path(database)
    try:
        return path.with_name(f".{path.name}.lock").open(mode) if fcntl else None
    except OSError:
        return None


@contextmanager
def brief_reading(database: Path | str) -> Iterator[None]:
    """Let builds that want to write to a file know that it will be free soon; the file is opened and closed inside."""
    lock = _open(database, "a")
    if lock is None:
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def wait_for_brief_readers(database: Path | str) -> bool:
    """Wait until nobody reads a file briefly, for ten minutes at most; return whether anybody may have."""
    lock = _open(database, "r")
    if lock is None:
        return False
    deadline = time.monotonic() + LONGEST_WAIT
    with lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return True
                time.sleep(_LOOK)
