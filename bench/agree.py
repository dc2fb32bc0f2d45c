"""Stop unless Strate and the baseline put equally many customers into each segment of the segmentations they share.

Clusters are left out: two runs of K-means need not agree to the last customer.

Usage: agree.py <DuckDB file> <folder of the baseline's tables>
"""

import sys

import duckdb


def main() -> None:
    """Run as a script."""
    database, folder = sys.argv[1:]
    with duckdb.connect(database, read_only=True) as connection:
        differences = connection.execute(
            f"""
            select segment_key, strate.customer_count, baseline.customer_count
            from segments as strate
            full join '{folder}/segments.parquet' as baseline using (segmentation, segment_key)
            where segmentation in ('rfm', 'value', 'lifecycle')
                and strate.customer_count is distinct from baseline.customer_count
            """
        ).fetchall()
    for segment, ours, theirs in differences:
        print(f"{segment}: Strate has {ours} customers, the baseline {theirs}.")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
