"""Events of a build or of the published copy, as alerts."""

from pathlib import Path

from strate.alerts.messages import Alert
from strate.database import open_marts

_COLUMNS = "alert_id, segmentation, segment_key, metric, kind, outcome, started_on, observed, expected, effect"


def read_alerts(database: Path, schema: str) -> list[Alert]:
    """Return all events, ended ones too, in the order in which they were found.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or no segment_alerts in it.
    RuntimeError
        If it cannot be opened, such as while a build writes to it.
    """
    with open_marts(database, schema, ["segment_alerts"]) as (connection, tables):
        rows = connection.execute(f"select {_COLUMNS} from segment_alerts order by detected_on, alert_id")
        names = [column[0] for column in rows.description]
        found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
        called = {}
        if "segments" in tables:
            called = dict(
                connection.execute("select segment_key, max(segment_name) from segments group by 1").fetchall()
            )
    return [Alert(**row, name=called.get(row["segment_key"]) or row["segment_key"]) for row in found]
