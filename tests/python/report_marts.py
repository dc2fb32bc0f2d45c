"""Small marts made by hand, so that the report can be tried on what no build gives quickly."""

from pathlib import Path

import duckdb
import pandas as pd

from strate.clustering import fit_clustering, load_clustering

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
    artifacts = fit_clustering(customers[["customer_id", *features]], features=list(features), max_clusters=4)
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
                segmentation, segment_key, '{feature}' as feature, count({feature}) as known_count,
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
                select candidate_id, k as cluster_count, {columns} from artifacts
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
