"""Write the inputs of a bench: all rows, and those that had arrived before the last 1 % of tracking events.

A process of its own: the memory of a parent counts in the peak of the children that it measures.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

NEW_SHARE = 0.01
_ORDERED_AT = "(select min(ordered_at) from orders where orders.order_id = input.order_id)"
# When a row reached its system; a row that does not say so was there from the start, and so were the look-up tables.
ARRIVED_AT = {
    "crm_customers": "coalesce(updated_at, created_at)",
    "crm_consents": "decided_at",
    "crm_campaign_events": "coalesce(received_at, event_at)",
    "erp_orders": "coalesce(updated_at, cancelled_at, ordered_at)",
    "erp_order_lines": f"coalesce(updated_at, booked_at, {_ORDERED_AT})",
    "erp_products": None,
    "tracking_events": "coalesce(received_at, event_at)",
    "survey_responses": "answered_at",
    "geo_areas": None,
}


def split(after: Path, before: Path) -> dict:
    """Write to `before` what had arrived by the moment that leaves `NEW_SHARE` of the tracking events to come.

    Returns
    -------
    dict
        `cut_at`, and by input the `rows` of both folders.
    """
    rows: dict[str, dict[str, int]] = {}
    with duckdb.connect() as connection:
        connection.execute(f"create view orders as select * from '{after}/erp_orders.parquet'")
        cut_at = connection.execute(
            f"""
            select quantile_disc(arrived_at, {1 - NEW_SHARE})
            from (select {ARRIVED_AT["tracking_events"]} as arrived_at from '{after}/tracking_events.parquet')
            where arrived_at < timestamp '2100-01-01'
            """
        ).fetchall()[0][0]
        for name, arrived_at in ARRIVED_AT.items():
            there = f"coalesce({arrived_at} < timestamp '{cut_at}', true)" if arrived_at else "true"
            connection.execute(
                f"copy (select * from '{after}/{name}.parquet' as input where {there})"
                f" to '{before}/{name}.parquet' (compression zstd)"
            )
            counts = [
                connection.execute(f"select count(*) from '{folder}/{name}.parquet'").fetchall()[0][0]
                for folder in (before, after)
            ]
            rows[name] = dict(zip(("before", "after"), counts, strict=True))
    return {"cut_at": str(cut_at), "rows": rows}


def main() -> None:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("customers", type=int)
    parser.add_argument("folder", type=Path, help="gets before/, after/ and inputs.json")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    before, after = given.folder / "before", given.folder / "after"
    before.mkdir(parents=True)
    strate = Path(sys.executable).with_name("strate")
    subprocess.run([strate, "demo", "--customers", str(given.customers), "--out", after], check=True)
    # Last, so that a folder with it is whole.
    (given.folder / "inputs.json").write_text(json.dumps(split(after, before), indent=2))


if __name__ == "__main__":
    main()
