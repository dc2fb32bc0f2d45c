"""What else changed between two builds: quality, gates, scores, features and row counts."""

from dataclasses import dataclass

import numpy as np

from strate.diff.builds import SIDES, Build, Pair
from strate.diff.stability import index_of_counts, stability_index
from strate.summary import read_gates

QUALITY = (
    "cluster_count",
    "silhouette",
    "davies_bouldin",
    "stability",
    "generalisation",
    "null_p_value",
    "noise_share",
    "smallest_cluster_size",
)
SCORES = {
    "customer_values": ("expected_revenue", "probability_alive", "expected_purchases"),
    "customer_scores": (
        "purchase_probability",
        "click_probability",
        "churn_probability",
        "engagement_score",
        "composite_score",
    ),
}
NUMBERS = ("BIGINT", "INTEGER", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER")
COUNTED = ("customers", "customer_features", "customer_segments", "segments", "rejected_rows")


@dataclass(frozen=True)
class Change:
    """A figure of both builds; None where it was not to be had."""

    name: str
    base: float | str | None
    head: float | str | None

    @property
    def is_changed(self) -> bool:
        """Whether the two differ."""
        return self.base != self.head


@dataclass(frozen=True)
class ColumnChange:
    """A column of customers in both builds.

    Attributes
    ----------
    name : str
    stability_index : float, optional
        Population stability index of head against base; None where it was not to be had.
    base_null_share, head_null_share : float, optional
        Share of the customers of whom it is not known, 0 to 1. None where a build has not the column.
    rank_correlation : float, optional
        Spearman's, over the customers of both builds. Only of scores; None where either is the same for all.
    """

    name: str
    stability_index: float | None
    base_null_share: float | None
    head_null_share: float | None
    rank_correlation: float | None = None

    @property
    def is_changed(self) -> bool:
        """Whether anything of it differs."""
        return (
            self.base_null_share != self.head_null_share
            or (self.stability_index or 0) > 0
            or (self.rank_correlation is not None and self.rank_correlation < 1)
        )


def shown(value: float | str | None, unknown: str) -> str:
    """Return a figure as people read it."""
    if value is None:
        return unknown
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"


def compare_quality(pair: Pair) -> list[Change]:
    """Compare the clustering that was chosen."""
    columns = pair.common_columns("clustering_candidates")
    wanted = [name for name in ("algorithm", *QUALITY) if name in columns]
    if not wanted:
        return []
    found = {}
    for side in SIDES:
        rows = pair.rows(f"select {', '.join(wanted)} from {{{side}.clustering_candidates}} where is_chosen")
        found[side] = rows[0] if rows else (None,) * len(wanted)
    return [Change(name, *values) for name, *values in zip(wanted, found["base"], found["head"], strict=True)]


def compare_gates(base: Build, head: Build) -> list[Change]:
    """Compare how the gates of the last run of each build ended; none where a target folder was not named."""
    if base.target is None or head.target is None:
        return []
    found = [{gate.name: gate.verdict for gate in read_gates(build.target)} for build in (base, head)]
    return [Change(name, found[0].get(name), found[1].get(name)) for name in sorted({*found[0], *found[1]})]


def compare_row_counts(pair: Pair) -> list[Change]:
    """Compare the rows of the inputs and of the main marts."""
    changes = []
    if pair.has("input_row_counts"):
        counts = [dict(pair.rows(f"select input, row_count from {{{side}.input_row_counts}}")) for side in SIDES]
        changes += [
            Change(f"input {name}", counts[0].get(name), counts[1].get(name))
            for name in sorted({*counts[0], *counts[1]})
        ]
    for table in COUNTED:
        counts = [
            pair.rows(f"select count(*) from {{{side}.{table}}}")[0][0] if table in pair.columns[side] else None
            for side in SIDES
        ]
        if counts != [None, None]:
            changes.append(Change(table, *counts))
    return changes


def compare_scores(pair: Pair) -> list[ColumnChange]:
    """Compare each score of the latest date."""
    return [
        _compare_column(pair, table, column, kind, with_ranks=True)
        for table, wanted in SCORES.items()
        for column, kind in _columns(pair, table).items()
        if column in wanted
    ]


def compare_features(pair: Pair) -> list[ColumnChange]:
    """Compare each column of customer_features at the latest date."""
    return [
        _compare_column(pair, "customer_features", column, kind)
        for column, kind in _columns(pair, "customer_features").items()
        if column not in ("customer_id", "as_of_date")
    ]


def _columns(pair: Pair, table: str) -> dict[str, str]:
    """Return the columns that either build has, with the types of head where it has them."""
    return pair.columns["base"].get(table, {}) | pair.columns["head"].get(table, {})


def _compare_column(pair: Pair, table: str, column: str, kind: str, *, with_ranks: bool = False) -> ColumnChange:
    null_shares = [
        pair.rows(f'select avg(case when "{column}" is null then 1.0 else 0.0 end) from {_latest(side, table)}')[0][0]
        if column in pair.columns[side].get(table, {})
        else None
        for side in SIDES
    ]
    if None in null_shares:
        return ColumnChange(column, None, *null_shares)
    if kind.split("(")[0] in NUMBERS:
        index = stability_index(*(_numbers(pair, side, table, column) for side in SIDES))
    else:
        index = index_of_counts(*_levels(pair, table, column))
    correlation = _rank_correlation(pair, table, column) if with_ranks else None
    return ColumnChange(column, None if np.isnan(index) else index, *null_shares, correlation)


def _latest(side: str, table: str) -> str:
    """Return SQL of a table's rows of its latest date."""
    return f"(from {{{side}.{table}}} where as_of_date = (select max(as_of_date) from {{{side}.{table}}}))"


def _numbers(pair: Pair, side: str, table: str, column: str) -> np.ndarray:
    return pair.numbers(f'select cast("{column}" as double) from {_latest(side, table)}')


def _levels(pair: Pair, table: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    rows = pair.rows(
        f"""
        select count(*) filter (side = 'base'), count(*) filter (side = 'head')
        from (
            select 'base' as side, cast("{column}" as varchar) as level from {_latest("base", table)}
            union all
            select 'head' as side, cast("{column}" as varchar) as level from {_latest("head", table)}
        )
        group by level
        order by level
        """
    )
    base, head = zip(*rows, strict=True) if rows else ((), ())
    return np.array(base), np.array(head)


def _rank_correlation(pair: Pair, table: str, column: str) -> float | None:
    ((found,),) = pair.rows(
        f"""
        select corr(base_place, head_place)
        from (
            select
                rank() over (order by base."{column}") + count(*) over (partition by base."{column}") / 2
                    as base_place,
                rank() over (order by head."{column}") + count(*) over (partition by head."{column}") / 2
                    as head_place
            from {_latest("base", table)} as base
            inner join {_latest("head", table)} as head using (customer_id)
            where base."{column}" is not null and head."{column}" is not null
        )
        """
    )
    return None if found is None or np.isnan(found) else min(round(found, 9), 1.0)
