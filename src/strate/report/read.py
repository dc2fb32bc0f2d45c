"""What the report tells, read from the marts in aggregates: of single customers only a sample's coordinates."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from strate.clustering import ClusteringPredictor, load_clustering
from strate.database import open_marts
from strate.report.cards import Card, read_cards
from strate.report.evidence import Evidence, read_evidence
from strate.report.moves import Move, read_moves
from strate.report.neighbour_map import draw_map
from strate.report.projection import Projection, project
from strate.report.scores import Scores, read_scores
from strate.summary import Gate, read_gates

NEEDED = ("segments", "customer_segments", "segment_profiles", "customer_features", "clustering_candidates")
SEGMENTATIONS = ("rfm", "cluster", "value", "lifecycle")
"""Segmentations in the order in which they are shown; any others come after them."""

BEST_FIRST = (
    "rfm_champions",
    "rfm_loyal",
    "rfm_potential_loyalists",
    "rfm_new_customers",
    "rfm_promising",
    "rfm_need_attention",
    "rfm_about_to_sleep",
    "rfm_cannot_lose",
    "rfm_at_risk",
    "rfm_hibernating",
    "rfm_never_bought",
    *(f"value_{tier}" for tier in ("top", "high", "medium", "low", "none")),
    *(f"lifecycle_{stage}" for stage in ("new", "active", "reactivated", "cooling", "lapsed", "never_bought")),
)
"""Segments in the order in which they are shown. Clusters go by their number, any others by size."""

PICTURED_FROM = ("clustering_fit", "cluster_keys", "int_segments__clustering_sample")
PICTURED_CUSTOMERS = 3_000
MOST_BUCKETS = 26
BUCKET_DAYS = (30, 90, 365)


@dataclass(frozen=True)
class Segment:
    """One segment of the last date.

    Money is None where there are no orders, or nobody asked for it. `paid_revenue` counts customers with a revenue
    above zero only, so that shares of it lie between 0 and 1.
    """

    segmentation: str
    key: str
    name: str
    description: str
    customer_count: int
    customer_share: float
    paid_revenue: float | None = None
    median_recency_days: float | None = None

    @property
    def number(self) -> int | None:
        """Number of a cluster; None for any other segment."""
        match = re.fullmatch(r"cluster_(\d+)", self.key) if self.segmentation == "cluster" else None
        return int(match[1]) if match else None

    @property
    def label(self) -> str:
        """Short name: clusters are told by their number, as their names are long."""
        return self.name if self.number is None else f"Cluster {self.number}"

    @property
    def full_name(self) -> str:
        """Label and name; a cluster's name is made of features, which are shown without underscores."""
        return self.label if self.label == self.name else f"{self.label}: {self.name.replace('_', ' ')}"


@dataclass(frozen=True)
class Difference:
    """How a segment differs from everybody in one feature, in standard deviations; None where nothing is known.

    `label` is the feature as people read it, `known_count` the number of the segment's customers of whom it is known.
    """

    segmentation: str
    segment_key: str
    feature: str
    label: str
    known_count: int
    segment_mean: float | None
    population_mean: float | None
    standardised: float | None


@dataclass(frozen=True)
class Totals:
    """Figures of all customers; those of orders are None where there are no orders."""

    customer_count: int = 0
    buyer_count: int | None = None
    order_count: int | None = None
    revenue: float | None = None
    revenue_365_days: float | None = None


@dataclass(frozen=True)
class Settings:
    """Vars of the last run, as its manifest tells them; None where it does not."""

    currency: str | None = None
    min_silhouette: float | None = None
    max_davies_bouldin: float | None = None


@dataclass
class Facts:
    """All that the report tells of one build, or the part of it that somebody asked for.

    Attributes
    ----------
    as_of_date : datetime.date or None
        None if there are no customers.
    concentration : list of (int, float)
        Customers with revenue in hundredths, best first: how many, and their revenue.
    recency : list of (str, int, int)
        Lifecycle segment, first of `bucket_days` days since the last order, customers.
    picture : Projection or str
        The clusters in two dimensions, or why there are none.
    neighbours : Projection or None
        The map of neighbours, where one was asked for by `map_method`.
    cards : list of Card or None
        None where the mart is not there.
    moves : list of Move or None
        None where the mart is not there.
    scores : Scores or None
        None where no score is on.
    inputs : list of (str, int, int, int, int)
        Input, rows, kept, duplicate keys, rejected.
    rejections : list of (str, str, int)
        Input, reason, rows; most first.
    """

    as_of_date: date | None
    segments: list[Segment]
    totals: Totals = field(default_factory=Totals)
    differences: list[Difference] = field(default_factory=list)
    concentration: list[tuple[int, float]] = field(default_factory=list)
    recency: list[tuple[str, int, int]] = field(default_factory=list)
    bucket_days: int = BUCKET_DAYS[0]
    evidence: Evidence = field(default_factory=Evidence)
    picture: Projection | str = ""
    inputs: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    rejections: list[tuple[str, str, int]] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)
    neighbours: Projection | None = None
    map_method: str | None = None
    cards: list[Card] | None = None
    moves: list[Move] | None = None
    scores: Scores | None = None

    def segmentations(self) -> list[str]:
        """Return the segmentations in the order in which they are shown."""
        places = {name: place for place, name in enumerate(SEGMENTATIONS)}
        names = {segment.segmentation for segment in self.segments}
        return sorted(names, key=lambda name: (places.get(name, len(places)), name))

    def segments_of(self, segmentation: str) -> list[Segment]:
        """Return the segments of one segmentation in the order in which they are shown."""
        return [segment for segment in self.segments if segment.segmentation == segmentation]


