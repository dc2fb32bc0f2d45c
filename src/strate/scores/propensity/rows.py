"""What learning a propensity leaves behind, as rows of one long table."""

from collections.abc import Iterable, Mapping
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


def stamped(rows: Iterable[Mapping[str, Any]], **columns: Any) -> list[dict[str, Any]]:
    """Return the rows with columns that they do not have yet."""
    return [{**columns, **row} for row in rows]
