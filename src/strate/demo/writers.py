"""Write the demo tables: typed Parquet or CSV files for any size, and the seeds of the repository."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from strate.demo.dirt import to_text
from strate.demo.generator import Generator, Volume
from strate.demo.schema import TABLES, TRUTH
from strate.progress import stage

FORMATS = ("parquet", "csv")
SEED_CUSTOMERS = 2_400
SEED_NUMBER = 7
SEED_VOLUME = Volume(lines_per_order=1.6, events_per_session=2.0, session_factor=1.0)

# Keys that hardly repeat: a dictionary of them would be a waste of time and space.
_UNIQUE = {
    "event_id",
    "order_id",
    "order_line_id",
    "campaign_event_id",
    "message_id",
    "crm_customer_id",
    "consent_id",
    "response_id",
    "email",
    "phone",
    "person_id",
    "key",
    "event_at",
    "received_at",
    "ordered_at",
    "booked_at",
    "updated_at",
    "created_at",
    "total_amount",
}


class _ParquetFile:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        repeated = [name for name in schema.names if name not in _UNIQUE]
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeated)

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


class _CsvFile:
    """CSV with quotes only where a value needs them, which keeps the seeds small and easy to compare."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(schema.names)

    def write(self, table: pa.Table) -> None:
        for batch in table.to_batches(max_chunksize=50_000):
            self._writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))

    def close(self) -> None:
        self._file.close()


def _text_stream(seed: int, chunk: int, name: str, piece: int) -> np.random.Generator:
    number = list(TABLES).index(name) if name in TABLES else len(TABLES)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(chunk, 100 + number, piece)))


def write_demo(
    generator: Generator,
    out: Path,
    file_format: str = "parquet",
    prefix: str = "",
    with_truth: bool = True,
) -> Counter:
    """Write one file per input, and the truth about who is who.

    Parameters
    ----------
    generator : Generator
        Source of the tables.
    out : Path
        Existing folder.
    file_format : {"parquet", "csv"}
        Parquet is typed; CSV is text in the mixed formats of a careless export. The truth is always Parquet.
    prefix : str
        Put in front of the file names.
    with_truth : bool
        Whether to write `truth.parquet`.

    Returns
    -------
    Counter
        Rows written, by table.
    """
    if file_format not in FORMATS:
        raise ValueError(f"file_format must be one of {', '.join(FORMATS)}, not {file_format!r}")
    is_text = file_format == "csv"
    files = {
        name: (_CsvFile if is_text else _ParquetFile)(out / f"{prefix}{name}.{file_format}", schema)
        for name, schema in TABLES.items()
    }
    if with_truth:
        files["truth"] = _ParquetFile(out / "truth.parquet", TRUTH)
    rows: Counter = Counter()
    pieces: Counter = Counter()
    pending: list[Future] = []
    latest = 0
    try:
        # One writer beside the generator: both cores work, and two tables at most wait in memory.
        with ThreadPoolExecutor(max_workers=1) as pool, stage("Demo data, chunks", generator.n_chunks) as step:
            for chunk, name, typed in generator.tables():
                for _ in range(chunk - latest):
                    step()
                latest = chunk
                if name not in files:
                    continue
                table = typed
                if is_text and name != "truth":
                    stream = _text_stream(generator.seed, chunk, name, pieces[name])
                    table = to_text(typed, stream, name, generator.dirt)
                pieces[name] += 1
                rows[name] += table.num_rows
                pending.append(pool.submit(files[name].write, table))
                if len(pending) > 2:
                    pending.pop(0).result()
            for future in pending:
                future.result()
    finally:
        for file in files.values():
            file.close()
    return rows


def write_seeds(out: Path) -> tuple[Counter, Counter]:
    """Write the repository's demo seeds, the same bytes every time.

    Parameters
    ----------
    out : Path
        Folder of the seeds; its `demo_*.csv` files are replaced.

    Returns
    -------
    rows, dirt : Counter
        Rows by table, and rows of each kind of dirt.
    """
    out.mkdir(parents=True, exist_ok=True)
    generator = Generator(SEED_CUSTOMERS, SEED_NUMBER, SEED_VOLUME)
    # Elsewhere first, so that a failure leaves the old files whole.
    with tempfile.TemporaryDirectory() as scratch:
        rows = write_demo(generator, Path(scratch), "csv", prefix="demo_", with_truth=False)
        for path in sorted(Path(scratch).iterdir()):
            shutil.move(path, out / path.name)
    return rows, generator.dirt


def seed_truth() -> pa.Table:
    """Return who is who in the demo seeds, which no model reads.

    Returns
    -------
    pyarrow.Table
        One row per key of a person: `person_id`, `persona`, `variant`, `key_type`, `key`.
    """
    generator = Generator(SEED_CUSTOMERS, SEED_NUMBER, SEED_VOLUME)
    return pa.concat_tables(table for _, name, table in generator.tables() if name == "truth")