def read_facts(database: Path, schema: str, target: Path, map_method: str | None = None) -> Facts:
    """Read all that the report tells, as of the last date.

    Parameters
    ----------
    database : pathlib.Path
        DuckDB file that dbt wrote.
    schema : str
        Schema of the marts.
    target : pathlib.Path
        dbt's target folder, for gates, thresholds and the currency; the report does without.
    map_method : {'tsne', 'umap'}, optional
        Method of the map of neighbours; none is drawn without it.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or a mart is missing.
    RuntimeError
        If a build is writing to the file, or the method's library is not installed.
    """
    with open_marts(database, schema, NEEDED) as (connection, tables):
        connection.execute("set TimeZone = 'UTC'")
        [(as_of_date,)] = connection.execute("select max(as_of_date) from customer_features").fetchall()
        connection.execute(
            "create temp view features as select * from customer_features "
            "where as_of_date = (select max(as_of_date) from customer_features)"
        )
        segments = _read_segments_with_money(connection)
        recency, bucket_days = _read_recency(connection)
        evidence = read_evidence(connection, tables)
        sample = _read_sample(connection, tables, evidence)
        picture = sample if isinstance(sample, str) else project(*sample)
        return Facts(
            as_of_date=as_of_date,
            totals=read_totals(connection),
            segments=segments,
            differences=read_differences(connection),
            concentration=_read_concentration(connection),
            recency=recency,
            bucket_days=bucket_days,
            evidence=evidence,
            picture=picture,
            neighbours=draw_map(*sample, map_method) if map_method and isinstance(picture, Projection) else None,
            map_method=map_method,
            cards=read_cards(connection) if "segment_cards" in tables else None,
            moves=read_moves(connection, as_of_date) if "segment_transitions" in tables else None,
            scores=read_scores(connection, tables),
            inputs=read_inputs(connection) if "input_row_counts" in tables else [],
            rejections=read_rejections(connection) if "rejected_rows" in tables else [],
            gates=read_gates(target),
            settings=_read_settings(target),
        )


def read_totals(connection: duckdb.DuckDBPyConnection) -> Totals:
    """Return the figures of all customers."""
    [row] = connection.execute(
        """
        select
            count(*),
            sum(case when order_count is not null then (order_count > 0)::integer end)::bigint,
            sum(order_count)::bigint,
            sum(revenue::decimal(28, 6))::double,
            sum(revenue_365_days::decimal(28, 6))::double
        from customer_features
        where as_of_date = (select max(as_of_date) from customer_features)
        """
    ).fetchall()
    return Totals(*row)


def read_segments(connection: duckdb.DuckDBPyConnection) -> list[Segment]:
    """Return the segments in the order in which they are shown."""
    rows = connection.execute(
        """
        select segmentation, segment_key, segment_name, description, customer_count, customer_share
        from segments
        order by segmentation, customer_count desc, segment_key
        """
    ).fetchall()
    places = {key: place for place, key in enumerate(BEST_FIRST)}
    return sorted((Segment(*row) for row in rows), key=lambda one: one.number or places.get(one.key, len(places)))


def _read_segments_with_money(connection: duckdb.DuckDBPyConnection) -> list[Segment]:
    """Return the segments with what their customers paid; amounts are added exactly, so in any order alike."""
    rows = connection.execute(
        """
        select
            customer_segments.segment_key,
            sum(case when features.revenue > 0 then features.revenue::decimal(28, 6)
                when features.revenue is not null then 0 end)::double as paid_revenue,
            median(features.recency_days) as median_recency_days
        from customer_segments
        inner join features using (customer_id, as_of_date)
        group by customer_segments.segment_key
        """
    ).fetchall()
    money = {key: {"paid_revenue": paid, "median_recency_days": days} for key, paid, days in rows}
    return [replace(segment, **money.get(segment.key, {})) for segment in read_segments(connection)]


