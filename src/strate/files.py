"""Putting a new file in the place of another in one step that outlives a power cut."""

import os
from pathlib import Path


def put_in_place(new: Path, place: Path) -> None:
    """Replace a file by another of the same file system; whoever has the old one open keeps it."""
    sync(new)
    new.replace(place)
    sync(place.parent)


def sync(path: Path) -> None:
    """Have a file, or the entries of a folder, written to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
