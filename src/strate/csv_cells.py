"""Values as CSV cells that no spreadsheet takes for formulas."""

import json
from typing import Any

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any) -> Any:
    """Return a value as a CSV cell: a text that a spreadsheet would take for a formula gets an apostrophe in front.

    Numbers stay numbers, also negative ones; None is empty.
    """
    if isinstance(value, str) and value.startswith(_FORMULA_SIGNS):
        return f"'{value}"
    if isinstance(value, list | dict | tuple):
        return cell(json.dumps(value, ensure_ascii=False, default=str))
    return value