def read_differences(connection: duckdb.DuckDBPyConnection) -> list[Difference]:
    """Return the profiles, features in the order of the feature mart's columns."""
    rows = connection.execute(
        """
        select
            segmentation, segment_key, feature, feature_label, known_count, segment_mean, population_mean,
            standardised_difference
        from segment_profiles
        order by segmentation, segment_key, feature
        """
    ).fetchall()
    columns = [name for name, *_ in connection.execute("describe customer_features").fetchall()]
    places = {name: place for place, name in enumerate(columns)}
    return sorted((Difference(*row) for row in rows), key=lambda row: places.get(row.feature, len(places)))


def _read_concentration(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, float]]:
    """Return a hundred rows at most. Where equals fall into two hundredths, it does not matter who is in which."""
    return connection.execute(
        """
        with customers as (
            select revenue::decimal(28, 6) as revenue, ntile(100) over (order by revenue desc) as part
            from features
            where revenue > 0
        )
        select count(*), sum(revenue)::double
        from customers
        group by part
        order by part
        """
    ).fetchall()


def _read_recency(connection: duckdb.DuckDBPyConnection) -> tuple[list[tuple[str, int, int]], int]:
    """Return customers per lifecycle segment and time since the last order, and the days that one step of it spans."""
    [(longest,)] = connection.execute("select coalesce(max(recency_days), 0) from features").fetchall()
    days = next((days for days in BUCKET_DAYS if longest < days * MOST_BUCKETS), BUCKET_DAYS[-1])
    rows = connection.execute(
        """
        select
            customer_segments.segment_key,
            least(features.recency_days // $days, $most - 1)::integer * $days as first_day,
            count(*)
        from customer_segments
        inner join features using (customer_id, as_of_date)
        where customer_segments.segmentation = 'lifecycle' and features.recency_days is not null
        group by all
        order by all
        """,
        {"days": days, "most": MOST_BUCKETS},
    ).fetchall()
    return rows, days


def _read_sample(
    connection: duckdb.DuckDBPyConnection, tables: set[str], evidence: Evidence
) -> tuple[ClusteringPredictor, pd.DataFrame, dict[int, str]] | str:
    """Return the clustering, a sample of customers, and the clusters' segment keys, or why there is no picture."""
    if evidence.outcome is None:
        return "The table clustering_candidates has no rows."
    if evidence.outcome != "fitted":
        return evidence.reason or evidence.outcome
    absent = next((name for name in PICTURED_FROM if name not in tables), None)
    if absent:
        return f"The table {absent}, which the picture is drawn from, is not in the marts' schema."
    clustering = load_clustering(connection.execute("select * from clustering_fit").df())
    columns = ", ".join(f"sample.{_quote(name)}::double as {_quote(name)}" for name in clustering.transformer.features_)
    frame = connection.execute(
        f"""
        select customer_segments.segment_key, {columns}
        from customer_segments
        inner join int_segments__clustering_sample as sample using (customer_id)
        where customer_segments.segmentation = 'cluster'
        order by md5(customer_id), customer_id
        limit {PICTURED_CUSTOMERS}
        """
    ).df()
    keys = connection.execute("select cluster_id, segment_key from cluster_keys where cluster_id is not null")
    return clustering, frame, dict(keys.fetchall())


def read_inputs(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, int, int, int]]:
    """Return what became of the rows of each input."""
    return connection.execute(
        "select input, row_count, kept_count, duplicate_key_count, rejected_count from input_row_counts order by input"
    ).fetchall()


def read_rejections(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int]]:
    """Return rejected rows by input and reason."""
    return connection.execute(
        "select input, reason, count(*) from rejected_rows group by input, reason order by count(*) desc, input, reason"
    ).fetchall()


def _read_settings(target: Path) -> Settings:
    """Return the vars that the manifest tells in the meta of Strate's models."""
    try:
        nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    except (FileNotFoundError, json.JSONDecodeError):  # no run, or one that was killed while it wrote
        return Settings()
    meta: dict[str, object] = {}
    for model in ("customer_features", "clustering_candidates"):
        meta |= nodes.get(f"model.strate.{model}", {}).get("config", {}).get("meta", {})
    limits = {name: _number(meta.get(name)) for name in ("min_silhouette", "max_davies_bouldin")}
    currency = meta.get("currency")
    return Settings(currency=None if currency is None else str(currency), **limits)


def _number(value: object) -> float | None:
    """Return a var as a number; one given on the command line may be text."""
    return None if value is None else float(str(value))


def _quote(name: str) -> str:
    """Return a column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'
