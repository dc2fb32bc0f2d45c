"""Alerts, and the series in which one was found."""

from __future__ import annotations

import duckdb
import pandas as pd

from strate.dashboard.queries.performance import INDICATORS, series


def alerts(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return all alerts: those that go on first, then the latest."""
    return connection.execute(
        """
        select
            alert_id, segmentation, segment_key, metric, kind, started_on, detected_on, recovered_on, last_seen_on,
            observed, expected, lower_limit, upper_limit, effect, is_current
        from segment_alerts
        order by is_current desc, started_on desc, abs(effect) desc, alert_id
        """
    ).df()


def alerted_series(
    connection: duckdb.DuckDBPyConnection, segmentation: str, segment_key: str, metric: str
) -> pd.DataFrame:
    """Return an alert's series by week, `period` and `value`; of what adds up the mean of a day, as the limits are."""
    found = series(connection, segmentation, segment_key, metric, "week")
    if len(INDICATORS[metric].sums) == 1:
        found["value"] /= 7
    return found
