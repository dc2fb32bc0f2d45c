"""Rows of all kinds in one long table, as scoring hands them to SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa


def table_of(content: Sequence[Mapping[str, Any]] | Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    """Return rows with the columns of a schema.

    Parameters
    ----------
    content : sequence of mappings, or mapping
        Rows, or columns of one length with `record_type` among them, where a text stands for one that is the same on
        all rows. What is left out is null, and so is NaN.
    schema : pyarrow.Schema

    Returns
    -------
    pyarrow.Table
    """
    if not isinstance(content, Mapping):
        content = {name: [row.get(name) for row in content] for name in schema.names}
    size = next(len(column) for column in content.values() if not isinstance(column, str))
    arrays = []
    for field in schema:
        column = content.get(field.name)
        if column is None:
            arrays.append(pa.nulls(size, field.type))
        elif isinstance(column, str):
            arrays.append(pa.array([column] * size, type=field.type))
        else:
            arrays.append(pa.array(column, type=field.type, from_pandas=True))
    return pa.Table.from_arrays(arrays, schema=schema)
