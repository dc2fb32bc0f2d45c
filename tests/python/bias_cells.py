"""Counts made by hand, and the report on them."""

import pandas as pd

from strate.bias import report_bias

DATE = pd.Timestamp("2025-12-31")


def customers(**columns: list) -> pd.DataFrame:
    """Return cells of one customer each, or of `customer_count`."""
    return pd.DataFrame({"customer_count": 1} | columns).assign(as_of_date=DATE)


NOTHING_COVERED = pd.DataFrame(columns=["coverage", "group_name", "level", "share", "customer_count", "covered_count"])


def report(
    cells: pd.DataFrame, covered: pd.DataFrame = NOTHING_COVERED, scores: pd.DataFrame | None = None, **settings
) -> pd.DataFrame:
    settings = {"groups": ["group"], "measures": [], "decisions": {}} | settings
    scores = pd.DataFrame({f"level_{group}": [] for group in settings["groups"]}) if scores is None else scores
    return report_bias(cells, covered, scores, **settings)
