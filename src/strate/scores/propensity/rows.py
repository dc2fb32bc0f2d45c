"""What learning a propensity leaves behind, as rows of one long table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

SCHEMA = pa.schema(
    [
        ("record_type", pa.string()),
        ("target", pa.string()),
        ("as_of_date", pa.timestamp("us")),
        ("model_version", pa.string()),
        ("method", pa.string()),
        ("outcome", pa.string()),
        ("is_champion", pa.bool_()),
        ("name", pa.string()),
        ("parameter", pa.string()),
        ("position", pa.int64()),
        ("customer_id", pa.string()),
        ("value", pa.float64()),
        ("detail", pa.string()),
    ]
)


def table_of(content: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> pa.Table:
    """Return rows with the columns of `SCHEMA`.

    Parameters
    ----------
    content : sequence of mappings, or mapping
        Rows, or columns of one length with `record_type` among them, where a text stands for one that is the same on
        all rows. What is left out is null, and so is NaN.

    Returns
    -------
    pyarrow.Table
    """
    if not isinstance(content, Mapping):
        content = {name: [row.get(name) for row in content] for name in SCHEMA.names}
    size = next(len(column) for column in content.values() if not isinstance(column, str))
    arrays = []
    for field in SCHEMA:
        column = content.get(field.name)
        if column is None:
            arrays.append(pa.nulls(size, field.type))
        elif isinstance(column, str):
            arrays.append(pa.array([column] * size, type=field.type))
        else:
            arrays.append(pa.array(column, type=field.type, from_pandas=True))
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def facts(common: Mapping[str, Any], entries: Mapping[str, Any], key: str = "name") -> list[dict[str, Any]]:
    """Return a row per entry: a number in `value`, a text in `detail`, with its name in the column `key`."""
    return [
        {**common, key: name, "detail" if isinstance(fact, str) else "value": fact} for name, fact in entries.items()
    ]


def stamped(rows: Iterable[Mapping[str, Any]], **columns: Any) -> list[dict[str, Any]]:
    """Return the rows with columns that they do not have yet."""
    return [{**columns, **row} for row in rows]
