"""Readers of a build's file who are done in a moment: a build waits for them rather than stop."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_WAIT = 600  # seconds; a copy of millions of rows takes one or two minutes
_LOOK = 0.1  # seconds between two looks


def _lock_file(database: Path | str) -> Path:
    path = Path(database)
    return path.with_name(f".{path.name}.lock")


@contextmanager
def brief_reading(database: Path | str) -> Iterator[None]:
    """Let builds that want to write to a file know that it will be free soon; the file is opened and closed inside."""
    try:
        lock = _lock_file(database).open("a")
    except OSError:  # a folder that one may only read
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def wait_for_brief_readers(database: Path | str) -> bool:
    """Wait until nobody reads a file briefly, for ten minutes at most; return whether anybody may have."""
    try:
        lock = _lock_file(database).open("r")
    except OSError:
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
