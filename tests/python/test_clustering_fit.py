"""What `fit_clustering` finds, keeps constant, refuses and survives."""

import os
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

import strate.clustering
from strate.clustering import load_clustering
from strate.clustering.artifacts import ARTIFACT_TYPES, CANDIDATE_METRICS

# Evidence has tests of its own; here it need only be there.
fit_clustering = partial(strate.clustering.fit_clustering, n_resamples=2, n_null_draws=2, evidence_rows=200)

FEATURES = ["revenue", "order_count", "recency_days"]


def blobs(n: int = 600, centers: int = 4, spread: float = 0.6, seed: int = 1) -> pd.DataFrame:
    """Return round, well separated groups, with the true group in `truth`."""
    places = np.array([[0, 0, 0], [12, 12, 12], [24, 0, 12], [0, 24, 24], [24, 24, 0]])[:centers]
    X, truth = make_blobs(n, centers=places, cluster_std=spread, random_state=seed)
    ids = [f"c{i:05d}" for i in np.random.RandomState(seed).permutation(n)]
    return pd.DataFrame(X, columns=FEATURES).assign(customer_id=ids, truth=truth)


def customers(n: int = 900, seed: int = 3) -> pd.DataFrame:
    """Return skewed features with zeros, nulls and an infinite value."""
    rng = np.random.RandomState(seed)
    frame = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "revenue": rng.lognormal(4, 1.5, n) * rng.choice([-0.1, 1], n, p=[0.05, 0.95]),
            "order_count": rng.poisson(rng.gamma(0.5, 3, n)).astype(float),
            "recency_days": rng.exponential(90, n),
        }
    )
    frame.loc[rng.choice(n, n // 8, replace=False), "recency_days"] = np.nan
    frame.loc[rng.choice(n, n // 20, replace=False), "revenue"] = np.nan
    frame.loc[5, "revenue"] = np.inf
    return frame


def facts(artifacts: pd.DataFrame) -> dict:
    rows = artifacts[artifacts["record_type"] == "model"].set_index("name")
    return rows["value"].where(rows["detail"].isna(), rows["detail"]).to_dict()


def candidates(artifacts: pd.DataFrame) -> pd.DataFrame:
    return artifacts[artifacts["record_type"] == "candidate"].pivot(index="k", columns="name", values="value")


def parameters(artifacts: pd.DataFrame) -> pd.DataFrame:
    rows = artifacts[artifacts["record_type"] == "feature"]
    return rows.pivot(index="name", columns="parameter", values="value")


def reasons(artifacts: pd.DataFrame) -> dict:
    rows = artifacts[(artifacts["parameter"] == "is_used") & artifacts["detail"].notna()]
    return rows.set_index("name")["detail"].to_dict()


def timeless(artifacts: pd.DataFrame) -> pd.DataFrame:
    return artifacts[artifacts["name"] != "seconds"].reset_index(drop=True)


@pytest.mark.parametrize("centers", [2, 3, 5])
def test_separated_blobs_are_found_with_their_number(centers):
    frame = blobs(centers=centers)
    artifacts = fit_clustering(frame, features=FEATURES, transform="none")
    assert facts(artifacts)["outcome"] == "fitted"
    assert facts(artifacts)["k"] == centers
    assert adjusted_rand_score(frame["truth"], load_clustering(artifacts).predict(frame)) == 1.0


def test_elbow_is_reported_and_can_decide():
    artifacts = fit_clustering(
        blobs(centers=5),
        features=FEATURES,
        transform="none",
        silhouette_tolerance=2,
        selection="elbow",
        max_clusters=10,
    )
    assert facts(artifacts)["elbow_k"] == 5
    assert facts(artifacts)["k"] == 5
    assert candidates(artifacts)["elbow"].loc[5] == 1
    assert candidates(artifacts)["elbow"].sum() == 1


def test_shape_of_the_artifacts():
    artifacts = fit_clustering(blobs(), features=FEATURES, transform="none")
    assert list(artifacts.columns) == list(ARTIFACT_TYPES)
    assert artifacts["model_version"].str.fullmatch("kmeans-[0-9a-f]{10}").all()
    assert artifacts["model_version"].nunique() == 1
    assert set(candidates(artifacts).columns) == {
        *CANDIDATE_METRICS,
        *("prototype_count", "smallest_cluster_size", "is_eligible", "is_chosen", "elbow", "seconds"),
        *("state", "state_reason", "parameters"),
    }
    assert candidates(artifacts)["is_chosen"].sum() == 1
    prototypes = artifacts[artifacts["record_type"] == "prototype"]
    assert len(prototypes) == 4 * 3
    assert set(prototypes["name"]) == set(FEATURES)
    sizes = artifacts[(artifacts["record_type"] == "cluster") & (artifacts["name"] == "size")]
    assert sizes["cluster_id"].tolist() == [1, 2, 3, 4]
    assert sizes["value"].sum() == 600


def test_clusters_are_numbered_by_the_mean_of_their_prototypes():
    artifacts = fit_clustering(blobs(), features=FEATURES, transform="none")
    means = artifacts[artifacts["record_type"] == "prototype"].groupby("cluster_id")["value"].mean()
    assert means.is_monotonic_increasing


def test_names_of_clusters_say_what_sets_them_apart():
    frame = blobs(centers=3)
    artifacts = fit_clustering(frame, features=FEATURES, transform="none")
    rows = artifacts[(artifacts["record_type"] == "cluster") & (artifacts["name"] == "label")]
    names = rows.set_index("cluster_id")["detail"]
    assert names.is_unique
    cluster = load_clustering(artifacts).predict(frame)
    for truth, start in [(2, "high revenue"), (1, "high order_count")]:
        assert names[cluster[frame["truth"] == truth].iloc[0]].startswith(start)


@pytest.mark.parametrize("settings", [{}, {"transform": "yeo_johnson", "pca_components": 2}])
def test_neither_row_order_nor_threads_nor_index_matter(settings):
    frame = customers(4000)
    one = fit_clustering(frame, features=FEATURES, **settings)
    shuffled = frame.sample(frac=1, random_state=5)
    with threadpool_limits(limits=2):
        other = fit_clustering(shuffled, features=FEATURES, **settings)
    pd.testing.assert_frame_equal(timeless(one), timeless(other), check_exact=True)


def test_version_follows_input_and_settings():
    frame = customers(200)
    other = frame.copy()
    other.loc[7, "revenue"] += 1

    def version(frame, **settings):
        return fit_clustering(frame, features=FEATURES, max_clusters=2, n_starts=1, **settings)["model_version"][0]

    assert version(frame) == version(frame.iloc[::-1])
    assert len({version(frame), version(frame, seed=8), version(frame, transform="none"), version(other)}) == 4


def test_outlier_owns_no_cluster_unless_clipping_is_off():
    frame = pd.concat([blobs(centers=3), pd.DataFrame({"customer_id": ["whale"], "revenue": 1e12, "order_count": 0.0})])
    features = ["revenue", "order_count"]

    def smallest(**settings):
        artifacts = fit_clustering(frame, features=features, transform="none", **settings)
        return candidates(artifacts)["smallest_cluster_size"].loc[2:3].min()

    assert smallest() > 100
    assert smallest(clip_quantile=0) == 1


def test_least_cluster_size_excludes_candidates():
    frame = blobs(centers=3, spread=0.3)
    few = frame[frame["truth"] == 2].index[8:]  # leave 8 of the third group
    frame = frame.drop(index=few)
    settings = {"features": FEATURES, "transform": "none", "clip_quantile": 0, "silhouette_tolerance": 0}
    free = fit_clustering(frame, **settings)
    bound = fit_clustering(frame, **settings, min_cluster_share=0.05)
    assert facts(free)["k"] == 3
    assert facts(bound)["k"] == 2
    assert facts(bound)["least_cluster_size"] == np.ceil(0.05 * len(frame))
    assert candidates(bound)["is_chosen"].loc[2] == 1
    assert candidates(bound)["is_eligible"].loc[3] == 0


def test_clusters_under_the_least_size_are_merged_step_by_step():
    artifacts = fit_clustering(blobs(), features=FEATURES, transform="none", min_cluster_size=10_000)
    assert facts(artifacts)["outcome"] == "merged_into_one"
    assert facts(artifacts)["k"] == 1
    assert facts(artifacts)["confidence"] == "low"
    merges = artifacts[(artifacts["record_type"] == "merge") & (artifacts["name"] == "reason")]
    assert merges["detail"].tolist() == ["too_small"] * 3
    assert (load_clustering(artifacts).predict(blobs()) == 1).all()


def test_what_clusters_explain_is_measured_on_customers_as_they_were():
    frame = blobs(centers=3)
    paid = frame["truth"].map({0: 10.0, 1: 100.0, 2: 1000.0}) + np.random.RandomState(1).normal(size=len(frame))
    luck = np.random.RandomState(2).permutation(paid)
    settings = {"features": FEATURES, "transform": "none"}
    told = facts(fit_clustering(frame.assign(outcome_revenue=paid), frame.assign(next_revenue=luck), **settings))
    assert told["revenue_explained"] > 0.8
    assert told["next_revenue_explained"] < 0.05
    without = facts(fit_clustering(frame, **settings))
    assert without["k"] == told["k"] == 3
    assert np.isnan(without["revenue_explained"])


@pytest.mark.parametrize("features", [FEATURES, []])
def test_no_rows(features):
    artifacts = fit_clustering(customers().iloc[:0], features=features)
    assert facts(artifacts)["outcome"] == "no_rows"
    assert np.isnan(facts(artifacts)["k"])
    assert set(artifacts["record_type"]) <= {"model", "feature"}
    assert reasons(artifacts) == dict.fromkeys(features, "no_rows")
    assert artifacts.dtypes.astype(str).to_dict() == ARTIFACT_TYPES
    assert load_clustering(artifacts).predict(customers()).isna().all()


@pytest.mark.parametrize("features", [FEATURES, []])
def test_no_usable_features(features):
    frame = pd.DataFrame({"customer_id": [1, 2, 3], **dict.fromkeys(FEATURES, [None] * 3)})
    artifacts = fit_clustering(frame, features=features)
    assert facts(artifacts)["outcome"] == "no_usable_features"
    assert reasons(artifacts) == dict.fromkeys(features, "all_missing")
    assert load_clustering(artifacts).predict(frame).isna().all()


@pytest.mark.parametrize("n", [1, 50])
@pytest.mark.parametrize("settings", [{}, {"transform": "yeo_johnson", "pca_components": 2}])
def test_too_few_distinct_rows_make_one_cluster_of_everybody(n, settings):
    frame = pd.DataFrame({"customer_id": range(n), "revenue": 3.3, "order_count": 0, "recency_days": None})
    artifacts = fit_clustering(frame, features=FEATURES, **settings)
    assert facts(artifacts)["outcome"] == "too_few_distinct_rows"
    assert facts(artifacts)["k"] == 1
    assert reasons(artifacts) == {
        "revenue": "constant",
        "order_count": "constant",
        "recency_days": "all_missing",
    }
    assert candidates(artifacts).loc[1, ["silhouette", "davies_bouldin", "calinski_harabasz"]].isna().all()
    prototypes = artifacts[artifacts["record_type"] == "prototype"]
    projected = "pca_components" in settings
    assert prototypes["name"].tolist() == (["component_1"] if projected else ["revenue", "order_count"])
    assert (prototypes["value"] == 0).all()
    others = pd.DataFrame({"revenue": [1e9, None], "order_count": [5, 0]})
    assert load_clustering(artifacts).predict(others).tolist() == [1, 1]


def test_k_is_capped_at_the_distinct_rows():
    frame = pd.DataFrame({"customer_id": range(30), "revenue": [1.0, 10.0, 100.0] * 10})
    artifacts = fit_clustering(frame, features=["revenue"], min_clusters=2, max_clusters=8)
    assert candidates(artifacts).index.tolist() == [2, 3]
    assert facts(artifacts)["k"] == 3
    assert candidates(artifacts)["silhouette"].loc[3] == pytest.approx(1, abs=1e-6)
    assert np.isnan(candidates(artifacts)["calinski_harabasz"].loc[3])
    capped = fit_clustering(frame, features=["revenue"], min_clusters=6, max_clusters=8)
    assert candidates(capped).index.tolist() == [3]


def test_two_customers():
    artifacts = fit_clustering(pd.DataFrame({"customer_id": ["a", "b"], "revenue": [1.0, 2.0]}), features=["revenue"])
    assert facts(artifacts)["outcome"] == "merged_into_one"  # two rows have no spread that could tell them apart
    assert facts(artifacts)["k"] == 1


def test_missing_and_infinite_values_are_filled_and_counted():
    frame = customers()
    artifacts = fit_clustering(frame, features=FEATURES, fill_with_max=["recency_days", "not_a_feature"])
    known = parameters(artifacts)
    finite = frame["revenue"].replace(np.inf, np.nan)
    assert known.loc["revenue", "fill_value"] == finite.median()
    assert known.loc["recency_days", "fill_value"] == frame["recency_days"].max()
    assert known.loc["revenue", "n_infinite"] == 1
    assert known.loc["recency_days", "n_missing"] == frame["recency_days"].isna().sum()
    assert facts(artifacts)["n_infinite"] == 1
    assert facts(artifacts)["fill_with_max"] == "recency_days"
    as_missing = frame.assign(revenue=finite)
    cluster = load_clustering(artifacts).predict
    pd.testing.assert_series_equal(cluster(frame), cluster(as_missing))


def test_unusable_features_are_dropped_with_the_reason():
    frame = customers().assign(off=None, same=4, rare=0.0)
    frame.loc[3, "rare"] = 1.0
    artifacts = fit_clustering(frame, features=["off", "revenue", "same", "rare"])
    assert reasons(artifacts) == {
        "off": "all_missing",
        "same": "constant",
        "rare": "constant_after_clipping",
    }
    assert facts(artifacts)["n_features_used"] == 1
    assert set(artifacts.loc[artifacts["record_type"] == "prototype", "name"]) == {"revenue"}
    assert load_clustering(artifacts).predict(frame[["revenue"]]).notna().all()


def test_huge_values_do_not_overflow():
    frame = customers()
    frame["revenue"] = frame["revenue"].replace(np.inf, 0) * 1e300
    for transform in ("none", "log", "yeo_johnson"):
        artifacts = fit_clustering(frame, features=FEATURES, transform=transform)
        assert np.isfinite(candidates(artifacts)["silhouette"]).all()


def test_kinds_of_number_that_engines_return():
    frame = customers(300)[["customer_id", "order_count"]].assign(
        decimal=lambda f: [Decimal(str(x)) if x % 3 else None for x in f["order_count"]],
        nullable=lambda f: f["order_count"].astype("Int64").mask(f["order_count"] == 2),
        flag=lambda f: f["order_count"] > 1,
    )
    artifacts = fit_clustering(frame, features=["order_count", "decimal", "nullable", "flag"])
    assert reasons(artifacts) == {}
    assert parameters(artifacts).loc["nullable", "n_missing"] == (frame["order_count"] == 2).sum()


@pytest.mark.parametrize(
    "settings",
    [
        {"transform": "none"},
        {"transform": "log", "fill_with_max": ["recency_days"]},
        {"transform": "yeo_johnson", "clip_quantile": 0},
        {"pca_components": 2},
    ],
)
def test_artifacts_through_a_database_predict_the_same(settings):
    frame = customers()
    artifacts = fit_clustering(frame, features=FEATURES, max_clusters=5, **settings)
    with duckdb.connect() as connection:
        connection.register("artifacts", artifacts)
        connection.execute("create table stored as select * from artifacts order by hash(name), value")
        kinds = dict(connection.execute("select column_name, column_type from (describe stored)").fetchall())
        stored = connection.sql("select * from stored").df()
        assert connection.execute("select count(*) from stored where isnan(value)").fetchall() == [(0,)]
    assert kinds == {
        name: {"str": "VARCHAR", "Int64": "BIGINT", "float64": "DOUBLE"}[kind] for name, kind in ARTIFACT_TYPES.items()
    }
    pd.testing.assert_series_equal(load_clustering(stored).predict(frame), load_clustering(artifacts).predict(frame))
    assert load_clustering(stored).transformer.features_ == FEATURES
    sizes = artifacts[(artifacts["record_type"] == "cluster") & (artifacts["name"] == "size")]["value"]
    assert load_clustering(artifacts).predict(frame).value_counts().sort_index().tolist() == sizes.tolist()


@pytest.mark.parametrize("settings", [{"transform": "log"}, {"transform": "yeo_johnson", "pca_components": 2}])
def test_sql_over_the_artifacts_assigns_as_python_does(settings):
    sample = customers()
    everybody = customers(20_000, seed=9)
    artifacts = fit_clustering(sample, features=FEATURES, max_clusters=5, silhouette_tolerance=0, **settings)
    with duckdb.connect() as connection:
        connection.register("artifacts", artifacts)
        connection.register("customers", everybody)
        assigned = connection.sql(ASSIGN).df().set_index("customer_id")["cluster_id"]
    expected = load_clustering(artifacts).predict(everybody.set_index("customer_id"))
    assert assigned.loc[expected.index].tolist() == expected.tolist()
    assert expected.nunique() > 1


ASSIGN = """
with
feature as (
    select name,
        max(case when parameter = 'fill_value' then value end) as fill_value,
        max(case when parameter = 'lambda' then value end) as exponent,
        max(case when parameter = 'lower' then value end) as lower_bound,
        max(case when parameter = 'upper' then value end) as upper_bound,
        max(case when parameter = 'center' then value end) as center,
        max(case when parameter = 'scale' then value end) as scale,
        max(case when parameter = 'pca_mean' then value end) as pca_mean
    from artifacts where record_type = 'feature' group by name
),
setting as (select detail as transform from artifacts where record_type = 'model' and name = 'transform'),
long as (
    select customer_id, name, case when isinf(x) then null else x end as x
    from customers unpivot include nulls (x for name in (revenue, order_count, recency_days))
),
filled as (
    select customer_id, f.*, coalesce(x, fill_value) as x from long join feature as f using (name)
),
transformed as (
    select *, case
        when transform = 'none' then x
        when transform = 'log' then sign(x) * ln(1 + abs(x))
        when x >= 0 and exponent = 0 then ln(x + 1)
        when x >= 0 then (power(x + 1, exponent) - 1) / exponent
        when exponent = 2 then -ln(1 - x)
        else -(power(1 - x, 2 - exponent) - 1) / (2 - exponent)
    end as y
    from filled cross join setting
),
scaled as (
    select customer_id, name, pca_mean, (least(greatest(y, lower_bound), upper_bound) - center) / scale as s
    from transformed
),
component as (
    select customer_id, l.parameter as name, sum((s - pca_mean) * l.value) as c
    from scaled join artifacts as l on l.record_type = 'component' and l.name = scaled.name
    group by all
    union all
    select customer_id, name, s from scaled
    where not exists (select 1 from artifacts where record_type = 'component')
),
distance as (
    select customer_id, cluster_id, prototype_id, sum((c - value) * (c - value)) as squared
    from component join artifacts as p on p.record_type = 'prototype' and p.name = component.name
    group by all
)
select customer_id, cluster_id from distance
qualify row_number() over (partition by customer_id order by squared, prototype_id) = 1
"""


def test_pca_keeps_no_more_components_than_there_are():
    artifacts = fit_clustering(customers(), features=FEATURES, pca_components=50, max_clusters=3)
    assert facts(artifacts)["n_components"] == 3
    assert facts(artifacts)["explained_variance_share"] == pytest.approx(1)
    fewer = fit_clustering(customers(), features=FEATURES, pca_components=1, max_clusters=3)
    assert 0 < facts(fewer)["explained_variance_share"] < 0.9
    assert set(fewer.loc[fewer["record_type"] == "prototype", "name"]) == {"component_1"}


def test_silhouette_is_taken_on_a_bounded_sample():
    frame = blobs(3000)
    artifacts = fit_clustering(frame, features=FEATURES, transform="none", silhouette_sample_size=500)
    whole = fit_clustering(frame, features=FEATURES, transform="none")
    assert facts(artifacts)["silhouette_rows"] == 500
    assert facts(whole)["silhouette_rows"] == 3000
    sampled, full = candidates(artifacts)["silhouette"], candidates(whole)["silhouette"]
    assert sampled.loc[4] != full.loc[4]
    assert sampled.loc[4] == pytest.approx(full.loc[4], abs=0.02)


def test_mall_customers():
    path = Path(os.environ.get("STRATE_DATA", "")) / "mall_customers" / "mall_customers.parquet"
    if not path.is_file():
        pytest.skip("STRATE_DATA names no folder that has mall_customers/mall_customers.parquet.")
    features = ["annual_income_thousands", "spending_score"]
    artifacts = fit_clustering(pd.read_parquet(path), features=features, transform="none", max_clusters=10)
    assert facts(artifacts)["k"] == 5
    assert candidates(artifacts)["silhouette"].loc[5] == pytest.approx(0.554, abs=0.005)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_clusters": 1}, r"min_clusters must be an integer of at least 2; got 1 \(int\)"),
        ({"min_clusters": "3"}, r"min_clusters must be an integer of at least 2; got '3' \(str\)"),
        ({"min_clusters": 5, "max_clusters": 4}, "max_clusters must be an integer of at least 5; got 4"),
        ({"algorithms": ["kmedoids"]}, "algorithms must be one of 'kmeans', .*; got 'kmedoids'"),
        ({"algorithms": []}, "algorithms must name at least one of kmeans, "),
        ({"transform": "sqrt"}, "transform must be one of 'none', 'log', 'yeo_johnson'; got 'sqrt'"),
        ({"selection": "gap"}, "selection must be one of 'silhouette', 'elbow'; got 'gap'"),
        ({"silhouette_tolerance": -0.1}, "silhouette_tolerance must be a number from 0 to 2; got -0.1"),
        (
            {"silhouette_tolerance": float("nan")},
            "silhouette_tolerance must be a number from 0 to 2; got nan",
        ),
        ({"min_cluster_share": 0.7}, "min_cluster_share must be a number from 0 to 0.5; got 0.7"),
        ({"min_cluster_size": 0}, "min_cluster_size must be an integer of at least 1; got 0"),
        ({"clip_quantile": 0.2}, "clip_quantile must be a number from 0 to 0.1; got 0.2"),
        ({"pca_components": -1}, "pca_components must be an integer of at least 0; got -1"),
        ({"n_starts": 0}, "n_starts must be an integer of at least 1; got 0"),
        ({"silhouette_sample_size": 1}, "silhouette_sample_size must be an integer of at least 2; got 1"),
        ({"seed": True}, r"seed must be an integer from 0 to 4294967295; got True \(bool\)"),
        ({"features": "revenue"}, r"features must be a list of column names; got 'revenue' \(str\)"),
        ({"features": ["revenue", "revenue"]}, "features must name each column once; 'revenue' came twice"),
        ({"features": ["income"]}, r"features must be columns of the frame \(customer_id, .*got 'income'"),
        ({"fill_with_max": "recency_days"}, "fill_with_max must be a list of column names"),
        ({"id_column": "person_id"}, r"id_column must be a column of the frame .*got 'person_id'"),
    ],
)
def test_arguments_that_are_not_legal(settings, message):
    with pytest.raises(ValueError, match=message):
        fit_clustering(customers(50), **{"features": FEATURES, **settings})


def test_ids_must_be_there_and_differ():
    frame = customers(50)
    with pytest.raises(ValueError, match=r"id_column 'customer_id' must have different values; '0' comes"):
        fit_clustering(frame.assign(customer_id=frame["customer_id"] // 2), features=FEATURES)
    with pytest.raises(ValueError, match=r"id_column 'customer_id' must have no null; got 1"):
        fit_clustering(frame.assign(customer_id=["a", *range(1, 49), None]), features=FEATURES)


def test_text_is_no_feature():
    frame = customers(50).assign(country="FR")
    with pytest.raises(ValueError, match=r"features must be numeric columns; 'country' .*'FR'"):
        fit_clustering(frame, features=["country"])


def test_only_one_version_can_be_loaded():
    one, other = (fit_clustering(customers(50), features=FEATURES, max_clusters=2, n_starts=1, seed=s) for s in (1, 2))
    with pytest.raises(ValueError, match=r"artifacts must hold one model_version; got 2"):
        load_clustering(pd.concat([one, other]))
