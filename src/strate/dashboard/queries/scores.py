"""How scores are spread, what moves them, and which models gave them."""

from __future__ import annotations

import duckdb
import pandas as pd

COLUMNS = {
    "purchase": "purchase_probability",
    "click": "click_probability",
    "churn": "churn_probability",
    "value": "expected_revenue",
    "engagement": "engagement_score",
    "composite": "composite_score",
}
"""Column of customer_scores by score, in the order in which they are offered."""
BIN_COUNT = 20


def known_scores(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the scores that somebody has."""
    there = {name for name, *_ in connection.execute("describe customer_scores").fetchall()}
    scores = [score for score, column in COLUMNS.items() if column in there]
    if not scores:
        return []
    counts = ", ".join(f"count({COLUMNS[score]})" for score in scores)
    [row] = connection.execute(
        f"select {counts} from customer_scores where as_of_date = (select max(as_of_date) from customer_scores)"
    ).fetchall()
    return [score for score, known in zip(scores, row, strict=True) if known]


def distribution(connection: duckdb.DuckDBPyConnection, score: str) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return customers by bins of a score, and its mean, median, 99th percentile and count.

    Bins go to the 99th percentile of what has no end by itself; whoever is beyond is in the last one.
    """
    column = COLUMNS[score]
    scored = f"""
        select {column}::double as score from customer_scores
        where as_of_date = (select max(as_of_date) from customer_scores) and {column} is not null
    """
    [facts] = connection.execute(
        f"""
        select count(*), avg(score), approx_quantile(score, 0.5), approx_quantile(score, 0.99), max(score)
        from ({scored})
        """
    ).fetchall()
    many, mean, median, high, most = facts
    top = max(high if score == "value" else most, 1e-9)
    bins = connection.execute(
        f"""
        select
            greatest(least(floor(score / $width), {BIN_COUNT - 1}), 0) * $width as low,
            count(*) as customer_count
        from ({scored})
        group by low
        order by low
        """,
        {"width": top / BIN_COUNT},
    ).df()
    bins.insert(1, "high", bins["low"] + top / BIN_COUNT)
    return bins, {"count": many, "mean": mean, "median": median, "top": top}


def reasons(connection: duckdb.DuckDBPyConnection, score: str) -> pd.DataFrame:
    """Return which features are among the three strongest reasons of how many customers, and how far they move it."""
    return connection.execute(
        """
        select
            feature,
            count(*) as customer_count,
            count(*) filter (position = 1) as first_count,
            count(*) filter (effect > 0) as raises_count,
            avg(abs(effect)) as mean_effect
        from score_reasons
        where score = $score and as_of_date = (select max(as_of_date) from score_reasons)
        group by feature
        order by customer_count desc, feature
        """,
        {"score": score},
    ).df()


def versions(connection: duckdb.DuckDBPyConnection, score: str) -> pd.DataFrame:
    """Return the recorded versions of a score's model, latest first."""
    return connection.execute(
        """
        select
            as_of_date, model_version, method, outcome, trained_from, trained_until, row_count, auc, calibration_error,
            decile_lift, rank_correlation
        from model_versions
        where score = $score
        order by as_of_date desc, entry_number desc
        """,
        {"score": score},
    ).df()


def drift(connection: duckdb.DuckDBPyConnection, score: str) -> pd.DataFrame:
    """Return how far a score, as today's model tells it, has moved between dates."""
    return connection.execute(
        """
        select as_of_date, reference_date, customer_count, mean, psi, psi_by_chance
        from score_drift
        where comparison = 'score' and name = $score and as_of_date <> reference_date
        order by as_of_date desc
        """,
        {"score": score},
    ).df()
