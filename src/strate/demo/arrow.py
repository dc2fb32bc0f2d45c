"""Small helpers that build Arrow columns from numpy arrays without a Python loop per row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def keys(prefix: str, numbers: np.ndarray, width: int) -> pa.Array:
    """Build keys such as `O00000042`.

    Parameters
    ----------
    prefix : str
        Text in front of the number.
    numbers : ndarray of shape (n,)
        Numbers, not negative; those wider than `width` are written in full.
    width : int
        Digits to which shorter numbers are padded with zeros.

    Returns
    -------
    pyarrow.Array
        Text, in the order of `numbers`.
    """
    if len(numbers) and int(numbers.max()) >= 10**width:
        padded = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
        return pc.binary_join_element_wise(pa.scalar(prefix), padded, pa.scalar(""))
    return pc.binary_replace_slice(
        pa.array(numbers + 10**width).cast(pa.string()).cast(pa.binary()), 0, 1, prefix.encode()
    ).cast(pa.string())


def pick(values: pa.Array | list | tuple, index: np.ndarray, present: np.ndarray | None = None) -> pa.Array:
    """Take values by position, null where `present` is false.

    Parameters
    ----------
    values : pyarrow.Array, list or tuple
        Values to take from.
    index : ndarray of shape (n,)
        Positions.
    present : ndarray of bool of shape (n,), optional
        Rows that keep their value; all when left out.

    Returns
    -------
    pyarrow.Array
        One value a row.
    """
    values = values if isinstance(values, pa.Array) else pa.array(values)
    return values.take(pa.array(index, mask=None if present is None else ~present))


def moments(values: np.ndarray, present: np.ndarray | None = None) -> pa.Array:
    """Turn microseconds since 1970 into timestamps, null where `present` is false."""
    mask = None if present is None else ~present
    return pa.array(values.astype("datetime64[us]"), type=pa.timestamp("us"), mask=mask)


def table(schema: pa.Schema, columns: dict[str, pa.Array | np.ndarray | list]) -> pa.Table:
    """Build a table with the columns, order and types of a schema."""
    arrays = []
    for field in schema:
        column = columns[field.name]
        column = column if isinstance(column, pa.Array) else pa.array(column)
        arrays.append(column.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)
