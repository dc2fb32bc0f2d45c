"""Publishing to Parquet: each publication has a folder of its own, and a link names the current one."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from strate.files import sync
from strate.progress import track
from strate.publishing.claim import claim
from strate.publishing.copied import COPIED, open_copy
from strate.publishing.source import Publication
from strate.sql import quoted, text

CURRENT = "current"
VERSIONS = "versions"
FILE_SIZE = "256MB"  # about: a larger table becomes several files
_VERSION = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{8}")


def write_parquet(copy: Path, folder: Path, publication: Publication, keep: int, say: Callable[[str], None]) -> None:
    """Write all tables of a copy to a new folder, and have the link `current` name it.

    Parameters
    ----------
    copy : pathlib.Path
        DuckDB file with the tables.
    folder : pathlib.Path
        Made if it is not there. A table is at `current/<table>/*.parquet`, `current` being a link to
        `versions/<publication>`.
    publication : Publication
        What is in the copy.
    keep : int
        How many earlier publications stay, for whoever still reads them.
    say : callable
        Takes a sentence on each step.

    Raises
    ------
    FileNotFoundError
        If the folder that it lies in does not exist.
    RuntimeError
        If another publication is at work on it.
    ValueError
        If it has something called `current` that is no link.
    """
    if not folder.parent.is_dir():
        raise FileNotFoundError(f"The folder {folder.parent} does not exist: make it, or publish to another place.")
    if (folder / CURRENT).exists() and not (folder / CURRENT).is_symlink():
        raise ValueError(f"{folder / CURRENT} is not a link that `strate publish` made: name another folder.")
    folder.mkdir(exist_ok=True)
    versions = folder / VERSIONS
    versions.mkdir(exist_ok=True)
    with claim(folder / CURRENT) as working:
        new = working / "whole"
        new.mkdir()
        with open_copy(copy) as (connection, tables):
            for table in track(tables, "Tables written as Parquet"):
                connection.execute(
                    f"copy {COPIED}.{quoted(table.name)} to {text(str(new / table.name))} "
                    f"(format parquet, compression zstd, file_size_bytes '{FILE_SIZE}')"
                )
        for path in [*new.rglob("*"), new]:
            sync(path)
        version = versions / f"{publication.published_at:%Y%m%dT%H%M%S%fZ}-{publication.publication_id[:8]}"
        new.rename(version)
        sync(versions)
        link = working / CURRENT
        link.symlink_to(Path(VERSIONS) / version.name)
        link.replace(folder / CURRENT)
        sync(folder)
        earlier = sorted(path for path in versions.iterdir() if _VERSION.fullmatch(path.name) and path != version)
        for path in earlier[: max(len(earlier) - keep, 0)]:
            shutil.rmtree(path)
    say(f"Published to {folder / CURRENT}.")
