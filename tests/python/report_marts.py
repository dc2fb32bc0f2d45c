"""Small marts made by hand, so that the report can be tried on what no build gives quickly."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from strate.clustering import fit_clustering, load_clustering
from strate.clustering.merge_tree import linkage_tree, top_of_tree

FEATURES = ("recency_days", "order_count", "revenue", "revenue_365_days", "session_count")


def customers_table(count: int, *, has_orders: bool = True, is_alike: bool = False) -> pd.DataFrame:
    """Return features of customers of two kinds: those who buy and those who look."""
    rows = []
    for number in range(count):
        buys = is_alike or number % 3 > 0
        spread = 0 if is_alike else number
        rows.append(
            {
                "customer_id": f"customer-{number:05d}",
                "as_of_date": pd.Timestamp("2025-12-31").date(),
                "recency_days": 5 + spread % 400 if buys and has_orders else None,
                "order_count": (1 + spread % 5 if buys else 0) if has_orders else None,
                "revenue": (10.0 + spread if buys else 0.0) if has_orders else None,
                "revenue_365_days": (5.0 + spread if buys else 0.0) if has_orders else None,
                "session_count": 2 if is_alike else 1 + 20 * (not buys) + spread % 4,
            }
        )
    return pd.DataFrame(rows, columns=["customer_id", "as_of_date", *FEATURES])


def write_marts(
    database: Path,
    customers: pd.DataFrame,
    features: tuple[str, ...] = ("order_count", "session_count"),
    name: str = "Champions",
) -> Path:
    """Write the tables that the report reads; `name` is that of the RFM segment of buyers, and of a rejection."""
    sample = customers[["customer_id", *features]]
    artifacts = fit_clustering(sample, features=list(features), max_clusters=4)
    clusters = load_clustering(artifacts).predict(customers) if len(customers) else pd.Series(dtype="Int64")
    customers = customers.assign(cluster_id=clusters)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            """
            create table customer_features as
            select
                customer_id::varchar as customer_id, as_of_date::date as as_of_date,
                recency_days::bigint as recency_days, order_count::bigint as order_count, revenue::double as revenue,
                revenue_365_days::double as revenue_365_days, session_count::bigint as session_count
            from customers;
            create table customer_segments as
            select customer_id::varchar as customer_id, as_of_date::date as as_of_date, segmentation, segment_key
            from (
                select *, 'rfm' as segmentation, if(order_count > 0, 'rfm_champions', 'rfm_never_bought') as segment_key
                from customers where order_count is not null
                union all by name
                select *, 'value' as segmentation, if(revenue > 0, 'value_top', 'value_none') as segment_key
                from customers where order_count is not null
                union all by name
                select
                    *, 'lifecycle' as segmentation,
                    if(order_count > 0, 'lifecycle_active', 'lifecycle_never_bought') as segment_key
                from customers where order_count is not null
                union all by name
                select *, 'cluster' as segmentation, 'cluster_' || cluster_id as segment_key
                from customers where cluster_id is not null
            );
            create table clustering_fit as select * from artifacts;
            create table int_segments__clustering_sample as select * from sample;
            create table cluster_keys as
            select cluster_id, 'cluster_' || cluster_id as segment_key
            from artifacts where record_type = 'cluster' and name = 'size';
            create table input_row_counts as
            select
                'erp_orders' as input, 10 as row_count, 8 as kept_count, 1 as duplicate_key_count, 1 as rejected_count;
            """
        )
        connection.execute("create table rejected_rows as select 'erp_orders' as input, $1::varchar as reason", [name])
        connection.execute(
            """
            create table segments as
            select
                segmentation, segment_key,
                if(segment_key = 'rfm_champions', $1::varchar, segment_key) as segment_name,
                $1::varchar as description,
                count(*) as customer_count,
                count(*) / sum(count(*)) over (partition by segmentation) as customer_share,
                max(as_of_date) as as_of_date
            from customer_segments group by segmentation, segment_key
            """,
            [name],
        )
        profiles = " union all ".join(
            f"""
            select
                segmentation, segment_key, '{feature}' as feature, '{feature.replace("_", " ")}' as feature_label,
                count({feature}) as known_count,
                avg({feature}) as segment_mean, any_value(population.mean) as population_mean,
                (avg({feature}) - any_value(population.mean)) / nullif(any_value(population.deviation), 0)
                    as standardised_difference
            from customer_segments
            inner join customer_features using (customer_id)
            cross join (
                select avg({feature}) as mean, stddev_samp({feature}) as deviation from customer_features
            ) as population
            group by segmentation, segment_key
            """
            for feature in FEATURES
        )
        connection.execute(f"create table segment_profiles as {profiles}")
        metrics = ("silhouette", "davies_bouldin", "smallest_cluster_size", "is_chosen")
        columns = ", ".join(f"max(value) filter (name = '{metric}') as {metric}" for metric in metrics)
        connection.execute(
            f"""
            create table clustering_candidates as
            with candidates as (
                select candidate_id, algorithm, k as cluster_count, {columns} from artifacts
                where record_type = 'candidate' group by all
            ),
            model as (
                select
                    max(detail) filter (name = 'outcome') as outcome, max(detail) filter (name = 'reason') as reason
                from artifacts where record_type = 'model'
            )
            select * replace (smallest_cluster_size::bigint as smallest_cluster_size, is_chosen = 1 as is_chosen)
            from model left join candidates on true
            """
        )
    return database


def write_evidence(database: Path, text: str = "orders above 3", leaves: int = 20) -> Path:
    """Add what cards, moves and the evidence for clusters are read from; `text` is in each text of a card."""
    random = np.random.RandomState(1)
    tree = linkage_tree(random.normal(size=(60, 2)), np.ones(60), "ward")
    merges = top_of_tree(tree, 60, leaves - 1)
    facts = [
        ("merge_tree", "ward_3", None, step, name, value)
        for step, merge in enumerate(merges, 1)
        for name, value in zip(("left", "right", "height", "size"), merge, strict=True)
    ]
    facts += [
        ("k_distance", "dbscan_0.8", 3, place, "distance", value)
        for place, value in enumerate(np.sort(random.lognormal(size=50)), 1)
    ]
    facts += [("candidate", "dbscan_0.8", 3, None, "epsilon", 0.8), ("candidate", "ward_3", 3, None, "silhouette", 0.1)]
    rows = pd.DataFrame(facts, columns=["record_type", "candidate_id", "k", "prototype_id", "name", "value"])
    rows["algorithm"] = rows["candidate_id"].str.split("_").str[0]
    with duckdb.connect(str(database)) as connection:
        connection.execute("insert into clustering_fit by name select * from rows")
        connection.execute(
            """
            create table segment_cards as
            select
                segment_key, 'A sentence. ' || $1::varchar as sentence,
                $1::varchar || '; and more (-1.2 sd)' as top_features,
                '(' || $1::varchar || ' and b at most 3) or (c unknown and (d above 1 or d unknown))' as rule,
                if(segmentation = 'cluster', 0.91, null) as rule_precision,
                if(segmentation = 'cluster', 0.82, null) as rule_coverage,
                if(segmentation = 'cluster', 0.87, null) as rule_fidelity,
                'orders 3; ' || $1::varchar as typical_member
            from segments
            """,
            [text],
        )
        connection.execute(
            """
            create table cluster_evidence as
            select segment_key, (row_number() over (order by segment_key) / 4)::double as recovery_share
            from segments where segmentation = 'cluster'
            order by segment_key limit 4;
            create table segment_transitions as
            select
                segmentation, date '2025-09-30' as from_date, date '2025-12-31' as to_date,
                "from".segment_key as from_segment_key, "to".segment_key as to_segment_key,
                1 + "from".customer_count * "to".customer_count as customer_count
            from segments as "from" inner join segments as "to" using (segmentation)
            union all
            select segmentation, date '2025-09-30', date '2025-12-31', 'entered', segment_key, 5 from segments
            union all
            select segmentation, date '2025-09-30', date '2025-12-31', segment_key, 'left', 2 from segments
            union all
            select segmentation, null, date '2025-09-30', 'entered', segment_key, 77 from segments;
            alter table clustering_candidates add column state varchar default 'complete';
            alter table clustering_candidates add column stability double;
            alter table clustering_candidates add column stability_low double;
            alter table clustering_candidates add column null_p_value double;
            alter table clustering_candidates add column noise_share double;
            alter table clustering_candidates add column confidence varchar default 'medium';
            alter table clustering_candidates add column confidence_reason varchar;
            update clustering_candidates set stability = 0.9, stability_low = 0.8, null_p_value = 0.01 where is_chosen;
            insert into clustering_candidates by name
            select
                outcome, reason, confidence, 'dbscan_0.8' as candidate_id, 'dbscan' as algorithm, 3 as cluster_count,
                0.21 as silhouette, 1.4 as davies_bouldin, 0.1 as noise_share, 7 as smallest_cluster_size,
                'complete' as state, false as is_chosen
            from clustering_candidates where is_chosen
            union all by name
            select
                outcome, reason, confidence, 'ward_7' as candidate_id, 'ward' as algorithm, 7 as cluster_count,
                'pruned' as state, false as is_chosen
            from clustering_candidates where is_chosen;
            """
        )
    return database


def write_scores(database: Path, text: str = "logistic") -> Path:
    """Add what the section on scores is read from; `text` is a method and an outcome.

    Purchases are foretold by a method that is right but in the best tenth; of clicks nothing could be learned.
    """
    facts = [
        ("purchase", method, "metric", name, 0, value)
        for method, figures in (("past_rate", (0.6, 0.2, 0.3)), (text, (0.8, 0.05, 0.3)))
        for name, value in zip(("auc", "calibration_error", "label_share"), figures, strict=True)
    ]
    for number in range(1, 11):
        place = (11 - number) / 10
        facts += [
            ("purchase", text, "calibration", "predicted", number, number / 20),
            ("purchase", text, "calibration", "actual", number, 0.1 if number == 10 else number / 20),
            ("purchase", text, "lift", "captured", number, 1 - (1 - place) ** 2),
            ("purchase", "past_rate", "lift", "captured", number, place),
        ]
    columns = ["score", "method", "fact_type", "name", "position", "value"]
    with duckdb.connect(str(database)) as connection:
        connection.register("facts", pd.DataFrame(facts, columns=columns))
        connection.execute(
            """
            create table score_evaluations as
            select *, date '2025-10-02' as as_of_date, null::varchar as detail from facts
            union all by name
            select
                'purchase' as score, $1::varchar as method, 'model' as fact_type, 'champion_outcome' as name,
                0 as position, date '2025-12-31' as as_of_date, 'scored' as detail
            union all by name
            select
                'click' as score, 'past_rate' as method, 'model' as fact_type, 'champion_outcome' as name,
                0 as position, date '2025-12-31' as as_of_date, $1::varchar as detail;
            """,
            [text],
        )
        connection.execute(
            """
            create table customer_scores as
            select customer_id, as_of_date, least(session_count / 40, 1)::double as composite_score
            from customer_features
            """
        )
    return database
