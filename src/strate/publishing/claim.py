"""One publication at a time, with a folder to make the new content in."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def claim(place: Path) -> Iterator[Path]:
    """Keep other publications away from a place, and yield a folder beside it to make the new content in.

    What a killed publication left behind is deleted; so is the folder, in the end.

    Raises
    ------
    FileNotFoundError
        If the folder that the place lies in does not exist.
    RuntimeError
        If another publication is at work on the same place.
    """
    import fcntl  # not on Windows, where the command line has to work all the same

    if not place.parent.is_dir():
        raise FileNotFoundError(f"The folder {place.parent} does not exist: make it, or publish to another place.")
    with Path(f"{place.parent}/.{place.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"Another `strate publish` is writing {place}: wait until it is done.") from None
        for left in place.parent.glob(f".{place.name}.publishing-*"):
            shutil.rmtree(left)
        folder = Path(tempfile.mkdtemp(prefix=f".{place.name}.publishing-", dir=place.parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
